"""A supervisor on a table: entries go in by hand, effects come out as lists."""

import json
from typing import Any

import msgspec

from npcengine.clock import ManualClock
from npcengine.memory.memory import Save
from npcengine.policy.deadlines import Deadlines
from npcengine.policy.habits import Habits
from npcengine.policy.rules import TOOL_ROUNDS
from npcengine.protocol.capabilities import SERIAL, Capabilities
from npcengine.session.inbox import (
    Answered,
    ConnectFailed,
    Defined,
    Entered,
    FramesArrived,
    Inbox,
    Interrupted,
    LinkLost,
    LinkOpened,
    Perceived,
    Settled,
    TimerFired,
    TimerKey,
)
from npcengine.session.outside import Asked, Committed, Edge, LinkState, NpcState
from npcengine.session.supervisor import Supervisor
from npcengine.world.actions import Action, ActionSpec, OnInterrupt
from npcengine.world.answers import graded, written_detail
from npcengine.world.percepts import heard
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool, Toolbox

Json = dict[str, Any]


class WalkTo(Action, frozen=True):
    """Walk somewhere."""

    place: str
    hurry: bool = False


def where_is(thing: str) -> str:
    """Where a thing is."""
    return thing


class Unlock(Action, frozen=True):
    """Unlock something, once you are there."""

    in_order = True

    thing: str


TOOLS = Toolbox([ActionSpec(WalkTo), ActionSpec(Unlock), QuerySpec(where_is)])


