"""Secrets that minds spell out: a name that comes as ``Al`` and ``ice``, in two frames.

No line of a recording holds all of it. So the pieces of each text are put together, and starred
where they stand: in the server's frames, and in what the game saw of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

import msgspec
from msgspec import Raw

from npcengine.trace import records
from npcengine.trace.scrub import Scrubber

__all__ = ["star_spelled_out"]

_Text: TypeAlias = tuple[int, str | None, int, str, str]
"""A text that comes in pieces: its connection, lane, response, item and kind."""


class _Delta(msgspec.Struct):
    type: str = ""
    stream_id: str | None = None
    item_id: str = ""
    delta: str | None = None


class _Piece(msgspec.Struct):
    """Where a piece of a text is."""

    line: int
    place: int
    """Among the line's frames, or the pictures of a frame."""
    text: str


def star_spelled_out(
    lines: Sequence[records.Record], scrubber: Scrubber
) -> tuple[dict[int, records.Record], int]:
    """Star what is spelled out.

    Args:
        lines: All lines behind a header.
        scrubber: Finds what is secret.

    Returns:
        The lines that are others now, by their place; and how many secrets there were.
    """
    frames: dict[int, list[str]] = {}
    found = 0
    for pieces in _spelled(lines).values():
        starred, count = _starred([piece.text for piece in pieces], scrubber)
        found += count
        for piece, text in zip(pieces, starred, strict=True):
            if text != piece.text:
                line = cast("records.Frames", lines[piece.line])
                new = frames.setdefault(piece.line, list(line.frames))
                new[piece.place] = _with_delta(new[piece.place], text)
    changed: dict[int, records.Record] = {
        place: msgspec.structs.replace(cast("records.Frames", lines[place]), frames=texts)
        for place, texts in frames.items()
    }
    return changed | _starred_pictures(lines, scrubber), found


def _spelled(lines: Sequence[records.Record]) -> dict[_Text, list[_Piece]]:
    """Return the texts that come in pieces, each with its pieces in order."""
    texts: dict[_Text, list[_Piece]] = defaultdict(list)
    responses: dict[tuple[int, str | None], int] = defaultdict(int)
    for number, line in enumerate(lines):
        if not isinstance(line, records.Frames):
            continue
        for place, frame in enumerate(line.frames):
            said = _read(frame)
            lane = line.connection, said.stream_id
            responses[lane] += said.type == "response.created"
            if said.type.endswith(".delta") and said.delta is not None:
                whose = *lane, responses[lane], said.item_id, said.type
                texts[whose].append(_Piece(number, place, said.delta))
    return texts


def _read(frame: str) -> _Delta:
    try:
        return msgspec.json.decode(frame, type=_Delta)
    except (msgspec.DecodeError, RecursionError):
        return _Delta()


def _with_delta(frame: str, delta: str) -> str:
    fields = msgspec.json.decode(frame, type=dict[str, Raw])
    fields["delta"] = Raw(msgspec.json.encode(delta))
    return msgspec.json.encode(fields).decode()


def _starred(pieces: Sequence[str], scrubber: Scrubber) -> tuple[list[str], int]:
    """Return the pieces of a text with stars, and how many secrets it held."""
    spans = list(scrubber.spans("".join(pieces)))
    if not spans:
        return list(pieces), 0
    chars = list("".join(pieces))
    for begin, end in spans:
        chars[begin:end] = "*" * (end - begin)
    rest: Iterator[str] = iter(chars)
    return ["".join(next(rest) for _ in piece) for piece in pieces], len(spans)


def _starred_pictures(
    lines: Sequence[records.Record], scrubber: Scrubber
) -> dict[int, records.Record]:
    """Star what frames saw of a speech: it grows, so what it came to says where the stars are."""
    seen: dict[tuple[str, int], list[tuple[_Piece, int]]] = defaultdict(list)
    speech: dict[str, str] = {}
    for number, line in enumerate(lines):
        if isinstance(line, records.Frame):
            for place, one in enumerate(line.seen):
                speech[one.npc] = speech.get(one.npc, "")[: one.keeps] + one.speech
                piece = _Piece(number, place, speech[one.npc])
                seen[one.npc, one.speech_epoch].append((piece, one.keeps))
    new: dict[int, list[records.Seen]] = {}
    for pictures in seen.values():
        later, later_starred = "", ""
        for piece, keeps in reversed(pictures):
            if later.startswith(piece.text):
                starred = later_starred[: len(piece.text)]
            else:
                starred = "".join(_starred([piece.text], scrubber)[0])
            later, later_starred = piece.text, starred
            line = cast("records.Frame", lines[piece.line])
            old = line.seen[piece.place]
            if starred[keeps:] != old.speech:
                seen_now = new.setdefault(piece.line, list(line.seen))
                seen_now[piece.place] = msgspec.structs.replace(old, speech=starred[keeps:])
    return {
        place: msgspec.structs.replace(cast("records.Frame", lines[place]), seen=pictures)
        for place, pictures in new.items()
    }
