"""What an NPC does when it is spoken to, until its mind speaks."""

from collections.abc import Hashable
from typing import Any, Generic, Protocol, TypeVar

from npcengine.errors import UsageError
from npcengine.reflex.behaviour import Behaviour
from npcengine.reflex.manners import Manners
from npcengine.reflex.silence import Luck, Silence, conversation_tree

__all__ = ["FALLBACK_AFTER_MS", "FILLER_AFTER_MS", "Mind", "Reflexes"]

R = TypeVar("R")

FILLER_AFTER_MS = 1_200
FALLBACK_AFTER_MS = 4_000
"""Beyond four seconds of silence players like a conversation less (ACM CUI 2025)."""


class Mind(Protocol):
    """What can be seen of a mind; an :class:`npcengine.Npc` is one."""

    @property
    def phase(self) -> str: ...
    @property
    def turn_epoch(self) -> int: ...
    @property
    def speech(self) -> str: ...


class Reflexes(Generic[R]):
    """One NPC's own behaviour in a conversation.

    Spoken to, it reacts in the same call. If no word comes from its mind it says a filler, and
    later a fallback, once each; whatever the mind says takes their place. Why no word comes, and
    whether there is a mind at all, makes no difference.
    """

    def __init__(
        self,
        manners: Manners[R],
        luck: Luck,
        *,
        ticks_per_s: int,
        filler_after_ms: int = FILLER_AFTER_MS,
        fallback_after_ms: int = FALLBACK_AFTER_MS,
    ) -> None:
        """Make the reflexes of one NPC.

        Args:
            manners: What it does and says.
            luck: Chooses among its lines; nothing else is left to luck.
            ticks_per_s: Of the ticks that are counted here: game time, which a pause stops.
            filler_after_ms: Silence before a filler, rounded up to whole ticks.
            fallback_after_ms: Silence before a fallback.
        """
        if ticks_per_s < 1 or not 0 < filler_after_ms < fallback_after_ms:
            raise UsageError(
                "reflexes need a tick a second or more, and a filler before a fallback"
            )
        self._silence = Silence(manners, luck)
        self._tree = conversation_tree(
            _ticks(filler_after_ms, ticks_per_s), _ticks(fallback_after_ms, ticks_per_s)
        )

    @property
    def line(self) -> str:
        """What the NPC says, or said last, of itself; empty from its mind's next word on."""
        return self._silence.line

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody spoke to it and there was no answer yet, and no fallback."""
        return self._silence.is_waited_for

    @property
    def tree(self) -> Behaviour[Any]:
        """The tree, to look at."""
        return self._tree

    def addressed(self, tick: int, mind: Mind | None = None) -> tuple[R, ...]:
        """Take in that somebody speaks to the NPC; return what it does at once.

        Args:
            tick: Number of the tick, which must not fall from call to call.
            mind: The NPC's mind as it is before it is told; ``None`` if it has none.
        """
        silence = self._silence
        self._tree.stop(silence)
        silence.is_waited_for = True
        silence.since_tick = tick
        silence.epoch = mind.turn_epoch if mind is not None else 0
        silence.speech = mind.speech if mind is not None else ""
        silence.has_gone_on = silence.may_be_over = False
        return self._react(tick)

    def acted(self, turn_epoch: int) -> None:
        """Take in that the mind did something that can be seen, which is an answer too.

        Args:
            turn_epoch: Of the turn in which it did; an older one than was asked for is no answer.
        """
        if turn_epoch > self._silence.epoch:
            self._silence.is_waited_for = False

    def tick(self, tick: int, mind: Mind | None = None, *, is_busy: bool = False) -> tuple[R, ...]:
        """Let time pass; return what the NPC does in this tick.

        Args:
            tick: Number of the tick, which must not fall; several may have passed.
            mind: The NPC's mind as it is; ``None`` if it has none.
            is_busy: Whether it can be seen doing something about it, so that a filler can wait.
        """
        silence = self._silence
        silence.is_busy = is_busy
        if mind is not None:
            self._listen(tick, mind)
        return self._react(tick)

    def state(self) -> Hashable:
        """Return all that decides what it does next, luck and manners aside."""
        return self._tree.state(), self._silence.state()

    # --- inside -------------------------------------------------------------------------------

    def _listen(self, tick: int, mind: Mind) -> None:
        silence = self._silence
        is_new = mind.turn_epoch > silence.epoch
        if mind.speech != silence.speech or (is_new and mind.phase == "speaking"):
            silence.speech = mind.speech
            silence.line = ""
            if is_new:
                silence.is_waited_for = False
            silence.since_tick = tick
            silence.has_gone_on = True
        silence.may_be_over = silence.has_gone_on and mind.phase == "idle"

    def _react(self, tick: int) -> tuple[R, ...]:
        silence = self._silence
        silence.tick = tick
        self._tree.tick_once(silence, tick)
        if not silence.reactions:
            return ()
        reactions = tuple(silence.reactions)
        silence.reactions.clear()
        return reactions


def _ticks(ms: int, ticks_per_s: int) -> int:
    return -(-ms * ticks_per_s // 1_000)
