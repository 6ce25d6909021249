"""Runs the game's queries and grades their answers.

A ``frame`` query runs inside ``update`` on the frame thread, a ``snapshot`` query at once on the
loop thread over the last published view, an ``async`` one as a task on the loop. What is due and
has no answer is answered here too, on the loop thread, from what there is. All of them end in the
same few ways: an answer with its grade, a refusal by the query's author, or a fault.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from npcengine.bridge.growing import Growing
from npcengine.clock import NS_PER_MS, Clock
from npcengine.errors import QueryFailed, QueryRetry
from npcengine.session.inbox import Answered
from npcengine.session.outside import Asked
from npcengine.world.answers import NOT_IN_TIME, Grade, graded, refusal

__all__ = ["Answer", "Oracle", "View"]

log = logging.getLogger("npcengine")

_Key: TypeAlias = tuple[str, int, str]

_NOTHING = Raw(b"null")


class View(msgspec.Struct, frozen=True):
    """A published picture of the world."""

    value: object
    """The game's own frozen object; nobody may change it any more."""
    tick: int
    t_ns: int


class Answer(msgspec.Struct, frozen=True):
    """What came of a question."""

    entry: Answered
    fault: Exception | None = None
    """A fault in the game's own query, to be raised by a strict bridge."""


class _World(msgspec.Struct, frozen=True):
    """The world that a query was let look at, and what its answer is worth for that."""

    view: object
    grade: Grade
    tick: int
    t_ns: int | None = None
    """When that world was so; ``None`` is when the answer was given."""


