"""Getting ready, resting, sleeping: what minds do about lanes while they are not thinking."""

from npcengine.policy.backoff import FIRST_MS
from npcengine.policy.breaker import REST_MS, TRIPS_AT
from npcengine.policy.deadlines import Deadlines
from npcengine.protocol.capabilities import GATEWAY, SERIAL, Capabilities
from npcengine.session.inbox import FramesArrived, LinkOpened, Prewarmed
from tests.session.harness import Harness, item_done, words
from tests.session.test_recovery import texts

# --- prewarming -----------------------------------------------------------------------------------


def warmed() -> Harness:
    h = Harness()
    h.tell_npc("A noise.", wake=False)
    h.put(Prewarmed("mira"))
    return h


def test_a_mind_is_prewarmed_with_all_there_is_and_generates_nothing() -> None:
    h = warmed()

    assert (h.last["generate"], h.last["store"]) == (False, False)
    assert texts(h.last) == ['player says: "A noise."']
    assert h.last["tools"]


def test_the_turn_after_a_prewarming_carries_only_what_is_new() -> None:
    h = warmed()
    response_id = h.respond()

    h.tell_npc("Hello?")

    assert h.last["previous_response_id"] == response_id
    assert texts(h.last) == ['player says: "Hello?"']
    assert "generate" not in h.last


def test_a_turn_waits_for_the_prewarming_that_is_under_way() -> None:
    h = warmed()
    h.tell_npc("Hello?")
    before = len(h.sent)

    response_id = h.respond()

    assert (before, len(h.sent)) == (1, 2)
    assert h.last["previous_response_id"] == response_id


def test_a_prewarming_that_fails_is_ignored_and_everything_sent() -> None:
    h = warmed()
    h.refuse("server_error")

    h.tell_npc("Hello?")

    assert "previous_response_id" not in h.last
    assert texts(h.last) == ['player says: "A noise."', 'player says: "Hello?"']


def test_a_mind_that_is_warm_is_not_warmed_again() -> None:
    h = warmed()
    h.respond()

    h.put(Prewarmed("mira"))

    assert len(h.sent) == 1


# --- hibernation ----------------------------------------------------------------------------------


def test_an_idle_mind_gives_its_connection_up_and_is_whole_when_it_is_needed_again() -> None:
    h = Harness(deadlines=Deadlines(idle_ms=10_000))
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))

    h.pass_ms(11_000)
    asleep = (dict(h.disconnected), h.link.connected)
    h.tell_npc("Still there?")
    h.open_all()

    assert asleep == ({0: 1}, 0)
    assert h.sent[-1][0] == 1
    assert texts(h.last) == ['player says: "Hello?"', "Yes?", 'player says: "Still there?"']


def test_on_shared_connections_an_idle_mind_gives_up_only_its_lanes() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY, deadlines=Deadlines(idle_ms=10_000))
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))
    h.pass_ms(9_000)
    h.tell_npc("Hello?", "tomas")
    h.respond(words("Yes?"))

    h.pass_ms(2_000)
    h.tell_npc("Still there?")

    assert h.disconnected == {}
    assert h.last["stream_id"] == "s2"
    assert "previous_response_id" not in h.last


def test_lane_names_that_are_spent_by_sleeping_cost_a_new_connection_and_no_turn() -> None:
    h = Harness(capabilities=GATEWAY, deadlines=Deadlines(idle_ms=1_000))
    h.put()
    for number in range(40):
        h.tell_npc(f"Hello {number}?")
        h.open_all()
        h.respond(words("Yes?"))
        h.pass_ms(2_000)

    assert len(texts(h.last)) == 79


def test_prewarming_wakes_a_sleeping_mind() -> None:
    h = Harness(deadlines=Deadlines(idle_ms=1_000))
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))
    h.pass_ms(2_000)

    h.put(Prewarmed("mira"))
    h.open_all()

    assert (h.sent[-1][0], h.last["generate"]) == (1, False)


# --- resting --------------------------------------------------------------------------------------


def test_when_nobody_can_connect_one_finds_out_for_all() -> None:
    names = [f"npc{number}" for number in range(8)]
    h = Harness(*names, connect=False)
    for _ in range(8):
        h.fail_connect("no")

    h.pass_ms(REST_MS - 1_000)
    resting = len(h.connecting)
    h.pass_ms(1_000 + FIRST_MS)
    probes = len(h.connecting)
    h.put(LinkOpened(h.connecting.pop()))
    h.put(FramesArrived(8, [b'{"type":"some.news"}']))
    h.pass_ms(FIRST_MS)

    assert (resting, probes) == (0, 1)
    assert len(h.connecting) == 7


