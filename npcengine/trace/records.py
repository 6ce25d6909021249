"""The lines of a recording, as plain data: one JSON object a line, its kind under ``k``.

A recording is written by two threads. What the *loop thread* writes stands in its own order: each
**entry** of the sessions' inbox (what reached them, with its number ``n`` and time ``t_ns``),
followed by its **effects** (what they did about it, up to the next entry). What the *frame thread*
writes lies between: a **frame** for each ``Bridge.update`` with what the game saw in it, and what
the game itself had to say (inputs, marks, checkpoints).

An entry and its effects come before any frame that saw something of them. All ``t_ns`` are of one
monotonic clock; the header's is when recording began.

The types are the format: they mirror the engine's own and change with :data:`VERSION` only, so that
old recordings can always be read. docs/reference/trace.md describes them for people.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

__all__ = [
    "VERSION",
    "AnyEffect",
    "AnyEntry",
    "Edge",
    "Effect",
    "Entry",
    "FromGame",
    "Line",
    "Record",
]

VERSION = 1
"""Of the format. Readers take this one and all before it."""


class Line(msgspec.Struct, frozen=True, tag_field="k", omit_defaults=True):
    """Any line."""


class Retimed(msgspec.Struct, frozen=True):
    """Of which recording this is a what-if, and what was changed; see :mod:`npcengine.replay`."""

    parent: str
    """The recording's file name, without its folder."""
    digest: str
    """SHA-256 of that file."""
    seed: int
    """Of the draws."""
    changes: dict[str, str]
    """As they were asked for, by name."""


class Header(Line, frozen=True, tag="npctrace", kw_only=True):
    """The first line: what was recorded, and all that a re-run has to know."""

    version: int
    engine: str
    """npcengine's version."""
    python: str
    platform: str
    started: str
    """UTC, ISO 8601."""
    t_ns: int
    """The clock when recording began."""
    endpoint: str
    """Where the minds were, without anything secret."""
    transport: str
    model: str
    loop: str
    """``uvloop``, ``asyncio`` or ``virtual``."""
    switch_interval_ms: float | None
    seed: int
    stall_ms: float | None
    """How long the game may not tick before minds are held."""
    prefetch: bool
    capabilities: Raw
    deadlines: Raw
    budget: Raw
    prices: Raw
    tool_rounds: int = 8
    """The most in one turn."""
    game: Raw = Raw(b"{}")
    """What the game wants to have known about itself to be run again: a JSON object."""
    retimed: Retimed | None = None
    """Left out of what was recorded; there in what was simulated."""


# --- entries: what reached the sessions -------------------------------------------------------


class AnyEntry(Line, frozen=True):
    """Something that reached the sessions."""

    n: int
    """The entry's number, from 0 without gaps."""
    t_ns: int


class FromGame(AnyEntry, frozen=True):
    """What nobody but the game says."""


class ToolLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool that an NPC was given."""

    kind: Literal["action", "query"]
    definition: Raw
    """As it went on the wire."""
    ttl_ms: float = 0.0
    """Of an action, and the two below."""
    in_order: bool = False
    on_interrupt: str = "finish_and_tell"
    where: str = "frame"
    """Of a query, and the two below."""
    budget_ms: float = 0.0
    late: str = "refuse"


class Lived(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that an NPC lived through, for it to remember."""

    kind: str
    text: str
    who: str = ""
    importance: float = 0.5


class Defined(FromGame, frozen=True, tag="defined"):
    npc: str
    instructions: str
    tools: list[ToolLine]
    groups: list[str] = []
    budget: Raw | UnsetType = UNSET
    """What it may spend by itself."""


class Perceived(FromGame, frozen=True, tag="perceived"):
    npc: str
    item: Raw
    """The message that its mind gets."""
    wake: bool
    what: str | None = None
    lived: Lived | None = None


class Settled(FromGame, frozen=True, tag="settled"):
    npc: str
    call_id: str
    status: str
    detail: Raw | UnsetType = UNSET
    wake: bool = True
    lived: Lived | None = None


