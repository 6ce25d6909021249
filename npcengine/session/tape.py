"""What sessions take in and do, handed on as it happens to whoever records it.

The hot path only puts what there is on the tape; :func:`record_of` makes lines of it later, on the
thread that writes them.
"""

from collections.abc import Callable
from typing import cast

import msgspec
from msgspec import UNSET, Raw

from npcengine.errors import RemoteProtocolError
from npcengine.memory.memory import Save
from npcengine.session import inbox, outside
from npcengine.session.outside import Edge, LinkState, Outside
from npcengine.session.remembering import Learnt, Lived
from npcengine.trace import records
from npcengine.transport.link import Frame
from npcengine.world.actions import ActionSpec
from npcengine.world.queries import QuerySpec
from npcengine.world.toolbox import Tool

__all__ = ["Put", "TapedOutside", "entry_tape", "record_of", "tool_line"]

Put = Callable[[object], None]

_json = msgspec.json.Encoder()


class TapedOutside:
    """Another :class:`~npcengine.session.outside.Outside`, with all that is done there on tape."""

    def __init__(self, real: Outside, put: Put) -> None:
        self._real = real
        self._put = put
        # Hints, pictures and advice are passed on as they are, without a call in between.
        self.read_at_once = real.read_at_once
        self.show = real.show
        self.drop_timer = real.drop_timer
        self.luck = real.luck

    def connect(self, connection: int) -> None:
        self._put(records.Connect(connection))
        self._real.connect(connection)

    def send(self, connection: int, frame: bytes) -> None:
        self._put(_Sent(connection, frame))
        self._real.send(connection, frame)

    def disconnect(self, connection: int) -> None:
        self._put(records.Disconnect(connection))
        self._real.disconnect(connection)

    def set_timer(self, key: inbox.TimerKey, at_ns: int) -> None:
        self._put(records.TimerSet(key.kind, key.owner, at_ns, key.detail))
        self._real.set_timer(key, at_ns)

    def tell(self, edge: Edge) -> None:
        self._put(edge)
        self._real.tell(edge)

    def show_link(self, state: LinkState) -> None:
        self._put(state)
        self._real.show_link(state)

    def keep(self, number: int, save: Save) -> None:
        self._put(_Kept(number, save))
        self._real.keep(number, save)

    def read(self, npc: str, tool: Tool, text: str) -> msgspec.Struct:
        try:
            value = self._real.read(npc, tool, text)
        except RemoteProtocolError as error:
            self._put(records.Read(npc, tool.name, text, UNSET, error.reason, error.path))
            raise
        self._put(_Read(npc, tool.name, text, value))
        return value

    def look(self, npc: str, query: QuerySpec, arguments: msgspec.Struct) -> str | None:
        output = self._real.look(npc, query, arguments)
        self._put(records.Looked(npc, query.name, output))
        return output


def entry_tape(put: Put) -> Callable[[inbox.Entry], None]:
    """Return what puts the inbox's entries on a tape, before they are handled."""

    def tape(entry: inbox.Entry) -> None:
        # What is loaded is the sessions' own from then on, and changes: it is written down at once.
        put(record_of(entry) if isinstance(entry.what, inbox.Loaded) else entry)

    return tape


class _Sent(msgspec.Struct, frozen=True):
    connection: int
    frame: bytes


class _Kept(msgspec.Struct, frozen=True):
    number: int
    save: Save


class _Read(msgspec.Struct, frozen=True):
    npc: str
    tool: str
    text: str
    value: msgspec.Struct


def record_of(what: object) -> records.Record:
    """Return the line for something that was put on a tape."""
    match what:
        case inbox.Entry():
            return _entry(what)
        case _Sent(connection=connection, frame=frame):
            return records.Sent(connection, _text(frame))
        case _Read(npc=npc, tool=tool, text=text, value=value):
            return records.Read(npc, tool, text, value=_raw(value))
        case _Kept(number=number, save=save):
            return records.Kept(number, save.fingerprint().hex())
        case LinkState():
            return records.Link(what.connected, what.wanted, what.detail, what.refused)
        case records.Line():
            return cast("records.Record", what)
        case _:
            return _edge(cast("Edge", what))


def _entry(entry: inbox.Entry) -> records.Entry:
    n, t = entry.number, entry.t_ns
    match entry.what:
        case inbox.FramesArrived(connection=connection, frames=frames):
            return records.Frames(n, t, connection, [_text(frame) for frame in frames])
        case inbox.TimerFired(key=key):
            return records.TimerFired(n, t, key.kind, key.owner, key.detail)
        case inbox.LinkOpened() as link:
            return records.LinkOpened(n, t, link.connection, link.keeps_contexts)
        case inbox.ConnectFailed() as link:
            return records.ConnectFailed(n, t, link.connection, link.reason, link.retryable)
        case inbox.LinkLost() as link:
            return records.LinkLost(n, t, link.connection, link.reason)
        case inbox.Answered(npc=npc, call_id=call_id, output=output) as it:
            return records.Answered(
                n, t, npc, call_id, output, it.grade, it.took_ms, it.query, entry.by_game
            )
        case what:
            return _from_game(n, t, what)


