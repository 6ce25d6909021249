"""What crosses from the loop thread to the frame thread.

State crosses as whole pictures: a game that stalls sees the newest one, and draining costs as much
as there are NPCs that changed, however many tokens that took. Edges cross one by one, in order.
When a game has stalled for so long that they pile up, hints and prepares are dropped and counted,
since they only announce; commits, cancels and questions never are.

There is no lock: ``deque.append`` and ``popleft`` are atomic with an interpreter lock and locked
per object without one.
"""

from collections import deque

from npcengine.session.outside import Asked, Edge, Hinted, NpcState, Prepared

__all__ = ["MAX_EDGES", "Mailbox", "Picture"]

MAX_EDGES = 1_024
"""Unread edges beyond which announcements are dropped."""


class Picture:
    """The newest state of one NPC, and whether the frame thread has yet to see it."""

    __slots__ = ("newest", "unseen")

    def __init__(self) -> None:
        self.newest: tuple[int, NpcState] = (0, NpcState())
        """Replaced whole: the inbox's entry that the state is of, and the state."""
        self.unseen = False


class Mailbox:
    """One producer (the loop thread), one consumer (the frame thread)."""

    def __init__(self) -> None:
        self.edges: deque[Edge] = deque()
        """Intentions and ends of turns, oldest first. Consumed with ``popleft``."""
        self.questions: deque[Asked] = deque()
        """World queries for the frame thread, oldest first. Consumed with ``popleft``."""
        self._pictures: dict[str, Picture] = {}
        self._changed: deque[str] = deque()
        self.dropped = 0
        """Announcements lost because the game had stalled."""

    def put(self, edge: Edge) -> None:
        """Add an edge (loop thread); never blocks."""
        if isinstance(edge, Asked):
            self.questions.append(edge)
        elif isinstance(edge, Hinted | Prepared) and len(self.edges) >= MAX_EDGES:
            self.dropped += 1
        else:
            self.edges.append(edge)

    def show(self, npc: str, n: int, state: NpcState) -> None:
        """Replace what there is to see of an NPC, as of the inbox's entry ``n`` (loop thread)."""
        picture = self._pictures.get(npc)
        if picture is None:
            picture = self._pictures[npc] = Picture()
        picture.newest = n, state
        # The reader clears `unseen` before it reads `newest`: whatever the interleaving, a state
        # that was not read leaves its name in the queue. At worst one is read twice.
        if not picture.unseen:
            picture.unseen = True
            self._changed.append(npc)

    def changed(self) -> list[tuple[str, int, NpcState]]:
        """Return the NPCs whose state is new, with its entry and itself (frame thread)."""
        fresh: list[tuple[str, int, NpcState]] = []
        # Bounded by the length on entry, so a fast producer can't hold the frame.
        for _ in range(len(self._changed)):
            npc = self._changed.popleft()
            picture = self._pictures[npc]
            picture.unseen = False
            fresh.append((npc, *picture.newest))
        return fresh