class Answered(AnyEntry, frozen=True, tag="answered"):
    npc: str
    call_id: str
    output: str
    grade: str
    took_ms: float = 0.0
    query: str = ""
    by_game: bool = False
    """Whether it was answered in a frame, and not on the loop thread."""


class Interrupted(FromGame, frozen=True, tag="interrupted"):
    npc: str
    number: int
    reason: str
    speech_epoch: int
    heard_chars: int
    running: dict[str, str] = {}


class Learnt(FromGame, frozen=True, tag="learnt"):
    scope: str
    subject: str
    text: str | None


class ShownLine(msgspec.Struct, frozen=True, omit_defaults=True):
    speech_epoch: int
    heard_chars: int
    running: list[str] = []


class Saved(FromGame, frozen=True, tag="saved"):
    number: int
    shown: dict[str, ShownLine]


class Loaded(FromGame, frozen=True, tag="loaded"):
    memories: Raw
    """What was in the slot, the game's own part left out."""
    at_ms: int
    numbers: dict[str, int]


class Prewarmed(FromGame, frozen=True, tag="prewarmed"):
    npc: str


class Attended(FromGame, frozen=True, tag="attended"):
    npc: str
    tier: int
    in_dialogue: bool


class Rerouted(FromGame, frozen=True, tag="rerouted"):
    """There is another way to the server from now on."""


class Switched(FromGame, frozen=True, tag="switched"):
    off_because: str | None


class Paused(FromGame, frozen=True, tag="paused"):
    is_paused: bool


class Ticked(FromGame, frozen=True, tag="ticked"):
    tick: int
    dt: float


class LinkOpened(AnyEntry, frozen=True, tag="link_opened"):
    connection: int
    keeps_contexts: bool = True


class Frames(AnyEntry, frozen=True, tag="frames"):
    """One read of a connection: the wire's frames, word for word, oldest first."""

    connection: int
    frames: list[str]


class ConnectFailed(AnyEntry, frozen=True, tag="connect_failed"):
    connection: int
    reason: str
    retryable: bool


class LinkLost(AnyEntry, frozen=True, tag="link_lost"):
    connection: int
    reason: str


class TimerFired(AnyEntry, frozen=True, tag="timer"):
    kind: str
    owner: str
    detail: str = ""


# --- effects: what the sessions did about the entry before ------------------------------------


class AnyEffect(Line, frozen=True):
    """Something that the sessions did."""


class Connect(AnyEffect, frozen=True, tag="connect"):
    connection: int


class Disconnect(AnyEffect, frozen=True, tag="disconnect"):
    connection: int


class Sent(AnyEffect, frozen=True, tag="sent"):
    """A frame of ours, word for word."""

    connection: int
    frame: str


class TimerSet(AnyEffect, frozen=True, tag="timer_set"):
    kind: str
    owner: str
    at_ns: int
    detail: str = ""


class Link(AnyEffect, frozen=True, tag="link"):
    """How the connections are from now on."""

    connected: int
    wanted: int
    detail: str = ""
    refused: bool = False


class Kept(AnyEffect, frozen=True, tag="kept"):
    """A save was handed over to be written."""

    number: int
    digest: str
    """Of what every NPC remembers in it."""


class Read(AnyEffect, frozen=True, tag="read"):
    """The game's own types read a call's arguments, or refused them."""

    npc: str
    tool: str
    text: str
    value: Raw | UnsetType = UNSET
    """What they are, left out where they were refused."""
    refused: str = ""
    path: str = "$"
    """Where in them the fault is."""


class Looked(AnyEffect, frozen=True, tag="looked"):
    """A query was run ahead of its being asked."""

    npc: str
    query: str
    output: str | None


class _Edge(AnyEffect, frozen=True):
    npc: str
    turn: int
    """The NPC's turn, from 1: ``turn_epoch``."""
    barge_ins: int
    call_id: str


class Hinted(_Edge, frozen=True, tag="hint"):
    action: str


class Prepared(_Edge, frozen=True, tag="prepare"):
    action: str
    fields: Raw


class Committed(_Edge, frozen=True, tag="commit"):
    action: str
    value: Raw
    born_ms: float
    """Game time at which it was complete."""


class Cancelled(_Edge, frozen=True, tag="cancel"):
    action: str
    reason: str


