"""One NPC, as the game holds it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar, cast

from npcengine.bridge.barge_in import BargeIn
from npcengine.bridge.intentions import Commit
from npcengine.bridge.remembered import fact, heard_from, seen
from npcengine.errors import UsageError
from npcengine.memory.knowledge import only
from npcengine.policy.attention import Situation
from npcengine.session.inbox import Perceived
from npcengine.session.outside import Phase
from npcengine.session.remembering import Learnt
from npcengine.world.actions import Action
from npcengine.world.percepts import heard, noticed

__all__ = ["HOLD_MS", "Npc", "Owner"]

HOLD_MS = 1_500.0
"""How long an NPC is held back when nobody says: time to take a breath and begin a word."""

A = TypeVar("A", bound=Action)
H = TypeVar("H", bound=Callable[[Any, Any], object])


class Owner(ABC):
    """What an NPC asks of its bridge (frame thread)."""

    @abstractmethod
    def perceive(self, percept: Perceived) -> None:
        """Send what reached an NPC's senses to its mind, at once."""

    @abstractmethod
    def interrupt(self, npc: "Npc", reason: str) -> None:
        """Break off what an NPC says and means to do."""

    @abstractmethod
    def hold(self, npc: "Npc", for_ms: float) -> None:
        """Hold an NPC's speech and intentions back."""

    @abstractmethod
    def release(self, npc: "Npc") -> None:
        """Let them go on."""

    @abstractmethod
    def state(self, fact: Learnt) -> None:
        """Say what is so, for those who know it."""

    @abstractmethod
    def prewarm(self, npc: "Npc") -> None:
        """Get an NPC's mind ready."""

    @abstractmethod
    def attend(self, npc: "Npc", situation: Situation) -> None:
        """Say what is so about an NPC."""


