"""A long recording of many NPCs, made of a short one of few: the same again and again."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

from npcengine.trace import records
from npcengine.trace.reader import read_trace
from npcengine.trace.scrub import Scrubber
from npcengine.trace.sink import Sink
from npcengine.trace.writer import TraceWriter

_IDS = re.compile(r"\b(resp|call|fc|msg|rs)_([0-9a-f]{24})\b")


def multiply(source: Path, target: Path, *, beside: int, after: int) -> None:
    """Write a recording of `beside` times as many NPCs that lasts `after` times as long."""
    header, lines = read_trace(source)
    body = [line for line in lines if not isinstance(line, records.End)]
    ticks = max(line.tick for line in body if isinstance(line, records.Frame))
    newest = max(getattr(line, "t_ns", 0) for line in body)
    writer = TraceWriter(Sink(target), _same, scrubber=Scrubber(), now_ns=lambda: newest)
    writer.put(header)
    number = 0
    for again in range(after):
        shift_ns, later = again * (newest - header.t_ns), again * ticks
        for group in _groups(body):
            for copied in _copies(group, beside, again):
                moved = _moved(copied, shift_ns, later)
                if isinstance(moved, records.AnyEntry):
                    moved = msgspec.structs.replace(moved, n=number)
                    number += 1
                writer.put(moved)
    assert writer.close(60.0)


def _groups(body: Sequence[records.Record]) -> Iterator[list[records.Record]]:
    """Yield what belongs together: an entry with its effects, or another line alone."""
    group: list[records.Record] = []
    for line in body:
        if isinstance(line, records.AnyEffect):
            group.append(line)
        elif isinstance(line, records.AnyEntry):
            yield group
            group = [line]
        else:
            yield group
            group = []
            yield [line]
    yield group


def _same(line: object) -> records.Record:
    return cast("records.Record", line)


def _copies(group: list[records.Record], beside: int, again: int) -> Iterator[records.Record]:
    line = group[0] if group else None
    if isinstance(line, records.Frame):
        many = [cast("records.Frame", _copied(line, copy, again)) for copy in range(beside)]
        yield msgspec.structs.replace(
            line,
            seen=[seen for one in many for seen in one.seen],
            answered=[answered for one in many for answered in one.answered],
            fates=[fate for one in many for fate in one.fates],
        )
    elif isinstance(line, records.Ticked | records.Input | records.Checkpoint):
        yield from group
    else:
        yield from (_copied(line, copy, again) for copy in range(beside) for line in group)


def _copied(line: records.Record, copy: int, again: int) -> records.Record:
    """Return a line with names, ids and turn numbers of its own."""
    plain = msgspec.json.decode(msgspec.json.encode(line))
    return msgspec.json.decode(msgspec.json.encode(_renamed(plain, copy, again)), type=type(line))


def _renamed(value: object, copy: int, again: int, key: str = "") -> object:
    match value:
        case dict():
            fields = cast("dict[str, object]", value)
            return {k: _renamed(v, copy, again, k) for k, v in fields.items()}
        case list() if key == "answered":
            pairs = cast("list[tuple[str, str]]", value)
            return [[_name(npc, copy), _salted(id, copy, again)] for npc, id in pairs]
        case list():
            return [_renamed(v, copy, again, key) for v in cast("list[object]", value)]
        case str():
            return _name(value, copy) if key in ("npc", "owner") else _salted(value, copy, again)
        case int() if key == "connection":
            return value + 100 * copy + 10_000 * again
        case int() if key in ("turn", "speech_epoch") and value:
            return value + 100 * again
        case _:
            return value


def _name(npc: str, copy: int) -> str:
    return npc if copy == 0 or not npc or npc.isdigit() else f"{npc} {copy + 1}"


def _salted(text: str, copy: int, again: int) -> str:
    salt = f"{again:02}{copy:02}"
    return _IDS.sub(lambda match: f"{match[1]}_{salt}{match[2][len(salt) :]}", text)


def _moved(line: records.Record, shift_ns: int, ticks: int) -> records.Record:
    moved: dict[str, int] = {}
    for name in line.__struct_fields__:
        if name in ("t_ns", "at_ns", "asked_ns", "due_ns"):
            moved[name] = getattr(line, name) + shift_ns
        elif name == "tick":
            moved[name] = getattr(line, name) + ticks
    return msgspec.structs.replace(line, **moved)
