import pytest

from npcengine.policy.rules import TOOL_ROUNDS
from npcengine.protocol.capabilities import GATEWAY
from npcengine.session.outside import Cancelled, Committed, Hinted, Prepared, TurnOver
from tests.session.harness import (
    Harness,
    WalkTo,
    call,
    item_added,
    item_done,
    outputs_of,
    text_delta,
    words,
)


def test_the_first_request_says_who_what_and_what_was_heard() -> None:
    h = Harness()

    h.tell_npc('Where is the "ladder"?')

    assert h.last["type"] == "response.create"
    assert h.last["instructions"] == "You are mira."
    assert [tool["name"] for tool in h.last["tools"]] == ["walk_to", "unlock", "where_is"]
    assert h.last["store"] is False
    assert "previous_response_id" not in h.last
    (item,) = h.last["input"]
    assert item["content"][0]["text"] == r'player says: "Where is the \"ladder\"?"'


def test_speech_grows_while_it_streams_and_the_turn_ends_with_it() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    response_id = h.start()

    h.events(item_added(words("")), text_delta("Good "), text_delta("evening."))
    growing = h.shown["mira"]
    h.finish(response_id, words("Good evening."))

    assert (growing.phase, growing.speech) == ("speaking", "Good evening.")
    assert h.shown["mira"].phase == "idle"
    assert h.shown["mira"].speech == "Good evening."
    assert h.edges == [TurnOver("mira", 1, "completed", 0, "Good evening.", "")]


def test_a_question_is_asked_before_its_response_ends_and_answered_incrementally() -> None:
    h = Harness()
    h.tell_npc("Where is the ladder?")
    response_id = h.start()

    h.events(item_done(call("where_is", {"thing": "ladder"})))
    assert h.questions[0].arguments.thing == "ladder"  # type: ignore[attr-defined]
    h.answer("by the well")
    sent_before_the_end = len(h.sent)
    h.finish(response_id)

    assert sent_before_the_end == 1
    assert h.last["previous_response_id"] == response_id
    assert outputs_of(h.last) == [
        ("call_1", {"value": "by the well", "grade": "fresh", "as_of_tick": 1, "age_ms": 0})
    ]
    h.respond(words("By the well."))
    assert isinstance(h.edges[-1], TurnOver)
    assert h.edges[-1].rounds == 1


def test_an_action_goes_hint_prepare_commit_and_its_outcome_goes_back() -> None:
    h = Harness()
    h.tell_npc("Go to the well.")
    response_id = h.start()

    h.events(
        item_added(call("walk_to", "")),
        {
            "type": "response.function_call_arguments.delta",
            "item_id": "fc_call_1",
            "output_index": 0,
            "delta": '{"place":"well","hur',
        },
        item_done(call("walk_to", '{"place":"well","hurry":true}')),
    )

    assert [type(edge) for edge in h.edges] == [Hinted, Prepared, Prepared, Committed]
    assert h.commits[0].value == WalkTo(place="well", hurry=True)
    h.settle("succeeded", "you are there")
    h.finish(response_id)
    assert outputs_of(h.last) == [("call_1", {"status": "succeeded", "detail": "you are there"})]


def test_several_rounds_of_tools_make_one_turn_and_one_speech() -> None:
    h = Harness()
    h.tell_npc("Fetch the ladder.")

    for round_number in range(3):
        h.respond(words("Hm."), call("where_is", {"thing": "x"}, f"call_{round_number}"))
        h.answer("there")
    h.respond(words("Done."))

    over = h.edges[-1]
    assert isinstance(over, TurnOver)
    assert (over.rounds, over.speech) == (3, "Hm. Hm. Hm. Done.")


def test_parallel_calls_are_answered_together_in_call_order() -> None:
    h = Harness()
    h.tell_npc("Go.")
    h.respond(call("where_is", {"thing": "a"}, "call_a"), call("walk_to", {"place": "b"}, "call_b"))
    h.settle("started", call_id="call_b")
    assert len(h.sent) == 1

    h.answer("x")

    assert [call_id for call_id, _ in outputs_of(h.last)] == ["call_a", "call_b"]


def test_a_call_of_no_known_tool_is_answered_with_what_there_is() -> None:
    h = Harness()
    h.tell_npc("Fly.")

    h.respond(call("fly_to", {"place": "moon"}))

    ((_, output),) = outputs_of(h.last)
    assert output["grade"] == "refused"
    assert "walk_to, unlock, where_is" in output["reason"]
    assert not h.commits


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        pytest.param({"place": 7}, "$.place", id="wrong type"),
        pytest.param({}, "$", id="missing"),
        pytest.param({"place": "x", "gold": 9}, "$", id="one too many"),
        pytest.param('{"place":"x","place":"y"}', "$", id="said twice"),
        pytest.param('{"place":"x"', "$", id="cut off"),
    ],
)
def test_bad_arguments_never_reach_the_game_and_are_answered_with_their_path(
    arguments: object, path: str
) -> None:
    h = Harness()
    h.tell_npc("Go.")

    h.respond(call("walk_to", arguments))

    assert not h.commits
    assert [type(edge) for edge in h.edges if isinstance(edge, Cancelled)] == [Cancelled]
    ((_, output),) = outputs_of(h.last)
    assert (output["path"], output["ask_again"]) == (path, True)


