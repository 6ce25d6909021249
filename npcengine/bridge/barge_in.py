"""Falling into an NPC's speech, as the frame thread sees it.

Between the moment somebody falls in and the moment the mind hears of it, what the mind meant
before keeps arriving. So interruptions are counted: everything that comes from a mind says how many
it knew of, and whatever knew of fewer than there have been is void.

A game that is not sure yet whether it is an interruption (a noise, a hand on the table) holds the
NPC back first. Then it either interrupts, or lets it go on as if nothing had been.
"""

from collections import deque
from itertools import takewhile
from operator import eq
from typing import NamedTuple

from npcengine.bridge.intentions import Cancel, Commit, Hint, Intention, Prepare
from npcengine.session.inbox import Interrupted, Shown
from npcengine.session.outside import Edge, NpcState, TurnOver
from npcengine.world.actions import OnInterrupt

__all__ = ["BargeIn"]

MAX_RUNNING = 64
"""Actions of one NPC that are remembered as begun: a game need not end any."""


class _Frozen(NamedTuple):
    """Speech that does not go on for now."""

    text: str
    epoch: int
    said_chars: int
    """How much of what was really said has been heard by that."""


class BargeIn:
    """What one NPC has shown and begun, and how often somebody has fallen in."""

    def __init__(self) -> None:
        self.number = 0
        """Interruptions so far, going back to a save being one."""
        self.unmade = 0
        """The number of the newest that was one."""
        self._state = NpcState()
        self._shown = ""
        """What of its speech may be shown."""
        self._heard_chars: int | None = None
        """How many characters of the speech were shown; ``None`` while nobody tells."""
        self._heard_epoch = 0
        """Of which turn's speech."""
        self._is_told = False
        """Whether the game tells how much it has shown."""
        self._frozen: _Frozen | None = None
        self._hinted: dict[str, Hint] = {}
        self._running: dict[str, Commit] = {}
        self._held_until_ms: float | None = None
        self._held: deque[Edge] = deque()

    # --- what there is to see -----------------------------------------------------------------

    @property
    def state(self) -> NpcState:
        """The newest state, unless it is of before an interruption."""
        return self._state

    @property
    def speech(self) -> str:
        """What is said, up to where it was broken off."""
        return self._shown if self._frozen is None else self._frozen.text

    def take(self, state: NpcState, shown: str) -> None:
        """Take a newer state, and what of its speech may be shown."""
        if state.barge_ins < self.number:
            return
        if state.speech_epoch < self._heard_epoch:
            # Nothing of the newer speech was heard: this is what made room for it, and had been.
            self._heard_chars = len(shown)
        elif state.speech_epoch > self._heard_epoch:
            self._heard_chars = 0 if self._is_told else None
        self._heard_epoch = state.speech_epoch
        self._state, self._shown = state, shown
        if self._held_until_ms is None:
            self._frozen = None

    def heard(self, chars: int) -> None:
        """Note how many characters of the speech have been shown."""
        self._is_told = True
        if self._frozen is None:
            self._heard_chars = max(self._heard_chars or 0, chars)

    def _freeze(self) -> _Frozen:
        """Break the speech off after what has been heard of it."""
        self._frozen = self._heard
        return self._frozen

    @property
    def _heard(self) -> _Frozen:
        """What has been heard of the speech."""
        if self._frozen is not None:
            return self._frozen
        heard = self._shown[: self._heard_chars]
        # Where a filter put other words, only those before them were heard of what was said.
        said_chars = len(list(takewhile(bool, map(eq, heard, self._state.speech))))
        return _Frozen(heard, self._state.speech_epoch, said_chars)

    # --- what passes --------------------------------------------------------------------------

    def is_void(self, edge: Edge) -> bool:
        """Whether something was meant before the newest interruption."""
        return not isinstance(edge, TurnOver) and edge.barge_ins < self.number

    def holds(self, edge: Edge) -> bool:
        """Keep an edge for later, if the NPC is held back; return whether it was kept."""
        if self._held_until_ms is None or isinstance(edge, TurnOver):
            return False
        self._held.append(edge)
        return True

    def passed(self, intention: Intention) -> None:
        """Note what the game is told."""
        match intention:
            case Hint():
                self._hinted[intention.id] = intention
            case Commit():
                self._hinted.pop(intention.id, None)
                self.began(intention)
            case Cancel():
                self._hinted.pop(intention.id, None)
            case Prepare():
                pass

    def began(self, commit: Commit) -> None:
        """Note that the game has a commit in its hands."""
        self._running = {id: one for id, one in self._running.items() if not one.is_over}
        self._running[commit.id] = commit
        if len(self._running) > MAX_RUNNING:
            del self._running[next(iter(self._running))]

    # --- falling in ---------------------------------------------------------------------------

    def hold(self, until_ms: float) -> None:
        """Hold back what comes, and keep the speech as it is shown."""
        self._freeze()
        self._held_until_ms = until_ms

    def release(self) -> deque[Edge]:
        """Go on; return what was held back."""
        if self._held_until_ms is not None and self._state.barge_ins == self.number:
            self._frozen = None
        self._held_until_ms = None
        held, self._held = self._held, deque()
        return held

    def is_over_at(self, game_ms: float) -> bool:
        """Whether the NPC was held back until a time that has come."""
        return self._held_until_ms is not None and game_ms >= self._held_until_ms

    def interrupt(self, npc: str, reason: str) -> tuple[Interrupted, list[Cancel]]:
        """Fall in; return what the mind is told, and what the game has to take back."""
        frozen = self._freeze()
        self.number += 1
        self._heard_chars, self._heard_epoch = len(frozen.text), frozen.epoch
        self.release()
        running: dict[str, OnInterrupt] = {
            id: commit.action.on_interrupt
            for id, commit in self._running.items()
            if not commit.is_over
        }
        taken_back: list[Hint | Commit] = list(self._hinted.values())
        for id, policy in running.items():
            commit = self._running[id]
            if policy == "cancel":
                taken_back.append(commit)
            if policy != "finish_and_tell":
                commit.is_over = True
        cancels = [
            Cancel(one.npc, one.id, one.turn_epoch, one.born_tick, one.action_type, reason)
            for one in taken_back
        ]
        self._hinted.clear()
        self._running = {id: one for id, one in self._running.items() if not one.is_over}
        said_chars = frozen.said_chars
        told = Interrupted(npc, self.number, reason, frozen.epoch, said_chars, running)
        return told, cancels

    # --- saves --------------------------------------------------------------------------------

    def shown(self) -> Shown:
        """Return how far the game has come."""
        heard = self._heard
        running = frozenset(id for id, one in self._running.items() if not one.is_over)
        return Shown(heard.epoch, heard.said_chars, running)

    def unmake(self) -> int:
        """Let nothing have been shown or begun: the game goes back. Return the new number."""
        self.number += 1
        self.unmade = self.number
        self._state = NpcState(self._state.turn_epoch, barge_ins=self.number)
        self._shown, self._frozen = "", None
        self._heard_chars, self._heard_epoch = 0 if self._is_told else None, 0
        self._hinted.clear()
        self._running.clear()
        self._held_until_ms = None
        self._held.clear()
        return self.number
