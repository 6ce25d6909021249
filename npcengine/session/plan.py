"""Actions of one response that wait for the ones before them.

A model may call several actions at once: walk to the gate, unlock it, wave. They begin side by
side, unless an action was declared ``in_order``: then it begins when every action before it in the
same response has succeeded, and is taken back when one of them has not.
"""

from collections.abc import Set as AbstractSet

import msgspec

from npcengine.session.outside import Committed

__all__ = ["MAX_HELD", "Plan", "Sequel"]

MAX_HELD = 32
"""Actions of one NPC that wait; a game that never ends its actions cannot make them many."""


class Sequel(msgspec.Struct, frozen=True):
    """What the end of an action means for those behind it."""

    begin: tuple[Committed, ...] = ()
    give_up: tuple[Committed, ...] = ()


class Plan:
    """The waiting actions of one NPC, oldest first (loop thread)."""

    def __init__(self) -> None:
        self._held: dict[str, Committed] = {}
        self._waits_for: dict[str, set[str]] = {}

    def hold(self, commit: Committed, waits_for: AbstractSet[str]) -> Sequel:
        """Keep an action until others are over; return what had to be given up for it."""
        self._held[commit.call_id] = commit
        self._waits_for[commit.call_id] = set(waits_for)
        return self.over(next(iter(self._held)), succeeded=False) if self._is_full else Sequel()

    def over(self, call_id: str, *, succeeded: bool) -> Sequel:
        """An action is over, whether or not it was ever held; return what follows from it."""
        begin: list[Committed] = []
        give_up: list[Committed] = []
        failed = [] if succeeded else [call_id]
        if succeeded:
            for held, waits_for in self._waits_for.items():
                if call_id in waits_for:
                    waits_for.discard(call_id)
                    if not waits_for:
                        begin.append(self._held[held])
        while failed:
            lost = failed.pop(0)
            if lost in self._held:
                give_up.append(self._forget(lost))
            failed += [held for held, waits in self._waits_for.items() if lost in waits]
        for commit in begin:
            self._forget(commit.call_id)
        return Sequel(tuple(begin), tuple(give_up))

    def clear(self) -> None:
        """Give up all that wait, without a word."""
        self._held.clear()
        self._waits_for.clear()

    @property
    def _is_full(self) -> bool:
        return len(self._held) > MAX_HELD

    def _forget(self, call_id: str) -> Committed:
        del self._waits_for[call_id]
        return self._held.pop(call_id)
