"""Responses kept for other connections (``store: true``).

In memory, bounded, oldest out first; a file that outlives the gateway is a later matter.
"""

from collections import OrderedDict

from npcengine.server.context import Context

__all__ = ["Store"]


class Store:
    """Contexts by owner and response id."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, str], Context] = OrderedDict()

    def keep(self, owner: str, response_id: str, context: Context) -> None:
        """Remember a response."""
        self._kept[owner, response_id] = context
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def find(self, owner: str, response_id: str) -> Context | None:
        """Return a response's context, if this owner stored it."""
        return self._kept.get((owner, response_id))
