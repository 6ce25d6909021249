"""OpenTelemetry: spans as OTLP-JSON, a trace a turn.

A turn is an ``invoke_agent`` span, its requests are ``chat`` and its queries and actions
``execute_tool`` spans below it. What was said is left out: only times, counts and names are there.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, TypeAlias

import msgspec

from npcengine.clock import NS_PER_S
from npcengine.replay.analysis.misses import GOOD_ENDS
from npcengine.replay.analysis.model import Analysis, Exchange, Intended, Question, Turn
from npcengine.replay.export.genai import ATTRIBUTES, OPERATIONS, SCHEMA_URL

__all__ = ["otlp_of"]

_Value: TypeAlias = str | bool | int | float | list[str]
_Span: TypeAlias = dict[str, object]

# Of the schema's enumerations, which OTLP-JSON writes as numbers.
_INTERNAL, _CLIENT = 1, 3
_OK, _ERROR = 1, 2


def otlp_of(analysis: Analysis) -> bytes:
    """Return a recording's turns as OTLP-JSON."""
    header = analysis.header
    resource: dict[str, _Value] = {
        "service.name": "npcengine",
        "service.version": header.engine,
        "npcengine.endpoint": header.endpoint,
        "npcengine.transport": header.transport,
    }
    scope = {"name": "npcengine.replay", "version": header.engine}
    spans = list(_Writer(analysis).spans())
    scoped = {"scope": scope, "spans": spans, "schemaUrl": SCHEMA_URL}
    of_resource = {"resource": {"attributes": _attributes(resource)}, "scopeSpans": [scoped]}
    return msgspec.json.encode({"resourceSpans": [of_resource]})


class _Writer:
    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._seed = f"{analysis.header.started}\0{analysis.header.t_ns}"
        self._shift_ns = _epoch_ns(analysis.header.started) - analysis.header.t_ns

    def spans(self) -> Iterator[_Span]:
        for turn in self._analysis.turns:
            root = self._turn(turn)
            yield root
            for exchange in turn.exchanges:
                yield self._exchange(exchange, root)
            for question in turn.questions:
                yield self._question(question, root)
            for intended in turn.intentions:
                yield self._intended(intended, root)

    def _turn(self, turn: Turn) -> _Span:
        values: dict[str, _Value] = {
            **_named("turn", npc=turn.npc, conversation=turn.npc),
            "npcengine.turn": turn.ordinal,
            "npcengine.turn_epoch": turn.number,
            "npcengine.rounds": turn.rounds,
            "npcengine.outcome": turn.outcome,
            "npcengine.validity": turn.mark,
        }
        if turn.first_sign is not None:
            values["npcengine.first_reaction.kind"] = turn.first_sign.kind
            values["npcengine.first_reaction.tick"] = turn.first_sign.tick
        is_error = turn.ended_ns is not None and turn.outcome not in GOOD_ENDS
        if is_error:
            values[ATTRIBUTES["error"]] = turn.outcome
        key = f"{turn.npc}\0{turn.ordinal}"
        span = self._span(
            f"{OPERATIONS['turn']} {turn.npc}",
            _INTERNAL,
            turn.start_ns,
            turn.ended_ns,
            values,
            key,
            is_error=is_error,
        )
        return {"traceId": _id(f"{self._seed}\0{key}", 16), **span}

    def _exchange(self, exchange: Exchange, root: _Span) -> _Span:
        model = exchange.model or self._analysis.header.model
        values: dict[str, _Value] = {
            **_named("exchange", npc=exchange.npc, model=model, is_stream=True),
            ATTRIBUTES["provider"]: self._analysis.header.endpoint,
            "npcengine.request.kind": exchange.kind,
            "npcengine.connection": exchange.connection,
        }
        if exchange.response_id is not None:
            values[ATTRIBUTES["response_id"]] = exchange.response_id
        if exchange.end:
            values[ATTRIBUTES["end"]] = [exchange.end]
        if exchange.first_token_ns is not None:
            waited_s = (exchange.first_token_ns - exchange.sent_ns) / NS_PER_S
            values[ATTRIBUTES["first_token_s"]] = waited_s
        values |= _usage(exchange)
        is_error = exchange.end in ("failed", "refused", "lost")
        if is_error:
            values[ATTRIBUTES["error"]] = exchange.error or exchange.end
        key = f"{exchange.npc}\0{exchange.connection}\0{exchange.stream_id}\0{exchange.sent_ns}"
        name = f"{OPERATIONS['exchange']} {model}"
        span = self._span(
            name, _CLIENT, exchange.sent_ns, exchange.ended_ns, values, key, is_error=is_error
        )
        return _below(root, span)

    def _question(self, question: Question, root: _Span) -> _Span:
        values: dict[str, _Value] = {
            **_tool(question.npc, question.query, question.call_id),
            "npcengine.query.where": question.where,
            "npcengine.query.grade": question.grade,
            "npcengine.query.overdue": question.is_overdue,
        }
        if question.tick is not None:
            values["npcengine.tick"] = question.tick
        return _below(root, self._tool(question, question.query, question.answered_ns, values))

    def _intended(self, intended: Intended, root: _Span) -> _Span:
        values = _tool(intended.npc, intended.action, intended.call_id)
        commit = intended.taken("commit")
        values["npcengine.committed"] = commit is not None
        if commit is not None and commit.tick is not None:
            values["npcengine.tick"] = commit.tick
        end_ns = intended.settled[-1][0] if intended.settled else intended.steps[-1].made_ns
        return _below(root, self._tool(intended, intended.action, end_ns, values))

    def _tool(
        self, call: Question | Intended, name: str, end_ns: int | None, values: dict[str, _Value]
    ) -> _Span:
        begin_ns = call.asked_ns if isinstance(call, Question) else call.steps[0].made_ns
        key = f"{call.npc}\0{call.call_id}"
        return self._span(
            f"{OPERATIONS['question']} {name}", _INTERNAL, begin_ns, end_ns, values, key
        )

    def _span(
        self,
        name: str,
        kind: int,
        begin_ns: int,
        end_ns: int | None,
        values: Mapping[str, _Value],
        key: str,
        *,
        is_error: bool = False,
    ) -> _Span:
        ended_ns = self._analysis.end_ns if end_ns is None else end_ns
        at_ns = max(begin_ns + self._shift_ns, 0)
        return {
            "spanId": _id(f"{self._seed}\0{name}\0{key}", 8),
            "name": name,
            "kind": kind,
            # 64-bit numbers are strings in OTLP-JSON.
            "startTimeUnixNano": str(at_ns),
            "endTimeUnixNano": str(max(ended_ns + self._shift_ns, at_ns)),
            "attributes": _attributes(values),
            "status": {"code": _ERROR if is_error else _OK},
        }


