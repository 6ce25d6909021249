"""Reads a JSON object while it is still being written, one chunk of text at a time.

A model streams a call's arguments as pieces of JSON text cut anywhere: inside a word, an escape,
a number. :class:`PartialObject` reports each top-level field at the moment its value closes, so a
game can start to act on ``place`` while the model still writes ``reason``.

Rules:

1. A field is reported once, in order, when nothing that may follow can change its value. A string
   closes with its quote, an object or array with its bracket, and anything else (``12``,
   ``true``) only with the comma, bracket or space behind it: ``1`` may become ``12``.
2. How the text was cut makes no difference: any chunking gives the same reports.
3. Nothing is repaired. Text that is not the beginning of a JSON object is ``broken`` from the
   character that proves it on, with a reason, and reports nothing more. A prefix never counts as
   the whole: only a closed object (``complete``) may be acted on, and that decision is made from
   a strict decode of the whole text, not from these reports.
4. A key that comes twice breaks the object: the game would have seen one value and committed the
   other.
5. Size, depth and number of fields are bounded, since the text comes from outside.
"""

import re
from enum import Enum, auto

import msgspec

__all__ = ["ClosedField", "PartialObject"]

MAX_CHARS = 64 * 1024
"""Longest arguments read; real ones are tens to hundreds of characters."""

MAX_DEPTH = 16
"""Deepest nesting of values, counting the object itself."""

MAX_FIELDS = 64
"""Most top-level fields."""


class ClosedField(msgspec.Struct, frozen=True):
    """A top-level field whose value can no longer change."""

    name: str
    value: object
    """Decoded JSON: str, int, float, bool, None, list or dict."""


class _At(Enum):
    """What the reader expects next."""

    OBJECT = auto()
    FIRST_KEY = auto()
    KEY = auto()
    IN_KEY = auto()
    COLON = auto()
    VALUE = auto()
    IN_STRING = auto()
    IN_NEST = auto()
    IN_NEST_STRING = auto()
    IN_WORD = auto()
    AFTER_VALUE = auto()
    END = auto()
    BROKEN = auto()


_IN_STRING = _At.IN_STRING  # a member looked up in its class costs more than a global
_SPACE = " \t\n\r"
_WORD_START = "-0123456789tfn"
_not_space = re.compile(r"[^ \t\n\r]")
_string_stop = re.compile(r'["\\]')
_nest_stop = re.compile(r'["\[\]{}]')
_word_stop = re.compile(r"[,}\] \t\n\r]")
_decode = msgspec.json.Decoder().decode
_decode_key = msgspec.json.Decoder(str).decode


