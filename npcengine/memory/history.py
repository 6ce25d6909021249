"""What somebody took in, in order: records, each of which vouches for all that came before it.

Rules:

1. Whatever changes what is remembered moves the owner's mark on by one. The new digest is over the
   old digest and the change, so two owners at the same mark took in the same things in the same
   order, whatever was saved, loaded or lost in between. A sequence number may come again after an
   older save was loaded; a mark never names two pasts.
2. What is let go for want of room follows from the records alone, so it moves no mark.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec

from npcengine.errors import UsageError

__all__ = ["Kept", "Kind", "Mark", "Record", "encode", "fingerprint"]

_T = TypeVar("_T")

DIGEST_BYTES = 16
MAX_GAME_MS = 2**53
"""The largest game time; some 285,000 years, and still exact as a JSON number."""

Kind: TypeAlias = Literal["item", "episode", "fact"]
"""What a record holds: an item of the transcript, something lived through, something known."""

Change: TypeAlias = Kind | Literal["unsaid", "forgotten"]
"""What moves a mark on: a new record, the end of the transcript taken back, or a fact forgotten."""

GameMs: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_GAME_MS)]
"""Game time in milliseconds."""

_encoder = msgspec.json.Encoder()


def fingerprint(parts: Iterable[bytes]) -> bytes:
    """Return a digest that no other list of parts has."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


class Mark(msgspec.Struct, frozen=True):
    """A place in what one owner took in."""

    sequence: int = 0
    """Changes so far: the first one is number 1."""
    digest: bytes = bytes(DIGEST_BYTES)
    """Vouches for every change up to here."""

    def then(self, change: Change, body: bytes) -> "Mark":
        """Return the mark behind one more change."""
        sequence = self.sequence + 1
        parts = (self.digest, sequence.to_bytes(8, "big"), change.encode(), body)
        return Mark(sequence, fingerprint(parts))


class Record(msgspec.Struct, frozen=True):
    """One thing that was taken in."""

    kind: Kind
    body: bytes
    """JSON: the item as it was on the wire, or an :class:`Episode` or a :class:`Fact`."""
    after: bytes
    """The digest of the mark before."""
    mark: Mark

    @property
    def is_sound(self) -> bool:
        """Whether the mark is the one that this content has here."""
        return Mark(self.mark.sequence - 1, self.after).then(self.kind, self.body) == self.mark


class Kept(msgspec.Struct, frozen=True):
    """Everything that one owner remembers, immutable: what a save holds of it."""

    mark: Mark = Mark()
    records: tuple[Record, ...] = ()
    """In no promised order; ``record.mark.sequence`` says it."""

    def fingerprint(self) -> bytes:
        """Return a digest of all of it."""
        places = sorted((record.mark.sequence, record.mark.digest) for record in self.records)
        return fingerprint([self.mark.digest, *(digest for _, digest in places)])


class History:
    """An owner's mark, and the making of its records."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark

    def record(self, kind: Kind, body: bytes) -> Record:
        """Return a new record; the mark is behind it now."""
        after = self.mark.digest
        self.mark = self.mark.then(kind, body)
        return Record(kind, body, after, self.mark)

    def note(self, change: Change, what: object) -> None:
        """Move on for a change that leaves no record."""
        self.mark = self.mark.then(change, encode(what))


def encode(value: object) -> bytes:
    """Return the JSON of a body."""
    return _encoder.encode(value)


def checked(struct: type[_T], **fields: object) -> _T:
    """Return ``struct`` made from what a caller gave, held to its annotations.

    Raises:
        UsageError: A field is of another type, or out of bounds.
    """
    try:
        return msgspec.convert(fields, struct)
    except msgspec.ValidationError as error:
        raise UsageError(f"a {struct.__name__.lower()} cannot be kept: {error}") from error


def clipped(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of ``text``, all of which can be written as UTF-8."""
    return text[:limit].encode("utf-8", "replace").decode()


def check_text(text: str, what: str) -> None:
    """Refuse text that cannot be written.

    Raises:
        UsageError: It holds half of a surrogate pair.
    """
    if clipped(text, len(text)) != text:
        raise UsageError(f"{what} must be text that UTF-8 can carry: {text!r}")
