"""What a request passes before it is sent, and what wakes a mind."""

import json
from typing import Any

from npcengine.policy.attention import Tier
from npcengine.policy.prices import Price, Prices
from npcengine.policy.storm import GATHER_MS, LONGEST_MS
from npcengine.policy.wallet import Budget, Wallet
from npcengine.protocol.capabilities import GATEWAY
from npcengine.session.inbox import Attended, Defined, Paused, Perceived, Switched, Ticked
from npcengine.session.outside import TurnOver
from npcengine.world.percepts import noticed
from tests.session.harness import TOOLS, Harness, Json, call, text_delta, words

USAGE: Json = {"input_tokens": 900, "output_tokens": 100, "total_tokens": 1_000}


def limited(*npcs: str, prices: Prices | None = None, **budget: Any) -> Harness:
    h = Harness(*npcs, capabilities=GATEWAY)
    h.supervisor.gate.wallet = Wallet(Budget(**budget), prices or Prices())
    return h


def notice(h: Harness, what: str, *, wake: bool = True, npc: str = "mira", **facts: object) -> None:
    h.put(Perceived(npc, noticed(what, facts), wake, what))


def events(request: Json) -> list[Json]:
    return [
        json.loads(item["content"][0]["text"])
        for item in request["input"]
        if item.get("role") == "developer"
    ]


# --- the wallet -----------------------------------------------------------------------------------


def test_requests_beyond_those_that_may_be_in_flight_are_sent_when_one_has_ended() -> None:
    h = limited("mira", "tomas", "pip", requests_in_flight=1)
    for npc in ("mira", "tomas", "pip"):
        h.tell_npc("Hello?", npc)
    alone = len(h.sent)

    h.respond(words("Yes?"))
    second = len(h.sent)
    h.respond(words("Yes?"))

    assert (alone, second, len(h.sent)) == (1, 2, 3)


def test_when_a_minutes_tokens_are_spent_the_next_turn_waits_for_the_next_minute() -> None:
    h = limited(tokens_per_minute=1_000)
    h.tell_npc("Hello?")
    h.finish(h.start(), words("Yes?"), usage=USAGE)

    h.tell_npc("And?")
    h.pass_ms(50_000)
    waiting = (len(h.sent), h.shown["mira"].phase)
    h.pass_ms(11_000)

    assert waiting == (1, "offline")
    assert len(h.sent) == 2


def test_a_model_without_a_price_asks_nothing_where_money_is_limited() -> None:
    h = limited(money_per_hour=1.0)

    h.tell_npc("Hello?")

    assert h.sent == []
    over = h.edges[-1]
    assert "price" in getattr(over, "reason", "")


def test_a_tail_that_nobody_hears_is_charged() -> None:
    prices = Prices(models={"m": Price(input=1.0, output=10.0)})
    h = limited(prices=prices, money_per_hour=1.0)
    h.tell_npc("Hello?")
    response_id = h.start()
    h.events(text_delta("Well, "))
    h.interrupt()
    wallet, clock = h.supervisor.gate.wallet, h.clock
    in_flight = wallet.spent(clock.now_ns()).in_flight

    h.finish(response_id, words("Well, well."), usage=USAGE)

    spent = wallet.spent(clock.now_ns())
    assert (in_flight, spent.in_flight, spent.tokens) == (1, 0, 1_000)
    assert spent.money == 0.0019


def test_nothing_stays_in_flight_however_a_request_ends() -> None:
    h = limited("mira")
    for end in ("lose", "refuse", "fail", "interrupt and lose"):
        h.tell_npc("Hello?")
        if end == "refuse":
            h.refuse("invalid_request", status=400)
        elif end == "fail":
            h.finish(h.start(), status="failed", error={"code": "bad", "message": "no"})
        else:
            h.start()
            if end.startswith("interrupt"):
                h.interrupt()
            h.events(text_delta("Well, "))
            h.lose(h.sent[-1][0])
            h.pass_ms(1_000)
            h.open_all()
        assert h.supervisor.gate.wallet.spent(h.clock.now_ns()).in_flight == 0, end