class Asked(_Edge, frozen=True, tag="ask"):
    query: str
    arguments: Raw
    asked_ns: int
    due_ns: int


class Overdue(_Edge, frozen=True, tag="overdue"):
    query: str


class Learned(_Edge, frozen=True, tag="learned"):
    query: str
    output: str


class TurnOver(AnyEffect, frozen=True, tag="turn_over"):
    npc: str
    turn: int
    outcome: str
    rounds: int
    speech: str = ""
    reason: str = ""


# --- frames: what the game saw and said -------------------------------------------------------


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An NPC's picture that is new in a frame."""

    npc: str
    n: int
    """The entry that it is of."""
    turn: int
    phase: str
    speech_epoch: int = 0
    keeps: int = 0
    """How many characters of what was seen before still stand."""
    speech: str = ""
    """What stands behind them."""
    open_calls: list[str] = []
    barge_ins: int = 0


Step: TypeAlias = Literal["hint", "prepare", "commit", "cancel"]


class Fate(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a step of an intention when the frame thread had it."""

    npc: str
    turn: int
    call_id: str
    step: Step
    fate: str = "delivered"
    """``delivered``; ``held`` back for later; or a drop: ``interrupted``, ``stale``, ``required``,
    ``unproven``, or what a guardrail says."""
    reason: str = ""


class FileEnd(msgspec.Struct, frozen=True, omit_defaults=True):
    """A save's file was written or read."""

    reason: str = ""
    """Why it was not."""
    game: bytes | None = None
    """What the game had put into a save that was loaded."""
    game_version: str = ""


class Frame(Line, frozen=True, tag="frame"):
    """One ``Bridge.update``."""

    tick: int
    t_ns: int
    """When it began."""
    dt: float
    took_ns: int
    edges: int = 0
    """How many edges it took out of the mailbox."""
    seen: list[Seen] = []
    answered: list[tuple[str, str]] = []
    """Questions that it answered, by NPC and ``call_id``, in order; all others were answered on the
    loop thread."""
    fates: list[Fate] = []
    ended: list[FileEnd] = []
    """Files of saves that were done with in it, in the order in which they were asked for."""


class Input(Line, frozen=True, tag="input"):
    """What the player did, as the game says it; taken up by the frame that follows."""

    tick: int
    """Of the newest update before it."""
    t_ns: int
    value: Raw


class Checkpoint(Line, frozen=True, tag="checkpoint"):
    """What the game says its world came to."""

    tick: int
    t_ns: int
    hash: str


class Mark(Line, frozen=True, tag="mark"):
    """Something that the game wants to find again, such as a visible reaction of an NPC."""

    tick: int
    t_ns: int
    name: str
    npc: str = ""
    value: Raw = Raw(b"null")


class Validity(Line, frozen=True, tag="validity"):
    """How far a re-timed turn can be believed; only what-if writes it."""

    npc: str
    turn: int
    mark: Literal["valid", "suspect", "void"]
    reason: str = ""


class Life(Line, frozen=True, tag="life"):
    """A sign of life on a connection: neither enters sessions nor comes of them."""

    connection: int
    t_ns: int
    sign: Literal["ping_sent", "ping", "pong"]


class End(Line, frozen=True, tag="end"):
    """The last line; a recording without it was cut off."""

    t_ns: int
    records: int
    """Lines before this one."""
    lost: int = 0
    """Records that could not be written."""


Entry: TypeAlias = (
    Defined
    | Perceived
    | Settled
    | Answered
    | Interrupted
    | Learnt
    | Saved
    | Loaded
    | Prewarmed
    | Attended
    | Rerouted
    | Switched
    | Paused
    | Ticked
    | LinkOpened
    | Frames
    | ConnectFailed
    | LinkLost
    | TimerFired
)

Edge: TypeAlias = Hinted | Prepared | Committed | Cancelled | Asked | Overdue | Learned | TurnOver

Effect: TypeAlias = Connect | Disconnect | Sent | TimerSet | Link | Kept | Read | Looked | Edge

Record: TypeAlias = (
    Header | Entry | Effect | Life | Frame | Input | Checkpoint | Mark | Validity | End
)