class Oracle:
    """Answers questions. Holds the last published view, which any thread may replace.

    Args:
        clock: Says how old a view is.
        stopwatch: Says how long a query took; in virtual time this is not the same clock, and
            stands still so that runs are alike.
        strict: Keep the faults of queries on the loop thread, for ``update`` to raise.
    """

    def __init__(self, clock: Clock, stopwatch: Clock, *, strict: bool) -> None:
        self._clock = clock
        self._stopwatch = stopwatch
        self._strict = strict
        self._put: Callable[[Answered], None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._growing: dict[_Key, tuple[Growing, _World]] = {}
        """Generators that are running, each added and taken out by the thread that runs it."""
        self._faulty: set[str] = set()
        """Queries whose fault has been logged: once each is enough."""
        self.view: View | None = None
        self.npcs: dict[str, object] = {}
        """The handles that queries are given as ``npc``."""
        self.fault: Exception | None = None
        """A fault on the loop thread that a strict bridge has yet to raise."""

    def answer_with(self, put: Callable[[Answered], None]) -> None:
        """Say where answers that are found on the loop thread go (loop thread)."""
        self._put = put

    def ask(self, question: Asked) -> None:
        """Run a ``snapshot`` or ``async`` query (loop thread)."""
        if question.query.where == "async":
            task = asyncio.get_running_loop().create_task(self._run_async(question))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._enter(self.run(question, tick=0))

    def run(self, question: Asked, *, tick: int) -> Answer:
        """Run a query that is an ordinary function, on the thread it belongs to.

        Args:
            question: What is asked.
            tick: The tick of the live world, for a ``frame`` query.
        """
        query, view = question.query, self.view
        if query.where == "frame":
            seen = None if view is None or query.view_is_optional else view.value
            return self._run(question, _World(seen, "fresh", tick), until_ns=question.due_ns)
        if view is None:
            return self._refused(question, "nothing has been published yet")
        world = _World(view.value, "snapshot", view.tick, view.t_ns)
        return self._run(question, world, until_ns=question.due_ns)

    def answer_late(self, question: Asked) -> None:
        """Answer a question that is due with what there is (loop thread)."""
        query, view = question.query, self.view
        if query.late == "snapshot" and view is not None:
            world = _World(view.value, "snapshot", view.tick, view.t_ns)
            self._enter(self._run(question, world, until_ns=None))
        elif query.late == "partial" and (running := self._growing.get(_key(question))):
            growing, world = running
            self._enter(self._grown(question, growing, world))
            if growing.task is not None:
                growing.task.cancel()
        else:
            self._enter(self._refused(question, NOT_IN_TIME, again=True))

    def close(self) -> None:
        """Cancel what is running (loop thread)."""
        for task in self._tasks:
            task.cancel()

    # --- running ------------------------------------------------------------------------------

    def _run(self, question: Asked, world: _World, *, until_ns: int | None) -> Answer:
        query = question.query
        started_ns = self._stopwatch.now_ns()
        try:
            outcome: Any = query.call(self.npcs.get(question.npc), world.view, question.arguments)
            if query.is_generator:
                growing = Growing(question, self._clock, self._stopwatch, until_ns=until_ns)
                with self._known(question, growing, world):
                    growing.run(outcome)
                answer = self._grown(question, growing, world)
            else:
                answer = self._graded(question, query.result.write(outcome), world)
        except Exception as error:  # noqa: BLE001 - the game's own code may raise anything
            answer = self._failed(question, error)
        return self._timed(answer, started_ns)

    async def _run_async(self, question: Asked) -> None:
        query, view = question.query, self.view
        world = _World(None, "fresh", 0) if view is None else _World(view.value, "fresh", view.tick)
        started_ns = self._stopwatch.now_ns()
        try:
            outcome: Any = query.call(self.npcs.get(question.npc), world.view, question.arguments)
            if query.is_generator:
                growing = Growing(question, self._clock, self._stopwatch, until_ns=question.due_ns)
                growing.task = asyncio.current_task()
                with self._known(question, growing, world):
                    await _within(query.budget_ms, growing.run_async(outcome))
                answer = self._grown(question, growing, world)
            else:
                answer = self._graded(question, query.result.write(await outcome), world)
        except Exception as error:  # noqa: BLE001 - the game's own code may raise anything
            answer = self._failed(question, error)
        self._enter(self._timed(answer, started_ns))

    @contextmanager
    def _known(self, question: Asked, growing: Growing, world: _World) -> Generator[None]:
        """Let the answer so far be found while it grows, if it may be given when it is due."""
        if question.query.late != "partial":
            yield
            return
        key = _key(question)
        self._growing[key] = growing, world
        try:
            yield
        finally:
            del self._growing[key]

    def _enter(self, answer: Answer) -> None:
        assert self._put is not None
        if self._strict and self.fault is None:
            self.fault = answer.fault
        self._put(answer.entry)

    # --- grading ------------------------------------------------------------------------------

    def _grown(self, question: Asked, growing: Growing, world: _World) -> Answer:
        """Answer with what a generator has yielded."""
        newest = growing.newest
        if growing.ended:
            return self._graded(question, _NOTHING if newest is None else newest.value, world)
        if newest is None or question.query.late == "refuse":
            return self._refused(question, NOT_IN_TIME, again=True)
        t_ns = newest.t_ns if world.t_ns is None else world.t_ns
        so_far = msgspec.structs.replace(world, grade="partial", t_ns=t_ns)
        return self._graded(question, newest.value, so_far)

    def _graded(self, question: Asked, value: Raw, world: _World) -> Answer:
        age_ns = 0 if world.t_ns is None else self._clock.now_ns() - world.t_ns
        try:
            output = graded(value, world.grade, as_of_tick=world.tick, age_ms=age_ns / NS_PER_MS)
        except ValueError as error:  # with its grade it is too long by a few bytes
            return self._failed(question, error)
        return self._answer(question, output, world.grade)

    def _failed(self, question: Asked, error: Exception) -> Answer:
        match error:
            case QueryRetry():
                return self._refused(question, str(error), again=True)
            case QueryFailed():
                return self._refused(question, str(error))
            case _:
                name = question.query.name
                if name not in self._faulty:
                    self._faulty.add(name)
                    log.error("the query %r failed; it is logged once", name, exc_info=error)
                return self._refused(question, "the world could not answer", fault=error)

    def _refused(
        self, question: Asked, reason: str, *, again: bool = False, fault: Exception | None = None
    ) -> Answer:
        return self._answer(question, refusal(reason, again=again), "refused", fault)

    def _answer(
        self, question: Asked, output: str, grade: Grade, fault: Exception | None = None
    ) -> Answer:
        name = question.query.name
        return Answer(Answered(question.npc, question.call_id, output, grade, query=name), fault)

    def _timed(self, answer: Answer, started_ns: int) -> Answer:
        took_ms = (self._stopwatch.now_ns() - started_ns) / NS_PER_MS
        return Answer(msgspec.structs.replace(answer.entry, took_ms=took_ms), answer.fault)


def _key(question: Asked) -> _Key:
    return question.npc, question.turn_epoch, question.call_id


async def _within(budget_ms: float, run: Coroutine[Any, Any, None]) -> None:
    """Let something run for so long at most; a timeout of its own comes through."""
    limit = asyncio.timeout(budget_ms / 1_000)
    try:
        async with limit:
            await run
    except TimeoutError:
        if not limit.expired():
            raise
