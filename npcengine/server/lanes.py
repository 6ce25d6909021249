"""The lanes of one connection: what runs on each, and the newest context it keeps."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator

from npcengine.server.answer import Answer
from npcengine.server.context import Context
from npcengine.server.faults import RequestError
from npcengine.server.limits import Limits
from npcengine.server.steering import Steering

__all__ = ["Lane", "Lanes"]

MAX_ENDED = 64
"""Ended responses that a connection still knows by name, to say of a steer why it is too late."""


class Lane:
    """One ordered channel.

    Steers that wait for outputs stay beside the context they are to continue; whatever takes the
    context away gives them back.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.task: asyncio.Task[None] | None = None
        self.answer: Answer | None = None
        self.newest_id: str | None = None
        self.newest: Context | None = None
        self._waiting: Steering | None = None

    def keep(self, answer: Answer, context: Context) -> None:
        """Let a response that has ended be the newest."""
        self._drop("the lane went on from another response")
        self.newest_id, self.newest = answer.response_id, context
        self._waiting = answer.steering

    def waiting_for(self, response_id: str | None) -> Steering | None:
        """Return the steers of a response, if the lane would continue it."""
        return self._waiting if response_id == self.newest_id else None

    def forget(self, why: str) -> None:
        """Let go of the newest context."""
        self._drop(why)
        self.newest_id = self.newest = self._waiting = None

    def _drop(self, why: str) -> None:
        if self._waiting is not None:
            self._waiting.give_back(why)


class Lanes:
    """All lanes of a connection; the default one is there from the start."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_name: dict[str | None, Lane] = {None: Lane(None)}
        self._ended: OrderedDict[str, Steering] = OrderedDict()

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._by_name.values())

    def open(self, name: str | None) -> Lane:
        """Return a lane, a new one if the name is new.

        Raises:
            RequestError: There are too many.
        """
        lane = self._by_name.get(name)
        if lane is None:
            if len(self._by_name) > self._limits.named_lanes:  # the default is one of them
                raise RequestError(
                    f"a connection has at most {self._limits.named_lanes} named lanes",
                    code="websocket_stream_limit_reached",
                    param="stream_id",
                )
            lane = self._by_name[name] = Lane(name)
        return lane

    def known(self, name: str | None) -> Lane | None:
        """Return a lane that has been used, or the default one."""
        return self._by_name.get(name)

    def newest(self, response_id: str) -> Context | None:
        """Return the context of a response, if it is some lane's newest."""
        return next((lane.newest for lane in self if lane.newest_id == response_id), None)

    def running(self, response_id: str) -> Answer | None:
        """Return a response that has not ended."""
        answers = (lane.answer for lane in self if lane.answer is not None)
        return next((answer for answer in answers if answer.response_id == response_id), None)

    def ended(self, response_id: str) -> Steering | None:
        """Return the steering of a response that has ended, if it is still known."""
        return self._ended.get(response_id)

    def end(self, lane: Lane, answer: Answer) -> None:
        """Remember that a response has ended."""
        self._by_name[lane.name] = self._by_name.pop(lane.name)  # to the end: idle the least
        self._ended[answer.response_id] = answer.steering
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)

    def trim(self) -> int:
        """Keep the contexts within bounds, and return how many were forgotten for that.

        The lane that was idle longest loses its own first; one that is answering loses nothing.
        """
        kept = [(lane, lane.newest) for lane in self if lane.newest is not None]
        total, forgotten = sum(context.size_bytes for _, context in kept), 0
        for lane, context in kept:
            if total <= self._limits.cache_bytes:
                break
            if lane.task is None:
                total -= context.size_bytes
                lane.forget("the connection keeps too much")
                forgotten += 1
        return forgotten
