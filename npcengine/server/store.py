"""Responses kept for other connections (``store: true``).

In memory, bounded, oldest out first; a file that outlives the gateway is a later matter.
"""

from collections import OrderedDict

from npcengine.server.context import Context

__all__ = ["Store"]


class Store:
    """Contexts by owner and response id."""

    def __init__(self, capacity: int, capacity_bytes: int) -> None:
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[tuple[str, str], Context] = OrderedDict()

    def keep(self, owner: str, response_id: str, context: Context) -> None:
        """Remember a response."""
        self._kept[owner, response_id] = context
        self._size_bytes += context.size_bytes
        while len(self._kept) > self._capacity or self._size_bytes > self._capacity_bytes:
            _, gone = self._kept.popitem(last=False)
            self._size_bytes -= gone.size_bytes

    def find(self, owner: str, response_id: str) -> Context | None:
        """Return a response's context, if this owner stored it."""
        return self._kept.get((owner, response_id))
