"""Whatever is lived through, saved, loaded and lost, in whatever order: no memory of the future."""

import contextlib
import copy
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import Raw

from npcengine.errors import SaveError
from npcengine.memory.knowledge import WORLD, group, only
from npcengine.memory.memory import Memories
from npcengine.memory.slots import read_slot, write_slot
from tests.memory.shaping import dying, read, said, same

NPCS = ("mira", "tomas", "bram")
GROUPS = {"mira": ("guild",), "tomas": ("guild", "guards"), "bram": ()}
SCOPES = (WORLD, group("guild"), group("guards"), only("mira"))
SLOTS = ("1.npc", "2.npc", "auto.npc")
KINDS: list[Literal["heard", "saw", "did", "said"]] = ["heard", "saw", "did", "said"]

Past: TypeAlias = tuple[object, ...]


class World:
    """What there is to remember, in plain lists."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.game = b""
        self.transcripts: dict[str, list[str]] = {npc: [] for npc in NPCS}
        self.episodes: dict[str, list[tuple[int, str, str, str, float]]] = {n: [] for n in NPCS}
        self.facts: list[tuple[str, str, str]] = []
        self.pasts: dict[str, Past] = dict.fromkeys((*NPCS, ""), ())
        """Every change of each owner since the beginning of this timeline."""


class AnyTimeline(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.folder = self.base / "slots"
        self.folder.mkdir()
        self.number = 0
        self.saved: dict[str, World] = {}
        self.named: dict[tuple[str, int, bytes], Past] = {}
        """The past that each mark was ever seen to stand for."""
        self.world = World()
        self.memories = Memories()

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    def new_text(self) -> str:
        self.number += 1
        return f"thing{self.number} of the mill"

    def raws(self, npc: str) -> list[Raw]:
        return [said(text) for text in self.world.transcripts[npc]]

    def changed(self, owner: str, change: object) -> None:
        self.world.pasts[owner] = (*self.world.pasts[owner], change)

    # --- living -------------------------------------------------------------------------------

    @rule(npc=st.sampled_from(NPCS), many=st.integers(1, 3))
    def converse(self, npc: str, many: int) -> None:
        for _ in range(many):
            text = self.new_text()
            self.world.transcripts[npc].append(text)
            self.changed(npc, ("item", text))
        self.memories.of(npc).transcript.follow(self.raws(npc))

    @rule(npc=st.sampled_from(NPCS), back=st.integers(1, 3), more=st.integers(0, 2))
    def take_back(self, npc: str, back: int, more: int) -> None:
        """An interruption: the end of a conversation was never heard, and something else was."""
        transcript = self.world.transcripts[npc]
        if not transcript:
            return
        self.changed(npc, ("unsaid", len(transcript[-back:])))
        del transcript[-back:]
        for _ in range(more):
            transcript.append(self.new_text())
            self.changed(npc, ("item", transcript[-1]))
        self.memories.of(npc).transcript.follow(self.raws(npc))

    @rule(
        npc=st.sampled_from(NPCS),
        kind=st.sampled_from(KINDS),
        who=st.sampled_from(["player", "the \0 smith", "Łucja"]),
        importance=st.sampled_from([0, 1, 0.5, -0.0, 1e-300]),
        song=st.booleans(),
    )
    def live_through(self, npc: str, kind: Any, who: str, importance: float, song: bool) -> None:
        text = "the same old song" if song else self.new_text()
        episode = (self.world.now_ms, kind, who, text, importance)
        self.world.episodes[npc].append(episode)
        self.changed(npc, episode)
        self.memories.of(npc).episodes.remember(
            kind, text, who=who, at_ms=self.world.now_ms, importance=importance
        )

    @rule(scope=st.sampled_from(SCOPES), subject=st.sampled_from(["king", "mill"]))
    def learn(self, scope: str, subject: str) -> None:
        text = self.new_text()
        facts = [f for f in self.world.facts if f[:2] != (scope, subject)]
        self.world.facts = [*facts, (scope, subject, text)]
        self.changed("", (scope, subject, text, self.world.now_ms))
        for _ in range(2):
            at_ms = self.world.now_ms
            self.memories.knowledge.learn(subject, text, at_ms=at_ms, scope=scope)

    @rule(scope=st.sampled_from(SCOPES), subject=st.sampled_from(["king", "mill"]))
    def forget(self, scope: str, subject: str) -> None:
        facts = [f for f in self.world.facts if f[:2] != (scope, subject)]
        if facts != self.world.facts:
            self.changed("", ("forgotten", scope, subject))
        self.world.facts = facts
        self.memories.knowledge.forget(subject, scope=scope)

    @rule(ms=st.sampled_from([0, 16, 60_000, 86_400_000]))
    def wait(self, ms: int) -> None:
        self.world.now_ms += ms

    # --- saving and loading -------------------------------------------------------------------

    @rule(slot=st.sampled_from(SLOTS))
    def save(self, slot: str) -> None:
        self.world.game = str(self.number).encode()
        save = self.memories.save(at_ms=self.world.now_ms, game=self.world.game)
        write_slot(self.folder / slot, save)
        self.saved[slot] = copy.deepcopy(self.world)

    @rule(slot=st.sampled_from(SLOTS), chatting=st.sampled_from(NPCS))
    def save_while_life_goes_on(self, slot: str, chatting: str) -> None:
        """The moment is taken; before it is written, everybody has lived on."""
        save = self.memories.save(at_ms=self.world.now_ms, game=self.world.game)
        moment = copy.deepcopy(self.world)
        self.converse(chatting, 2)
        self.live_through(chatting, "saw", "player", 0.5, song=False)
        self.learn(WORLD, "king")
        write_slot(self.folder / slot, save)
        self.saved[slot] = moment

    @rule(slot=st.sampled_from(SLOTS))
    def load(self, slot: str) -> None:
        if slot not in self.saved:
            with pytest.raises(SaveError, match="no save"):
                read_slot(self.folder / slot)
            return
        held = read_slot(self.folder / slot)
        self.memories, self.world = held.memories, copy.deepcopy(self.saved[slot])
        assert (held.at_ms, held.game) == (self.world.now_ms, self.world.game)

    @rule()
    def begin_anew(self) -> None:
        self.memories, self.world = Memories(), World()

    @rule(slot=st.sampled_from(SLOTS), at=st.integers(0, 40))
    def die_while_saving(self, slot: str, at: int) -> None:
        """The process is killed; the slot holds the moment before or the new one, whole."""
        image = self.base / "image"
        save = self.memories.save(at_ms=self.world.now_ms, game=self.world.game)
        with dying(self.folder, at, image):
            write_slot(self.folder / slot, save)
        shutil.rmtree(self.folder)
        image.rename(self.folder)
        with contextlib.suppress(SaveError):
            if same(read(self.folder / slot), save):
                self.saved[slot] = copy.deepcopy(self.world)
        self.begin_anew()
        self.load(slot)

    @rule(slot=st.sampled_from(SLOTS), onto=st.sampled_from(SLOTS))
    def copy_a_slot(self, slot: str, onto: str) -> None:
        if slot in self.saved and slot != onto:
            shutil.copy(self.folder / slot, self.folder / onto)
            self.saved[onto] = copy.deepcopy(self.saved[slot])

    # --- what must be so ----------------------------------------------------------------------

    @invariant()
    def everybody_remembers_exactly_what_was(self) -> None:
        for npc in NPCS:
            memory = self.memories.of(npc)
            assert list(memory.transcript.items) == self.raws(npc)
            episodes = [(e.at_ms, e.kind, e.who, e.text, e.importance) for e in memory.episodes.all]
            assert episodes == self.world.episodes[npc]

    @invariant()
    def everybody_knows_exactly_what_is_theirs_to_know(self) -> None:
        for npc in NPCS:
            scopes = {WORLD, only(npc), *map(group, GROUPS[npc])}
            known = [f.text for f in self.memories.knowledge.known_to(npc, GROUPS[npc])]
            assert known == [text for scope, _, text in self.world.facts if scope in scopes]

    @invariant()
    def nothing_comes_to_mind_that_is_not_there(self) -> None:
        for npc in NPCS:
            answer = self.memories.recall(
                npc, "what of the mill?", now_ms=self.world.now_ms, groups=GROUPS[npc], limit=20
            )
            now = {episode[3] for episode in self.world.episodes[npc]}
            assert {found.text for found in answer.remembered} <= now
            assert set(answer.known) <= {text for _, _, text in self.world.facts}

    @invariant()
    def a_mark_never_names_two_pasts(self) -> None:
        marks = {npc: self.memories.of(npc).mark for npc in NPCS}
        marks[""] = self.memories.knowledge.mark
        for owner, mark in marks.items():
            past = self.world.pasts[owner]
            assert mark.sequence == len(past)
            assert self.named.setdefault((owner, mark.sequence, mark.digest), past) == past


AnyTimeline.TestCase.settings = settings(stateful_step_count=40)
TestAnyTimeline = AnyTimeline.TestCase