def test_a_server_that_only_fails_is_left_alone_for_a_while() -> None:
    names = [f"npc{number}" for number in range(TRIPS_AT)]
    h = Harness(*names, capabilities=GATEWAY)
    for name in names:
        h.tell_npc("Hello?", name)
        h.refuse("server_is_overloaded", status=503)

    h.pass_ms(REST_MS - 1_000)
    resting = (len(h.sent), {h.shown[name].phase for name in names})
    h.pass_ms(2_000)
    asking = len(h.sent)
    h.respond(words("Yes?"))
    h.pass_ms(REST_MS + 1_000)

    assert resting == (TRIPS_AT, {"offline"})
    assert asking == TRIPS_AT + 1, "one finds out for the others"
    assert len(h.sent) == 2 * TRIPS_AT


# --- servers that know less than they should ------------------------------------------------------


def test_a_server_that_answers_without_a_lanes_name_gets_one_npc_a_connection() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?")
    h.tell_npc("Hello?", "tomas")

    h.events({"type": "response.created", "response": {"id": "resp_1"}}, connection=0)
    for _ in range(3):
        h.pass_ms(1_000)
        h.open_all()

    assert 0 in h.disconnected
    retold = h.sent[2:]
    assert len({connection for connection, _ in retold}) == 2
    assert all("stream_id" not in request for _, request in retold)
    assert [texts(request) for _, request in retold] == [['player says: "Hello?"']] * 2


def test_alone_on_its_connection_an_npc_goes_on_where_it_is() -> None:
    h = Harness(capabilities=GATEWAY)
    h.tell_npc("Hello?")

    h.events(
        {"type": "response.created", "response": {"id": "resp_1"}},
        item_done(words("Yes?")),
        connection=0,
    )
    h.finish("resp_1", words("Yes?"), connection=0)

    assert h.shown["mira"].speech == "Yes?"
    assert h.disconnected == {}


def test_where_no_contexts_are_kept_everything_is_told_each_time() -> None:
    h = Harness(connect=False, capabilities=SERIAL)
    h.put(LinkOpened(h.connecting.pop(), keeps_contexts=False))
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))

    h.tell_npc("The ladder?")

    assert "previous_response_id" not in h.last
    assert texts(h.last) == ['player says: "Hello?"', "Yes?", 'player says: "The ladder?"']


def test_a_server_that_is_known_to_forget_is_told_everything_each_time() -> None:
    h = Harness(capabilities=Capabilities(contexts=False))
    h.tell_npc("Hello?")
    h.respond(words("Yes?"))

    h.tell_npc("The ladder?")

    assert "previous_response_id" not in h.last
    assert texts(h.last) == ['player says: "Hello?"', "Yes?", 'player says: "The ladder?"']


def test_a_server_that_forgets_grows_as_old_as_any() -> None:
    h = Harness(capabilities=Capabilities(contexts=False))

    h.pass_ms(6 * 60_000)

    assert h.connecting == []


def test_a_server_that_answers_a_warm_up_has_said_nothing_and_is_asked_for_no_other() -> None:
    h = Harness("mira", "tomas", capabilities=Capabilities(lanes=8, running=4))
    h.put(Prewarmed("mira"))
    assert h.last["generate"] is False
    h.respond(words("Good day to you!"))

    h.put(Prewarmed("tomas"))
    h.tell_npc("Hello?")

    assert len(h.sent) == 2
    assert "previous_response_id" not in h.last
    assert texts(h.last) == ['player says: "Hello?"']


def test_a_server_that_is_known_to_answer_warm_ups_is_sent_none() -> None:
    h = Harness(capabilities=Capabilities(warm_up=False))

    h.put(Prewarmed("mira"))

    assert h.sent == []


def test_a_connection_without_contexts_is_made_do_with_for_five_minutes() -> None:
    h = Harness(connect=False, capabilities=SERIAL)
    h.put(LinkOpened(h.connecting.pop(), keeps_contexts=False))

    h.pass_ms(4 * 60_000)
    early = list(h.connecting)
    h.pass_ms(2 * 60_000)

    assert (early, h.connecting) == ([], [1])
