"""What a mind always asks after a stimulus is told along with it."""

import json

from npcengine.policy.habits import WATCHED_FROM, Habits
from npcengine.session.inbox import Defined, Perceived
from npcengine.world.percepts import noticed
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Toolbox
from tests.session.harness import Harness, Json, call, item_added, text_delta, words


def nearby(view: object, radius_px: int) -> list[str]:
    """Who is near."""
    return []


def harness(habits: Habits | None) -> Harness:
    h = Harness(habits=habits)
    tools = Toolbox([QuerySpec(nearby, where="snapshot")])
    h.put(Defined("mira", "You are mira.", tools))
    return h


def one_turn(h: Harness, *, asks: bool) -> list[Json]:
    """A noise, and what the mind does; return what it was told ahead."""
    h.put(Perceived("mira", noticed("a noise", {}), True, "a noise"))
    h.pass_ms(1_000)
    told = [
        json.loads(item["content"][0]["text"])
        for item in h.last["input"]
        if item.get("role") == "developer"
    ]
    if asks:
        h.respond(call("nearby", {"radius_px": 100}, f"call_{len(h.sent)}"))
        h.answer("nobody")
    h.respond(words("Hm."))
    return [event for event in told if event["event"] == "known_already"]


def test_what_always_follows_is_told_ahead_and_saves_the_round() -> None:
    h = harness(Habits())
    for _ in range(WATCHED_FROM):
        assert one_turn(h, asks=True) == []
    before = len(h.sent)

    (told,) = one_turn(h, asks=False)

    assert (told["query"], told["arguments"]) == ("nearby", {"radius_px": 100})
    assert told["answer"]["grade"] == "snapshot"
    assert len(h.sent) == before + 1
    tally = h.supervisor.tally
    assert (tally.told_ahead, tally.asked_all_the_same) == (1, 0)


def test_a_question_that_is_asked_all_the_same_is_counted() -> None:
    h = harness(Habits())
    for _ in range(WATCHED_FROM + 1):
        one_turn(h, asks=True)

    tally = h.supervisor.tally
    assert (tally.told_ahead, tally.asked_all_the_same) == (1, 1)


def test_nothing_is_told_ahead_unless_the_game_wants_it() -> None:
    h = harness(None)

    assert [one_turn(h, asks=True) for _ in range(WATCHED_FROM + 3)] == [[]] * (WATCHED_FROM + 3)


def test_a_turn_that_waits_for_a_lane_is_told_ahead_once() -> None:
    h = harness(Habits())
    for _ in range(WATCHED_FROM):
        one_turn(h, asks=True)
    h.tell_npc("Hello?")
    response_id = h.start()
    h.events(item_added(words("")), text_delta("Well"))
    h.interrupt()
    h.put(Perceived("mira", noticed("a noise", {}), True, "a noise"))
    h.pass_ms(100)

    h.events(*[text_delta(", well")] * 5)
    h.finish(response_id, words("Well, well."))

    told = [item for item in h.last["input"] if "known_already" in json.dumps(item)]
    assert len(told) == h.supervisor.tally.told_ahead == 1
