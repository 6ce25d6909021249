"""``npcengine schema``: what a model is told of a game's actions, and how early they can begin."""

import contextlib
import importlib
import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

import msgspec

from npcengine.errors import UsageError
from npcengine.world.actions import Action
from npcengine.world.tool_report import BYTES_PER_TOKEN, ToolReport, report_action, report_query

__all__ = ["schema"]

MAX_CALL_CHARS = 100


def schema(target: str, *, as_json: bool) -> int:
    """Print what a model sees; return 0, or 1 if an action's deciding fields come late.

    Args:
        target: ``MODULE``, ``FILE.py``, or either with ``:NAME`` of an action or a query function.
        as_json: Print one JSON object instead of words.

    Raises:
        UsageError: There is no such module, name or action, or it fails.
    """
    place, name = _split(target)
    module = _imported(place)
    reports = list(_reports(module, name, place))
    if as_json:
        report = {
            "module": place,
            "tools": reports,
            "bytes_per_token": BYTES_PER_TOKEN,
            "queries_searched": False,
        }
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        sys.stdout.write("\n".join(map(_in_words, reports)))
        if name is None:
            sys.stdout.write(
                "\nOnly actions are looked for. A query is told to a bridge when the game runs; "
                f"where its\nfunction stands in the module, {place}:FUNCTION shows it.\n"
            )
    return 1 if any(report.warnings for report in reports) else 0


# --- what there is ----------------------------------------------------------------------------


def _split(target: str) -> tuple[str, str | None]:
    place, colon, name = target.rpartition(":")
    # Not the colon of a drive, as in C:\game\acts.py.
    if not colon or not name.isidentifier():
        return target, None
    return place, name


def _imported(place: str) -> ModuleType:
    """Import a module or a file; whatever it prints goes to the standard error.

    Raises:
        UsageError: It is not there, or does not come through its import.
    """
    is_path = place.endswith(".py") or "/" in place or "\\" in place
    if is_path and not (place.endswith(".py") and Path(place).is_file()):
        raise UsageError(f"there is no Python file {place!r}: name one that ends in .py")
    sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return _from_file(Path(place)) if is_path else importlib.import_module(place)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{place}.".startswith(f"{missing}."):
            raise UsageError(
                f"there is no module {missing!r} from here: run this where `import {place}` works, "
                "or name a file, such as game/actions.py"
            ) from error
        last_line = (str(error).splitlines() or ["without a word"])[-1]
        raise UsageError(
            f"{place} cannot be imported: {type(error).__name__}: {last_line}; mend that, or name "
            "a module that only defines actions"
        ) from error


def _from_file(path: Path) -> ModuleType:
    name = path.stem if path.stem not in sys.modules else f"{path.stem}_"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.path.insert(0, str(path.resolve().parent))  # as `python FILE` has it
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where annotations are looked up
    spec.loader.exec_module(module)
    return module


def _reports(module: ModuleType, name: str | None, place: str) -> Iterator[ToolReport]:
    actions = {found: thing for found, thing in vars(module).items() if _is_action(thing)}
    listed = ", ".join(actions) or "none"
    if name is not None:
        thing = vars(module).get(name)
        if _is_action(thing):
            yield report_action(thing)
        elif inspect.isfunction(thing):
            yield report_query(thing)
        else:
            why = "is neither an action nor a function" if name in vars(module) else "is not there"
            raise UsageError(f"{place}:{name} {why}; the actions in {place} are: {listed}")
        return
    if not actions:
        raise UsageError(
            f"{place} has no actions: name the module in which there are subclasses of "
            "npcengine.Action"
        )
    yield from map(report_action, dict.fromkeys(actions.values()))


def _is_action(thing: object) -> TypeGuard[type[Action]]:
    return isinstance(thing, type) and issubclass(thing, Action) and thing is not Action


# --- in words ---------------------------------------------------------------------------------


def _in_words(report: ToolReport) -> str:
    description = report.definition.description or "(no docstring, so a model is told no more)"
    written = msgspec.json.format(msgspec.json.encode(report.definition.parameters)).decode()
    rows = [("field", "type", "decides", "bytes until known: shortest", "typical")]
    rows += [
        (
            field.name,
            field.type if field.required else f"{field.type}, optional",
            "yes" if field.decides else "",
            _or_never(field.bytes_if_shortest),
            _or_never(field.bytes_if_typical),
        )
        for field in report.fields
    ]
    call = report.typical_call
    if len(call) > MAX_CALL_CHARS:
        call = f"{call[: MAX_CALL_CHARS - 3]}..."
    lines = [
        f"{report.name}: {report.kind} {report.defined_as}",
        textwrap.indent(description, "  "),
        "",
        textwrap.indent(written, "  "),
        "",
        *(_table(rows) if report.fields else ()),
        f"  a typical call: {call}",
        f"  bytes until actionable: {_when(report)}",
        *(f"  WARNING: {warning}" for warning in report.warnings),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        texts = [text.ljust(width) for text, width in zip(row[:3], widths, strict=False)]
        numbers = [text.rjust(width) for text, width in zip(row[3:], widths[3:], strict=True)]
        yield "  " + "  ".join([*texts, *numbers])
    yield ""


def _when(report: ToolReport) -> str:
    if report.ms_until_actionable is None:
        return "never: the call is longer or deeper than a session reads"
    times = ", ".join(f"{ms} ms at {rate}" for rate, ms in report.ms_until_actionable.items())
    return f"{report.bytes_until_actionable} ({times} tokens/s of {BYTES_PER_TOKEN} bytes)"


def _or_never(sent_bytes: int | None) -> str:
    return "never" if sent_bytes is None else str(sent_bytes)