def _from_game(n: int, t: int, what: inbox.FromGame) -> records.Entry:
    match what:
        case inbox.Defined(npc=npc, instructions=instructions, tools=tools):
            lines = [tool_line(tool) for tool in tools.by_name.values()]
            budget = UNSET if what.budget is None else _raw(what.budget)
            return records.Defined(n, t, npc, instructions, lines, list(what.groups), budget)
        case inbox.Perceived(npc=npc, item=item, wake=wake):
            return records.Perceived(n, t, npc, _raw(item), wake, what.what, _lived(what.lived))
        case inbox.Settled(npc=npc, call_id=call_id, status=status, detail=detail):
            given = UNSET if detail is None else detail
            return records.Settled(n, t, npc, call_id, status, given, what.wake, _lived(what.lived))
        case inbox.Interrupted():
            return records.Interrupted(
                n,
                t,
                what.npc,
                what.number,
                what.reason,
                what.speech_epoch,
                what.heard_chars,
                dict[str, str](what.running),
            )
        case Learnt(scope=scope, subject=subject, text=text):
            return records.Learnt(n, t, scope, subject, text)
        case inbox.Saved(number=number, shown=shown):
            lines_of = {
                npc: records.ShownLine(one.speech_epoch, one.heard_chars, sorted(one.running))
                for npc, one in shown.items()
            }
            return records.Saved(n, t, number, lines_of)
        case inbox.Loaded(memories=memories, at_ms=at_ms, numbers=numbers):
            save = memories.save(at_ms=at_ms)
            return records.Loaded(n, t, _raw(save), at_ms, dict(numbers))
        case inbox.Prewarmed(npc=npc):
            return records.Prewarmed(n, t, npc)
        case inbox.Attended(npc=npc, tier=tier, in_dialogue=in_dialogue):
            return records.Attended(n, t, npc, int(tier), in_dialogue)
        case inbox.Rerouted():
            return records.Rerouted(n, t)
        case inbox.Switched(off_because=reason):
            return records.Switched(n, t, reason)
        case inbox.Paused(is_paused=is_paused):
            return records.Paused(n, t, is_paused)
        case inbox.Ticked(tick=tick, dt=dt):
            return records.Ticked(n, t, tick, dt)


def _edge(edge: Edge) -> records.Edge:
    if isinstance(edge, outside.TurnOver):
        return records.TurnOver(
            edge.npc, edge.turn_epoch, edge.outcome, edge.rounds, edge.speech, edge.reason
        )
    whose = edge.npc, edge.turn_epoch, edge.barge_ins, edge.call_id
    match edge:
        case outside.Hinted(action=action):
            return records.Hinted(*whose, action.name)
        case outside.Prepared(action=action, fields=fields):
            return records.Prepared(*whose, action.name, _raw(fields))
        case outside.Committed(action=action, value=value, born_ms=born_ms):
            return records.Committed(*whose, action.name, _raw(value), born_ms)
        case outside.Cancelled(action=action, reason=reason):
            return records.Cancelled(*whose, action.name, reason)
        case outside.Asked(query=query, arguments=arguments, asked_ns=asked, due_ns=due):
            return records.Asked(*whose, query.name, _raw(arguments), asked, due)
        case outside.Overdue(question=question):
            return records.Overdue(*whose, question.query.name)
        case outside.Learned(query=query, output=output):
            return records.Learned(*whose, query, output)


def tool_line(tool: Tool) -> records.ToolLine:
    """Return what a recording keeps of a tool."""
    definition = _raw(tool.tool)
    if isinstance(tool, ActionSpec):
        kind = tool.type
        return records.ToolLine(
            "action",
            definition,
            ttl_ms=kind.ttl_ms,
            in_order=kind.in_order,
            on_interrupt=kind.on_interrupt,
        )
    return records.ToolLine(
        "query", definition, where=tool.where, budget_ms=tool.budget_ms, late=tool.late
    )


def _lived(lived: Lived | None) -> records.Lived | None:
    if lived is None:
        return None
    return records.Lived(lived.kind, lived.text, lived.who, lived.importance)


def _raw(value: object) -> Raw:
    return Raw(_json.encode(value))


def _text(frame: Frame) -> str:
    # A frame that is no UTF-8 is refused by whoever decodes it; the replacement is refused as well.
    return frame.decode("utf-8", "replace")
