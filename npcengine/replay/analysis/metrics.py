"""The metrics that are a time each: what is measured in a recording, and on what.

docs/reference/metrics.md defines each for people. A query's metrics are there once for all queries
and once by its name, as in ``query:nearby``.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import msgspec

from npcengine.clock import NS_PER_MS
from npcengine.errors import UsageError
from npcengine.replay.analysis.model import Analysis, Exchange, Question, Turn

__all__ = ["METRICS", "Metric", "Sample", "known", "samples_of"]


class Sample(msgspec.Struct, frozen=True):
    """One measurement."""

    value: float
    at_ns: int
    """When what was measured began."""
    turn: Turn | None = None
    question: Question | None = None
    exchange: Exchange | None = None


class Metric(msgspec.Struct, frozen=True):
    """A kind of measurement."""

    name: str
    title: str
    unit: str
    samples: Callable[[Analysis], Iterator[Sample]]
    by_query: bool = False
    """Whether it can be asked for one query: ``name:query``."""


def _between(begin_ns: int | None, end_ns: int | None) -> float | None:
    if begin_ns is None or end_ns is None:
        return None
    return max(end_ns - begin_ns, 0) / NS_PER_MS


def _of_turn(
    name: str, title: str, value: Callable[[Turn], float | None], unit: str = "ms"
) -> Metric:
    def samples(analysis: Analysis) -> Iterator[Sample]:
        for turn in analysis.turns:
            if (found := value(turn)) is not None:
                yield Sample(found, turn.start_ns, turn)

    return Metric(name, title, unit, samples)


def _of_exchange(name: str, title: str, value: Callable[[Exchange], float | None]) -> Metric:
    def samples(analysis: Analysis) -> Iterator[Sample]:
        for turn in analysis.turns:
            for exchange in turn.exchanges:
                if (found := value(exchange)) is not None:
                    yield Sample(found, exchange.sent_ns, turn, exchange=exchange)

    return Metric(name, title, "ms", samples)


def _of_query(name: str, title: str, value: Callable[[Question], float | None]) -> Metric:
    def samples(analysis: Analysis) -> Iterator[Sample]:
        for turn in analysis.turns:
            for question in turn.questions:
                if (found := value(question)) is not None:
                    yield Sample(found, question.asked_ns, turn, question)

    return Metric(name, title, "ms", samples, by_query=True)


# --- a turn's -----------------------------------------------------------------------------------


def _first_intention(turn: Turn) -> float | None:
    first = turn.first_intention
    return None if first is None else _between(turn.start_ns, first.seen_ns)


def _first_reaction(turn: Turn) -> float | None:
    return None if turn.first_sign is None else _between(turn.start_ns, turn.first_sign.t_ns)


def _first_reaction_frames(turn: Turn) -> float | None:
    if turn.first_sign is None or turn.stimulus is None:
        return None
    return float(max(turn.first_sign.tick - turn.stimulus.tick, 0))


# --- a response's -------------------------------------------------------------------------------


def _inter_token(exchange: Exchange) -> float | None:
    if exchange.deltas < 2 or len(exchange.reads_ns) < 2:
        return None
    spread_ms = (exchange.reads_ns[-1] - exchange.reads_ns[0]) / NS_PER_MS
    return spread_ms / (exchange.deltas - 1)


def _inter_chunks(analysis: Analysis) -> Iterator[Sample]:
    for turn in analysis.turns:
        for exchange in turn.exchanges:
            reads = exchange.reads_ns
            for before_ns, after_ns in pairwise(reads):
                yield Sample((after_ns - before_ns) / NS_PER_MS, before_ns, turn, exchange=exchange)


# --- a query's ----------------------------------------------------------------------------------


def _started_ns(question: Question) -> int | None:
    """Return when a query began to run: on the frame thread with its frame, else at once."""
    if question.where == "frame":
        return None if question.frame_ns is None else max(question.frame_ns, question.asked_ns)
    return question.asked_ns if question.where else None


def _frame_wait(question: Question) -> float | None:
    # What runs on the loop thread waits for no frame: that is no wait of nothing, it is none.
    return _between(question.asked_ns, _started_ns(question)) if question.where == "frame" else None


def _answer(question: Question) -> float | None:
    return _between(_started_ns(question), question.answered_ns)


def _run(question: Question) -> float | None:
    return None if question.answered_ns is None or question.is_overdue else question.took_ms


def _frame_times(analysis: Analysis) -> Iterator[Sample]:
    for before, after in pairwise(analysis.frames):
        yield Sample((after.t_ns - before.t_ns) / NS_PER_MS, before.t_ns)


def _updates(analysis: Analysis) -> Iterator[Sample]:
    if any(frame.took_ns for frame in analysis.frames):
        for frame in analysis.frames:
            yield Sample(frame.took_ns / NS_PER_MS, frame.t_ns)


_ALL = (
    _of_exchange(
        "first_token",
        "request written to first token",
        lambda e: _between(e.sent_ns, e.first_token_ns),
    ),
    _of_exchange(
        "first_output",
        "the same without reasoning",
        lambda e: _between(e.sent_ns, e.first_output_ns),
    ),
    _of_exchange(
        "server_first_token",
        "response begun to first token",
        lambda e: _between(e.created_ns, e.first_token_ns),
    ),
    _of_exchange("inter_token", "between two tokens of a response", _inter_token),
    Metric("inter_chunk", "between two reads of a response", "ms", _inter_chunks),
    _of_exchange(
        "response",
        "request written to response's end",
        lambda e: _between(e.sent_ns, e.ended_ns),
    ),
    _of_turn("first_intention", "cause to first intention", _first_intention),
    _of_turn("first_reaction", "cause to first visible reaction", _first_reaction),
    _of_turn("first_reaction_frames", "the same in frames", _first_reaction_frames, unit="frames"),
    _of_turn("turn", "cause to the turn's end", lambda t: _between(t.start_ns, t.ended_ns)),
    _of_query("query", "call complete to answered", lambda q: _between(q.asked_ns, q.answered_ns)),
    _of_query("frame_wait", "1. call complete to query started", _frame_wait),
    _of_query("answer", "2. started to answered", _answer),
    _of_query(
        "write", "3. answered to output written", lambda q: _between(q.answered_ns, q.written_ns)
    ),
    _of_query(
        "next_token",
        "4. written to next first token",
        lambda q: _between(q.written_ns, q.next_token_ns),
    ),
    _of_query("round_trip", "all four", lambda q: _between(q.asked_ns, q.next_token_ns)),
    _of_query("run", "the query's own code", _run),
    Metric("update", "one update()", "ms", _updates),
    Metric("frame", "one frame to the next", "ms", _frame_times),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""All of them, in the order in which tables show them."""


def known(analyses: Iterable[Analysis] = ()) -> list[str]:
    """Return the names of all metrics, with those by query of some recordings."""
    queries = dict.fromkeys(
        question.query for one in analyses for turn in one.turns for question in turn.questions
    )
    names: list[str] = []
    for metric in METRICS.values():
        names.append(metric.name)
        names += [f"{metric.name}:{query}" for query in queries if metric.by_query]
    return names


def samples_of(analysis: Analysis, name: str) -> list[Sample]:
    """Return all measurements of a metric but those of void turns, which never were so.

    Raises:
        UsageError: There is no metric of this name.
    """
    base, _, query = name.partition(":")
    metric = METRICS.get(base)
    if metric is None or (query and not metric.by_query):
        raise UsageError(f"no metric is called {name!r}; there are: {', '.join(METRICS)}")
    found = metric.samples(analysis)
    if query:
        found = (s for s in found if s.question is not None and s.question.query == query)
    return [s for s in found if s.turn is None or s.turn.mark != "void"]
