"""The one way into a session: a numbered list of everything that ever reached it."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
from msgspec import Raw

from npcengine.clock import Clock
from npcengine.memory.memory import Memories
from npcengine.policy.attention import Tier
from npcengine.policy.wallet import Budget
from npcengine.protocol.items import Message
from npcengine.session.remembering import Learnt, Lived
from npcengine.transport.link import Frame
from npcengine.world.actions import OnInterrupt
from npcengine.world.toolbox import Toolbox

__all__ = [
    "Answered",
    "Attended",
    "ConnectFailed",
    "Defined",
    "Entered",
    "Entry",
    "FramesArrived",
    "FromGame",
    "Inbox",
    "Interrupted",
    "LinkLost",
    "LinkOpened",
    "Loaded",
    "Paused",
    "Perceived",
    "Prewarmed",
    "Rerouted",
    "Saved",
    "Settled",
    "Shown",
    "Switched",
    "Ticked",
    "TimerFired",
    "TimerKey",
]

# --- from the game ---------------------------------------------------------------------------


class Defined(msgspec.Struct, frozen=True):
    """An NPC came into being, or its tools or persona changed."""

    npc: str
    instructions: str
    tools: Toolbox
    groups: tuple[str, ...] = ()
    """What it belongs to, and knows by that."""
    budget: Budget | None = None
    """What it may spend by itself, if that is limited."""


class Perceived(msgspec.Struct, frozen=True):
    """Something reached an NPC's senses."""

    npc: str
    item: Message
    wake: bool
    """Whether it is a reason to think; otherwise it waits for the next one."""
    what: str | None = None
    """What it noticed, to be counted by; ``None`` is speech, which does not wait for more."""
    lived: Lived | None = None
    """What it will remember of it."""


class Settled(msgspec.Struct, frozen=True):
    """The game took up an action, or ended it."""

    npc: str
    call_id: str
    """As in the edge that the game got."""
    status: str
    """``started``, ``progress``, ``succeeded``, ``failed`` or ``dropped``."""
    detail: Raw | None = None
    wake: bool = True
    """Whether an end that comes after the call was answered is a reason to think."""
    lived: Lived | None = None
    """What the NPC will remember, where this is the first that was heard of it."""


class Answered(msgspec.Struct, frozen=True):
    """A query was answered."""

    npc: str
    call_id: str
    output: str
    grade: str
    took_ms: float = 0.0
    """How long the query ran."""
    query: str = ""
    """The name of the query that ran."""


class Interrupted(msgspec.Struct, frozen=True):
    """Somebody fell in: what the NPC meant and did not get to is void."""

    npc: str
    number: int
    """How often that has happened to this NPC, from 1."""
    reason: str
    speech_epoch: int
    """The turn whose words there were to see."""
    heard_chars: int
    """How many of them were heard."""
    running: dict[str, OnInterrupt]
    """Actions that the game has begun and not ended, with what becomes of each."""


class Shown(msgspec.Struct, frozen=True):
    """How far the game has come with what one NPC says and does."""

    speech_epoch: int
    """The turn whose words there are to see."""
    heard_chars: int
    """How many of them have been heard."""
    running: frozenset[str]
    """Actions that the game has begun and not ended."""


class Saved(msgspec.Struct, frozen=True):
    """The game saves itself: this is the moment."""

    number: int
    """Which save it is, from 1."""
    shown: Mapping[str, Shown]


class Loaded(msgspec.Struct, frozen=True):
    """The game has gone back to a moment: nothing that came after it ever was."""

    memories: Memories
    at_ms: int
    """The moment's game time."""
    numbers: Mapping[str, int]
    """Each NPC's interruptions, of which this is the newest."""


class Attended(msgspec.Struct, frozen=True):
    """An NPC gets more attention, or less."""

    npc: str
    tier: Tier
    in_dialogue: bool


class Switched(msgspec.Struct, frozen=True):
    """The game switched all minds off, or on again."""

    off_because: str | None


class Paused(msgspec.Struct, frozen=True):
    """The game stands still, or goes on."""

    is_paused: bool


class Prewarmed(msgspec.Struct, frozen=True):
    """An NPC's mind is about to be needed."""

    npc: str


class Rerouted(msgspec.Struct, frozen=True):
    """There is another way to the server, which connections take from now on."""


class Ticked(msgspec.Struct, frozen=True):
    """The game began another frame."""

    tick: int
    dt: float
    """Seconds of game time since the one before."""


# --- from the network ------------------------------------------------------------------------


class LinkOpened(msgspec.Struct, frozen=True):
    """A connection can carry requests."""

    connection: int
    keeps_contexts: bool = True
    """Whether responses can be continued on it; not over plain HTTP."""


class FramesArrived(msgspec.Struct, frozen=True):
    """One read brought these frames, oldest first."""

    connection: int
    frames: list[Frame]


class ConnectFailed(msgspec.Struct, frozen=True):
    """A connection did not come about."""

    connection: int
    reason: str
    retryable: bool


class LinkLost(msgspec.Struct, frozen=True):
    """An open connection ended."""

    connection: int
    reason: str


# --- from time -------------------------------------------------------------------------------


class TimerKey(msgspec.Struct, frozen=True):
    """Names a timer; setting one again moves it."""

    kind: str
    owner: str
    detail: str = ""


class TimerFired(msgspec.Struct, frozen=True):
    """A timer that a session had set."""

    key: TimerKey


FromGame: TypeAlias = (
    Defined
    | Perceived
    | Settled
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
)
"""What nobody but the game says."""

Entered: TypeAlias = (
    FromGame | Answered | LinkOpened | FramesArrived | ConnectFailed | LinkLost | TimerFired
)


class Entry(msgspec.Struct, frozen=True):
    """One thing that entered."""

    number: int
    """From 0, without gaps."""
    t_ns: int
    """When; sessions read no other clock."""
    what: Entered
    by_game: bool = False
    """Whether the frame thread put it in."""


class Inbox:
    """Numbers what enters and hands it on, one entry at a time (loop thread only)."""

    def __init__(
        self,
        clock: Clock,
        handle: Callable[[Entry], None],
        tape: Callable[[Entry], None] | None = None,
    ) -> None:
        """Begin with nothing.

        Args:
            clock: Says when something entered.
            handle: Takes the entries.
            tape: Takes them too, before, for a recording.
        """
        self._clock = clock
        self._handle = handle
        self._tape = tape
        self._waiting: deque[tuple[Entered, bool]] = deque()
        self._handling = False
        self.count = 0

    def put(self, what: Entered, *, by_game: bool = False) -> None:
        """Enter something; if an entry is being handled it waits for that to be done."""
        self._waiting.append((what, by_game))
        if self._handling:
            return
        self._handling = True
        try:
            while self._waiting:
                entry = Entry(self.count, self._clock.now_ns(), *self._waiting.popleft())
                self.count += 1
                if self._tape is not None:
                    self._tape(entry)
                self._handle(entry)
        finally:
            self._handling = False
