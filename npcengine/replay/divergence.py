"""Where a re-run parts from its recording: the first difference, and what stands on either side."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import TypeAlias, cast

import msgspec

from npcengine.trace import records

__all__ = ["Divergence", "first_difference"]

_MISSING = "(nothing)"

_Json: TypeAlias = dict[str, object] | list[object] | str | float | bool | None


class Divergence(msgspec.Struct, frozen=True):
    """The first difference."""

    tick: int
    """The newest frame that sessions knew of."""
    entry: int
    """The entry that led to it, by its number."""
    npc: str
    """Whose it is; empty where it is nobody's."""
    field: str
    """What differs: the kind of line and the path in it, such as ``commit.value.place``."""
    recorded: str
    replayed: str

    def __str__(self) -> str:
        whose = f", npc {self.npc}" if self.npc else ""
        return (
            f"first divergence: tick {self.tick}{whose}, field {self.field} (entry {self.entry})\n"
            f"  recorded: {self.recorded}\n"
            f"  replayed: {self.replayed}"
        )


def first_difference(
    recorded: Sequence[records.Line], replayed: Sequence[records.Line], *, tick: int, entry: int
) -> Divergence | None:
    """Return the first difference between two lists of lines; ``None`` if they are alike."""
    if recorded == replayed:
        return None
    for index in range(max(len(recorded), len(replayed))):
        one = recorded[index] if index < len(recorded) else None
        two = replayed[index] if index < len(replayed) else None
        if one == two:
            continue
        kind, value_one, value_two = _apart(one, two)
        npc = _npc_of(one) or _npc_of(two)
        return Divergence(tick, entry, npc, kind, _shown(value_one), _shown(value_two))
    raise AssertionError("lists that differ have a difference")


def _apart(one: records.Line | None, two: records.Line | None) -> tuple[str, object, object]:
    """Return the path of the first difference, and what stands there."""
    first, second = _plain(one), _plain(two)
    if first is None or second is None or first["k"] != second["k"]:
        known = first or second
        assert known is not None
        return str(known["k"]), first, second
    path, value_one, value_two = _walk(first, second, str(first["k"]))
    return path, value_one, value_two


def _walk(one: object, two: object, path: str) -> tuple[str, object, object]:
    """Go down to the first difference of two JSON values that differ."""
    first, second = _opened(one), _opened(two)
    if isinstance(first, dict) and isinstance(second, dict):
        keys = [*first, *(key for key in second if key not in first)]
        inside = [(f"{path}.{key}", first.get(key), second.get(key)) for key in keys]
    elif isinstance(first, list) and isinstance(second, list):
        pairs = zip_longest(first, second)
        inside = [(f"{path}[{index}]", left, right) for index, (left, right) in enumerate(pairs)]
    else:
        return path, one, two
    return next((_walk(a, b, at) for at, a, b in inside if a != b), (path, one, two))


def _opened(value: object) -> _Json:
    """Return a value, and of a text of JSON what it holds: a difference is found inside frames."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return cast("_Json", msgspec.json.decode(value))
        except (msgspec.DecodeError, RecursionError):
            pass
    return cast("_Json", value)


def _plain(line: records.Line | None) -> dict[str, object] | None:
    if line is None:
        return None
    return msgspec.json.decode(msgspec.json.encode(line), type=dict[str, object])


def _npc_of(line: records.Line | None) -> str:
    npc = getattr(line, "npc", "") or getattr(line, "owner", "")
    return npc if isinstance(npc, str) else ""


def _shown(value: object) -> str:
    if value is None:
        return _MISSING
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text)} characters)"
