"""A recording as tracks of slices, for viewers that show such: what Chrome and Perfetto have alike.

Slices on one track nest or follow each other, and never overlap in part: what overlaps goes onto
a track of its own.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.replay.analysis.model import Analysis, Exchange, Intended, Question, Turn

__all__ = ["Counter", "Instant", "Slice", "Track", "Tracks", "tracks_of"]

GAME = "game"


class Slice(msgspec.Struct):
    """Something that lasted."""

    name: str
    begin_ns: int
    end_ns: int
    category: str
    args: dict[str, object] = {}
    flows_out: list[int] = []
    """Numbers of the flows that begin here."""
    flows_in: list[int] = []
    """Numbers of the flows that end here."""


class Instant(msgspec.Struct):
    """Something that took no time."""

    name: str
    t_ns: int
    category: str
    args: dict[str, object] = {}


class Counter(msgspec.Struct):
    """A number over time."""

    name: str
    values: list[tuple[int, float]]


class Track(msgspec.Struct):
    """A line of a viewer."""

    group: str
    """The NPC, or :data:`GAME`."""
    name: str
    slices: list[Slice] = []
    """Parents before their children."""
    instants: list[Instant] = []


class Tracks(msgspec.Struct):
    """All of it."""

    tracks: list[Track]
    counters: list[Counter]


def tracks_of(analysis: Analysis) -> Tracks:
    """Return a recording as tracks."""
    tracks = [_frames(analysis)]
    for npc in analysis.npcs:
        turns = [turn for turn in analysis.turns if turn.npc == npc]
        others = [exchange for exchange in analysis.others if exchange.npc == npc]
        tracks += _of_npc(npc, turns, others, analysis)
    edges = Counter("edges in a frame", [(frame.t_ns, frame.edges) for frame in analysis.frames])
    return Tracks([track for track in tracks if track.slices or track.instants], [edges])


def _frames(analysis: Analysis) -> Track:
    slices = [
        Slice(
            "update",
            frame.t_ns,
            frame.t_ns + frame.took_ns,
            "frame",
            {"tick": frame.tick, "edges": frame.edges, "answered": frame.answered},
        )
        for frame in analysis.frames
    ]
    marks = [
        Instant(mark.name, mark.t_ns, "mark", {"tick": mark.tick, "text": mark.text})
        for mark in analysis.marks
        if not mark.npc
    ]
    return Track(GAME, "frames", _apart(slices), marks)


def _of_npc(
    npc: str, turns: list[Turn], others: list[Exchange], analysis: Analysis
) -> Iterator[Track]:
    end_ns = analysis.end_ns
    marks = [
        Instant(mark.name, mark.t_ns, "mark", {"tick": mark.tick, "text": mark.text})
        for mark in analysis.marks
        if mark.npc == npc
    ]
    signs = [
        Instant(f"first {turn.first_sign.kind}", turn.first_sign.t_ns, "sign")
        for turn in turns
        if turn.first_sign is not None
    ]
    turn_slices = [_turn(turn, end_ns) for turn in turns]
    yield Track(npc, "turns", _apart(turn_slices), [*marks, *signs])
    flows = _Flows()
    exchanges = [*(e for turn in turns for e in turn.exchanges), *others]
    lanes = dict.fromkeys((e.connection, e.stream_id) for e in exchanges)
    for connection, stream_id in lanes:
        mine = [e for e in exchanges if (e.connection, e.stream_id) == (connection, stream_id)]
        name = f"responses, connection {connection}, lane {stream_id or 'default'}"
        wholes = _apart([_exchange(e, end_ns, flows) for e in mine])
        nested = zip(wholes, sorted(mine, key=lambda e: e.sent_ns), strict=True)
        yield Track(npc, name, [part for whole, e in nested for part in (whole, *_parts(whole, e))])
    questions = [_question(q, end_ns) for turn in turns for q in turn.questions]
    yield from _rows(npc, "queries", questions)
    intentions = [_intended(one, end_ns, flows) for turn in turns for one in turn.intentions]
    yield from _rows(npc, "actions", intentions)


class _Flows:
    """Numbers the flows from a request to the actions that came of it."""

    def __init__(self) -> None:
        self._open: list[tuple[Exchange, Slice]] = []

    def begin(self, exchange: Exchange, whole: Slice) -> None:
        self._open.append((exchange, whole))

    def end(self, intended: Intended, piece: Slice) -> None:
        made_ns = intended.steps[0].made_ns
        for exchange, whole in self._open:
            ended_ns = exchange.ended_ns
            if (
                exchange.turn == intended.turn
                and exchange.sent_ns <= made_ns
                and (ended_ns is None or made_ns <= ended_ns)
            ):
                flow = _number(f"{intended.npc}\0{intended.call_id}")
                whole.flows_out.append(flow)
                piece.flows_in.append(flow)
                return


def _number(text: str) -> int:
    """Return a number for a text, the same on every run and in 53 bits, as JavaScript has."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") + 1


