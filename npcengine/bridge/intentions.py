"""What an NPC means to do, as the game gets it from ``Bridge.update``.

A hint says which action it will be, a prepare what is known of it so far; both are for the eye and
for getting ready. Only a commit may change the world. A cancel takes back what was hinted at.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Raw

from npcengine.world.actions import Action
from npcengine.world.answers import written_detail

if TYPE_CHECKING:
    from npcengine.bridge.npc import Npc

__all__ = ["Cancel", "Commit", "Hint", "Intention", "Intentions", "Prepare"]

Settle: TypeAlias = Callable[["Commit", str, Raw | None, bool], None]


class _Intention:
    __slots__ = ("_barge_ins", "action_type", "born_tick", "id", "npc", "turn_epoch")

    def __init__(
        self, npc: "Npc", id: str, turn_epoch: int, born_tick: int, action_type: type[Action]
    ) -> None:
        self.npc = npc
        self.id = id
        """Joins the steps of one intention."""
        self.turn_epoch = turn_epoch
        """Which turn of the NPC it belongs to, from 1."""
        self.born_tick = born_tick
        """The tick of the ``update`` that delivered it."""
        self.action_type = action_type
        self._barge_ins = npc.barge_in.number

    @property
    def is_void(self) -> bool:
        """Whether its NPC has been interrupted since it was delivered."""
        return self._barge_ins != self.npc.barge_in.number

    @property
    def is_unmade(self) -> bool:
        """Whether a save has been loaded since it was delivered."""
        return self._barge_ins < self.npc.barge_in.unmade

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.npc.name}: {self.action_type.__name__}>"


class Hint(_Intention):
    """The NPC is going to do something of this type; nothing more is known."""

    __slots__ = ()


class Prepare(_Intention):
    """Some of the action's arguments are known.

    ``fields`` holds them by name, as plain JSON values that nobody has checked: a place may not
    exist and a number may be out of range.
    """

    __slots__ = ("fields",)

    def __init__(
        self,
        npc: "Npc",
        id: str,
        turn_epoch: int,
        born_tick: int,
        action_type: type[Action],
        fields: dict[str, object],
    ) -> None:
        super().__init__(npc, id, turn_epoch, born_tick, action_type)
        self.fields = fields


class Commit(_Intention):
    """The NPC does ``action`` now: do it, and say what became of it.

    Call :meth:`succeed` or :meth:`fail` when the action is over, in this frame or any later one.
    The mind is told at once if it still waits, and otherwise by an event. A commit that is not
    settled by the time the game has seen all intentions of its ``update`` counts as started.
    """

    __slots__ = ("_settle", "action", "is_over", "is_started")

    def __init__(
        self,
        npc: "Npc",
        id: str,
        turn_epoch: int,
        born_tick: int,
        action: Action,
        settle: Settle,
    ) -> None:
        super().__init__(npc, id, turn_epoch, born_tick, type(action))
        self.action = action
        self.is_started = False
        """Whether the mind has been told that it is under way."""
        self.is_over = False
        """Whether it has succeeded or failed."""
        self._settle = settle

    def succeed(self, detail: object = None, *, wake: bool = True) -> None:
        """The action is done (frame thread).

        Args:
            detail: What the mind should know about it; anything msgspec can write as JSON.
            wake: Whether an action that took a while is a reason to think when it ends.

        Raises:
            UsageError: ``detail`` cannot be written as JSON, or is over 16 KiB.
        """
        self._end("succeeded", detail, wake)

    def fail(self, reason: object, *, wake: bool = True) -> None:
        """The action did not work out, and ``reason`` says why to the mind (frame thread)."""
        self._end("failed", reason, wake)

    def progress(self, detail: object) -> None:
        """Tell the mind how far a long action has come; it is not over (frame thread).

        It is no reason to think: the mind reads it with whatever comes next.
        """
        if not self.is_over:
            self._settle(self, "progress", written_detail(detail), False)
            self.is_started = True

    def start(self) -> None:
        """Tell the mind that it is under way; done by itself when the game says nothing."""
        if not (self.is_started or self.is_over):
            self._settle(self, "started", None, False)
            self.is_started = True

    def refuse(self, status: str, reason: str) -> None:
        """For the bridge: it does not reach the game."""
        self._end(status, reason, True)

    def _end(self, status: str, detail: object, wake: bool) -> None:
        if not self.is_over:
            self._settle(self, status, written_detail(detail), wake)
            self.is_over = True


class Cancel(_Intention):
    """What was hinted at will not happen, or what was begun is to stop.

    The latter only for actions that are declared so (``Action.on_interrupt``), when their NPC is
    interrupted; their commit is over. ``reason`` is a word for people, not for code.
    """

    __slots__ = ("reason",)

    def __init__(
        self,
        npc: "Npc",
        id: str,
        turn_epoch: int,
        born_tick: int,
        action_type: type[Action],
        reason: str,
    ) -> None:
        super().__init__(npc, id, turn_epoch, born_tick, action_type)
        self.reason = reason


Intention: TypeAlias = Hint | Prepare | Commit | Cancel


class Intentions:
    """The intentions of one ``update``, oldest first; iterate over it once.

    Those of an NPC that is interrupted meanwhile are left out from then on.

    When the last one has been seen, commits that the game has not settled are reported as started;
    if the game stops in the middle, that happens at the next ``update``.
    """

    def __init__(self, intentions: list[Intention]) -> None:
        self._unseen: deque[Intention] = deque(intentions)
        self._commits = [one for one in intentions if isinstance(one, Commit)]

    def __iter__(self) -> Iterator[Intention]:
        while self._unseen:
            one = self._unseen.popleft()
            if not one.is_void:
                one.npc.barge_in.passed(one)
                yield one
        self.start_commits()

    def take_back(self) -> list[Intention]:
        """Return those that are still unseen; they are left out from now on."""
        unseen, self._unseen = list(self._unseen), deque()
        self._commits = [one for one in self._commits if one not in unseen]
        return unseen

    def __len__(self) -> int:
        """Return how many are still unseen."""
        return len(self._unseen)

    def start_commits(self) -> None:
        """Report every commit that has been neither settled nor started as started."""
        for commit in self._commits:
            if not commit.is_void:
                commit.start()
        self._commits = []