def test_a_call_cut_off_by_the_end_is_cancelled_and_leaves_no_trace() -> None:
    h = Harness()
    h.tell_npc("Go.")
    response_id = h.start()
    h.events(item_added(call("walk_to", "")))

    h.finish(response_id, status="incomplete", incomplete_details={"reason": "max_output_tokens"})

    assert h.kinds() == ["Hinted", "Cancelled", "TurnOver"]
    h.tell_npc("Well?")
    assert all(item["type"] == "message" for item in h.last["input"])


def test_an_answer_that_comes_late_loses_against_the_deadline() -> None:
    h = Harness()
    h.tell_npc("Where?")
    h.respond(call("where_is", {"thing": "ladder"}))

    h.pass_ms(200)
    ((_, output),) = outputs_of(h.last)
    h.answer("by the well")

    assert output == {"grade": "refused", "reason": "no answer in time", "ask_again": True}
    assert len(h.sent) == 2
    assert h.supervisor.tally.late_answers == 1


def test_a_commit_the_game_does_not_take_up_is_answered_and_its_end_told_later() -> None:
    h = Harness()
    h.tell_npc("Go.")
    h.respond(call("walk_to", {"place": "well"}))

    h.pass_ms(200)
    ((_, output),) = outputs_of(h.last)
    h.respond(words("On my way."))
    h.settle("failed", "the way is blocked")

    assert output == {"status": "accepted"}
    (item,) = h.last["input"]
    assert item["role"] == "developer"
    assert '"status":"failed"' in item["content"][0]["text"]
    assert "the way is blocked" in item["content"][0]["text"]


def test_an_action_that_takes_a_while_is_started_at_once_and_ended_by_an_event() -> None:
    h = Harness()
    h.tell_npc("Go.")
    h.respond(call("walk_to", {"place": "well"}))
    h.settle("started")
    assert outputs_of(h.last) == [("call_1", {"status": "started"})]
    h.respond(words("Going."))

    h.settle("succeeded", "there", call_id="call_1")

    assert '"action":"walk_to"' in h.last["input"][0]["content"][0]["text"]
    assert h.shown["mira"].turn_epoch == 2


def test_a_call_id_that_comes_again_is_another_call() -> None:
    h = Harness()
    h.tell_npc("Go to the well.")
    h.respond(call("walk_to", {"place": "well"}, "call_0"))
    h.settle("started")
    h.respond(words("Going."))
    h.tell_npc("No, to the gate.")
    h.respond(call("walk_to", {"place": "gate"}, "call_0"))
    first, second = h.commits
    h.settle("failed", "stopped on the way", call_id=first.call_id)
    h.settle("succeeded", call_id=second.call_id)

    assert first.call_id != second.call_id
    assert outputs_of(h.last) == [("call_0", {"status": "succeeded"})]
    (event,) = [item for item in h.last["input"] if item["type"] == "message"]
    assert "stopped on the way" in event["content"][0]["text"]


def test_an_action_in_order_begins_when_the_one_before_it_has_succeeded() -> None:
    h = Harness()
    h.tell_npc("Open the gate.")
    h.respond(
        call("walk_to", {"place": "gate"}, "call_1"), call("unlock", {"thing": "gate"}, "call_2")
    )
    begun_at_first = [commit.call_id for commit in h.commits]
    h.pass_ms(1_000)
    answers = outputs_of(h.last)
    h.respond(words("Going."))
    h.settle("succeeded", call_id="call_1")
    begun = [commit.call_id for commit in h.commits]
    h.settle("succeeded", "it is open", call_id="call_2")
    h.respond(words("I am there."))

    assert begun_at_first == ["call_1"]
    assert answers == [("call_1", {"status": "accepted"}), ("call_2", {"status": "accepted"})]
    assert begun == ["call_1", "call_2"]
    assert "it is open" in h.last["input"][-1]["content"][0]["text"]


