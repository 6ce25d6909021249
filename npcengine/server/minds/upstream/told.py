"""What an upstream has to be told of a conversation, rendered once and shared by its forks."""

from collections.abc import Sequence

import msgspec

from npcengine.protocol.items import Item

__all__ = ["Root", "Told"]


class Root:
    """Where a conversation began: the same object for all that continues from there."""


class Told(msgspec.Struct, frozen=True, eq=False):
    """A conversation up to some point; never changed, so a fork shares its source's."""

    root: Root
    before: "Told | None" = None
    rendered: tuple[bytes, ...] = ()
    """JSON of what was added, each piece of it final."""
    open: tuple[Item, ...] = ()
    """The newest items, which what comes next may still join."""

    def add(self, rendered: Sequence[bytes], still_open: Sequence[Item]) -> "Told":
        """Return the conversation after more was rendered."""
        return Told(self.root, self, tuple(rendered), tuple(still_open))

    def all_rendered(self) -> list[bytes]:
        """Return everything that is final, oldest first."""
        pieces: list[tuple[bytes, ...]] = []
        told: Told | None = self
        while told is not None:
            pieces.append(told.rendered)
            told = told.before
        return [one for piece in reversed(pieces) for one in piece]