def _named(
    operation: Literal["turn", "exchange", "question"], **values: _Value
) -> dict[str, _Value]:
    named: dict[str, _Value] = {ATTRIBUTES["operation"]: OPERATIONS[operation]}
    return named | {ATTRIBUTES[name]: value for name, value in values.items()}


def _tool(npc: str, tool: str, call_id: str) -> dict[str, _Value]:
    return _named("question", npc=npc, tool=tool, tool_type="function", call_id=call_id)


def _usage(exchange: Exchange) -> dict[str, _Value]:
    usage = exchange.usage
    if usage is None:
        return {}
    counts = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    if (of_input := usage.input_tokens_details) is not None:
        counts["cached_tokens"] = of_input.cached_tokens
        counts["cache_write_tokens"] = of_input.cache_write_tokens
    if (of_output := usage.output_tokens_details) is not None:
        counts["reasoning_tokens"] = of_output.reasoning_tokens
    return {ATTRIBUTES[name]: value for name, value in counts.items()}


def _below(root: _Span, span: _Span) -> _Span:
    return {"traceId": root["traceId"], "parentSpanId": root["spanId"], **span}


def _id(text: str, size: int) -> str:
    return sha256(text.encode()).digest()[:size].hex()


def _attributes(values: Mapping[str, _Value]) -> list[dict[str, object]]:
    return [{"key": key, "value": _any_value(value)} for key, value in values.items()]


def _any_value(value: _Value) -> dict[str, object]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case _:
            return {"arrayValue": {"values": [{"stringValue": one} for one in value]}}


def _epoch_ns(started: str) -> int:
    """Return when a recording was begun, in Unix time; 0 where its header does not say."""
    try:
        begun = datetime.fromisoformat(started)
    except ValueError:
        return 0
    begun = begun if begun.tzinfo is not None else begun.replace(tzinfo=UTC)
    return round(begun.timestamp()) * NS_PER_S
