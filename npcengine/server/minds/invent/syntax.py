"""What a regular expression says, as far as tools use them: a tree of a few kinds of nodes."""

import string
from typing import TypeAlias

import msgspec

__all__ = ["Anchor", "BeyondError", "Chars", "Choice", "Node", "Repeat", "Row", "parse"]

MAX_CHARS = 2_000
"""The longest pattern that is read; the longest in common use, of dates, has some 400."""

MAX_NESTED = 20

MAX_CLASSES = 100_000
"""Characters in all the classes of a pattern: they are kept one by one."""

_WORD = string.ascii_letters + string.digits + "_"
_CLASSES = {"d": string.digits, "w": _WORD, "s": " \t\n\r\f\v"}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


class Chars(msgspec.Struct, frozen=True):
    """One character out of these, or with ``other`` out of all but these."""

    chars: frozenset[str]
    other: bool = False


class Anchor(msgspec.Struct, frozen=True):
    """The start of the text, or its end."""

    at_end: bool


class Row(msgspec.Struct, frozen=True):
    """One after the other."""

    parts: "tuple[Node, ...]"


class Choice(msgspec.Struct, frozen=True):
    """One of these."""

    options: "tuple[Node, ...]"


class Repeat(msgspec.Struct, frozen=True):
    """The same some times over."""

    part: "Node"
    least: int
    most: int | None


Node: TypeAlias = Chars | Anchor | Row | Choice | Repeat


class BeyondError(Exception):
    """The pattern uses something that is not known here."""


def parse(text: str) -> Node:
    """Return what a pattern says.

    Raises:
        BeyondError: It is too long, or says what is not known here.
    """
    if len(text) > MAX_CHARS:
        raise BeyondError
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._class_chars = 0

    def parse(self) -> Node:
        node = self._choice(0)
        if self._at < len(self._text):
            raise BeyondError
        return node

    def _next(self, what: str) -> bool:
        """Go past ``what`` if it is next."""
        if not self._text.startswith(what, self._at):
            return False
        self._at += len(what)
        return True

    def _char(self) -> str:
        if self._at >= len(self._text):
            raise BeyondError
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self, depth: int) -> Node:
        if depth > MAX_NESTED:
            raise BeyondError
        options = [self._row(depth)]
        while self._next("|"):
            options.append(self._row(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self, depth: int) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom(depth)))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _atom(self, depth: int) -> Node:
        match char := self._char():
            case "^" | "$":
                return Anchor(char == "$")
            case ".":
                return Chars(frozenset("\n\r"), other=True)
            case "[":
                return self._class()
            case "(":
                if not self._next("?:") and self._next("?"):
                    raise BeyondError
                inner = self._choice(depth + 1)
                if not self._next(")"):
                    raise BeyondError
                return inner
            case "\\":
                return self._escape()
            case "*" | "+" | "?" | "{":
                raise BeyondError
            case _:
                return Chars(frozenset({char}))

    def _repeated(self, part: Node) -> Node:
        if self._next("*"):
            least, most = 0, None
        elif self._next("+"):
            least, most = 1, None
        elif self._next("?"):
            least, most = 0, 1
        elif self._next("{"):
            least, most = self._counts()
        else:
            return part
        self._next("?")  # a lazy repeat matches the same texts
        if self._at < len(self._text) and self._text[self._at] in "*+?{":
            raise BeyondError
        return Repeat(part, least, most)

    def _counts(self) -> tuple[int, int | None]:
        inside = ""
        while not self._next("}"):
            inside += self._char()
        least, comma, most = inside.partition(",")
        if not (_is_count(least) and (_is_count(most) or not most)):
            raise BeyondError
        bounds = int(least), int(most) if most else None if comma else int(least)
        if bounds[1] is not None and bounds[1] < bounds[0]:
            raise BeyondError
        return bounds

    def _class(self) -> Node:
        other = self._next("^")
        chars: set[str] = set()
        while not self._next("]"):
            first = self._member()
            is_range = (
                self._text.startswith("-", self._at) and self._text[self._at + 1 :][:1] != "]"
            )
            chars |= self._range(first) if is_range and len(first) == 1 else first
        if not (chars or other):
            raise BeyondError
        return Chars(frozenset(chars), other)

    def _range(self, first: frozenset[str]) -> set[str]:
        self._next("-")
        last = self._member()
        if len(last) != 1 or min(last) < min(first):
            raise BeyondError
        codes = range(ord(min(first)), ord(min(last)) + 1)
        self._class_chars += len(codes)
        if self._class_chars > MAX_CLASSES:
            raise BeyondError
        return {chr(code) for code in codes if not 0xD800 <= code < 0xE000}

    def _member(self) -> frozenset[str]:
        """Return what stands at one place in a class: a character, or an escaped class."""
        char = self._char()
        if char != "\\":
            return frozenset({char})
        node = self._escape()
        if node.other:
            raise BeyondError
        return node.chars

    def _escape(self) -> Chars:
        char = self._char()
        if char.lower() in _CLASSES:
            return Chars(frozenset(_CLASSES[char.lower()]), other=char.isupper())
        if char in "xu":
            digits = "".join(self._char() for _ in range(2 if char == "x" else 4))
            if not set(digits) <= set(string.hexdigits):
                raise BeyondError
            return Chars(frozenset({chr(int(digits, 16))}))
        if char.isalnum() and char not in _CONTROLS:
            raise BeyondError
        return Chars(frozenset({_CONTROLS.get(char, char)}))


def _is_count(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 7
