"""What stands behind a bridge when its game is run again: the recording, part by part.

Each class takes the place of one that has a thread, a socket or a disk. None of them decides
anything: what happens when is :mod:`npcengine.replay.game`'s.
"""

from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from npcengine.bridge.engine import Engine
from npcengine.bridge.mailbox import Mailbox
from npcengine.bridge.recorder import FrameTape, Recorder
from npcengine.bridge.saving import Files
from npcengine.clock import Clock, ManualClock
from npcengine.errors import SaveError
from npcengine.memory.slots import Slot
from npcengine.replay.rerun import Pictures
from npcengine.session.inbox import Entered, TimerKey
from npcengine.session.outside import Asked, Edge, NpcState, Overdue
from npcengine.trace import records

__all__ = ["ReplayEngine", "ReplayFiles", "ReplayHost", "ReplayMailbox", "ReplayRecorder"]

_T = TypeVar("_T")


class ReplayHost:
    """Stands for the loop: runs at once what is to run on it, and lets frames pass."""

    name = "replay"

    def __init__(self, clock: ManualClock, let_pass: Callable[[], None]) -> None:
        self.clock: Clock = clock
        self._let_pass = let_pass

    @property
    def loop(self) -> Any:
        raise AssertionError("a re-run has no loop")

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        function(*arguments)

    def advance(self, seconds: float) -> None:
        self._let_pass()

    def stop(self, farewell: Callable[[], Coroutine[Any, Any, None]], within_s: float) -> bool:
        return True


class ReplayMailbox(Mailbox):
    """Gives each frame what it saw, from what sessions have told so far."""

    def __init__(self) -> None:
        super().__init__()
        self.told: deque[Edge] = deque()
        """Edges that no frame has taken yet."""
        self.asked: dict[tuple[str, str], Asked] = {}
        """Questions that no frame has answered yet."""
        self.seen: list[tuple[str, int, NpcState]] = []

    def changed(self) -> list[tuple[str, int, NpcState]]:
        seen, self.seen = self.seen, []
        return seen


class ReplayEngine(Engine):
    """Takes what the game says, and what sessions do; carries nothing anywhere."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.said: deque[Entered] = deque()
        """What the game has said and nobody has heard yet, oldest first."""
        self.timers: set[TimerKey] = set()
        self.pictures = Pictures()
        self.n = 0
        """The entry that is being handled."""

    def start(self) -> None:
        """There is nothing to get ready."""

    def enter(self, entries: list[Entered]) -> None:
        self.said += entries

    # What sessions do: all of it has happened.

    def connect(self, connection: int) -> None:
        return

    def set_timer(self, key: TimerKey, at_ns: int) -> None:
        self.timers.add(key)

    def drop_timer(self, key: TimerKey) -> None:
        self.timers.discard(key)

    def tell(self, edge: Edge) -> None:
        mailbox = cast("ReplayMailbox", self._mailbox)
        if isinstance(edge, Asked):
            mailbox.asked[edge.npc, edge.call_id] = edge
        elif not isinstance(edge, Overdue):
            mailbox.told.append(edge)

    def show(self, npc: str, state: NpcState) -> None:
        self.pictures.show(npc, self.n, state)


class ReplayFiles(Files):
    """Touches no file: saves end as they ended, in the frame in which they did."""

    def __init__(self) -> None:
        super().__init__(threaded=False)
        self._begun: deque[Future[Any]] = deque()

    def begin(self, work: Callable[[], _T]) -> Future[_T]:
        future: Future[_T] = Future()
        self._begun.append(future)
        return future

    def end(self, how: records.FileEnd, slot: Slot | None) -> None:
        """Let the oldest that is under way end.

        Raises:
            IndexError: None is.
        """
        future = self._begun.popleft()
        if how.reason:
            future.set_exception(SaveError("the save", how.reason))
        else:
            future.set_result(slot)


class ReplayRecorder(Recorder):
    """Stands for a recorder: hands on what would be recorded, to be compared."""

    is_journal = False

    def __init__(
        self,
        frame_ended: Callable[[FrameTape], None],
        checkpoint_reached: Callable[[str], None],
    ) -> None:
        self._frame_ended = frame_ended
        self._checkpoint_reached = checkpoint_reached
        self.frame = FrameTape()

    @property
    def error(self) -> None:
        return None

    def begin(self, *arguments: Any, **more: Any) -> None:
        return

    def put(self, record: object) -> None:
        return

    def end_frame(self, tick: int, t_ns: int, dt: float, took_ns: int) -> None:
        frame, self.frame = self.frame, FrameTape()
        self._frame_ended(frame)

    def input(self, tick: int, value: object) -> None:
        return

    def checkpoint(self, tick: int, world_hash: str) -> None:
        self._checkpoint_reached(world_hash)

    def mark(self, tick: int, name: str, npc: str, value: object) -> None:
        return

    def close(self) -> None:
        return
