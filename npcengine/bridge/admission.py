"""Whether what a mind means to do may still happen: asked last, on the frame thread, in ``update``.

Between the thought and the frame that it reaches lie a network, a stalled game and a player who
acts. So a commit is looked at once more against the world as it is: is it too old, and does
everything still hold that the game requires of it?
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from npcengine.errors import UsageError
from npcengine.policy.claims import Evidence, Needs
from npcengine.policy.guardrails import Guard, Guardrails
from npcengine.session.outside import Committed, Learned
from npcengine.world.actions import Action, tool_name

if TYPE_CHECKING:
    from npcengine.bridge.npc import Npc

__all__ = ["Admission", "Objection", "Requirement"]

Requirement: TypeAlias = Callable[["Npc", Any], str | None]
"""Returns why an action may not begin now, in words for the mind; ``None`` if it may."""


class Objection(msgspec.Struct, frozen=True):
    """Why a commit does not reach the world."""

    kind: str
    """For counting: ``stale``, ``required``, ``unproven``, or what a guardrail says."""
    status: str
    """What the call is answered with."""
    reason: str


class Admission:
    """The rules of one bridge, and a count of what they kept out (frame thread)."""

    def __init__(self, guardrails: Guardrails) -> None:
        self._guard = Guard(guardrails)
        self._needs: dict[str, tuple[Needs, ...]] = {}
        self._evidence = Evidence(self._needs)
        self._requirements: dict[type[Action], list[Requirement]] = {}
        self.game_ms = 0.0
        """Game time so far: what ``update`` was told, so it stands still in a pause."""
        self.drops: dict[str, int] = {}
        """Commits that were kept out, by kind."""

    def admit(
        self, npc: str, actions: Sequence[type[Action]], guardrails: Guardrails | None
    ) -> None:
        """Get to know an NPC, what it can do and the rules of its own.

        Raises:
            UsageError: A rule fits none of its actions.
        """
        own = {tool_name(action.__name__): action for action in actions}
        names = {name: frozenset(action.__struct_fields__) for name, action in own.items()}
        if guardrails is not None:
            if wrong := guardrails.misfits(names):
                raise UsageError(f"the guardrails of {npc!r} do not fit: {'; '.join(wrong)}")
            self._guard.set_rules(npc, guardrails)
        self._needs |= {name: action.needs for name, action in own.items() if action.needs}

    def require(self, action: type[Action], requirement: Requirement) -> None:
        """Ask something more of every commit of an action; asked in the order of registration."""
        self._requirements.setdefault(action, []).append(requirement)

    def learned(self, answer: Learned) -> None:
        """Take what a mind was told of the world, as evidence."""
        if not any(need.query == answer.query for needs in self._needs.values() for need in needs):
            return
        output: dict[str, Any] = msgspec.json.decode(answer.output)
        self._evidence.answered(
            answer.npc,
            answer.turn_epoch,
            answer.query,
            msgspec.to_builtins(answer.arguments),
            output.get("value"),
            grade=output.get("grade", ""),
            game_ms=answer.game_ms,
        )

    def objection(self, npc: "Npc", commit: Committed) -> Objection | None:
        """Return why a commit may not happen any more; what a requirement raises comes through.

        A commit that nobody objects to counts from now on, for rates and as a use of evidence.
        """
        name, arguments = commit.action.name, msgspec.to_builtins(commit.value)
        found = self._stale(commit) or self._forbidden(name, arguments, commit)
        found = found or self._required(npc, commit)
        if found is not None:
            self.count(found.kind)
            return found
        self._guard.committed(npc.name, name, self.game_ms)
        self._evidence.committed(npc.name, commit.turn_epoch, name, arguments, self.game_ms)
        return None

    def count(self, kind: str) -> None:
        """Count a commit that was kept out."""
        self.drops[kind] = self.drops.get(kind, 0) + 1

    def _forbidden(
        self, name: str, arguments: Mapping[str, object], commit: Committed
    ) -> Objection | None:
        found = self._guard.objection(commit.npc, name, arguments, self.game_ms)
        if found is not None:
            return Objection(found.kind, "failed", found.reason)
        lacking = self._evidence.lacks(commit.npc, commit.turn_epoch, name, arguments, self.game_ms)
        return None if lacking is None else Objection("unproven", "failed", lacking)

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
