"""Runs the game's queries and grades their answers.

A ``frame`` query runs inside ``update`` on the frame thread, a ``snapshot`` query at once on the
loop thread over the last published view, an ``async`` one as a task on the loop. All of them end
here in the same few ways: an answer with its grade, a refusal by the query's author, or a fault.
"""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

import msgspec

from npcengine.clock import NS_PER_MS, Clock
from npcengine.errors import QueryFailed, QueryRetry
from npcengine.session.inbox import Answered
from npcengine.session.outside import Asked
from npcengine.world.answers import Grade, graded, refusal

__all__ = ["Oracle", "View"]

log = logging.getLogger("npcengine")


class View(msgspec.Struct, frozen=True):
    """A published picture of the world."""

    value: object
    """The game's own frozen object; nobody may change it any more."""
    tick: int
    t_ns: int


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
        self._faulty: set[str] = set()
        """Queries whose fault has been logged: once each is enough."""
        self.view: View | None = None
        self.npcs: dict[str, object] = {}
        """The handles that queries are given as ``npc``."""
        self.fault: Exception | None = None
        """A fault on the loop thread that a strict bridge has yet to raise."""

    def answer_with(self, put: Callable[[Answered], None]) -> None:
        """Say where answers of ``snapshot`` and ``async`` queries go (loop thread)."""
        self._put = put

    def ask(self, question: Asked) -> None:
        """Run a ``snapshot`` or ``async`` query (loop thread)."""
        assert self._put is not None
        if question.query.where == "async":
            task = asyncio.get_running_loop().create_task(self._ask_async(question, self._put))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            answer = self.run(question, tick=0)
            if self._strict and self.fault is None:
                self.fault = answer.fault
            self._put(answer.entry)

    def run(self, question: Asked, *, tick: int) -> "Answer":
        """Run a query that is an ordinary function, on the thread it belongs to.

        Args:
            question: What is asked.
            tick: The tick of the live world, for a ``frame`` query.
        """
        query, view = question.query, self.view
        if query.where == "snapshot" and view is None:
            return self._refused(question, "nothing has been published yet")
        started_ns = self._stopwatch.now_ns()
        try:
            seen = view.value if view is not None else None
            value = query.call(self.npcs.get(question.npc), seen, question.arguments)
        except Exception as error:  # noqa: BLE001 - the game's own code may raise anything
            answer = self._failed(question, error)
        else:
            if query.where == "frame" or view is None:
                answer = self._graded(question, value, "fresh", tick, 0.0)
            else:
                age_ms = (self._clock.now_ns() - view.t_ns) / NS_PER_MS
                answer = self._graded(question, value, "snapshot", view.tick, age_ms)
        took_ms = (self._stopwatch.now_ns() - started_ns) / NS_PER_MS
        entry = msgspec.structs.replace(answer.entry, took_ms=took_ms)
        return Answer(entry, answer.fault)

    async def _ask_async(self, question: Asked, put: Callable[[Answered], None]) -> None:
        view = self.view
        seen = view.value if view is not None else None
        try:
            outcome: Any = question.query.call(
                self.npcs.get(question.npc), seen, question.arguments
            )
            assert inspect.isawaitable(outcome)
            answer = self._graded(question, await outcome, "fresh", view.tick if view else 0, 0.0)
        except Exception as error:  # noqa: BLE001 - the game's own code may raise anything
            answer = self._failed(question, error)
        if self._strict and self.fault is None:
            self.fault = answer.fault
        put(answer.entry)

    def close(self) -> None:
        """Cancel what is running (loop thread)."""
        for task in self._tasks:
            task.cancel()

    def _graded(
        self, question: Asked, value: object, grade: Grade, tick: int, age_ms: float
    ) -> "Answer":
        try:
            output = graded(value, grade, as_of_tick=tick, age_ms=age_ms)
        except (TypeError, ValueError) as error:
            return self._failed(question, error)
        return self._answer(question, output, grade)

    def _failed(self, question: Asked, error: Exception) -> "Answer":
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
    ) -> "Answer":
        return self._answer(question, refusal(reason, again=again), "refused", fault)

    def _answer(
        self, question: Asked, output: str, grade: Grade, fault: Exception | None = None
    ) -> "Answer":
        return Answer(Answered(question.npc, question.call_id, output, grade), fault)


class Answer(msgspec.Struct, frozen=True):
    """What came of a question."""

    entry: Answered
    fault: Exception | None = None
    """A fault in the game's own query, to be raised by a strict bridge."""
