"""What everything in the village is called, and what is meant by what somebody calls it."""

from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType

__all__ = ["Names"]

_LEADING = frozenset(("the", "a", "an", "at", "near", "with", "its"))
"""What may stand before a name; questions answer with such words, so they may come back."""

_MAX_CHARS = 80
"""More than this nobody reads of what is meant to be a name."""


class Names:
    """All names of a village. Immutable, so views share it with the village between threads."""

    def __init__(self, labels: Mapping[str, str], also: Iterable[tuple[str, str]] = ()) -> None:
        """Take note of the names.

        Args:
            labels: What people call whatever goes by each name.
            also: Further pairs of a name and what people call it; never shadowing a label.
        """
        self._labels = MappingProxyType(dict(labels))
        meant: dict[str, tuple[str, ...]] = {}
        for name, words in (
            *((name, name) for name in labels),
            *labels.items(),
            *((name, name) for name, _ in also),
            *also,
        ):
            plain = _plain(words)
            if name not in meant.get(plain, ()):
                meant[plain] = (*meant.get(plain, ()), name)
        self._meant = meant

    def find(self, words: str, among: Container[str] | None = None) -> str | None:
        """Return the name of what somebody calls ``the gate key``; ``None`` if it is nothing.

        Args:
            words: A name or what people call it, with or without an article, in any case.
            among: Only names in here are meant, such as those of doors.
        """
        for name in self._meant.get(_plain(words), ()):
            if among is None or name in among:
                return name
        return None

    def label(self, name: str) -> str:
        """Return what people call something."""
        return self._labels.get(name) or f"the {name.replace('_', ' ')}"


def _plain(words: str) -> str:
    """Return words without what differs from speaker to speaker."""
    lower = words[:_MAX_CHARS].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    spaced = lower.replace("_", " ").replace("-", " ").replace("'s", "")
    letters = [word.strip("'\".,;:!?()") for word in spaced.split()]
    while len(letters) > 1 and letters[0] in _LEADING:
        letters = letters[1:]
    return " ".join(letters)
