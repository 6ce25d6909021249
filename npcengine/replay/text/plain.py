"""Text from a recording, made fit for a terminal; and numbers, made short."""

__all__ = ["count", "ms", "one_line", "percent"]

MAX_CHARS = 100


def one_line(text: str, most: int = MAX_CHARS) -> str:
    """Return text that does nothing to a terminal: no escapes, one line, not too long."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    return safe if len(safe) <= most else f"{safe[: most - 1]}…"


def ms(value: float | None) -> str:
    """Return milliseconds in three figures or so; a dash for what is not known."""
    if value is None:
        return "-"
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as percent."""
    return "-" if share is None else f"{share * 100:.1f} %"


def count(number: int, one: str, many: str) -> str:
    """Return ``1 miss``, ``2 misses``."""
    return f"{number:,} {one if number == 1 else many}"
