"""How questions are answered: graded, timed, and whatever the game's own code does."""

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npcengine.bridge.oracle import Answer, Oracle, View
from npcengine.clock import ManualClock
from npcengine.errors import QueryFailed, QueryRetry
from npcengine.session.inbox import Answered
from npcengine.session.outside import Asked
from tests.world.made import Json, question


class Table:
    """An oracle on a table: its clocks move when told to, and its answers are kept."""

    def __init__(self, *, strict: bool = False) -> None:
        self.clock = ManualClock()
        self.stopwatch = ManualClock()
        self.oracle = Oracle(self.clock, self.stopwatch, strict=strict)
        self.put: list[Answered] = []
        self.oracle.answer_with(self.put.append)

    def publish(self, value: object, tick: int) -> None:
        self.oracle.view = View(value, tick, self.clock.now_ns())

    def run(self, asked: Asked, *, tick: int = 7) -> Answer:
        return self.oracle.run(asked, tick=tick)

    def ask_async(self, *asked: Asked) -> None:
        """Ask on a loop, and let every answer come."""

        async def scenario() -> None:
            for one in asked:
                self.oracle.ask(one)
            await asyncio.gather(*self.oracle._tasks)

        asyncio.run(scenario())


def output_of(answer: Answer) -> Json:
    output: Json = json.loads(answer.entry.output)
    assert output["grade"] == answer.entry.grade, "what is counted is what is told"
    return output


def who_is_near(npc: str, view: object, radius_px: int) -> list[object]:
    return [npc, view, radius_px]


ARGUMENTS = '{"radius_px": 80}'


def test_the_live_world_is_answered_for_now_with_the_asker_and_the_view_it_wants() -> None:
    table = Table()
    table.oracle.npcs["mira"] = "the handle of mira"
    table.publish("the view", tick=3)
    table.clock.advance(ms=500)

    answer = table.run(question(who_is_near, ARGUMENTS), tick=7)

    value = ["the handle of mira", "the view", 80]
    assert output_of(answer) == {"value": value, "grade": "fresh", "as_of_tick": 7, "age_ms": 0}
    assert (answer.entry.npc, answer.entry.call_id, answer.fault) == ("mira", "call_1", None)


def test_the_live_world_can_be_asked_before_anything_is_published() -> None:
    assert output_of(Table().run(question(who_is_near, ARGUMENTS)))["value"] == [None, None, 80]


@given(st.integers(0, 10**6), st.floats(0, 10**7))
def test_an_answer_from_a_view_says_whose_tick_it_is_and_how_old_it_has_become(
    tick: int, age_ms: float
) -> None:
    table = Table()
    table.clock.advance(ms=1_000)
    table.publish("the view", tick)
    table.clock.advance(ms=age_ms)

    table.oracle.ask(question(who_is_near, ARGUMENTS, where="snapshot"))

    (entry,) = table.put
    output = json.loads(entry.output)
    assert (output["grade"], output["as_of_tick"]) == ("snapshot", tick)
    assert abs(output["age_ms"] - age_ms) <= 0.501


def test_a_view_that_replaces_another_is_the_one_that_is_seen() -> None:
    table = Table()
    for tick, view in enumerate(["morning", "evening"]):
        table.publish(view, tick)

    output = output_of(table.run(question(who_is_near, ARGUMENTS, where="snapshot")))

    assert (output["value"][1], output["as_of_tick"]) == ("evening", 1)


def test_a_question_about_a_view_is_refused_and_not_run_while_there_is_none() -> None:
    ran: list[object] = []

    def look(view: object) -> None:
        ran.append(view)

    output = output_of(Table().run(question(look, where="snapshot")))

    assert output == {
        "grade": "refused",
        "reason": "nothing has been published yet",
        "ask_again": False,
    }
    assert ran == []


@pytest.mark.parametrize("fails", [False, True])
def test_how_long_a_query_took_is_told_whether_it_failed_or_not(fails: bool) -> None:
    table = Table()
    table.clock.advance(ms=1_000)

    def slow() -> str:
        table.stopwatch.advance(ms=12.5)
        table.clock.advance(ms=99)
        if fails:
            raise QueryFailed("too dark")
        return "there"

    assert table.run(question(slow)).entry.took_ms == 12.5


