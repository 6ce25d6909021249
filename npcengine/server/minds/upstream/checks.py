"""Holds an answer against what was asked, while it comes.

What a model writes is a claim until it has been looked at, whatever its server promised. A call is
looked at when it begins (is there such a tool, may it be called?) and when its arguments are whole;
a text that was to have a form, at the end. What has been shown cannot be taken back, so an answer
that turns out to be unusable can only be asked for again while nothing of it has been shown.
"""

from collections.abc import Sequence
from typing import cast

import msgspec

from npcengine.server.minds.mind import (
    ArgumentsDelta,
    CallBegun,
    Piece,
    ReasoningDelta,
    TextDelta,
    Thinking,
)
from npcengine.server.minds.upstream.toolset import Toolset, check_of_format

__all__ = ["Checker", "UnusableError"]

_decode = msgspec.json.Decoder().decode


class UnusableError(Exception):
    """An answer is not what was asked for; ``code`` is what a response fails with."""

    def __init__(self, reason: str, *, code: str = "invalid_tool_call") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Checker:
    """Looks at one answer.

    Args:
        thinking: What was asked.
        tools: What it may call.
        is_early: Show calls while they are written; otherwise, and where the text has to have a
            form, only what has been checked.

    Raises:
        RequestError: The form that the text is to have is none.
    """

    def __init__(self, thinking: Thinking, tools: Toolset, *, is_early: bool) -> None:
        self._choice = thinking.tool_choice
        self._parallel = thinking.parallel
        self._tools = tools
        form = thinking.wishes.format
        self._check_text = None if form is None else check_of_format(form)
        self._is_early = is_early
        self._held: list[Piece] = []
        """What has to be checked before it is shown."""
        self._text: list[str] = []
        self._call: str | None = None
        """The tool whose call is being written."""
        self._arguments = ""
        self._calls = 0
        self.has_shown = False
        """Whether anything has been shown that may be acted on, which thinking is not."""
        self.is_enough = False
        """Whether the rest of the answer is not wanted."""

    def take(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return what may be shown, now that more of the answer has come.

        Raises:
            UnusableError: It is not what was asked for.
        """
        shown: list[Piece] = []
        for piece in pieces:
            match piece:
                case CallBegun(name=name):
                    shown += self._close()
                    if self._calls and not self._parallel:
                        self.is_enough = True
                        break
                    self._begin(name)
                case ArgumentsDelta(delta=delta):
                    self._arguments += delta
                    self._look_ahead(delta)
                case TextDelta(delta=delta):
                    shown += self._close()
                    self._text.append(delta)
                case _:
                    shown += self._close()
            shown += self._show(piece)
        self._note(shown)
        return shown

    def end(self, *, was_cut: bool) -> list[Piece]:
        """Return what is still to be shown; an answer that was cut short is what it is.

        Raises:
            UnusableError: It is not what was asked for.
        """
        if was_cut:
            return self._release()
        shown = self._close()
        if self._choice.mode == "required" and not self._calls:
            raise UnusableError("it calls no tool, and has to")
        if self._check_text is not None and not self._calls and self._text:
            self._check_form("".join(self._text))
        shown += self._release()
        self._note(shown)
        return shown

    # --- inside -------------------------------------------------------------------------------

    def _begin(self, name: str) -> None:
        if name not in self._tools.checks or not self._choice.allows(name):
            # What a model calls a tool is its own words: they are not repeated.
            known = ", ".join(sorted(self._tools.checks)) or "none"
            raise UnusableError(f"it calls a tool that it may not call; there are: {known}")
        self._call, self._arguments = name, ""
        self._calls += 1

    def _look_ahead(self, delta: str) -> None:
        """Check arguments that seem to be whole, before the last bit of them is shown."""
        if not delta.rstrip().endswith("}"):
            return
        try:
            value = _decode(self._arguments)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return  # a brace inside of them
        self._check_call(value)

    def _close(self) -> list[Piece]:
        """The item that was being written is whole."""
        if self._call is None:
            return []
        filled: list[Piece] = []
        if not self._arguments.strip():  # some servers leave out what is empty
            self._arguments = "{}"
            filled = self._show(ArgumentsDelta("{}"))
        try:
            value = _decode(self._arguments)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            reason = f"the arguments of its call of {self._call!r} are not JSON: {error}"
            raise UnusableError(reason) from error
        self._check_call(value)
        self._call = None
        return filled + ([] if self._check_text is not None else self._release())

    def _check_call(self, value: object) -> None:
        assert self._call is not None
        wrong = "they are no object"
        if isinstance(value, dict):
            wrong = self._tools.checks[self._call](cast("object", value)) or ""
        if wrong:
            raise UnusableError(f"the arguments of its call of {self._call!r} do not fit: {wrong}")

    def _check_form(self, text: str) -> None:
        assert self._check_text is not None
        try:
            wrong = self._check_text(_decode(text))
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            wrong = str(error)
        if wrong:
            raise UnusableError(f"its text does not have the form: {wrong}", code="invalid_output")

    def _show(self, piece: Piece) -> list[Piece]:
        """Return a piece, unless it is to be held back."""
        is_held = bool(self._held)
        if not self._is_early:
            is_call = isinstance(piece, CallBegun | ArgumentsDelta)
            is_held = is_held or is_call or self._check_text is not None
        if is_held and not isinstance(piece, ReasoningDelta):
            self._held.append(piece)
            return []
        return [piece]

    def _release(self) -> list[Piece]:
        held, self._held = self._held, []
        return held

    def _note(self, shown: Sequence[Piece]) -> None:
        if any(not isinstance(piece, ReasoningDelta) for piece in shown):
            self.has_shown = True
