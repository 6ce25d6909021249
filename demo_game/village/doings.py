"""What one person is in the middle of: one act at a time, gestures beside it, the rest in line."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from demo_game.village.acts import Act, Failed, Follow, Gesture, GoTo, Look, Succeeded
from demo_game.village.handling import Fetch, Give, PutBack, Take, TurnKey
from demo_game.village.people import Person
from demo_game.village.work import Fine, Forge, Inspect, StopWork

if TYPE_CHECKING:
    from demo_game.village.village import Village

__all__ = ["MAX_IN_LINE", "Doings", "Ended", "SavedDoing"]

MAX_IN_LINE = 6
"""Acts that one person has in hand or in line; more than anybody would ask for at once."""

AnyAct: TypeAlias = (
    GoTo
    | Follow
    | Look
    | Gesture
    | Take
    | Fetch
    | PutBack
    | Give
    | TurnKey
    | Forge
    | StopWork
    | Inspect
    | Fine
)
"""Every kind of act there is, for reading them back."""

Ended: TypeAlias = Callable[[Succeeded | Failed], None]


class _Doing(NamedTuple):
    act: Act
    ended: Ended | None
    key: str = ""
    """What whoever asked for it calls it."""
    gives_way: bool = False
    """Whether it is one's own idea, dropped for whatever one is asked to do."""

    def end(self, outcome: Succeeded | Failed) -> None:
        if self.ended is not None:
            self.ended(outcome)


class SavedDoing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was in hand or in line when a village was saved."""

    act: AnyAct
    key: str
    gives_way: bool


class Doings:
    """Of one person. Whoever asked for an act is told exactly once how it ended."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._line: deque[_Doing] = deque()
        self._beside: deque[_Doing] = deque()

    @property
    def words(self) -> str:
        """What one is doing, in words; empty when nothing."""
        return ", ".join(line[0].act.name for line in (self._line, self._beside) if line)

    @property
    def is_busy(self) -> bool:
        """Whether anything but a gesture is in hand or in line."""
        return bool(self._line)

    @property
    def is_gesturing(self) -> bool:
        """Whether one says something without words."""
        return bool(self._beside)

    def begin(self, act: Act, ended: Ended | None) -> None:
        """Do something of oneself and at once; all else is broken off."""
        self.break_off("you began to do something else")
        self._line.append(_Doing(act, ended, gives_way=True))

    def queue(self, act: Act, ended: Ended | None, key: str) -> None:
        """Do something when all that was asked for before is done; gestures at once."""
        line = self._beside if act.is_beside else self._line
        if line and line[0].gives_way:
            self.break_off("you were asked to do something else")
        if len(line) < MAX_IN_LINE:
            line.append(_Doing(act, ended, key))
        elif ended is not None:
            ended(Failed(f"you have {MAX_IN_LINE} things to do already: finish one first"))

    def break_off(self, reason: str) -> None:
        """Stop what is in hand and drop what is in line, gestures apart."""
        self.drop(lambda doing: not doing.act.is_beside, reason)

    def cancel(self, key: str, reason: str) -> bool:
        """Stop what somebody asked for under that name; return whether there was such a thing."""
        return self.drop(lambda doing: doing.key == key, reason)

    def drop(self, which: Callable[[_Doing], bool], reason: str) -> bool:
        """Drop some of what is in hand or in line; who asked for it is told why.

        What one is in the middle of is visibly given up: one stops, and the hands sink.
        """
        dropped: list[_Doing] = []
        for line in (self._line, self._beside):
            kept = deque(doing for doing in line if not which(doing))
            dropped += (doing for doing in line if which(doing))
            if line is self._line and line and which(line[0]):
                self._person.rest()
            line.clear()
            line.extend(kept)
        for doing in dropped:
            doing.end(Failed(reason))
        return bool(dropped)

    def saved(self) -> list[SavedDoing]:
        """Return what is in hand and in line as it is now; who asked for it is not part of it."""
        return [
            SavedDoing(_copied(doing.act), doing.key, doing.gives_way)
            for line in (self._line, self._beside)
            for doing in line
        ]

    def restore(self, saved: Iterable[SavedDoing]) -> None:
        """Drop what is in hand for what was saved; nobody is told how that ends."""
        self.drop(lambda _: True, "the evening was set back")
        for one in saved:
            line = self._beside if one.act.is_beside else self._line
            line.append(_Doing(_copied(one.act), None, one.key, one.gives_way))

    def go_on(self, village: "Village") -> None:
        """Let one tick pass."""
        for line in (self._line, self._beside):
            if line and (outcome := line[0].act.go_on(village, self._person)) is not None:
                line.popleft().end(outcome)


def _copied(act: Act) -> AnyAct:
    copy: AnyAct = msgspec.convert(msgspec.to_builtins(act), AnyAct)
    return copy