def raising(error: BaseException) -> Asked:
    def look() -> object:
        raise error

    return question(look)


def cycle() -> list[Any]:
    house: list[Any] = []
    house.append({"owner": {"house": house}})
    return house


def returning(value: object) -> Asked:
    def look() -> object:
        return value

    return question(look)


@pytest.mark.parametrize(
    ("error", "reason", "again"),
    [
        pytest.param(QueryRetry("name a place"), "name a place", True, id="ask differently"),
        pytest.param(QueryFailed("it is dark"), "it is dark", False, id="do not ask again"),
    ],
)
def test_what_the_author_of_a_query_refuses_is_told_as_it_was_said_and_is_no_fault(
    error: Exception, reason: str, again: bool, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Table(strict=True).run(raising(error))

    assert output_of(answer) == {"grade": "refused", "reason": reason, "ask_again": again}
    assert answer.fault is None
    assert not caplog.records


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(raising(KeyError("the king's secret")), id="raises"),
        pytest.param(raising(RecursionError("the king's secret")), id="calls itself"),
        pytest.param(raising(QueryFailed("\ud800")), id="refuses with half a character"),
        pytest.param(returning(object()), id="gives an object of the game"),
        pytest.param(returning("\ud800"), id="gives half a character"),
        pytest.param(returning("x" * 20_000), id="gives too much"),
        pytest.param(returning(cycle()), id="gives something that contains itself"),
    ],
)
def test_whatever_a_query_does_the_mind_gets_an_answer_without_the_games_secrets(
    asked: Asked,
) -> None:
    answer = Table().run(asked)

    assert output_of(answer)["grade"] == "refused"
    assert not output_of(answer)["ask_again"]
    assert "secret" not in answer.entry.output


def test_what_ends_a_program_is_not_held_back() -> None:
    with pytest.raises(KeyboardInterrupt):
        Table().run(raising(KeyboardInterrupt()))


def test_a_faulty_query_is_logged_once_and_another_one_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def look() -> object:
        raise KeyError

    def listen() -> object:
        raise KeyError

    table = Table()
    for function in (look, look, listen, look):
        fault = table.run(question(function)).fault
        assert isinstance(fault, KeyError), "a strict bridge raises it every time"

    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert "'look'" in messages[0]
    assert "'listen'" in messages[1]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


@pytest.mark.parametrize("strict", [False, True])
def test_the_first_fault_on_the_loop_is_kept_for_a_strict_bridge_to_raise(strict: bool) -> None:
    table = Table(strict=strict)
    table.publish("the view", 1)

    def look(view: object, place: str) -> object:
        raise KeyError(place)

    for place in ("well", "gate"):
        table.oracle.ask(question(look, json.dumps({"place": place}), where="snapshot"))

    assert [entry.grade for entry in table.put] == ["refused", "refused"]
    assert repr(table.oracle.fault) == ("KeyError('well')" if strict else "None")


async def fetch(place: str, view: object) -> object:
    await asyncio.sleep(0)
    match place:
        case "cave":
            raise QueryRetry("closer")
        case "moon":
            raise KeyError(place)
        case "maze":
            return cycle()
        case _:
            return [place, view]


def test_coroutines_are_answered_each_in_its_own_way() -> None:
    table = Table(strict=True)
    table.publish("the view", 3)

    places = ["well", "cave", "moon", "maze"]
    table.ask_async(
        *(question(fetch, json.dumps({"place": place}), where="async") for place in places)
    )

    outputs = [json.loads(entry.output) for entry in table.put]
    assert [output["grade"] for output in outputs] == ["fresh", *["refused"] * 3]
    assert outputs[0]["value"] == ["well", "the view"]
    assert outputs[0]["as_of_tick"] == 3
    assert [output.get("ask_again") for output in outputs[1:]] == [True, False, False]
    assert isinstance(table.oracle.fault, KeyError)


def test_coroutines_that_are_still_running_at_the_end_are_stopped_and_answer_nothing() -> None:
    table = Table()
    ended: list[str] = []

    async def wait(place: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(place)

    async def scenario() -> None:
        table.oracle.ask(question(wait, '{"place": "well"}', where="async"))
        await asyncio.sleep(0)  # let it begin
        tasks = list(table.oracle._tasks)
        table.oracle.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(scenario())

    assert ended == ["well"]
    assert table.put == []