def _turn(turn: Turn, end_ns: int) -> Slice:
    args: dict[str, object] = {
        "npc": turn.npc,
        "turn": turn.ordinal,
        "turn_epoch": turn.number,
        "outcome": turn.outcome,
        "rounds": turn.rounds,
        "validity": turn.mark,
    }
    if turn.stimulus is not None:
        args["cause"] = turn.stimulus.what
    if turn.words:
        args["says"] = turn.words
    ended_ns = end_ns if turn.ended_ns is None else turn.ended_ns
    return Slice(f"turn {turn.ordinal}", turn.start_ns, ended_ns, "turn", args)


def _exchange(exchange: Exchange, end_ns: int, flows: _Flows) -> Slice:
    args: dict[str, object] = {
        "turn": exchange.turn,
        "kind": exchange.kind,
        "end": exchange.end,
        "sent_bytes": exchange.sent_bytes,
        "read_bytes": exchange.read_bytes,
    }
    if exchange.response_id is not None:
        args["response_id"] = exchange.response_id
    if exchange.usage is not None:
        args["input_tokens"] = exchange.usage.input_tokens
        args["output_tokens"] = exchange.usage.output_tokens
    ended_ns = end_ns if exchange.ended_ns is None else exchange.ended_ns
    whole = Slice(f"response, {exchange.kind}", exchange.sent_ns, ended_ns, "response", args)
    flows.begin(exchange, whole)
    return whole


def _parts(whole: Slice, exchange: Exchange) -> Iterator[Slice]:
    """Yield the parts of a response, within what is shown of it."""
    moments = [whole.begin_ns, exchange.created_ns, exchange.first_token_ns, whole.end_ns]
    begin_ns = whole.begin_ns
    for name, moment in zip(("network", "prefill", "decode"), moments[1:], strict=True):
        t_ns = whole.end_ns if moment is None else min(moment, whole.end_ns)
        if t_ns > begin_ns:
            yield Slice(name, begin_ns, t_ns, "part")
            begin_ns = t_ns


def _question(question: Question, end_ns: int) -> Slice:
    ended_ns = end_ns if question.answered_ns is None else question.answered_ns
    args: dict[str, object] = {
        "turn": question.turn,
        "where": question.where,
        "grade": question.grade,
        "took_ms": question.took_ms,
        "due_ms": (question.due_ns - question.asked_ns) / NS_PER_MS,
        "overdue": question.is_overdue,
    }
    return Slice(question.query, question.asked_ns, ended_ns, "query", args)


def _intended(intended: Intended, end_ns: int, flows: _Flows) -> Slice:
    ends = [t_ns for t_ns, status in intended.settled if status not in ("started", "progress")]
    cancels = [step.made_ns for step in intended.steps if step.step == "cancel"]
    begin_ns = intended.steps[0].made_ns
    ended_ns = max([*ends, *cancels], default=end_ns)
    args: dict[str, object] = {"turn": intended.turn, "call_id": intended.call_id}
    for step in intended.steps:
        args[step.step] = f"{step.fate or 'no frame had it'}, frame {step.tick}"
    if intended.settled:
        args["end"] = intended.settled[-1][1]
    piece = Slice(intended.action, begin_ns, max(ended_ns, begin_ns), "action", args)
    flows.end(intended, piece)
    return piece


def _apart(slices: Iterable[Slice]) -> list[Slice]:
    """Return slices in order, each beginning where the one before has ended at the earliest."""
    ordered = sorted(slices, key=lambda piece: piece.begin_ns)
    at_ns = 0
    for piece in ordered:
        piece.begin_ns = max(piece.begin_ns, at_ns)
        piece.end_ns = max(piece.end_ns, piece.begin_ns)
        at_ns = piece.end_ns
    return ordered


def _rows(npc: str, name: str, slices: Iterable[Slice]) -> list[Track]:
    """Return as many tracks as it takes for nothing to overlap."""
    tracks: list[Track] = []
    for piece in sorted(slices, key=lambda one: one.begin_ns):
        free = next((t for t in tracks if t.slices[-1].end_ns <= piece.begin_ns), None)
        if free is None:
            free = Track(npc, name if not tracks else f"{name} {len(tracks) + 1}")
            tracks.append(free)
        free.slices.append(piece)
    return tracks