def test_a_killed_bridge_asks_nothing_until_it_is_revived() -> None:
    h = limited("mira")
    h.put(Switched("the bill"))
    h.tell_npc("Hello?")
    notice(h, "a noise")
    h.pass_ms(60_000)
    killed = len(h.sent)

    h.put(Switched(None))
    h.tell_npc("Still there?")

    assert (killed, len(h.sent)) == (0, 1)
    assert "Hello?" in json.dumps(h.last["input"])


# --- an NPC's own wallet --------------------------------------------------------------------------


def with_own(*npcs: str, mira: Budget, prices: Prices | None = None, **all_of: Any) -> Harness:
    h = limited(*npcs, prices=prices, **all_of)
    h.put(Defined("mira", "You are mira.", TOOLS, (), mira))
    return h


def test_an_npc_that_has_spent_its_own_minute_waits_and_the_others_do_not() -> None:
    h = with_own("mira", "tomas", mira=Budget(tokens_per_minute=1_000))
    for npc in ("mira", "tomas"):
        h.tell_npc("Hello?", npc)
        h.finish(h.start(), words("Yes?"), usage=USAGE)

    h.tell_npc("And?")
    h.tell_npc("And?", "tomas")
    in_this_minute = (len(h.sent), h.shown["mira"].phase, h.shown["tomas"].phase)
    h.respond(words("Yes."))
    h.pass_ms(61_000)

    assert in_this_minute == (3, "offline", "thinking")
    assert len(h.sent) == 4


def test_what_an_npc_spends_by_itself_is_spent_of_what_all_may() -> None:
    h = with_own("mira", "tomas", mira=Budget(tokens_per_minute=5_000), tokens_per_minute=1_000)
    h.tell_npc("Hello?")
    h.finish(h.start(), words("Yes?"), usage=USAGE)

    h.tell_npc("Hello?", "tomas")

    assert (len(h.sent), h.shown["tomas"].phase) == (1, "offline")


def test_an_npc_without_money_of_its_own_is_refused_in_its_name() -> None:
    h = with_own("mira", "tomas", mira=Budget(money_per_hour=1.0))

    h.tell_npc("Hello?")
    h.tell_npc("Hello?", "tomas")

    assert len(h.sent) == 1
    (over,) = [edge for edge in h.edges if isinstance(edge, TurnOver)]
    assert (over.npc, over.outcome) == ("mira", "refused")
    assert "'mira' by itself" in over.reason


def test_an_npc_with_one_request_of_its_own_answers_when_its_tail_has_ended() -> None:
    h = with_own("mira", "tomas", mira=Budget(requests_in_flight=1), requests_in_flight=2)
    h.tell_npc("Hello?")
    response_id = h.start()
    h.events(text_delta("Well, "))
    tail = h.sent[-1]
    h.interrupt()
    h.tell_npc("No, the ladder.")
    h.tell_npc("Hello?", "tomas")
    beside_the_tail = [request for _, request in h.sent]

    h.finish(response_id, words("Well, well."), connection=tail[0], lane=tail[1]["stream_id"])

    assert len(beside_the_tail) == 2
    assert beside_the_tail[1]["instructions"] == "You are tomas."
    assert len(h.sent) == 3
    assert "the ladder" in json.dumps(h.last["input"])


def test_a_wallet_that_is_limited_again_has_still_spent_what_it_had() -> None:
    h = with_own("mira", mira=Budget(tokens_per_minute=1_000))
    h.tell_npc("Hello?")
    h.finish(h.start(), words("Yes?"), usage=USAGE)

    h.put(Defined("mira", "You are mira.", TOOLS, (), Budget(tokens_per_minute=1_000)))
    h.tell_npc("And?")

    assert (len(h.sent), h.shown["mira"].phase) == (1, "offline")


# --- what wakes -----------------------------------------------------------------------------------