def test_an_action_in_order_is_taken_back_when_the_one_before_it_fails() -> None:
    h = Harness()
    h.tell_npc("Open the gate.")
    h.respond(
        call("walk_to", {"place": "gate"}, "call_1"),
        call("unlock", {"thing": "gate"}, "call_2"),
        call("unlock", {"thing": "chest"}, "call_3"),
    )
    h.settle("failed", "the way is blocked", call_id="call_1")

    assert [commit.call_id for commit in h.commits] == ["call_1"]
    cancelled = [edge for edge in h.edges if isinstance(edge, Cancelled)]
    assert [edge.call_id for edge in cancelled] == ["call_2", "call_3"]
    assert [output["status"] for _, output in outputs_of(h.last)] == ["failed"] * 3


def test_actions_that_are_not_in_order_begin_side_by_side() -> None:
    h = Harness()
    h.tell_npc("Go.")
    h.respond(
        call("walk_to", {"place": "gate"}, "call_1"), call("walk_to", {"place": "well"}, "call_2")
    )

    assert [commit.call_id for commit in h.commits] == ["call_1", "call_2"]


def test_what_is_heard_during_a_turn_rides_along_with_the_next_continuation() -> None:
    h = Harness()
    h.tell_npc("Where is the ladder?")
    h.respond(call("where_is", {"thing": "ladder"}))
    h.tell_npc("And hurry!")
    h.answer("by the well")

    kinds = [item["type"] for item in h.last["input"]]
    assert kinds == ["function_call_output", "message"]
    h.respond(words("By the well."))
    assert len(h.sent) == 2, "nothing is left that would need another turn"


def test_what_is_heard_in_the_last_round_begins_another_turn() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    response_id = h.start()
    h.tell_npc("Are you there?")

    h.finish(response_id, words("Yes."))

    assert h.last["previous_response_id"] == response_id
    assert "Are you there?" in h.last["input"][0]["content"][0]["text"]


def test_what_is_no_reason_to_think_waits_for_one() -> None:
    h = Harness()

    h.tell_npc("(a cough)", wake=False)
    assert h.sent == []
    h.tell_npc("Hello?")

    assert len(h.last["input"]) == 2


@pytest.mark.parametrize("rounds", [1, TOOL_ROUNDS, 30])
def test_a_mind_that_only_calls_tools_is_asked_for_words_and_then_given_up(rounds: int) -> None:
    h = Harness(tool_rounds=rounds)
    h.tell_npc("Go on.")
    for number in range(rounds):
        assert "tool_choice" not in h.last
        h.respond(call("where_is", {"thing": "x"}, f"call_{number}"))
        h.answer("there")

    assert h.last["tool_choice"] == "none"
    h.respond(call("where_is", {"thing": "x"}, "call_again"))
    h.answer("there")

    over = h.edges[-1]
    assert isinstance(over, TurnOver)
    assert over.outcome == "failed"


def test_a_call_id_used_twice_counts_once() -> None:
    h = Harness()
    h.tell_npc("Go.")

    h.respond(call("walk_to", {"place": "well"}), call("walk_to", {"place": "forge"}))

    assert len(h.commits) == 1


def test_sixteen_share_a_connection_with_lanes_and_each_has_one_without() -> None:
    names = [f"npc{n}" for n in range(20)]

    with_lanes = Harness(*names, capabilities=GATEWAY)
    without = Harness(*names)
    with_lanes.tell_npc("Hi.", "npc3")

    assert with_lanes.link.wanted == 2
    assert without.link.wanted == 20
    assert with_lanes.last["stream_id"] == "s3"


def test_two_lanes_of_a_connection_do_not_mix() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Hello?", "mira")
    h.tell_npc("Halt?", "tomas")

    h.events(text_delta("Evening."), connection=0, lane="s0")
    h.events(text_delta("Who goes?"), connection=0, lane="s1")

    assert h.shown["mira"].speech == "Evening."
    assert h.shown["tomas"].speech == "Who goes?"


def test_a_socket_that_owes_a_question_is_read_at_once() -> None:
    h = Harness()
    h.tell_npc("Where?")
    h.start()

    h.events(item_added(call("where_is", "")))
    hurried = h.at_once[0]
    h.events(item_done(call("where_is", {"thing": "x"})))
    h.answer("there")
    h.finish("resp_1")

    assert (hurried, h.at_once[0]) == (True, False)


def test_words_stay_to_be_read_until_there_are_others() -> None:
    h = Harness()
    h.tell_npc("Hello?")
    h.respond(words("Good evening."))

    h.tell_npc("Hm.")
    thinking = h.shown["mira"]
    h.respond()
    silent = h.shown["mira"]

    assert (thinking.phase, thinking.speech) == ("thinking", "Good evening.")
    assert (silent.phase, silent.speech, silent.turn_epoch) == ("idle", "Good evening.", 2)
    over = h.edges[-1]
    assert isinstance(over, TurnOver)
    assert over.speech == ""
