"""A silence after an NPC was spoken to: what is known of it, and the tree that covers it."""

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

from npcengine.reflex.behaviour import Behaviour, Status
from npcengine.reflex.composites import Selector, Sequence
from npcengine.reflex.leaves import Condition, Do
from npcengine.reflex.manners import Manners

__all__ = ["Luck", "Silence", "conversation_tree"]

R = TypeVar("R")

Luck: TypeAlias = Callable[[int], int]
"""A uniform draw from ``range(n)``, such as ``random.Random(seed).randrange``."""


class Silence(Generic[R]):
    """The subject of the tree: who is waited for since when, and what comes of it."""

    def __init__(self, manners: Manners[R], luck: Luck) -> None:
        self.manners = manners
        self.luck = luck
        self.is_waited_for = False
        self.tick = 0
        self.since_tick = 0
        """When the NPC was spoken to, or was last heard after that."""
        self.epoch = 0
        """The turn that its mind was in when the NPC was spoken to."""
        self.speech = ""
        self.has_gone_on = False
        """Whether it was in the middle of something and spoke on."""
        self.may_be_over = False
        """Whether that was the end of it: there is no turn left in which to answer."""
        self.is_busy = False
        self.line = ""
        self.last_filler: int | None = None
        self.last_fallback: int | None = None
        self.reactions: list[R] = []

    @property
    def waited_ticks(self) -> int:
        return self.tick - self.since_tick

    def state(self) -> Hashable:
        waited_for = (self.is_waited_for, self.since_tick, self.epoch, self.has_gone_on)
        said = (self.speech, self.line, self.last_filler, self.last_fallback)
        return (*waited_for, *said)


def conversation_tree(filler_ticks: int, fallback_ticks: int) -> Behaviour[Silence[Any]]:
    """Return the tree: nothing to wait for, or one step of covering a silence after the other."""
    return Selector(
        "conversation",
        (
            Condition("nobody waits", _nobody_waits),
            Sequence(
                "cover the silence",
                (
                    Do("react", _do_react),
                    Do("listen", partial(_until_filler, filler_ticks, fallback_ticks)),
                    Do("fill", _fill),
                    Do("think", partial(_until, fallback_ticks)),
                    Do("fall back", _fall_back),
                ),
                memory=True,
            ),
        ),
    )


def _nobody_waits(silence: Silence[Any]) -> bool:
    return not silence.is_waited_for


def _do_react(silence: Silence[Any]) -> Status:
    silence.reactions.extend(silence.manners.on_addressed)
    return Status.SUCCESS


def _until(ticks: int, silence: Silence[Any]) -> Status:
    return Status.SUCCESS if silence.waited_ticks >= ticks else Status.RUNNING


def _until_filler(filler_ticks: int, fallback_ticks: int, silence: Silence[Any]) -> Status:
    return _until(fallback_ticks if silence.is_busy else filler_ticks, silence)


def _fill(silence: Silence[Any]) -> Status:
    lines = silence.manners.fillers
    if silence.may_be_over:
        return _leave_it(silence)
    if lines:
        silence.last_filler = _another(len(lines), silence.last_filler, silence.luck)
        silence.line = lines[silence.last_filler]
    return Status.SUCCESS


def _fall_back(silence: Silence[Any]) -> Status:
    fallbacks = silence.manners.fallbacks
    if silence.may_be_over:
        return _leave_it(silence)
    silence.is_waited_for = False
    if fallbacks:
        silence.last_fallback = _another(len(fallbacks), silence.last_fallback, silence.luck)
        chosen = fallbacks[silence.last_fallback]
        silence.line = chosen.line
        silence.reactions.extend(chosen.reactions)
    return Status.SUCCESS


def _leave_it(silence: Silence[Any]) -> Status:
    """Take the end of what it was saying for its answer."""
    silence.is_waited_for = False
    return Status.FAILURE


def _another(count: int, last: int | None, luck: Luck) -> int:
    """Return one of ``count``, and not the last one."""
    if last is None:
        return luck(count)
    drawn = luck(count - 1)
    return drawn + (drawn >= last)
