"""What a recording shows, as plain data: turns with all that belongs to them, and the frames.

Times are nanoseconds of the recording's clock. What the recording does not say is ``None``. The
structs are filled in line by line; once :func:`~npcengine.replay.analysis.analyse.analyse` has
returned them they do not change any more.
"""

from typing import Literal, TypeAlias

import msgspec

from npcengine.protocol.incoming import Usage
from npcengine.trace.records import Header, Step

__all__ = [
    "UNREADABLE",
    "Analysis",
    "Connection",
    "Exchange",
    "FrameSeen",
    "Intended",
    "Mark",
    "Question",
    "RequestKind",
    "Sign",
    "StepTaken",
    "Stimulus",
    "Turn",
    "ValidityMark",
]

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for JSON that is none, or is not of the form that was asked for."""

RequestKind: TypeAlias = Literal["first", "continued", "resent", "steer", "warm_up"]
"""How a request told its server what went before: there was nothing yet; by the id of a response;
by everything again; as words into a running response; or it only prepares (``generate: false``)."""

ValidityMark: TypeAlias = Literal["valid", "suspect", "void"]


class Stimulus(msgspec.Struct, frozen=True):
    """Why an NPC began to think."""

    t_ns: int
    """When the sessions learnt of it."""
    tick: int
    """Of the newest ``update`` before it."""
    what: str
    is_address: bool = False
    """Whether somebody spoke to it."""


class Exchange(msgspec.Struct):
    """A request and what came back for it."""

    npc: str
    turn: int
    """0: of no turn, as a warm-up."""
    connection: int
    stream_id: str | None
    kind: RequestKind
    model: str
    sent_ns: int
    sent_bytes: int
    outputs: list[str] = []
    """The ``call_id`` of every output that it carries."""
    response_id: str | None = None
    created_ns: int | None = None
    """When the first event of its response was read."""
    first_token_ns: int | None = None
    first_output_ns: int | None = None
    """The same without reasoning."""
    deltas: int = 0
    """Events that carried a piece of what the model wrote, about one a token."""
    reads_ns: list[int] = []
    """When any of these was read, each time once."""
    read_bytes: int = 0
    ended_ns: int | None = None
    end: str = ""
    """``completed``, ``incomplete``, ``failed``, ``refused`` or ``lost``; empty while it runs."""
    error: str = ""
    usage: Usage | None = None


class Question(msgspec.Struct):
    """A query that a mind made, with the moments between the four parts of its round trip."""

    npc: str
    turn: int
    call_id: str
    query: str
    where: str
    budget_ms: float | None
    """What it may take once it runs, as declared."""
    asked_ns: int
    due_ns: int
    tick: int | None = None
    """Of the frame that answered it; ``None`` if that was done on the loop thread, or nobody."""
    frame_ns: int | None = None
    """When that frame began."""
    answered_ns: int | None = None
    took_ms: float = 0.0
    """What the query's own code took."""
    grade: str = ""
    is_overdue: bool = False
    """Whether it was due before it was answered."""
    written_ns: int | None = None
    """When its output was written to the wire."""
    next_token_ns: int | None = None
    """When the first token came that followed."""


class StepTaken(msgspec.Struct):
    """A step of an intention: when it was made, and what became of it on the frame thread."""

    step: Step
    made_ns: int
    tick: int | None = None
    seen_ns: int | None = None
    fate: str = ""
    """Empty: no frame ever had it."""
    reason: str = ""


class Intended(msgspec.Struct):
    """An action that a mind meant, from the hint to its end."""

    npc: str
    turn: int
    call_id: str
    action: str
    steps: list[StepTaken] = []
    settled: list[tuple[int, str]] = []
    """What the game said of it: when, and the status."""

    def taken(self, *steps: Step) -> StepTaken | None:
        """Return the first of these steps that a frame was given."""
        return next((s for s in self.steps if s.step in steps and s.fate == "delivered"), None)


class Sign(msgspec.Struct, frozen=True):
    """Something of a turn that a player could see, and the frame in which."""

    kind: Literal["mark", "hint", "commit", "speech"]
    tick: int
    t_ns: int
    made_ns: int
    """When its cause was there, for the frame to show."""


class Turn(msgspec.Struct):
    """One thought of an NPC, from what caused it to its end."""

    npc: str
    ordinal: int
    """Among the NPC's turns in the recording, from 1."""
    number: int
    """The session's: ``turn_epoch``. It differs from the ordinal after a load."""
    began_ns: int
    stimulus: Stimulus | None = None
    exchanges: list[Exchange] = []
    questions: list[Question] = []
    intentions: list[Intended] = []
    speech: list[tuple[int, int, int]] = []
    """Frames in which what it says had grown: tick, time, characters."""
    signs: list[Sign] = []
    """What could be seen of it, in order."""
    ended_ns: int | None = None
    """``None``: the recording ends before it does."""
    outcome: str = ""
    reason: str = ""
    rounds: int = 0
    words: str = ""
    mark: ValidityMark = "valid"
    mark_reason: str = ""

    @property
    def start_ns(self) -> int:
        """When its cause was there; where that is not known, when it began."""
        return self.began_ns if self.stimulus is None else self.stimulus.t_ns

    @property
    def first_intention(self) -> StepTaken | None:
        """The first step of an intention that a frame was given."""
        taken = [step for one in self.intentions if (step := one.taken("hint", "commit"))]
        return min(taken, key=lambda step: step.seen_ns or 0, default=None)

    @property
    def first_sign(self) -> Sign | None:
        """The first thing that could be seen."""
        return self.signs[0] if self.signs else None


class FrameSeen(msgspec.Struct, frozen=True):
    """One ``Bridge.update``."""

    tick: int
    t_ns: int
    dt: float
    took_ns: int
    edges: int
    answered: int


class Connection(msgspec.Struct):
    """A connection, as far as it came."""

    number: int
    asked_ns: int
    opened_ns: int | None = None
    ended_ns: int | None = None
    reason: str = ""


class Mark(msgspec.Struct, frozen=True):
    """Something that the game, or an interruption, put into the recording."""

    name: str
    npc: str
    tick: int
    t_ns: int
    text: str


class Analysis(msgspec.Struct):
    """All of it."""

    header: Header
    turns: list[Turn] = []
    """In the order in which they began."""
    others: list[Exchange] = []
    """Exchanges of no turn: warm-ups."""
    frames: list[FrameSeen] = []
    connections: list[Connection] = []
    marks: list[Mark] = []
    npcs: list[str] = []
    """In the order in which they were met."""
    begin_ns: int = 0
    end_ns: int = 0
    paused_ns: int = 0
    """How long the game had minds paused."""
    is_torn: bool = False
    """Whether the recording was cut off."""
    lost: int = 0
    """Records that could not be written."""
    unread: int = 0
    """Frames of the wire that could not be read."""

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests of turns, in turn order."""
        return [exchange for turn in self.turns for exchange in turn.exchanges]

    @property
    def played_ns(self) -> int:
        """How long was played: from the first frame to the last, without pauses."""
        if not self.frames:
            return max(self.end_ns - self.begin_ns - self.paused_ns, 0)
        return max(self.frames[-1].t_ns - self.frames[0].t_ns - self.paused_ns, 0)
