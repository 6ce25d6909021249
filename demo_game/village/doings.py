"""What one person is in the middle of: one act at a time, gestures beside it, the rest in line."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from demo_game.village.acts import Act, Failed, Succeeded
from demo_game.village.people import Person

if TYPE_CHECKING:
    from demo_game.village.village import Village

__all__ = ["MAX_IN_LINE", "Doings", "Ended"]

MAX_IN_LINE = 6
"""Acts that one person has in hand or in line; more than anybody would ask for at once."""

Ended: TypeAlias = Callable[[Succeeded | Failed], None]


class _Doing(NamedTuple):
    act: Act
    ended: Ended | None
    gives_way: bool = False
    """Whether it is one's own idea, dropped for whatever one is asked to do."""

    def end(self, outcome: Succeeded | Failed) -> None:
        if self.ended is not None:
            self.ended(outcome)


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

    def queue(self, act: Act, ended: Ended | None) -> None:
        """Do something when all that was asked for before is done; gestures at once."""
        line = self._beside if act.is_beside else self._line
        if line and line[0].gives_way:
            self.break_off("you were asked to do something else")
        if len(line) < MAX_IN_LINE:
            line.append(_Doing(act, ended))
        elif ended is not None:
            ended(Failed(f"you have {MAX_IN_LINE} things to do already: finish one first"))

    def break_off(self, reason: str) -> None:
        """Stop what is in hand and drop what is in line, gestures apart."""
        self._person.way = []
        dropped = tuple(self._line)
        self._line.clear()
        for doing in dropped:
            doing.end(Failed(reason))

    def go_on(self, village: "Village") -> None:
        """Let one tick pass."""
        for line in (self._line, self._beside):
            if line and (outcome := line[0].act.go_on(village, self._person)) is not None:
                line.popleft().end(outcome)
