"""Whether what a mind means to do may still happen: asked last, on the frame thread, in ``update``.

Between the thought and the frame that it reaches lie a network, a stalled game and a player who
acts. So a commit is looked at once more against the world as it is: is it too old, and does
everything still hold that the game requires of it?
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from npcengine.session.outside import Committed
from npcengine.world.actions import Action

if TYPE_CHECKING:
    from npcengine.bridge.npc import Npc

__all__ = ["Admission", "Objection", "Requirement"]

Requirement: TypeAlias = Callable[["Npc", Any], str | None]
"""Returns why an action may not begin now, in words for the mind; ``None`` if it may."""


class Objection(msgspec.Struct, frozen=True):
    """Why a commit does not reach the world."""

    kind: str
    """``stale`` or ``required``, for counting."""
    status: str
    """What the call is answered with."""
    reason: str


class Admission:
    """The rules of one bridge, and a count of what they kept out (frame thread)."""

    def __init__(self) -> None:
        self._requirements: dict[type[Action], list[Requirement]] = {}
        self.game_ms = 0.0
        """Game time so far: what ``update`` was told, so it stands still in a pause."""
        self.drops: dict[str, int] = {}
        """Commits that were kept out, by kind."""

    def require(self, action: type[Action], requirement: Requirement) -> None:
        """Ask something more of every commit of an action; asked in the order of registration."""
        self._requirements.setdefault(action, []).append(requirement)

    def objection(self, npc: "Npc", commit: Committed) -> Objection | None:
        """Return why a commit may not happen any more; what a requirement raises comes through."""
        found = self._stale(commit) or self._required(npc, commit)
        if found is not None:
            self.count(found.kind)
        return found

    def count(self, kind: str) -> None:
        """Count a commit that was kept out."""
        self.drops[kind] = self.drops.get(kind, 0) + 1

    def _stale(self, commit: Committed) -> Objection | None:
        age_ms, ttl_ms = self.game_ms - commit.born_ms, commit.action.type.ttl_ms
        if age_ms <= ttl_ms:
            return None
        reason = f"too late: it was meant {age_ms:.0f} ms ago and kept for {ttl_ms:.0f} ms"
        return Objection("stale", "dropped", reason)

    def _required(self, npc: "Npc", commit: Committed) -> Objection | None:
        for requirement in self._requirements.get(commit.action.type, ()):
            reason = requirement(npc, commit.value)
            if reason is not None:
                return Objection("required", "failed", reason)
        return None
