"""What a recording says, sorted by what a what-if has to look up in it."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from npcengine.clock import NS_PER_S
from npcengine.replay.supervision import Settings
from npcengine.replay.whatif.course import TurnKey
from npcengine.replay.whatif.telling import Request
from npcengine.session.timers import EARLY_NS
from npcengine.trace import records

__all__ = ["Call", "Exchange", "Piece", "Recorded", "Settle", "Stimulus", "Turn"]

LATE_NS = 5_000_000
"""A timer that is later than this did not only wait for its turn."""

_NO_TOKENS = frozenset({"response.created", "response.queued", "response.in_progress", "error"})


class Piece(msgspec.Struct, frozen=True):
    """A frame of an answer."""

    after_ns: int
    """How long after the request it came."""
    kind: str
    """Its type; empty for what cannot be read."""
    text: str

    @property
    def is_output(self) -> bool:
        """Whether the mind has begun to say something, or is over without."""
        return self.kind not in _NO_TOKENS and not self.is_about_steering

    @property
    def is_about_steering(self) -> bool:
        return self.kind.startswith("response.steer.")


class Exchange(msgspec.Struct):
    """A request, and all that came of it."""

    request: Request
    frame: bytes
    """The request itself."""
    sent_ns: int
    pieces: list[Piece] = []
    response_id: str = ""
    is_over: bool = False
    """Whether its last frame came; otherwise its connection was lost before, or recording ended."""

    def first_output(self) -> Piece | None:
        """Return the first frame that says something."""
        return next((piece for piece in self.pieces if piece.is_output), None)


class Turn(msgspec.Struct):
    """A turn, and all requests of it."""

    key: TurnKey
    epoch: int
    exchanges: list[Exchange] = []
    outcome: str = ""
    """How it ended; empty if it had not when the recording did."""
    over_ns: int = 0


class Stimulus(msgspec.Struct, frozen=True):
    """Something that the game said by itself."""

    line: records.Entry
    behind_ns: int
    """Up to when the frame before it saw what happened."""


class Settle(msgspec.Struct, frozen=True):
    """Something that the game said of an action."""

    frames: int
    """How many frames after the one that took it."""
    within_ns: int
    """How long after that frame."""
    line: records.Settled


class Call(msgspec.Struct):
    """A call, as it went between a mind and the game."""

    born_ns: int = 0
    """When it was complete: asked or committed."""
    answer: records.Answered | None = None
    answer_ns: int = 0
    """How long after that, or after the frame that answered it."""
    answered_in: int | None = None
    """Which frame answered it; ``None`` for the loop thread."""
    was_due: bool = False
    """Whether its deadline came first."""
    fates: dict[str, list[tuple[int, records.Fate]]] = {}
    """By step, in which frames something became of it, and what; the last is what counts."""
    settles: list[Settle] = []


class Recorded:
    """One recording."""

    def __init__(self, header: records.Header, settings: Settings) -> None:
        self.header = header
        self.settings = settings
        self.stimuli: list[Stimulus] = []
        """What the game said by itself, and what it said of actions that nobody committed."""
        self.notes: list[records.Input | records.Mark] = []
        self.frames: list[records.Frame] = []
        self._takes_ns: list[int] = []
        self.turns: dict[TurnKey, Turn] = {}
        self.keys: dict[tuple[str, int], TurnKey] = {}
        """By NPC and ``turn_epoch``."""
        self.warm_ups: dict[tuple[str, int], list[Exchange]] = defaultdict(list)
        """By NPC and number of loads."""
        self.calls: dict[tuple[str, str], Call] = defaultdict(Call)
        """By NPC and ``call_id``."""
        self.reads: dict[tuple[str, str, str], records.Read] = {}
        """By NPC, tool and text."""
        self.looks: dict[tuple[str, str], list[str | None]] = defaultdict(list)
        """By NPC and query, in order."""
        self.luck: dict[tuple[object, ...], float] = {}
        self.connections: dict[int, tuple[int, records.ConnectFailed | None]] = {}
        """By number, how long it took to open one, or to fail."""
        self.losses: list[records.LinkLost] = []
        """Connections that were lost without our asking."""
        self.strays: list[tuple[int, int, str]] = []
        """Frames that answer nothing: when, where, what."""
        self.heard: dict[str, set[str]] = defaultdict(set)
        """By NPC, all that it was ever told, loosely."""
        self.stalls: list[tuple[int, int]] = []
        """From when until when the loop thread was held up: a timer that was late says so."""
        self.end_ns = header.t_ns

    def add_frame(self, frame: records.Frame, newest_seen_ns: int) -> None:
        """Take the next frame.

        Args:
            frame: It.
            newest_seen_ns: When the newest entry was that it saw something of.
        """
        self.frames.append(frame)
        # It looks as soon as it begins; in virtual time it lets its share of time pass before. What
        # it saw all the same had come before it looked.
        looks_ns = frame.t_ns
        if self.header.loop == "virtual":
            looks_ns += max(0, round(frame.dt * NS_PER_S) - EARLY_NS)
        self._takes_ns.append(max(looks_ns, newest_seen_ns))

    def add_stall(self, due_ns: int, fired_ns: int) -> None:
        """A timer went off; if it was late, the loop thread was held up."""
        if fired_ns - due_ns <= LATE_NS:
            return
        while self.stalls and self.stalls[-1][1] >= due_ns:
            due_ns = min(due_ns, self.stalls.pop()[0])
        self.stalls.append((due_ns, fired_ns))

    def take_ns(self, index: int) -> int:
        """Return up to when a frame sees what happens, by its place."""
        return self._takes_ns[index]

    def of_npc(self, npc: str) -> Iterator[Turn]:
        """Yield an NPC's turns, oldest first."""
        return (turn for key, turn in self.turns.items() if key[0] == npc)

    def usual_first_ns(self) -> int:
        """Return how long a mind takes to begin: the median, for answers that nobody recorded."""
        firsts = sorted(
            first.after_ns
            for turn in self.turns.values()
            for exchange in turn.exchanges
            if (first := exchange.first_output()) is not None
        )
        return firsts[len(firsts) // 2] if firsts else 0
