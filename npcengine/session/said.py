"""What a turn has said, in the pieces in which the transcript holds it.

A player hears one speech; the transcript holds a message for each part of it. When somebody falls
in, what had not been heard by then must not stand there as said.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec

__all__ = ["Said", "break_off"]


class _Piece(msgspec.Struct, frozen=True):
    text: str
    place: int | None
    """Where the transcript holds it; ``None`` for what it does not hold yet."""
    glue: str
    """What joins it to the piece before."""


class Said:
    """The speech of one turn."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self._pieces: list[_Piece] = []

    def add(self, messages: Sequence[tuple[str, int | None]]) -> None:
        """Add a round's messages, each with its place in the transcript."""
        glue = " "
        for text, place in messages:
            if text:
                self._pieces.append(_Piece(text, place, glue))
                glue = "\n"

    def copy(self) -> "Said":
        """Return the same speech."""
        copy = Said(self.epoch)
        copy._pieces = list(self._pieces)
        return copy

    def whole(self, current: str = "") -> str:
        """Return all of it, ``current`` being the words of the running round."""
        parts = [part for piece in self._pieces for part in (piece.glue, piece.text)]
        if current:
            parts += (" ", current)
        return "".join(parts[1:])

    def cut(self, chars: int) -> Iterator[tuple[int, str]]:
        """Let only the first ``chars`` characters have been said.

        Yields:
            Places in the transcript, with what was heard of what they hold.
        """
        left, kept = chars, list[_Piece]()
        for piece in self._pieces:
            left -= len(piece.glue) if kept else 0
            heard = piece.text[: max(0, left)]
            left -= len(piece.text)
            if heard != piece.text and piece.place is not None:
                yield piece.place, heard
            if heard:
                kept.append(msgspec.structs.replace(piece, text=heard))
        self._pieces = kept


def break_off(
    speeches: Sequence[tuple[Said, str]],
    epoch: int,
    chars: int,
    rewrite: Callable[[int, str], None],
) -> tuple[str, str, str]:
    """Let only so much of a turn's speech have been said, and nothing of what came after it.

    Args:
        speeches: Of each turn, oldest first, what it said and the words of its running round.
        epoch: The turn whose speech was heard; those before it had been, and had made room for it.
        chars: How many characters of it were heard.
        rewrite: Told what was heard of what stands at a place in the transcript.

    Returns:
        What was heard last, what was not heard, and what was heard of the running round.
    """
    heard, unheard, current = "", "", ""
    for said, rest in speeches:
        if said.epoch < epoch:
            continue
        limit = chars if said.epoch == epoch else 0
        whole = said.whole(rest)
        heard, unheard = whole[:limit] or heard, unheard + whole[limit:]
        current = rest[: max(0, limit - len(whole) + len(rest))]
        for place, text in said.cut(limit):
            rewrite(place, text)
    return heard, unheard, current
