"""Recordings written by hand, line by line, with moments that a test can count with."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from npcengine.policy.deadlines import Deadlines
from npcengine.protocol.capabilities import Capabilities
from npcengine.replay.analysis.analyse import analyse
from npcengine.replay.analysis.model import Analysis, Turn
from npcengine.trace import records

NS = 1_000_000
FRAME_MS = 16

PRICES = {"currency": "USD", "models": {"m": {"input": 1.0, "output": 10.0, "cached_input": 0.1}}}


def header(**more: Any) -> records.Header:
    settings: dict[str, Any] = {
        "version": 1,
        "engine": "0.1.0",
        "python": "3.11",
        "platform": "linux",
        "started": "2026-11-26T12:00:00+00:00",
        "t_ns": 0,
        "endpoint": "local:practice",
        "transport": "websocket",
        "model": "m",
        "loop": "asyncio",
        "switch_interval_ms": None,
        "seed": 1,
        "stall_ms": 500.0,
        "prefetch": False,
        "tool_rounds": 8,
        "capabilities": raw(Capabilities()),
        "deadlines": raw(Deadlines()),
        "budget": raw({}),
        "prices": raw(PRICES),
    }
    return records.Header(**{**settings, **more})


def raw(value: object) -> Raw:
    return Raw(msgspec.json.encode(value))


class Script:
    """What happens, in the order in which it is written down; times are in milliseconds."""

    def __init__(self, *npcs: str, tools: Sequence[records.ToolLine] = ()) -> None:
        self.lines: list[records.Record] = []
        self._n = 0
        self._tick = 0
        self._sequence = 0
        for npc in npcs or ("Mira",):
            self.enter(records.Defined, 0, npc, f"You are {npc}.", list(tools))
        self.effect(records.Connect(0))
        self.enter(records.LinkOpened, 0, 0)

    # --- the loop thread's -------------------------------------------------------------------

    def enter(self, kind: Any, t_ms: float, *fields: Any, **more: Any) -> None:
        self.lines.append(kind(self._n, ns(t_ms), *fields, **more))
        self._n += 1

    def effect(self, effect: records.Effect) -> None:
        self.lines.append(effect)

    def tell(self, t_ms: float, npc: str = "Mira", text: str = "Good evening!") -> None:
        item = raw(
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        )
        self.enter(records.Perceived, t_ms, npc, item, wake=True)

    def begin(self, npc: str = "Mira") -> None:
        self.effect(records.TimerSet("turn", npc, 0))

    def send(
        self,
        npc: str = "Mira",
        *,
        lane: str | None = "s0",
        after: str | None = None,
        outputs: Sequence[str] = (),
        watched: bool = True,
        connection: int = 0,
        **more: Any,
    ) -> None:
        items = [{"type": "function_call_output", "call_id": id, "output": "1"} for id in outputs]
        frame: dict[str, Any] = {"type": "response.create", "model": "m", "input": items, **more}
        frame |= {"stream_id": lane} if lane is not None else {}
        frame |= {"previous_response_id": after} if after is not None else {}
        self.effect(records.Sent(connection, json.dumps(frame)))
        if watched:
            self.effect(records.TimerSet("watch", npc, 0))

    def read(
        self, t_ms: float, *events: dict[str, Any], lane: str | None = "s0", connection: int = 0
    ) -> None:
        of_lane = {"stream_id": lane} if lane is not None else {}
        frames = [json.dumps({"sequence_number": 0, **of_lane, **event}) for event in events]
        self.enter(records.Frames, t_ms, connection, frames)

    def over(
        self, npc: str = "Mira", turn: int = 1, outcome: str = "completed", words: str = ""
    ) -> None:
        self.effect(records.TurnOver(npc, turn, outcome, 0, words))

    # --- the frame thread's ------------------------------------------------------------------

    def frame(
        self,
        t_ms: float,
        *,
        took_ms: float = 0.1,
        seen: Sequence[records.Seen] = (),
        answered: Sequence[tuple[str, str]] = (),
        fates: Sequence[records.Fate] = (),
    ) -> None:
        self._tick += 1
        self.lines.append(
            records.Frame(
                self._tick,
                ns(t_ms),
                FRAME_MS / 1_000,
                ns(took_ms),
                len(fates),
                list(seen),
                list(answered),
                list(fates),
            )
        )
        self.enter(records.Ticked, t_ms, self._tick, FRAME_MS / 1_000)

    def mark(self, t_ms: float, name: str, npc: str = "") -> None:
        self.lines.append(records.Mark(self._tick, ns(t_ms), name, npc))

    # --- what it comes to --------------------------------------------------------------------

    def analysis(self, **about: Any) -> Analysis:
        return analyse(header(**about), [*self.lines, records.End(0, len(self.lines))])

    def turn(self) -> Turn:
        (turn,) = self.analysis().turns
        return turn


def ns(t_ms: float) -> int:
    return round(t_ms * NS)


def created(id: str) -> dict[str, Any]:
    return {"type": "response.created", "response": {"id": id, "status": "in_progress"}}


def completed(id: str, **usage: int) -> dict[str, Any]:
    response: dict[str, Any] = {"id": id, "status": "completed", "output": []}
    if usage:
        cached = usage.pop("cached", 0)
        response["usage"] = {**usage, "input_tokens_details": {"cached_tokens": cached}}
    return {"type": "response.completed", "response": response}


def delta(text: str = "a") -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text, "item_id": "i"}


def thinking(text: str = "hm") -> dict[str, Any]:
    return {"type": "response.reasoning_text.delta", "delta": text, "item_id": "r"}


def call(name: str, call_id: str) -> dict[str, Any]:
    item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": ""}
    return {"type": "response.output_item.added", "item": item}


def refused(code: str) -> dict[str, Any]:
    return {"type": "error", "status": 400, "error": {"code": code, "message": "no"}}


def query(name: str, where: str = "frame", budget_ms: float = 8.0) -> records.ToolLine:
    definition = raw({"type": "function", "name": name})
    return records.ToolLine("query", definition, where=where, budget_ms=budget_ms)


def asked(
    t_ms: float, name: str, call_id: str, *, due_ms: float = 30.0, npc: str = "Mira", turn: int = 1
) -> records.Asked:
    due_ns = ns(t_ms + due_ms)
    return records.Asked(npc, turn, 0, call_id, name, raw({}), ns(t_ms), due_ns)
