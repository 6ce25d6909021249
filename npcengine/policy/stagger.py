"""How long each mind waits so that not all of them think at the same moment.

A measured server answered four requests a second after 58 ms, and 24 at once after 1.2 s
(landscape.md section 4). So wake-ups get slots, one behind the other, each taken at a random moment
within its slot. Somebody in dialogue takes none and waits for nobody.
"""

__all__ = ["LONGEST_MS", "SLOT_MS", "Stagger"]

SLOT_MS = 50.0
"""Twenty minds a second."""

LONGEST_MS = 1_500.0
"""The longest that anybody waits: whoever comes when all slots until then are taken waits any time
up to that."""


class Stagger:
    """Hands out the slots. One clock's milliseconds."""

    def __init__(self, *, slot_ms: float = SLOT_MS, longest_ms: float = LONGEST_MS) -> None:
        self._slot_ms = slot_ms
        self._longest_ms = longest_ms
        self._free_at_ms = float("-inf")
        """When the first slot begins that nobody has."""

    def wait_ms(self, now_ms: float, luck: float, *, in_dialogue: bool) -> float:
        """Return how long a mind waits before it thinks.

        Ask for the most important first: the slots go in that order. A mind that wakes alone does
        not wait.

        Args:
            now_ms: The time; never less than the last time.
            luck: A uniform draw from [0, 1).
            in_dialogue: Whether somebody waits for its words.
        """
        if in_dialogue:
            return 0.0
        begins_ms = max(self._free_at_ms, now_ms)
        ahead_ms = begins_ms - now_ms
        if ahead_ms + self._slot_ms > self._longest_ms:
            return luck * self._longest_ms
        self._free_at_ms = begins_ms + self._slot_ms
        return ahead_ms + luck * self._slot_ms if ahead_ms else 0.0
