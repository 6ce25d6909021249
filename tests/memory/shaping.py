"""Ways to make what memories are made of, and to hold two of them against each other."""

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec import Raw

from npcengine.memory import slots
from npcengine.memory.memory import Memories, Save
from npcengine.protocol.items import FunctionCall, FunctionCallOutput, encode_item, user_text


def said(text: str) -> Raw:
    return encode_item(user_text(text))


def called(call_id: str) -> Raw:
    return encode_item(FunctionCall(call_id, "walk_to", "{}"))


def answered(call_id: str) -> Raw:
    return encode_item(FunctionCallOutput(call_id, "{}"))


def village() -> Memories:
    """Two NPCs who have something of each kind to remember."""
    memories = Memories()
    for npc in ("mira", "tomas"):
        memory = memories.of(npc)
        memory.transcript.follow([said(f"Good day, {npc}."), called("c1"), answered("c1")])
        memory.episodes.remember("heard", f"Good day, {npc}.", who="player", at_ms=1_000)
        memory.episodes.remember("did", "went to the well", who=npc, at_ms=2_000, importance=0.1)
    memories.knowledge.learn("bridge", "The bridge is out.", at_ms=0)
    memories.knowledge.learn("king", "The king is dead.", at_ms=0, scope="group:guards")
    return memories


def same(one: Save, other: Save) -> bool:
    """Whether two saves hold the same, in whatever order."""
    return one == other and one.fingerprint() == other.fingerprint()


def read(path: Path) -> Save:
    """What a slot holds, by way of memories that could be played on with."""
    slot = slots.read_slot(path)
    return slot.memories.save(at_ms=slot.at_ms, game=slot.game, game_version=slot.game_version)


class Watched(sqlite3.Connection):
    """Says before each statement, and before it is closed, that it is about to."""

    step: Callable[[], None]

    def close(self) -> None:
        self.set_trace_callback(None)
        self.step()
        super().close()


@contextmanager
def dying(folder: Path, at: int, image: Path) -> Generator[None]:
    """Copy ``folder`` to ``image`` as a process leaves it that is killed at its statement ``at``.

    What is in the shared-memory file means nothing once nobody is connected.
    """
    steps = 0
    connect = sqlite3.connect

    def step(_: object = None) -> None:
        nonlocal steps
        if steps == at:
            shutil.copytree(folder, image, ignore=shutil.ignore_patterns("*-shm"))
        steps += 1

    def watched(path: Path, **settings: Any) -> sqlite3.Connection:
        db = connect(path, factory=Watched, **settings)
        db.step = step
        db.set_trace_callback(step)
        return db

    with mock.patch("sqlite3.connect", watched):
        yield
    if steps <= at:
        shutil.copytree(folder, image)


@contextmanager
def traced(statements: list[str]) -> Generator[None]:
    """Note every statement that is run."""
    connect = sqlite3.connect

    def watched(path: Path, **settings: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(path, **settings)
        db.set_trace_callback(statements.append)
        return db

    with mock.patch("sqlite3.connect", watched):
        yield