def test_speech_wakes_at_once_and_what_was_noticed_before_comes_first() -> None:
    h = Harness()
    notice(h, "a noise")

    h.tell_npc("Hello?")

    assert [item["role"] for item in h.last["input"]] == ["developer", "user"]


def test_forty_events_of_one_cause_are_one_thing_to_think_about() -> None:
    h = Harness()
    for number in range(40):
        notice(h, "fire" if number % 2 else "a scream", where=f"stall {number}")
        h.pass_ms(10)
    before = len(h.sent)

    h.pass_ms(LONGEST_MS)

    assert (before, len(h.sent)) == (0, 1)
    (told,) = events(h.last)
    assert (told["event"], told["total"]) == ("noticed_many", 40)
    assert sum(told["counts"].values()) + told["others"] == 40


def test_a_lone_event_is_told_as_it_is_after_a_moment() -> None:
    h = Harness()
    notice(h, "a noise", where="gate")

    h.pass_ms(GATHER_MS + 1)

    assert events(h.last) == [{"event": "noticed", "what": "a noise", "where": "gate"}]


def test_minds_that_notice_the_same_thing_wake_one_after_the_other() -> None:
    names = [f"npc{number}" for number in range(8)]
    h = Harness(*names, capabilities=GATEWAY)
    for name in names:
        notice(h, "a cart burns", npc=name)

    sent: list[int] = []
    for _ in range(10):
        h.pass_ms(50)
        sent.append(len(h.sent))

    assert sent[-1] == 8
    assert 1 <= sent[1] < 8


# --- attention ------------------------------------------------------------------------------------


def test_an_npc_that_nobody_attends_to_remembers_and_does_not_think() -> None:
    h = Harness()
    h.put(Attended("mira", Tier.REFLEX, False))
    notice(h, "a noise")
    h.tell_npc("Hello?")
    h.pass_ms(10_000)
    asleep = len(h.sent)

    h.put(Attended("mira", Tier.FULL, False))

    assert (asleep, len(h.sent)) == (0, 1)
    assert [item["role"] for item in h.last["input"]] == ["developer", "user"]


def test_a_brief_mind_writes_little_and_asks_twice_at_most() -> None:
    h = Harness()
    h.put(Attended("mira", Tier.BRIEF, False))
    h.tell_npc("Where is the key?")
    for number in range(2):
        h.respond(call("where_is", {"thing": "key"}, f"call_{number}"))
        h.answer("in the well")

    assert h.last["max_output_tokens"] == 160
    assert h.last["tool_choice"] == "none"
    assert "tool_choice" not in h.sent[1][1]


# --- pauses ---------------------------------------------------------------------------------------


def test_in_a_pause_thoughts_go_on_and_nobody_begins_another() -> None:
    h = Harness("mira", "tomas", capabilities=GATEWAY)
    h.tell_npc("Where is the key?")
    h.put(Paused(True))
    h.tell_npc("Hello?", "tomas")
    h.respond(call("where_is", {"thing": "key"}))
    h.answer("in the well")
    h.put(Ticked(1, 0.0))
    paused = len(h.sent)

    h.put(Paused(False))

    assert (paused, len(h.sent)) == (2, 3)


def test_a_thought_that_waits_for_room_goes_on_in_a_pause_when_there_is_some() -> None:
    h = limited("mira", "tomas", requests_in_flight=1)
    h.tell_npc("Hello?")
    h.tell_npc("Hello?", "tomas")
    h.put(Paused(True))

    h.respond(words("Yes?"))

    assert len(h.sent) == 2


def test_a_game_that_stalls_is_waited_for() -> None:
    h = Harness()
    h.supervisor._stall_ms = 500
    h.put(Ticked(1, 0.016))
    h.pass_ms(600)
    h.tell_npc("Hello?")
    stalled = len(h.sent)

    h.put(Ticked(2, 0.016))

    assert (stalled, len(h.sent)) == (0, 1)
