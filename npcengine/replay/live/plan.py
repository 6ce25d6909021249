"""What is asked again, and when: the requests of a recording, each with all that it stood on.

A server that is asked again says something else, so nothing can be continued from there. Each
request therefore stands on the recorded conversation. Where contexts are kept that is told ahead,
as a warm-up, and the request continues it with what was new; elsewhere it is sent along whole.
"""

from itertools import pairwise
from statistics import median

import msgspec
from msgspec import Raw

from npcengine.clock import NS_PER_S
from npcengine.errors import TraceError
from npcengine.protocol.chain import without_ids
from npcengine.protocol.incoming import ResponseBody
from npcengine.protocol.items import encode_item, read_item
from npcengine.replay.whatif.reading import read_recording
from npcengine.replay.whatif.recorded import Exchange, Recorded, Turn
from npcengine.trace.reader import TraceReader

__all__ = ["Ask", "Plan", "plan_of"]

CHARS_A_TOKEN = 4
"""For a recording that does not say how many tokens there were."""

USUAL_FRAME_MS = 1_000 / 60


class Ask(msgspec.Struct, frozen=True):
    """One request."""

    npc: str
    turn: int
    number: int
    """In its turn, from 0."""
    at_ns: int
    """When, from the first one on."""
    fields: dict[str, Raw]
    """The frame without its input and what belongs to a connection."""
    before: tuple[Raw, ...]
    """The conversation up to there."""
    news: tuple[Raw, ...]
    input_tokens: int
    output_tokens: int


class Plan(msgspec.Struct, frozen=True):
    """All of them."""

    name: str
    asks: list[Ask]
    frame_ms: float
    """The recorded game's usual frame."""

    @property
    def npcs(self) -> list[str]:
        """Who asks, in order."""
        return list(dict.fromkeys(ask.npc for ask in self.asks))

    @property
    def seconds(self) -> float:
        """From the first to the last."""
        return self.asks[-1].at_ns / NS_PER_S


class _Completed(msgspec.Struct):
    response: ResponseBody


def plan_of(path: str, *, seconds: float | None, model: str | None) -> Plan:
    """Return what a recording asks.

    Args:
        path: The recording.
        seconds: How much of it, from the first request on; ``None`` is all.
        model: Whom to ask instead of the recorded model.

    Raises:
        TraceError: It cannot be read, or nobody asks anything in it.
    """
    recorded = read_recording(TraceReader(path))
    contexts: dict[str, tuple[Raw, ...]] = {}
    asks: list[Ask] = []
    exchanges = [
        (turn, number, exchange)
        for turn in recorded.turns.values()
        for number, exchange in enumerate(turn.exchanges)
    ]
    warm_ups = [(None, 0, one) for there in recorded.warm_ups.values() for one in there]
    everything = sorted([*exchanges, *warm_ups], key=lambda one: one[2].sent_ns)
    for turn, number, exchange in everything:
        fields = msgspec.json.decode(exchange.frame, type=dict[str, Raw])
        before = contexts.get(exchange.request.target or "", ())
        news = tuple(msgspec.json.decode(fields.pop("input"), type=list[Raw]))
        completed = _completed(exchange)
        if exchange.response_id:
            contexts[exchange.response_id] = (*before, *news, *_own(completed))
        is_told = exchange.request.target is None or exchange.request.target in contexts
        if turn is not None and is_told and exchange.request.kind == "ask":
            asks.append(_ask(turn, number, exchange, fields, (before, news), completed))
    if not asks:
        raise TraceError(path, "nobody asks anything in it")
    start_ns = asks[0].at_ns
    asks = [msgspec.structs.replace(ask, at_ns=ask.at_ns - start_ns) for ask in asks]
    if seconds is not None:
        asks = [ask for ask in asks if ask.at_ns <= seconds * NS_PER_S]
    if model is not None:
        named = Raw(msgspec.json.encode(model))
        asks = [_with_model(ask, named) for ask in asks]
    return Plan(path, asks, _frame_ms(recorded))


def _ask(
    turn: Turn,
    number: int,
    exchange: Exchange,
    fields: dict[str, Raw],
    told: tuple[tuple[Raw, ...], tuple[Raw, ...]],
    completed: ResponseBody | None,
) -> Ask:
    kept = {
        name: value
        for name, value in fields.items()
        if name not in ("type", "previous_response_id", "stream_id")
    }
    before, news = told
    size = sum(map(len, (*before, *news, *kept.values())))
    usage = None if completed is None else completed.usage
    said = sum(len(piece.text) for piece in exchange.pieces if piece.kind.endswith(".delta"))
    return Ask(
        turn.key[0],
        turn.epoch,
        number,
        exchange.sent_ns,
        kept,
        before,
        news,
        usage.input_tokens if usage is not None else size // CHARS_A_TOKEN,
        usage.output_tokens if usage is not None else said // CHARS_A_TOKEN,
    )


def _completed(exchange: Exchange) -> ResponseBody | None:
    last = exchange.pieces[-1] if exchange.pieces else None
    if last is None or last.kind != "response.completed":
        return None
    return msgspec.json.decode(last.text, type=_Completed).response


def _own(completed: ResponseBody | None) -> tuple[Raw, ...]:
    """Return what a mind said and called, as it is told back to it."""
    items = (without_ids(read_item(raw)) for raw in (completed and completed.output) or ())
    return tuple(encode_item(item) for item in items if item is not None)


def _with_model(ask: Ask, model: Raw) -> Ask:
    return msgspec.structs.replace(ask, fields={**ask.fields, "model": model})


def _frame_ms(recorded: Recorded) -> float:
    starts = [frame.t_ns for frame in recorded.frames]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    return median(gaps) / 1e6 if gaps else USUAL_FRAME_MS
