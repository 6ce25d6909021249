"""When the frames of a recorded answer come, if its mind were slower or faster."""

import msgspec
from msgspec import Raw

from npcengine.clock import NS_PER_MS, NS_PER_S
from npcengine.protocol.codec import encode
from npcengine.protocol.incoming import (
    ResponseBody,
    ResponseCompleted,
    ResponseCreated,
    Steer,
    SteerAccepted,
    Usage,
)
from npcengine.replay.whatif.changes import Changes
from npcengine.replay.whatif.recorded import Exchange, Piece

__all__ = ["empty_answer", "retimed", "with_steer"]


def retimed(exchange: Exchange, changes: Changes) -> list[Piece]:
    """Return an answer's frames at their new times after the request.

    A warm-up is left as it was: nothing is written in it.
    """
    pieces = exchange.pieces
    first = exchange.first_output()
    if first is None or exchange.request.kind == "warm_up":
        return list(pieces)
    first_ns = first.after_ns
    if changes.ttft is not None:
        first_ns = round(changes.ttft.of(first.after_ns / NS_PER_MS) * NS_PER_MS)
    behind = _gaps(pieces, first, changes)
    now_ns, begun, placed = first_ns, False, list[Piece]()
    for piece, gap_ns in zip(pieces, behind, strict=True):
        begun = begun or piece is first
        if not begun:
            placed.append(_at(piece, min(piece.after_ns, first_ns)))
            continue
        now_ns += gap_ns
        placed.append(_at(piece, now_ns))
    return placed


def _gaps(pieces: list[Piece], first: Piece, changes: Changes) -> list[int]:
    """Return how long after the one before it each frame comes; none up to the first token."""
    gaps: list[int] = []
    last_ns = first.after_ns
    for place, piece in enumerate(pieces):
        gap_ns = max(0, piece.after_ns - last_ns)
        rate = changes.rate
        if gap_ns and rate is not None and rate.kind == "times":
            gap_ns = round(gap_ns / rate.value)
        elif gap_ns and rate is not None and (tokens := _tokens(pieces, place)):
            gap_ns = round(tokens * NS_PER_S / rate.value)
        last_ns = max(last_ns, piece.after_ns)
        gaps.append(gap_ns)
    return gaps


def _tokens(pieces: list[Piece], place: int) -> int:
    """Return the tokens that came together from there on; an item that opens is at least one."""
    together = [piece for piece in pieces[place:] if piece.after_ns == pieces[place].after_ns]
    deltas = sum(piece.kind.endswith(".delta") for piece in together)
    opens = any(piece.kind == "response.output_item.added" for piece in together)
    return max(deltas, int(opens))


def _at(piece: Piece, after_ns: int) -> Piece:
    return msgspec.structs.replace(piece, after_ns=after_ns)


def with_steer(pieces: list[Piece], target: str) -> list[Piece]:
    """Return an answer's frames behind the word that a steer was taken."""
    accepted = encode(SteerAccepted(steer=Steer(target))).decode()
    return [Piece(0, "response.steer.accepted", accepted), *pieces]


def empty_answer(response_id: str, after_ns: int) -> list[Piece]:
    """Return the frames of a response that says nothing and calls nothing."""
    usage = Usage(0, 0, 0)
    created = ResponseBody(response_id, "in_progress", ())
    completed = ResponseBody(response_id, "completed", (), usage=usage)
    events = (
        (0, "response.created", ResponseCreated(response=_raw(created))),
        (after_ns, "response.completed", ResponseCompleted(response=_raw(completed))),
    )
    return [Piece(after_ns, kind, encode(event).decode()) for after_ns, kind, event in events]


def _raw(body: ResponseBody) -> Raw:
    return Raw(msgspec.json.encode(body))
