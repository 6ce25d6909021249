"""What NPCs may do beyond what the types of their actions allow: which, with what, how often.

Rules:

1. A game writes :class:`Guardrails` for the whole bridge, for single NPCs, or both; an action has
   to pass both. Rates of the bridge's count all NPCs together, those of an NPC its own actions.
2. Names and texts are compared exactly. Folding case or look-alike letters together would let what
   was not allowed pass for what was, and only the names that tools have ever reach this place.
3. What a bound cannot be read of is refused: a text where a number is bounded, a field that is not
   there. A rule that does not fit its action must not be a rule that is not there.
4. Only what was committed counts towards a rate, so a refused attempt costs nothing.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias, cast

import msgspec

__all__ = ["Bound", "Guard", "Guardrails", "Objection", "Rate"]

MAX_QUOTED = 40
"""The most characters of a refused value that its refusal repeats."""


class Bound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one argument may be. Of a list, every element is held to it."""

    at_least: float | None = None
    at_most: float | None = None
    one_of: frozenset[str] | None = None
    """The only texts it may be."""
    max_chars: int | None = None
    or_none: bool = False
    """Whether it may also be null, which is in no range and none of any texts."""


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most ``most`` actions in any stretch of ``per_ms`` of game time."""

    most: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    per_ms: Annotated[float, msgspec.Meta(gt=0)]


class Guardrails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one NPC, or of all of them. Actions by their tools' names: ``walk_to``."""

    allowed: frozenset[str] | None = None
    """The only actions that may happen; ``None`` for all that are offered."""
    bounds: Mapping[str, Mapping[str, Bound]] = {}
    """By action and argument."""
    rates: Mapping[str, Rate] = {}
    """By action."""
    rate: Rate | None = None
    """Over all actions together."""

    def misfits(self, actions: Mapping[str, frozenset[str]]) -> list[str]:
        """Return the rules that fit no action, in words for whoever wrote them.

        Args:
            actions: The names of every action's arguments.
        """
        named = {*(self.allowed or ()), *self.bounds, *self.rates}
        wrong = [f"there is no action {name!r}" for name in sorted(named - actions.keys())]
        for action, bounds in self.bounds.items():
            missing = bounds.keys() - actions.get(action, bounds.keys())
            wrong += [f"the action {action!r} has no argument {name!r}" for name in sorted(missing)]
        return wrong


class Objection(msgspec.Struct, frozen=True):
    """Why an action may not happen, in words for the mind."""

    kind: Literal["forbidden", "bounds", "rate"]
    reason: str
    path: str | None = None
    """Which argument is at fault, as ``$.coins``."""
    retry_ms: float | None = None
    """For a rate: the game time after which it may be tried again."""


_Key: TypeAlias = tuple[str | None, str | None]
"""Whose actions are counted (``None``: everybody's), and which (``None``: all of them)."""


class Guard:
    """Holds actions to their rules, and remembers what was done as far as rates need it."""

    def __init__(self, everybody: Guardrails | None = None) -> None:
        self._everybody = everybody or Guardrails()
        self._own: dict[str, Guardrails] = {}
        self._done_ms: dict[_Key, deque[float]] = {}
        """When the newest commits were that a rate counts; as many as it allows, no more."""

    def set_rules(self, npc: str, rules: Guardrails) -> None:
        """Give an NPC rules of its own, besides everybody's; what its rates have counted stays."""
        self._own[npc] = rules

    def objection(
        self, npc: str, action: str, arguments: Mapping[str, object], game_ms: float
    ) -> Objection | None:
        """Return why an action may not happen now; asking counts for nothing.

        Args:
            npc: Who would do it.
            action: Its tool's name.
            arguments: Its arguments as JSON values, defaults filled in.
            game_ms: Game time; never less than the last time.
        """
        for rules in self._rules_for(npc):
            if rules.allowed is not None and action not in rules.allowed:
                return Objection("forbidden", f"you may not {action!r}")
        for rules in self._rules_for(npc):
            for name, bound in rules.bounds.get(action, {}).items():
                if (found := _out_of_bounds(name, bound, arguments)) is not None:
                    return found
        for key, rate in self._rates(npc, action):
            if (found := self._too_often(key, rate, game_ms)) is not None:
                return found
        return None

    def committed(self, npc: str, action: str, game_ms: float) -> None:
        """Count an action that nobody objected to and that the game was given."""
        for key, rate in self._rates(npc, action):
            done_ms = self._done_ms.get(key)
            if done_ms is None or done_ms.maxlen != rate.most:
                done_ms = self._done_ms[key] = deque(done_ms or (), maxlen=rate.most)
            done_ms.append(game_ms)

    # --- inside -------------------------------------------------------------------------------

    def _rules_for(self, npc: str) -> Iterator[Guardrails]:
        yield self._everybody
        if (own := self._own.get(npc)) is not None:
            yield own

    def _rates(self, npc: str, action: str) -> Iterator[tuple[_Key, Rate]]:
        for rules in self._rules_for(npc):
            whose = None if rules is self._everybody else npc
            if (rate := rules.rates.get(action)) is not None:
                yield (whose, action), rate
            if rules.rate is not None:
                yield (whose, None), rules.rate

    def _too_often(self, key: _Key, rate: Rate, game_ms: float) -> Objection | None:
        done_ms = self._done_ms.get(key, ())
        if len(done_ms) < rate.most:
            return None
        wait_ms = done_ms[-rate.most] + rate.per_ms - game_ms
        if wait_ms <= 0:
            return None
        whose, action = key
        what = "actions" if action is None else repr(action)
        who = "everybody together" if whose is None else "you"
        reason = (
            f"too often: {rate.most} {what} in {rate.per_ms / 1_000:g} s is the most for {who}; "
            f"again in {max(wait_ms / 1_000, 0.1):.1f} s"
        )
        return Objection("rate", reason, retry_ms=wait_ms)


def _out_of_bounds(name: str, bound: Bound, arguments: Mapping[str, object]) -> Objection | None:
    path = f"$.{name}"
    if name not in arguments:
        return Objection("bounds", f"{path} is missing", path)
    return _beyond(path, bound, arguments[name])


def _beyond(path: str, bound: Bound, value: object) -> Objection | None:
    if isinstance(value, list | tuple):
        values = cast("Sequence[object]", value)
        within = (_beyond(f"{path}[{i}]", bound, one) for i, one in enumerate(values))
        return next((found for found in within if found is not None), None)
    if value is None and bound.or_none:
        return None
    if (demand := _broken_demand(bound, value)) is None:
        return None
    return Objection("bounds", f"{path} must be {demand}, not {_quoted(value)}", path)


def _broken_demand(bound: Bound, value: object) -> str | None:
    """Return what a value should have been; a comparison with NaN is never true, so that fails."""
    if bound.at_least is not None or bound.at_most is not None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "a number"
        if bound.at_least is not None and not value >= bound.at_least:
            return f"at least {bound.at_least:g}"
        if bound.at_most is not None and not value <= bound.at_most:
            return f"at most {bound.at_most:g}"
    if bound.one_of is not None and not (isinstance(value, str) and value in bound.one_of):
        return f"one of {', '.join(map(repr, sorted(bound.one_of)))}"
    if bound.max_chars is not None:
        if not isinstance(value, str):
            return "a text"
        if len(value) > bound.max_chars:
            return f"at most {bound.max_chars} characters"
    return None


def _quoted(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits, which Python does not write out
        return "that"
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."
