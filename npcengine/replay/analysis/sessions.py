"""What the sessions did, brought together: turns, with their causes, calls and ends.

A line of a recording does not say whose a request is. The session that sends one sets its own
``watch`` timer in the very next line; only a warm-up does not, and that is its NPC's by what
entered, or by the instructions that it carries.
"""

from typing import TypeAlias

import msgspec

from npcengine.replay.analysis.model import (
    UNREADABLE,
    Connection,
    Exchange,
    Intended,
    Mark,
    Question,
    StepTaken,
    Stimulus,
    Turn,
)
from npcengine.replay.analysis.wire import Wire
from npcengine.trace import records

__all__ = ["Sessions"]

_GOES_ON = ("started", "progress")
_MAX_WHAT = 160


class _Instructions(msgspec.Struct):
    instructions: str | None = None


_instructions = msgspec.json.Decoder(_Instructions)

_Step: TypeAlias = records.Hinted | records.Prepared | records.Committed | records.Cancelled


_STEPS: dict[type, records.Step] = {
    records.Hinted: "hint",
    records.Prepared: "prepare",
    records.Committed: "commit",
    records.Cancelled: "cancel",
}


class _Npc:
    """What is known of one NPC while the lines go by."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.instructions = ""
        self.queries: dict[str, records.ToolLine] = {}
        self.turns: list[Turn] = []
        self.open: Turn | None = None
        self.epoch = 0
        self.reasons: list[Stimulus] = []
        """To think, that no request has told of yet."""
        self.lasting: set[str] = set()
        """Actions whose calls were answered, and whose end is a reason to think."""


class Sessions:
    """Follows the loop thread's lines."""

    def __init__(self, wire: Wire) -> None:
        self.turns: list[Turn] = []
        self.others: list[Exchange] = []
        self.connections: dict[int, Connection] = {}
        self.marks: list[Mark] = []
        self.paused_ns = 0
        self.t_ns = 0
        """Of the entry whose effects are being read."""
        self._wire = wire
        self._npcs: dict[str, _Npc] = {}
        self._tick = 0
        self._entry: records.AnyEntry | None = None
        self._unclaimed: records.Sent | None = None
        """A request whose NPC the next line tells."""
        self._paused_since: int | None = None
        self._questions: dict[tuple[str, str], Question] = {}
        self._intended: dict[tuple[str, str], Intended] = {}
        # By NPC and `call_id`: the game's ids are never used twice.

    @property
    def npcs(self) -> list[str]:
        """All NPCs, in the order in which they were met."""
        return list(self._npcs)

    def turn(self, npc: str, number: int) -> Turn | None:
        """Return an NPC's turn by the session's number of it."""
        turns = self._npc(npc).turns
        return next((turn for turn in reversed(turns) if turn.number == number), None)

    def intended(self, npc: str, call_id: str) -> Intended | None:
        """Return an intention that was met before."""
        return self._intended.get((npc, call_id))

    def question(self, npc: str, call_id: str) -> Question | None:
        """Return a question that was met before."""
        return self._questions.get((npc, call_id))

    def _npc(self, name: str) -> _Npc:
        npc = self._npcs.get(name)
        if npc is None:
            npc = self._npcs[name] = _Npc(name)
        return npc

    # --- entries ------------------------------------------------------------------------------

    def enter(self, entry: records.Entry) -> None:
        """Take what reached the sessions."""
        self._claim(None)
        self._entry, self.t_ns = entry, entry.t_ns
        match entry:
            case records.Ticked(tick=tick):
                self._tick = tick
            case records.Frames(connection=connection, frames=frames):
                for frame in frames:
                    self._wire.read(connection, frame, entry.t_ns)
            case records.Defined():
                self._define(entry)
            case records.Perceived(wake=True):
                self._reason(entry.npc, _what(entry), is_address=entry.what is None)
            case records.Settled():
                self._settled(entry)
            case records.Answered():
                self._answered(entry)
            case records.TimerFired(kind="due"):
                self._npc(entry.owner).lasting.add(entry.detail)
            case records.Interrupted(npc=npc, reason=reason):
                self.marks.append(Mark("interruption", npc, self._tick, entry.t_ns, reason))
            case records.Loaded():
                self._loaded(entry)
            case records.Paused(is_paused=is_paused):
                self._paused(is_paused=is_paused)
            case records.LinkOpened() | records.ConnectFailed() | records.LinkLost():
                self._linked(entry)
            case _:
                pass

    def _define(self, entry: records.Defined) -> None:
        npc = self._npc(entry.npc)
        npc.instructions = entry.instructions
        npc.queries = {
            name: tool
            for tool in entry.tools
            if tool.kind == "query" and (name := _name_of(tool.definition))
        }

    def _reason(self, npc: str, what: str, *, is_address: bool = False) -> None:
        stimulus = Stimulus(self.t_ns, self._tick, what[:_MAX_WHAT], is_address)
        self._npc(npc).reasons.append(stimulus)

    def _settled(self, entry: records.Settled) -> None:
        npc = self._npc(entry.npc)
        if (intended := self.intended(entry.npc, entry.call_id)) is not None:
            intended.settled.append((entry.t_ns, entry.status))
        if entry.status in _GOES_ON:
            npc.lasting.add(entry.call_id)
        elif entry.call_id in npc.lasting:
            npc.lasting.discard(entry.call_id)
            if entry.wake:
                self._reason(entry.npc, f"an action ended: {entry.status}")

    def _answered(self, entry: records.Answered) -> None:
        question = self.question(entry.npc, entry.call_id)
        if question is not None and question.answered_ns is None:
            question.answered_ns, question.grade = entry.t_ns, entry.grade
            question.took_ms = entry.took_ms

    def _loaded(self, entry: records.Loaded) -> None:
        for npc in self._npcs.values():
            npc.epoch += 1
            npc.reasons.clear()
            npc.lasting.clear()
        self._wire.restart(iter(self._npcs))
        self.marks.append(Mark("load", "", self._tick, entry.t_ns, ""))

    def _paused(self, *, is_paused: bool) -> None:
        if is_paused and self._paused_since is None:
            self._paused_since = self.t_ns
        elif not is_paused and self._paused_since is not None:
            self.paused_ns += self.t_ns - self._paused_since
            self._paused_since = None

    def _linked(self, entry: records.LinkOpened | records.ConnectFailed | records.LinkLost) -> None:
        connection = self.connections.setdefault(
            entry.connection, Connection(entry.connection, entry.t_ns)
        )
        if isinstance(entry, records.LinkOpened):
            connection.opened_ns = entry.t_ns
            return
        connection.ended_ns, connection.reason = entry.t_ns, entry.reason
        self._wire.lost(entry.connection, entry.t_ns, entry.reason)

    # --- effects ------------------------------------------------------------------------------

    def effect(self, effect: records.Effect) -> None:
        """Take what the sessions did about it."""
        if isinstance(effect, records.TimerSet) and effect.kind == "watch":
            self._claim(effect.owner)
            return
        self._claim(None)
        match effect:
            case records.Sent():
                self._unclaimed = effect
            case records.TimerSet(kind="turn", owner=owner):
                self._begin(self._npc(owner))
            case records.Connect(connection=connection):
                self.connections[connection] = Connection(connection, self.t_ns)
            case records.Disconnect(connection=connection):
                self._wire.lost(connection, self.t_ns, "we closed the connection")
            case records.TurnOver():
                self._over(effect)
            case records.Asked():
                self._ask(effect)
            case records.Overdue():
                if (question := self.question(effect.npc, effect.call_id)) is not None:
                    question.is_overdue = True
            case records.Hinted() | records.Prepared() | records.Committed() | records.Cancelled():
                self._step(effect)
            case _:
                pass

    def _begin(self, npc: _Npc) -> None:
        npc.epoch += 1
        turn = Turn(npc.name, len(npc.turns) + 1, npc.epoch, self.t_ns)
        npc.turns.append(turn)
        self.turns.append(turn)
        npc.open = turn

    def _renumbered(self, npc: str, number: int) -> Turn | None:
        """Return the turn that a line is of; a line knows its number better than we do."""
        known = self._npc(npc)
        if known.open is not None and known.open.number != number > known.epoch:
            known.epoch = known.open.number = number
        return self.turn(npc, number)

    def _over(self, over: records.TurnOver) -> None:
        turn = self._renumbered(over.npc, over.turn)
        if turn is None:
            return
        turn.ended_ns, turn.outcome, turn.reason = self.t_ns, over.outcome, over.reason
        turn.rounds, turn.words = over.rounds, over.speech
        npc = self._npc(over.npc)
        if npc.open is turn:
            npc.open = None

    def _claim(self, owner: str | None) -> None:
        """Give a request to the NPC that it is of."""
        sent, self._unclaimed = self._unclaimed, None
        if sent is None:
            return
        npc = self._npc(owner) if owner else self._sender(sent)
        if npc is None:
            return
        turn = npc.open if owner else None
        number = 0 if turn is None else turn.number
        exchange = self._wire.sent(npc.name, number, sent.connection, sent.frame, self.t_ns)
        if exchange is None:
            return
        if turn is None:
            self.others.append(exchange)
            return
        if not turn.exchanges and npc.reasons:
            turn.stimulus = npc.reasons[0]
        npc.reasons.clear()
        turn.exchanges.append(exchange)
        for question in turn.questions:
            if (
                exchange.outputs
                and question.written_ns is None
                and question.answered_ns is not None
            ):
                question.written_ns = self.t_ns

    def _sender(self, sent: records.Sent) -> _Npc | None:
        """Find whose a warm-up is."""
        if (npc := getattr(self._entry, "npc", "")) in self._npcs:
            return self._npcs[npc]
        try:
            said = _instructions.decode(sent.frame.encode()).instructions
        except UNREADABLE:
            return None
        return next((npc for npc in self._npcs.values() if npc.instructions == said), None)

    def end(self) -> None:
        """There are no more lines."""
        self._claim(None)

    # --- calls --------------------------------------------------------------------------------

    def _ask(self, asked: records.Asked) -> None:
        turn = self._renumbered(asked.npc, asked.turn)
        tool = self._npc(asked.npc).queries.get(asked.query)
        question = Question(
            asked.npc,
            asked.turn,
            asked.call_id,
            asked.query,
            "" if tool is None else tool.where,
            None if tool is None else tool.budget_ms,
            asked.asked_ns,
            asked.due_ns,
        )
        self._questions[asked.npc, asked.call_id] = question
        if turn is not None:
            turn.questions.append(question)

    def _step(self, edge: _Step) -> None:
        intended = self.intended(edge.npc, edge.call_id)
        if intended is None:
            intended = Intended(edge.npc, edge.turn, edge.call_id, edge.action)
            self._intended[edge.npc, edge.call_id] = intended
            turn = self._renumbered(edge.npc, edge.turn)
            if turn is not None:
                turn.intentions.append(intended)
        intended.steps.append(StepTaken(_STEPS[type(edge)], self.t_ns))


class _Tool(msgspec.Struct):
    name: str = ""


class _Text(msgspec.Struct):
    text: str = ""


class _Message(msgspec.Struct):
    content: list[_Text] = []


_tool = msgspec.json.Decoder(_Tool)
_message = msgspec.json.Decoder(_Message)


def _name_of(definition: msgspec.Raw) -> str:
    try:
        return _tool.decode(definition).name
    except UNREADABLE:
        return ""


def _what(entry: records.Perceived) -> str:
    """Return what reached an NPC, in words."""
    if entry.lived is not None:
        return f"{entry.lived.who}: {entry.lived.text}" if entry.lived.who else entry.lived.text
    if entry.what:
        return entry.what
    try:
        return " ".join(part.text for part in _message.decode(entry.item).content)
    except UNREADABLE:
        return ""
