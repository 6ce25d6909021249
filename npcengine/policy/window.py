"""How much of something there was within the last minute, or hour: a sliding sum."""

from collections import deque

__all__ = ["Window"]

PARTS = 64
"""What falls into the same 64th of the window is remembered as one amount, with the later time, so
that memory is bounded however much happens. An amount is therefore counted for its time and up to
a 64th longer, and never for less."""


class _Amount:
    __slots__ = ("amount", "first_ns", "last_ns")

    def __init__(self, at_ns: int, amount: int) -> None:
        self.first_ns = self.last_ns = at_ns
        self.amount = amount


class Window:
    """Amounts of the last ``length_ns``. Times are told to it and never go back."""

    def __init__(self, length_ns: int) -> None:
        self._length_ns = length_ns
        self._amounts: deque[_Amount] = deque()
        self._sum = 0
        self.ever = 0
        """The sum of all amounts, however long ago."""

    def add(self, amount: int, now_ns: int) -> None:
        """Add an amount, 0 or more."""
        self._forget(now_ns)
        self._sum += amount
        self.ever += amount
        newest = self._amounts[-1] if self._amounts else None
        if newest is not None and now_ns - newest.first_ns < self._length_ns // PARTS:
            newest.last_ns = now_ns
            newest.amount += amount
        else:
            self._amounts.append(_Amount(now_ns, amount))

    def within(self, now_ns: int) -> int:
        """Return the sum of what the window holds."""
        self._forget(now_ns)
        return self._sum

    def below(self, limit: int, now_ns: int) -> int | None:
        """Return when the sum will be under ``limit`` if nothing is added; ``None`` if never."""
        self._forget(now_ns)
        rest = self._sum
        if rest < limit:
            return now_ns
        for one in self._amounts:
            rest -= one.amount
            if rest < limit:
                return one.last_ns + self._length_ns
        return None

    def _forget(self, now_ns: int) -> None:
        while self._amounts and self._amounts[0].last_ns <= now_ns - self._length_ns:
            self._sum -= self._amounts.popleft().amount