class PartialObject:
    """The object being written. Feed it text; it answers with the fields that have closed."""

    __slots__ = ("_at", "_brackets", "_key", "_pos", "_start", "_text", "names", "reason")

    def __init__(self) -> None:
        self._text = ""
        self._pos = 0
        """Everything before this index has been understood."""
        self._start = 0
        """Where the key or value that is being read begins."""
        self._at = _At.OBJECT
        self._key = ""
        self._brackets: list[str] = []
        """The closing brackets that are owed inside a nested value, innermost last."""
        self.names: list[str] = []
        """Fields closed so far, in the order they were written."""
        self.reason: str | None = None
        """Why the text is broken, with the index of the character; ``None`` while it is not."""

    @property
    def text(self) -> str:
        """All the text so far."""
        return self._text

    @property
    def complete(self) -> bool:
        """Whether the object has closed, with nothing but space behind it."""
        return self._at is _At.END

    @property
    def broken(self) -> bool:
        """Whether the text can no longer become a JSON object."""
        return self._at is _At.BROKEN

    def feed(self, chunk: str) -> list[ClosedField]:
        """Take more text and return the fields that it closed, in order; most chunks close none."""
        if (
            self._at is _IN_STRING
            and self._pos == len(self._text) <= MAX_CHARS - len(chunk)
            and _string_stop.search(chunk) is None
        ):
            # What most chunks are: more of a string, and nothing else. The general way below would
            # come to the same for twice the time.
            self._text += chunk
            self._pos += len(chunk)
            return []
        closed: list[ClosedField] = []
        if self._at is _At.BROKEN:
            return closed
        room = MAX_CHARS - len(self._text)
        self._text += chunk if len(chunk) <= room else chunk[:room]
        while self._pos < len(self._text) and self._step(closed):
            pass
        if len(chunk) > room and not self.broken:
            self._break(f"longer than {MAX_CHARS} characters", at=MAX_CHARS)
        return closed

    def _step(self, closed: list[ClosedField]) -> bool:
        """Understand one more token; return whether there may be another in the text so far."""
        match self._at:
            case _At.IN_KEY | _At.IN_STRING | _At.IN_NEST_STRING:
                return self._read_string(closed)
            case _At.IN_NEST:
                return self._read_nest(closed)
            case _At.IN_WORD:
                return self._read_word(closed)
            case _:
                return self._read_mark()

    def _read_mark(self) -> bool:
        """Read the one character that the structure asks for here, past any space."""
        found = _not_space.search(self._text, self._pos)
        if found is None:
            self._pos = len(self._text)
            return False
        mark, at = found[0], found.start()
        self._pos = at + 1
        match self._at, mark:
            case _At.OBJECT, "{":
                self._at = _At.FIRST_KEY
            case ((_At.FIRST_KEY | _At.KEY), '"'):
                self._at, self._start = _At.IN_KEY, at
            case _At.COLON, ":":
                self._at = _At.VALUE
            case _At.AFTER_VALUE, ",":
                self._at = _At.KEY
            case ((_At.FIRST_KEY | _At.AFTER_VALUE), "}"):
                self._at = _At.END
            case _At.VALUE, '"':
                self._at, self._start = _At.IN_STRING, at
            case _At.VALUE, ("[" | "{"):
                self._at, self._start = _At.IN_NEST, at
                self._brackets = ["]" if mark == "[" else "}"]
            case _At.VALUE, _ if mark in _WORD_START:
                self._at, self._start = _At.IN_WORD, at
            case _:
                self._break(f"unexpected {mark!r}", at=at)
        return not self.broken

    def _read_string(self, closed: list[ClosedField]) -> bool:
        found = _string_stop.search(self._text, self._pos)
        if found is None:
            self._pos = len(self._text)
            return False
        if found[0] == "\\":
            # The escaped character may not be here yet: stay on the backslash until it is.
            self._pos = found.start()
            if self._pos + 1 == len(self._text):
                return False
            self._pos += 2
            return True
        self._pos = found.end()
        if self._at is _At.IN_NEST_STRING:
            self._at = _At.IN_NEST
        elif self._at is _At.IN_STRING:
            self._close(closed)
        else:
            self._open_key()
        return not self.broken

    def _open_key(self) -> None:
        try:
            self._key = _decode_key(self._text[self._start : self._pos].encode())
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            self._break(str(error), at=self._start)
            return
        if self._key in self.names:
            self._break(f"the key {self._key!r} comes twice", at=self._start)
        elif len(self.names) == MAX_FIELDS:
            self._break(f"more than {MAX_FIELDS} fields", at=self._start)
        else:
            self._at = _At.COLON

    def _read_nest(self, closed: list[ClosedField]) -> bool:
        found = _nest_stop.search(self._text, self._pos)
        if found is None:
            self._pos = len(self._text)
            return False
        self._pos = found.end()
        match found[0]:
            case '"':
                self._at = _At.IN_NEST_STRING
            case "[" | "{" as bracket:
                self._brackets.append("]" if bracket == "[" else "}")
                if len(self._brackets) >= MAX_DEPTH:
                    self._break(f"nested deeper than {MAX_DEPTH}", at=found.start())
            case bracket if bracket != self._brackets.pop():
                self._break(f"unexpected {bracket!r}", at=found.start())
            case _ if not self._brackets:
                self._close(closed)
            case _:
                pass
        return not self.broken

    def _read_word(self, closed: list[ClosedField]) -> bool:
        found = _word_stop.search(self._text, self._pos)
        if found is None:
            self._pos = len(self._text)
            return False
        self._pos = found.start()
        self._close(closed)
        return not self.broken

    def _close(self, closed: list[ClosedField]) -> None:
        try:
            value: object = _decode(self._text[self._start : self._pos].encode())
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            self._break(str(error), at=self._start)
            return
        self.names.append(self._key)
        closed.append(ClosedField(self._key, value))
        self._at = _At.AFTER_VALUE

    def _break(self, reason: str, *, at: int) -> None:
        self._at = _At.BROKEN
        self.reason = f"{reason} (character {at})"
