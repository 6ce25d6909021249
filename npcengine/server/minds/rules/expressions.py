"""Values inside texts and conditions: ``{spot.value.place}``, ``key.status == 'failed'``."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard, cast

from npcengine.errors import UsageError

__all__ = ["MISSING", "Condition", "check_slots", "fill", "look_up", "parse_condition"]

MISSING = object()

_SLOT = re.compile(r"\{([a-z_][\w.]*)(?:\|(\w+))?\}")
_TERM = re.compile(
    r"(?P<not>not\s+)?(?P<path>[a-z_][\w.]*)"
    r"(?:\s*(?P<op>==|!=|>=|<=|>|<)\s*(?P<literal>'[^']*'|-?\d+(?:\.\d+)?|true|false))?"
)

Scope = Mapping[str, object]
Condition = Callable[[Scope], bool]


def look_up(scope: Scope, path: str) -> Any:
    """Return the value at a dotted path, :data:`MISSING` where there is none."""
    value: Any = scope
    for key in path.split("."):
        if isinstance(value, Mapping):
            value = cast("Mapping[str, Any]", value).get(key, MISSING)
        elif _is_list(value) and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else MISSING
        else:
            return MISSING
    return value


def check_slots(template: str) -> None:
    """Check that the slots of a text use filters that there are.

    Raises:
        UsageError: One does not.
    """
    for match in _SLOT.finditer(template):
        if match[2] not in _FILTERS:
            raise UsageError(f"there is no filter {match[2]!r}: {template!r}")


def fill(template: str, scope: Scope) -> str | None:
    """Return a text with its slots filled; ``None`` when one has nothing to fill it with."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        found = look_up(scope, match[1])
        text = _FILTERS[match[2]](found)
        missing = missing or not text
        return text

    filled = _SLOT.sub(value, template)
    return None if missing else filled


def parse_condition(text: str) -> Condition:
    """Compile a condition: terms joined by ``and``, those joined by ``or``.

    A term is a path that must be true, or a path compared with a literal; ``not`` turns it round.

    Raises:
        UsageError: It is not of that form.
    """
    choices = [[_term(term) for term in all_of.split(" and ")] for all_of in text.split(" or ")]
    return lambda scope: any(all(term(scope) for term in terms) for terms in choices)


def _term(text: str) -> Condition:
    match = _TERM.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"not a condition: {text.strip()!r}")
    path, negated = match["path"], match["not"] is not None
    if match["op"] is None:
        return lambda scope: _truth(look_up(scope, path)) != negated
    literal, compare = _literal(match["literal"]), _COMPARISONS[match["op"]]
    return lambda scope: compare(look_up(scope, path), literal) != negated


def _truth(value: object) -> bool:
    return value is not MISSING and bool(value)


def _literal(text: str) -> str | float | bool:
    if text in ("true", "false"):
        return text == "true"
    return text[1:-1] if text.startswith("'") else float(text)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def safely(left: Any, right: Any) -> bool:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        return numbers and compare(left, right)

    return safely


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">=": _ordered(lambda left, right: left >= right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    "<": _ordered(lambda left, right: left < right),
}


def _plain(value: object) -> str:
    """Say a text or a number; nothing else can be said, and what cannot be is empty."""
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_plain else ""


def _ago(value: object) -> str:
    """Say how long ago, from milliseconds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    seconds = value / 1_000
    if seconds < 15:
        return "a moment ago"
    if seconds < 50:
        return "not a minute ago"
    minutes = round(seconds / 60)
    return "a minute ago" if minutes <= 1 else f"some {minutes} minutes ago"


def _list(value: object) -> str:
    """Say a list: ``a``, ``a and b``, ``a, b and c``."""
    words = [word for item in _items(value) if (word := _plain(item))]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _items(value: object) -> list[Any]:
    return value if _is_list(value) else [value]


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _capital(value: object) -> str:
    text = _plain(value)
    return text[:1].upper() + text[1:]


def _count(value: object) -> str:
    return "" if value is MISSING else str(len(_items(value)))


_FILTERS: dict[str | None, Callable[[object], str]] = {
    None: _plain,
    "ago": _ago,
    "list": _list,
    "capital": _capital,
    "count": _count,
}