class Npc:
    """A handle on one NPC's mind; made by ``Bridge.npc``, for the frame thread.

    What there is to read here changes inside ``Bridge.update`` and at no other time.
    """

    def __init__(self, bridge: Owner, name: str, actions: tuple[type[Action], ...]) -> None:
        self._bridge = bridge
        self._actions = actions
        self._handlers: dict[type[Action], Callable[[Commit, Action], object]] = {}
        self.name = name
        self.barge_in = BargeIn()
        """For the bridge: what passes when somebody falls in."""

    def __repr__(self) -> str:
        return f"<Npc {self.name!r} {self.phase}>"

    @property
    def speech(self) -> str:
        """What the NPC says, or said last: grows while it speaks, stays until it speaks again."""
        return self.barge_in.speech

    @property
    def phase(self) -> Phase:
        """What its mind is doing: idle, offline, thinking, speaking or asking."""
        return self.barge_in.state.phase

    @property
    def turn_epoch(self) -> int:
        """Number of its newest turn, from 1; 0 before the first."""
        return self.barge_in.state.turn_epoch

    @property
    def open_calls(self) -> tuple[str, ...]:
        """Names of the tools its mind is calling."""
        return self.barge_in.state.open_calls

    def tell(self, text: str, *, by: str, importance: float = 0.5) -> None:
        """Let the NPC hear something, and answer it.

        Args:
            text: What was said; the first 2,000 characters of it are heard. It reaches the mind
                quoted, as somebody's claim.
            by: Who said it.
            importance: How well it is remembered, 0 to 1.
        """
        lived = heard_from(by, text, importance)
        self._bridge.perceive(Perceived(self.name, heard(text, by), True, lived=lived))

    def notice(
        self, what: str, *, wake: bool = True, importance: float = 0.5, **facts: object
    ) -> None:
        """Let the NPC become aware of something that the game vouches for.

        Args:
            what: In words, such as ``"a noise at the gate"``.
            wake: Whether it is a reason to think; otherwise it is remembered for the next one.
            importance: How well it is remembered, 0 to 1.
            **facts: Anything to add, of types that msgspec can write as JSON.
        """
        item, lived = noticed(what, facts), seen(what, facts, importance)
        self._bridge.perceive(Perceived(self.name, item, wake, what, lived))

    def overhear(self, text: str, *, by: str, importance: float = 0.5) -> None:
        """Let the NPC hear something that was not said to it; it is no reason to think."""
        lived = heard_from(by, text, importance)
        self._bridge.perceive(Perceived(self.name, heard(text, by), False, lived=lived))

    def learn(self, subject: str, text: str) -> None:
        """Let the NPC, and nobody else, know something; see ``Bridge.learn``."""
        self._bridge.state(fact(only(self.name), subject, text))

    def forget(self, subject: str) -> None:
        """Let the NPC know no longer what it alone knew about a subject."""
        self._bridge.state(Learnt(only(self.name), subject, None))

    def attend(
        self,
        distance_px: float,
        *,
        on_screen: bool = False,
        in_dialogue: bool = False,
        in_plot: bool = False,
    ) -> None:
        """Say how much it matters just now what the NPC thinks; as often as it changes.

        An NPC of which nothing is ever said has a full mind. Of the others, the nearest, seen and
        needed ones have: see :class:`~npcengine.AttentionRules`. One that loses its mind for a
        while lives on its reflexes, and remembers what it notices for when it has one again.

        Args:
            distance_px: To the player.
            on_screen: Whether it can be seen.
            in_dialogue: Whether the player and it are talking.
            in_plot: Whether the story needs it to act for itself.
        """
        situation = Situation(
            distance_px=distance_px,
            on_screen=on_screen,
            in_dialogue=in_dialogue,
            in_plot=in_plot,
        )
        self._bridge.attend(self, situation)

    # --- falling in ---------------------------------------------------------------------------

    def heard(self, chars: int) -> None:
        """Say how much of :attr:`speech` has been shown, in characters from its beginning.

        For games that reveal text little by little. When the NPC is interrupted, what was not
        shown has not been said. Until a game calls this for the first time everything counts as
        shown, at once; that first call says what really was. From then on what was shown stays
        shown: a smaller number than before changes nothing, and a new speech begins at none.
        """
        self.barge_in.heard(chars)

    def interrupt(self, reason: str) -> None:
        """Fall in: what the NPC was saying and meant to do is broken off, in this very frame.

        Its speech stops where it was heard to. Nothing that it meant before reaches the game any
        more; what was hinted at is taken back with a :class:`~npcengine.Cancel` in the next
        ``update``, and so are actions under way, where they are declared to be
        (``Action.on_interrupt``). Its mind is told, and thinks about it as soon as it has another
        reason to, such as a following :meth:`tell`.

        Args:
            reason: Why, in words for the mind, such as ``"the player spoke"``.
        """
        self._bridge.interrupt(self, reason)

    def hold(self, for_ms: float = HOLD_MS) -> None:
        """Hold the NPC back, until it is clear whether this is an interruption.

        Its speech stops and its intentions wait, while its mind goes on. :meth:`interrupt` makes
        it one; :meth:`resume` lets everything go on where it was.

        Args:
            for_ms: Game time after which it goes on by itself, in milliseconds.
        """
        self._bridge.hold(self, for_ms)

    def resume(self) -> None:
        """Let the NPC go on after a :meth:`hold`; its intentions come with the next ``update``."""
        self._bridge.release(self)

    # --- what it does -------------------------------------------------------------------------

    def prewarm(self) -> None:
        """Get the mind ready, because it is about to be needed: the player walks up to it.

        The server reads what there is to read ahead of the first word (``generate: false``), and a
        mind that had given up its connection gets one. Costs its input's tokens.
        """
        self._bridge.prewarm(self)

    def on(self, action: type[A]) -> Callable[[H], H]:
        """Register what to do when the NPC commits to an action of this type.

        The function is called inside ``update`` with the commit and its action. The commit is
        among the intentions that ``update`` returns all the same.
        """
        if action not in self._actions:
            raise UsageError(f"{self.name!r} was not given the action {action.__name__}")

        def register(handler: H) -> H:
            self._handlers[action] = cast("Callable[[Commit, Action], object]", handler)
            return handler

        return register

    # --- for the bridge -----------------------------------------------------------------------

    @property
    def actions(self) -> tuple[type[Action], ...]:
        """What the NPC was given to do."""
        return self._actions

    def handle(self, commit: Commit) -> None:
        """Call the handler for a commit, if there is one."""
        if (handler := self._handlers.get(commit.action_type)) is not None:
            self.barge_in.began(commit)
            handler(commit, commit.action)
