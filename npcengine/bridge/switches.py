"""What a game does with all of its minds at once: hold them, and switch them off."""

from collections.abc import Mapping

from npcengine.bridge.npc import Npc
from npcengine.bridge.offering import Offering
from npcengine.session.inbox import Paused, Switched

__all__ = ["Switches"]


class Switches(Offering):
    """The part of a bridge that stops minds and lets them go on."""

    def say(
        self, text: str, *, by: str, distances_px: Mapping[Npc, float], to: Npc | None = None
    ) -> list[Npc]:
        """Let everybody within earshot hear something (``Policy.earshot_px``).

        Args:
            text: What is said; as in ``npc.tell``.
            by: Who says it.
            distances_px: How far from there NPCs are.
            to: Whom it is said to, if to one of them: a reason to think, where others overhear it.

        Returns:
            Who heard it, in the order given.
        """
        heard = [npc for npc, px in distances_px.items() if px <= self._policy.earshot_px]
        for npc in heard:
            if npc is to:
                npc.tell(text, by=by)
            else:
                npc.overhear(text, by=by)
        return heard

    def pause(self) -> None:
        """Hold minds while the game stands still; call ``update(0)`` meanwhile, or nothing.

        Thoughts go on to their end, their questions answered as the world stands or last stood, and
        nobody begins another. A game that stops calling ``update`` is paused by itself after half a
        second.
        """
        self._check("Bridge.pause")
        self._outbox.send(Paused(True))

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._check("Bridge.resume")
        self._outbox.send(Paused(False))

    def kill(self, reason: str) -> None:
        """Switch all minds off: nothing is asked of the server any more, until :meth:`revive`.

        What is being answered still arrives, and is paid for. NPCs live on their reflexes.
        """
        self._check("Bridge.kill")
        self._outbox.send(Switched(reason))

    def revive(self) -> None:
        """Switch minds on again; what they noticed meanwhile is still a reason to think."""
        self._check("Bridge.revive")
        self._outbox.send(Switched(None))
