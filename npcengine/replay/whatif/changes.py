"""What a what-if changes: ``--set NAME=VALUE``, read once and checked."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

import msgspec

from npcengine.clock import NS_PER_S
from npcengine.errors import UsageError
from npcengine.policy.deadlines import Deadlines
from npcengine.replay.whatif.links import LINKS, LinkProfile

__all__ = ["CHANGES", "Amount", "Changes", "Refusal", "read_changes"]

T = TypeVar("T")

_Read: TypeAlias = Callable[[str], T]


class Amount(msgspec.Struct, frozen=True):
    """A number that replaces another one, multiplies it or is added to it."""

    kind: Literal["is", "times", "plus"]
    value: float

    def of(self, recorded: float) -> float:
        """Return what takes the place of a recorded number."""
        match self.kind:
            case "is":
                return self.value
            case "times":
                return recorded * self.value
            case "plus":
                return recorded + self.value


class Refusal(msgspec.Struct, frozen=True):
    """A time in which the server takes no requests."""

    status: int
    from_ns: int
    until_ns: int


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """All that is changed. Times count from the beginning of the recording."""

    ttft: Amount | None = None
    """Of the first token, in milliseconds after the request."""
    rate: Amount | None = None
    """Of the tokens behind it, per second; a delta counts as one."""
    link: LinkProfile | None = None
    """A network that is added to the recorded one."""
    transport: Literal["http"] | None = None
    is_fresh: bool = False
    """Whether each request over HTTP opens a connection of its own."""
    slow_queries: dict[str, Amount] = {}
    """By query, of the milliseconds from question to answer."""
    drops_ns: tuple[int, ...] = ()
    """When all connections are cut."""
    refusals: tuple[Refusal, ...] = ()
    storms_ns: tuple[int, ...] = ()
    """When everybody is woken."""
    slots: int | None = None
    """Responses that the server writes at once; ``None`` is any number."""
    deadlines: dict[str, float] = {}
    """By the name of a field of :class:`~npcengine.policy.deadlines.Deadlines`."""
    asked: dict[str, str] = {}
    """What was asked for, as it was written."""

    def deadlines_from(self, recorded: Deadlines) -> Deadlines:
        """Return the deadlines of the new run."""
        return msgspec.structs.replace(recorded, **self.deadlines)

    def refusal_at(self, since_start_ns: int) -> Refusal | None:
        """Return why a request is not taken that reaches the server at a time."""
        found = (one for one in self.refusals if one.from_ns <= since_start_ns < one.until_ns)
        return next(found, None)


def read_changes(settings: Sequence[str]) -> Changes:
    """Return what ``NAME=VALUE`` settings change.

    Raises:
        UsageError: One of them cannot be read; the text says how it is written.
    """
    found: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set {setting}: say NAME=VALUE, such as ttft=x2")
        found.setdefault(name.strip(), []).append(value.strip())
    for name, values in found.items():
        if name not in CHANGES and not name.startswith(_DEADLINE):
            raise UsageError(
                f"--set {name}: there is no such change; there are {', '.join(CHANGES)}"
            )
        if name not in _OFTEN and len(values) > 1:
            raise UsageError(f"--set {name} is there twice")

    def one(name: str, read: _Read[T]) -> T | None:
        return read(found[name][0]) if name in found else None

    over_http = one("transport", _transport)
    return Changes(
        ttft=one("ttft", _amount("ttft")),
        rate=one("rate", _rate),
        link=one("link", _link),
        transport=None if over_http is None else "http",
        is_fresh=over_http == "http_fresh",
        slow_queries=dict(map(_slow_query, found.get("slow_query", []))),
        drops_ns=tuple(_seconds("drop_at")(value) for value in found.get("drop_at", [])),
        refusals=tuple(map(_refusal, found.get("rate_limit", []))),
        storms_ns=tuple(_seconds("storm")(value) for value in found.get("storm", [])),
        slots=one("slots", _slots),
        deadlines=_deadlines(found),
        asked={name: ",".join(values) for name, values in sorted(found.items())},
    )


# --- reading one value ------------------------------------------------------------------------

_DEADLINE = "deadline."
_QUERY_BUDGET = "query_budget_ms"

_ONCE: dict[str, str] = {
    "ttft": "x2, 800 or +150 (milliseconds)",
    "rate": "x0.5 or 30 (tokens a second)",
    "link": f"one of {', '.join(LINKS)}",
    "transport": "http or http_fresh (a connection for each request)",
    "slots": "4 (responses at once)",
    _QUERY_BUDGET: "60 (milliseconds until any question is due)",
}
_OFTEN: dict[str, str] = {
    "slow_query": "NAME:+200, NAME:x3 or NAME:500 (milliseconds)",
    "drop_at": "12.5 (seconds from the start)",
    "rate_limit": "429@10..12 (status, and seconds from the start)",
    "storm": "8 (seconds from the start)",
}

CHANGES: dict[str, str] = {**_ONCE, **_OFTEN, f"{_DEADLINE}NAME_ms": "4000 (milliseconds)"}
"""All that can be changed, and how it is written."""


def _wrong(name: str, value: str) -> UsageError:
    return UsageError(f"--set {name}={value}: say {CHANGES[name]}")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _amount(name: str) -> _Read[Amount]:
    def read(value: str) -> Amount:
        kinds: dict[str, Literal["times", "plus"]] = {"x": "times", "+": "plus"}
        kind = kinds.get(value[:1])
        number = _number(value if kind is None else value[1:])
        if number is None:
            raise _wrong(name, value)
        return Amount(kind or "is", number)

    return read


def _rate(value: str) -> Amount:
    amount = _amount("rate")(value)
    if amount.kind == "plus" or not amount.value:
        raise _wrong("rate", value)
    return amount


def _link(value: str) -> LinkProfile:
    if value not in LINKS:
        raise _wrong("link", value)
    return LINKS[value]


def _transport(value: str) -> str:
    if value not in ("http", "http_fresh"):
        raise _wrong("transport", value)
    return value


def _slots(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        raise _wrong("slots", value)
    return int(value)


def _slow_query(value: str) -> tuple[str, Amount]:
    name, colon, amount = value.partition(":")
    if not (name and colon):
        raise _wrong("slow_query", value)
    return name, _amount("slow_query")(amount)


def _seconds(name: str) -> _Read[int]:
    def read(value: str) -> int:
        if (seconds := _number(value)) is None:
            raise _wrong(name, value)
        return round(seconds * NS_PER_S)

    return read


def _refusal(value: str) -> Refusal:
    found = re.fullmatch(r"([45][0-9][0-9])@([0-9.]+)\.\.([0-9.]+)", value)
    if found is None:
        raise _wrong("rate_limit", value)
    status, *times = found.groups()
    from_ns, until_ns = map(_seconds("rate_limit"), times)
    return Refusal(int(status), from_ns, until_ns)


def _deadlines(found: dict[str, list[str]]) -> dict[str, float]:
    deadlines: dict[str, float] = {}
    if values := found.get(_QUERY_BUDGET):
        budget_ms = _milliseconds(_QUERY_BUDGET, values[0])
        deadlines |= {"frame_query_ms": budget_ms, "query_ms": budget_ms}
    fields = [field for field in Deadlines.__struct_fields__ if field != "stall_ms"]
    for name, values in found.items():
        if not name.startswith(_DEADLINE):
            continue
        field = name.removeprefix(_DEADLINE)
        if field not in fields:
            raise UsageError(f"--set {name}: the deadlines are {', '.join(fields)}")
        deadlines[field] = _milliseconds(name, values[0])
    return deadlines


def _milliseconds(name: str, value: str) -> float:
    if not (number := _number(value)):
        raise UsageError(f"--set {name}={value}: say milliseconds, more than none")
    return number
