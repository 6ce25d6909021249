"""Claims and facts: what an NPC has to have found out before it may do something that matters.

What a player says is a claim, however it is put. An action that hands something out can be declared
to need evidence: an answer of the world's own, to the same NPC, in the same turn, about the very
same things, and recent. Rules:

1. Only the newest answer to a question counts, and only one that says yes: true, a number above
   nothing, a text or a list that is not empty.
2. Arguments are the same if they are the same JSON. Where a world has several names for a thing, a
   game can say which are one; nothing is guessed.
3. Evidence is used up by the action that it let happen: one proof, one reward.
4. What cannot be made out (an argument that is not there, an answer that is half there) is not
   evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

import msgspec

__all__ = ["Evidence", "Needs", "Value"]

MAX_ANSWERS = 64
"""Answers that are remembered of one turn, the newest; a turn has eight rounds at most."""

Same: TypeAlias = Callable[[object, object], bool]


class Value(msgspec.Struct, frozen=True):
    """A fixed argument of a question, where others are taken from the action."""

    value: object


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What an NPC has to have asked.

    For ``give(item, to)``::

        Needs(query="has_paid", where={"who": "to", "what": "item", "at": Value("the stall")})
    """

    query: str
    where: Mapping[str, str | Value]
    """By argument of the query: the name of the action's argument that it has to equal, or a
    :class:`Value`. Others of the query's arguments may be anything."""
    within_ms: float = 5_000
    """Game time that the answer may be old."""
    grades: frozenset[str] = frozenset(("fresh",))
    """How well known it has to be."""
    field: str | None = None
    """Which field of the answer says yes, if it has several."""


class _Answer(msgspec.Struct, frozen=True):
    query: str
    arguments: Mapping[str, object]
    says_yes: Mapping[str | None, bool]
    """By field; ``None`` for the answer as a whole."""
    grade: str
    game_ms: float


class Evidence:
    """What each NPC has found out in its newest turn."""

    def __init__(self, needs: Mapping[str, Sequence[Needs]], *, same: Same | None = None) -> None:
        """Begin with nothing known.

        Args:
            needs: By the action's tool name; all of an action's needs have to be met.
            same: Whether two arguments mean the same thing; by default, whether they are the same
                JSON.
        """
        self._needs = needs
        self._same = same or _same_json
        self._turns: dict[str, tuple[int, list[_Answer]]] = {}

    def answered(
        self,
        npc: str,
        turn_epoch: int,
        query: str,
        arguments: Mapping[str, object],
        value: object,
        *,
        grade: str,
        game_ms: float,
    ) -> None:
        """Take an answer that an NPC was given; arguments and value as JSON values."""
        epoch, answers = self._turns.get(npc, (turn_epoch, []))
        if turn_epoch < epoch:
            return
        if turn_epoch > epoch:
            answers = []
        answers = [one for one in answers if not self._is_again(one, query, arguments)]
        says_yes: dict[str | None, bool] = {None: _says_yes(value)}
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            says_yes |= {name: _says_yes(part) for name, part in fields.items()}
        answers.append(_Answer(query, dict(arguments), says_yes, grade, game_ms))
        self._turns[npc] = (turn_epoch, answers[-MAX_ANSWERS:])

    def lacks(
        self,
        npc: str,
        turn_epoch: int,
        action: str,
        arguments: Mapping[str, object],
        game_ms: float,
    ) -> str | None:
        """Return what an NPC has yet to find out, in words for its mind; ``None`` if nothing."""
        for needs in self._needs.get(action, ()):
            if self._proof(npc, turn_epoch, needs, arguments, game_ms) is None:
                return _lacking(action, needs, arguments)
        return None

    def committed(
        self,
        npc: str,
        turn_epoch: int,
        action: str,
        arguments: Mapping[str, object],
        game_ms: float,
    ) -> None:
        """Use up the evidence that an action rested on."""
        for needs in self._needs.get(action, ()):
            proof = self._proof(npc, turn_epoch, needs, arguments, game_ms)
            if proof is not None:
                self._turns[npc][1].remove(proof)

    # --- inside -------------------------------------------------------------------------------

    def _is_again(self, answer: _Answer, query: str, arguments: Mapping[str, object]) -> bool:
        return (
            answer.query == query
            and answer.arguments.keys() == arguments.keys()
            and all(self._same(answer.arguments[name], arguments[name]) for name in arguments)
        )

    def _proof(
        self,
        npc: str,
        turn_epoch: int,
        needs: Needs,
        arguments: Mapping[str, object],
        game_ms: float,
    ) -> _Answer | None:
        epoch, answers = self._turns.get(npc, (turn_epoch, []))
        if epoch != turn_epoch:
            return None
        fitting = (one for one in reversed(answers) if self._is_about(one, needs, arguments))
        newest = next(fitting, None)
        if newest is None or newest.grade not in needs.grades:
            return None
        if game_ms - newest.game_ms > needs.within_ms:
            return None
        return newest if newest.says_yes.get(needs.field, False) else None

    def _is_about(self, answer: _Answer, needs: Needs, arguments: Mapping[str, object]) -> bool:
        if answer.query != needs.query:
            return False
        for name, source in needs.where.items():
            if name not in answer.arguments:
                return False
            if isinstance(source, Value):
                wanted = source.value
            elif source in arguments:
                wanted = arguments[source]
            else:
                return False
            if not self._same(answer.arguments[name], wanted):
                return False
        return True


def _same_json(one: object, other: object) -> bool:
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


def _says_yes(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value > 0
    return bool(value) and isinstance(value, str | list | dict)


def _lacking(action: str, needs: Needs, arguments: Mapping[str, object]) -> str:
    """Say what to ask, in the words of the call."""
    asked = {
        name: source.value if isinstance(source, Value) else arguments.get(source)
        for name, source in needs.where.items()
    }
    how = msgspec.json.encode(asked).decode()
    return (
        f"{action!r} needs more than somebody's word: ask {needs.query!r} with {how} first, in "
        f"this turn, and do it only if the answer is yes and at most {needs.within_ms / 1_000:g} s "
        "old"
    )
