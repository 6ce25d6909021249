"""What minds are offered: NPCs to be, actions to do, questions to ask, and what has to hold."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar, overload

import msgspec

from npcengine.bridge.admission import Admission, Requirement
from npcengine.bridge.focus import Focus
from npcengine.bridge.npc import Npc, Owner
from npcengine.bridge.oracle import Oracle
from npcengine.bridge.outbox import Outbox
from npcengine.bridge.remembered import Recall, fact, recall_query
from npcengine.bridge.speech import SpeechFilter, SpeechFilters
from npcengine.errors import UsageError
from npcengine.memory.knowledge import WORLD, group
from npcengine.policy.guardrails import Guardrails
from npcengine.policy.rules import Policy
from npcengine.policy.wallet import Budget
from npcengine.session.inbox import Defined
from npcengine.session.remembering import Learnt
from npcengine.world.actions import Action, ActionSpec
from npcengine.world.field_order import warn_of_late_fields
from npcengine.world.percepts import check_name, instructions
from npcengine.world.queries import Late, QuerySpec, Where
from npcengine.world.toolbox import Toolbox

__all__ = ["Offering"]

F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R", bound=Requirement)
S = TypeVar("S", bound=SpeechFilter)


class _Identity(msgspec.Struct, frozen=True):
    """What an NPC was given besides its actions."""

    instructions: str
    groups: tuple[str, ...]
    budget: Budget | None


class Offering(Owner):
    """The part of a bridge that a game sets up; for the thread that made it."""

    def __init__(self, oracle: Oracle, outbox: Outbox, policy: Policy, recall: Recall) -> None:
        self._oracle = oracle
        self._outbox = outbox
        self._policy = policy
        self._recall = recall
        self._admission = Admission(policy.guardrails)
        self._speech_filters = SpeechFilters()
        self._focus = Focus(policy.attention, outbox)
        self._npcs: dict[str, Npc] = {}
        self._identities: dict[str, _Identity] = {}
        self._queries: list[QuerySpec] = []

    def npc(
        self,
        name: str,
        *,
        persona: str,
        actions: Sequence[type[Action]] = (),
        guardrails: Guardrails | None = None,
        budget: Budget | None = None,
        groups: Sequence[str] = (),
    ) -> Npc:
        """Give a mind to an NPC.

        Args:
            name: Unique; letters, digits, spaces and ``_ . ' -``. The mind is told it.
            persona: Who the NPC is, in a sentence or a page.
            actions: What it can do. It may ask every query of this bridge.
            guardrails: Rules of its own about them, besides those of the bridge's policy.
            budget: What its mind may use by itself, besides what all together may.
            groups: What it belongs to: it knows what these know; see :meth:`learn`.
        """
        self._check("Bridge.npc")
        check_name(name, "the NPC name")
        if name in self._npcs:
            raise UsageError(f"there already is an NPC called {name!r}")
        for belongs_to in groups:
            check_name(belongs_to, "the group")
        npc = Npc(self, name, tuple(actions))
        self._toolbox(npc)  # a tool that cannot be offered is reported here, to whoever wrote it
        known = {action for other in self._npcs.values() for action in other.actions}
        warn_of_late_fields([a for a in npc.actions if a not in known], stacklevel=2)
        self._admission.admit(name, npc.actions, guardrails)
        self._npcs[name] = npc
        self._oracle.npcs[name] = npc
        self._identities[name] = _Identity(instructions(name, persona), tuple(groups), budget)
        self._define(npc)
        return npc

    @overload
    def query(self, function: F, /) -> F: ...
    @overload
    def query(
        self,
        function: None = None,
        /,
        *,
        where: Where = ...,
        budget_ms: float | None = ...,
        late: Late | None = ...,
    ) -> Callable[[F], F]: ...
    def query(
        self,
        function: F | None = None,
        /,
        *,
        where: Where = "frame",
        budget_ms: float | None = None,
        late: Late | None = None,
    ) -> F | Callable[[F], F]:
        """Let every mind ask this function about the world.

        The function's name, docstring and annotated parameters are what minds are told. It may
        also take ``npc`` (who asks) and ``view`` (what was last published; in the frame, a
        ``view`` with a default is left at it, and is given only when the answer is late). What it
        returns is held to its annotation. A generator's every value replaces the one before.

        An answer is due 30 ms after the call, or two frames if that is longer, for ``frame``, and
        150 ms for the others. Then the mind gets one anyhow, and a later one is not sent.

        Args:
            function: Set when this is used as a decorator without brackets.
            where: ``frame`` runs inside the next ``update`` on this thread; ``snapshot`` at once
                on the loop thread, over the last published view alone; ``async`` as a coroutine
                on the loop thread.
            budget_ms: How long it may take once it runs, in milliseconds; by default 8, or 150 for
                ``async``. Longer is counted as an overrun; a generator is stopped, and what it has
                yielded is answered as ``partial``.
            late: What is answered when it is due. ``snapshot``, the default where a function takes
                a view: what the function says of the last view, on the loop thread, so that then
                it must read nothing else. ``partial``, the default for generators: what was
                yielded so far. ``refuse``: that it may be asked again; also what the other two
                come to where nothing was published or yielded.

        Raises:
            UsageError: The function cannot be offered to a mind, or answer in that way.
        """
        self._check("Bridge.query")

        def register(candidate: F) -> F:
            spec = QuerySpec(candidate, where=where, budget_ms=budget_ms, late=late)
            if any(known.name == spec.name for known in self._queries):
                raise UsageError(f"there already is a query called {spec.name!r}")
            self._queries.append(spec)
            for npc in self._npcs.values():
                self._define(npc)
            return candidate

        return register(function) if function is not None else register

    def filter_speech(self, speech_filter: S) -> S:
        """Let a function decide what of an NPC's speech may be shown, as it grows.

        The function is called inside ``update`` with the NPC, all that it has said so far in this
        speech, and whether that is all of it. It returns what ``npc.speech`` is to be: the text, a
        shorter beginning of it to hold the rest back, or other words. What it raises is logged
        once, and nothing is shown; a strict bridge raises it.
        """
        self._check("Bridge.filter_speech")
        self._speech_filters.add(speech_filter)
        return speech_filter

    def offer_recall(self) -> None:
        """Let every mind ask what its NPC remembers and knows: the query ``recall``.

        What it lived through is weighed by how long ago it was, how important, and how many words
        it shares with what is asked; what it knows, by the words. It is answered from memory,
        without the game.
        """
        self.query(where="async")(recall_query(self._recall))

    def learn(self, subject: str, text: str, *, group: str | None = None) -> None:
        """Let NPCs know something; they find it with ``recall`` (:meth:`offer_recall`).

        Stating what is known already costs next to nothing, so it may be done in every frame. What
        is known is saved and loaded like everything that is remembered.

        Args:
            subject: What it is about, at most 160 characters. Something new about the same subject
                replaces it.
            text: What is so, cut to 2,000 characters.
            group: Who knows it: those who belong to it (:meth:`npc`); by default everybody.

        Raises:
            UsageError: One of these is not what it should be.
        """
        self.state(fact(_scope(group), subject, text))

    def forget(self, subject: str, *, group: str | None = None) -> None:
        """Let those who knew something about a subject know it no longer."""
        self.state(Learnt(_scope(group), subject, None))

    def state(self, fact: Learnt) -> None:
        self._check("Bridge.learn, Bridge.forget, Npc.learn and Npc.forget")
        self._outbox.send(fact)

    def requires(self, *actions: type[Action]) -> Callable[[R], R]:
        """Register what has to hold in the frame in which an NPC would begin an action.

        The function is called inside ``update`` with the NPC and the action and returns why it may
        not happen now, in words for the mind, or ``None`` if it may. An action that may not is
        taken back with a :class:`~npcengine.Cancel`, and its mind is told why.

        Args:
            *actions: For which actions it is asked.
        """

        def register(requirement: R) -> R:
            for action in actions:
                self._admission.require(action, requirement)
            return requirement

        return register

    def _toolbox(self, npc: Npc) -> Toolbox:
        return Toolbox([*map(ActionSpec, npc.actions), *self._queries])

    def _define(self, npc: Npc) -> None:
        who, tools = self._identities[npc.name], self._toolbox(npc)
        self._outbox.send(Defined(npc.name, who.instructions, tools, who.groups, who.budget))

    @abstractmethod
    def _check(self, method: str) -> None:
        """Refuse a call from another thread, or of a closed bridge."""


def _scope(of: str | None) -> str:
    return WORLD if of is None else group(check_name(of, "the group"))
