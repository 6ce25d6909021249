"""Villagers as files: what they understand, what they do about it, and how they put it.

A folder holds ``lexicon.toml`` (names of things, people and places), one file a villager, and
perhaps a ``common.toml`` (what everybody shares, before the built-in small talk).
``docs/reference/villagers.md`` describes every key.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec

from npcengine.errors import UsageError

__all__ = [
    "BUILT_IN_FOLDER",
    "Entity",
    "Folder",
    "Lexicon",
    "Step",
    "Topic",
    "Villager",
    "joined",
    "read_folder",
]

BUILT_IN_FOLDER = Path(__file__).parent / "built_in"
"""Small talk, and honest puzzlement about the rest: a mind for any game."""

_BUILT_IN_COMMON = BUILT_IN_FOLDER / "common.toml"

T = TypeVar("T", bound=msgspec.Struct)

MAX_FILE_BYTES = 256 * 1024

Kind: TypeAlias = Literal["thing", "person", "place"]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Value: TypeAlias = str | int | float | bool


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step of a plan: exactly one of ``say ask do if remember run resume`` is set."""

    say: str | tuple[str, ...] | None = None
    """A line, variants of one, or ``@pool`` for a pool of the villager's lines."""
    ask: Name | None = None
    """A query to call; its answer becomes the variable ``into``."""
    do: Name | None = None
    """An action to call; its outcome becomes the variable ``into``."""
    args: dict[str, Value] = {}
    """The call's arguments; texts may hold ``{slots}``."""
    into: Name = "it"
    wait: bool = False
    """Whether to go on only when the action has ended."""
    if_: str | None = msgspec.field(default=None, name="if")
    then: "tuple[Step, ...]" = ()
    else_: "tuple[Step, ...]" = msgspec.field(default=(), name="else")
    remember: dict[str, str] | None = None
    """Facts to keep for the rest of the conversation, as ``{memory.NAME}``."""
    run: Name | None = None
    """Another topic, whose plan follows here."""
    resume: Literal[True] | None = None
    """Go on with the plan that an interruption broke off last, if there is one."""


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something a villager understands, and what comes of it."""

    name: Name
    hears: tuple[str, ...] = ()
    """Examples of how people put it; ``{thing}``, ``{person}`` and ``{place}`` stand for names."""
    about: str = ""
    """What it is about, for asking which of two was meant: ``the ladder``, ``locking the gate``."""
    small: bool = False
    """Small talk: gives way to anything else that was said along with it."""
    notices: tuple[str, ...] = ()
    """Words of percepts that set it off."""
    plan: tuple[Step, ...] = ()


class Villager(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file."""

    name: Name
    lines: dict[str, tuple[str, ...]] = {}
    topics: tuple[Topic, ...] = ()


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something with a name."""

    id: Name
    """As tools call it."""
    label: Name
    """As people call it, with its article."""
    also: tuple[str, ...] = ()
    """Other words for it."""
    kind: Kind = "thing"


class Lexicon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names of a world, and words that mean the same."""

    entities: tuple[Entity, ...] = ()
    synonyms: dict[str, tuple[str, ...]] = {}
    """A word, and the words that are heard as it."""


class Folder(msgspec.Struct, frozen=True):
    """Everything a folder holds."""

    lexicon: Lexicon
    common: Villager
    villagers: tuple[Villager, ...]


def read_folder(path: Path) -> Folder:
    """Read a folder of villagers.

    Raises:
        UsageError: There is no such folder, or a file of it cannot be used; path and reason are in
            the text.
    """
    if not path.is_dir():
        raise UsageError(f"there is no folder of villagers at {str(path)!r}")
    lexicon_file, common_file = path / "lexicon.toml", path / "common.toml"
    lexicon = _read(lexicon_file, Lexicon) if lexicon_file.exists() else Lexicon()
    common = _read(_BUILT_IN_COMMON, Villager)
    if common_file.exists():
        common = joined(_read(common_file, Villager), common)
    files = sorted(set(path.glob("*.toml")) - {lexicon_file, common_file})
    villagers = [_read(file, Villager) for file in files]
    for villager in (common, *villagers):
        for topic in villager.topics:
            for index, step in enumerate(topic.plan):
                _check(step, f"{villager.name}: topic {topic.name!r}, step {index}")
    return Folder(lexicon, common, tuple(villagers))


def joined(own: Villager, shared: Villager) -> Villager:
    """Return a villager with all that is shared and not its own."""
    known = {topic.name for topic in own.topics}
    return Villager(
        own.name,
        {**shared.lines, **own.lines},
        (*own.topics, *(topic for topic in shared.topics if topic.name not in known)),
    )


def _read(path: Path, kind: type[T]) -> T:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UsageError(f"{path} is over {MAX_FILE_BYTES} bytes")
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error


def _check(step: Step, where: str) -> None:
    verbs = [step.say, step.ask, step.do, step.if_, step.remember, step.run, step.resume]
    if sum(verb is not None for verb in verbs) != 1:
        raise UsageError(
            f"{where}: a step has exactly one of say, ask, do, if, remember, run and resume"
        )
    for inner in (*step.then, *step.else_):
        _check(inner, where)