class Harness:
    def __init__(
        self,
        *npcs: str,
        capabilities: Capabilities = SERIAL,
        deadlines: Deadlines | None = None,
        connect: bool = True,
        habits: Habits | None = None,
        tool_rounds: int = TOOL_ROUNDS,
    ) -> None:
        self.clock = ManualClock()
        self.sent: list[tuple[int, Json]] = []
        self.edges: list[Edge] = []
        self.shown: dict[str, NpcState] = {}
        self.link = LinkState()
        self.timers: dict[TimerKey, int] = {}
        self.saves: dict[int, Save] = {}
        self.connecting: list[int] = []
        self.at_once: dict[int, bool] = {}
        self.disconnected: dict[int, int] = {}
        """Connections that were closed, with how many requests had been sent by then."""
        self.supervisor = Supervisor(
            self,
            model="m",
            capabilities=capabilities,
            deadlines=deadlines or Deadlines(),
            habits=habits,
            tool_rounds=tool_rounds,
        )
        self.inbox = Inbox(self.clock, self.supervisor.handle)
        self._responses = 0
        self.barge_ins = 0
        for npc in npcs or ("mira",):
            self.put(Defined(npc, f"You are {npc}.", TOOLS))
        if connect:
            self.open_all()

    # --- what sessions do outside -------------------------------------------------------------

    def connect(self, connection: int) -> None:
        self.connecting.append(connection)

    def send(self, connection: int, frame: bytes) -> None:
        self.sent.append((connection, json.loads(frame)))

    def read_at_once(self, connection: int, wanted: bool) -> None:
        self.at_once[connection] = wanted

    def disconnect(self, connection: int) -> None:
        self.at_once.pop(connection, None)
        self.disconnected.setdefault(connection, len(self.sent))

    def set_timer(self, key: TimerKey, at_ns: int) -> None:
        self.timers[key] = at_ns

    def drop_timer(self, key: TimerKey) -> None:
        self.timers.pop(key, None)

    def tell(self, edge: Edge) -> None:
        self.edges.append(edge)

    def show(self, npc: str, state: NpcState) -> None:
        self.shown[npc] = state

    def show_link(self, state: LinkState) -> None:
        self.link = state

    def keep(self, number: int, save: Save) -> None:
        self.saves[number] = save

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        return tool.arguments.read(text)

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        return graded("seen", "snapshot", as_of_tick=1, age_ms=0)

    def luck(self) -> float:
        return 0.5

    # --- what happens to them -----------------------------------------------------------------

    def put(self, *entries: Entered) -> None:
        for entry in entries:
            self.inbox.put(entry)

    def open_all(self) -> None:
        while self.connecting:
            self.put(LinkOpened(self.connecting.pop(0)))

    def fail_connect(self, reason: str, *, retryable: bool = True) -> None:
        self.put(ConnectFailed(self.connecting.pop(0), reason, retryable))

    def lose(self, connection: int, reason: str = "gone") -> None:
        self.put(LinkLost(connection, reason))

    def tell_npc(self, text: str, npc: str = "mira", *, wake: bool = True) -> None:
        self.put(Perceived(npc, heard(text, "player"), wake))

    def interrupt(
        self, heard_chars: int = 0, *, running: dict[str, OnInterrupt] | None = None
    ) -> None:
        """Fall in after so many characters of what is shown."""
        self.barge_ins += 1
        shown = self.shown["mira"]
        entry = Interrupted(
            "mira", self.barge_ins, "cut off", shown.speech_epoch, heard_chars, running or {}
        )
        self.put(entry)

    def answer(self, value: object, npc: str = "mira") -> None:
        """Answer the newest question."""
        asked = self.questions[-1]
        output = graded(value, "fresh", as_of_tick=1, age_ms=0)
        self.put(Answered(npc, asked.call_id, output, "fresh"))

    def settle(
        self, status: str, detail: object = None, *, call_id: str = "", npc: str = "mira"
    ) -> None:
        """Settle an action, the newest commit by default."""
        self.put(Settled(npc, call_id or self.commits[-1].call_id, status, written_detail(detail)))

    def pass_ms(self, ms: float) -> None:
        """Let time pass, and timers go off in their order."""
        until = self.clock.now_ns() + round(ms * 1_000_000)
        while True:
            due = [(at, key) for key, at in self.timers.items() if at <= until]
            if not due:
                break
            at, key = min(due, key=lambda pair: (pair[0], pair[1].kind, pair[1].owner))
            self.clock.advance(ms=max(0, at - self.clock.now_ns()) / 1_000_000)
            del self.timers[key]
            self.put(TimerFired(key))
        self.clock.advance(ms=max(0, until - self.clock.now_ns()) / 1_000_000)

    # --- what a server does -------------------------------------------------------------------

    @property
    def last(self) -> Json:
        """The newest request."""
        return self.sent[-1][1]

    def events(self, *events: Json, connection: int | None = None, lane: str | None = None) -> None:
        """Deliver events on the lane of the newest request, or on a given one."""
        to = self.sent[-1][0] if connection is None else connection
        stream = lane if connection is not None else self.last.get("stream_id")
        frames = [
            json.dumps({**event, "stream_id": stream} if stream else event).encode()
            for event in events
        ]
        self.put(FramesArrived(to, list(frames)))

    def respond(self, *items: Json, status: str = "completed") -> str:
        """Answer the newest request with whole items; return the response's id."""
        response_id = self.start()
        self.events(*(item_done(item, n) for n, item in enumerate(items)))
        self.finish(response_id, *items, status=status)
        return response_id

    def start(self) -> str:
        """Begin to answer the newest request."""
        self._responses += 1
        response_id = f"resp_{self._responses}"
        self.events({"type": "response.created", "response": {"id": response_id}})
        return response_id

    def finish(
        self,
        response_id: str,
        *items: Json,
        status: str = "completed",
        connection: int | None = None,
        lane: str | None = None,
        **more: Any,
    ) -> None:
        response = {"id": response_id, "status": status, "output": list(items), **more}
        event = {"type": f"response.{status}", "response": response}
        self.events(event, connection=connection, lane=lane)

    def refuse(self, code: str, **more: Any) -> None:
        """Refuse the newest request."""
        error = {"code": code, "message": "no", **more.pop("error", {})}
        self.events({"type": "error", "error": error, **more})

    # --- what came out ------------------------------------------------------------------------

    @property
    def questions(self) -> list[Asked]:
        return [edge for edge in self.edges if isinstance(edge, Asked)]

    @property
    def commits(self) -> list[Committed]:
        return [edge for edge in self.edges if isinstance(edge, Committed)]

    def kinds(self) -> list[str]:
        return [type(edge).__name__ for edge in self.edges]


def call(name: str, arguments: object, call_id: str = "call_1", **more: Any) -> Json:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "call_id": call_id,
        "name": name,
        "arguments": text,
        **more,
    }


def words(text: str) -> Json:
    part: Json = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}


def item_added(item: Json, index: int = 0) -> Json:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def item_done(item: Json, index: int = 0) -> Json:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def text_delta(delta: str, index: int = 0) -> Json:
    return {
        "type": "response.output_text.delta",
        "item_id": "msg_1",
        "output_index": index,
        "content_index": 0,
        "delta": delta,
    }


def outputs_of(request: Json) -> list[tuple[str, Json]]:
    """The outputs that a request carries: call ids with decoded outputs."""
    return [
        (item["call_id"], msgspec.json.decode(item["output"]))
        for item in request["input"]
        if item["type"] == "function_call_output"
    ]
