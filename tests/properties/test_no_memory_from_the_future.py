"""Whatever happens in whatever order, nothing is left of a future that was given up.

Two NPCs, two slots, one wire that is read. No word is ever used twice, so that each says when it
came to be. After a load no mind is told, no NPC shows and no intention carries a word that came to
be after the save, and what had been by then is all there.
"""

import itertools
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import npcengine
from npcengine.memory.slots import read_slot
from npcengine.protocol.capabilities import GATEWAY
from npcengine.session.session import Session
from npcengine.transport.link import Frame
from tests.properties.babbler import Json, Tapped, words
from tests.properties.test_interruptions import Unlock, WalkTo
from tests.sound import check_calls

NAMES = ("mira", "bram")

Lane: TypeAlias = tuple[int, str | None]


class Past:
    """What there is to know of a timeline at one moment."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        """Those that may be known to anybody."""
        self.told: dict[str, set[str]] = defaultdict(set)
        """Those that an NPC was told."""
        self.heard: dict[str, set[str]] = defaultdict(set)
        """Those that were heard of an NPC."""

    def add(self, other: "Past") -> None:
        self.words |= other.words
        for name in NAMES:
            self.told[name] |= other.told[name]

    def copy(self) -> "Past":
        copy = Past()
        copy.words = set(self.words)
        for name in NAMES:
            copy.told[name], copy.heard[name] = set(self.told[name]), set(self.heard[name])
        return copy


class Timelines(Tapped):
    """A wire on which everything is known by the timeline in which it was asked for."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, GATEWAY)
        self.mind.tools["recall"] = "about"
        self.timeline = 0
        self.sent: list[Json] = []
        self.meant: dict[int, set[str]] = defaultdict(set)
        """The words of all responses, by timeline."""
        self._asked_in: dict[Lane, int] = {}
        self._running_in: dict[Lane, int] = {}

    async def open(self, *given: Any, **more: Any) -> Any:
        number = len(self._links)
        link: Any = await super().open(*given, **more)
        send = link.send

        def noted(frame: bytes) -> None:
            request = json.loads(frame)
            self.sent.append(request)
            self._asked_in[number, request.get("stream_id")] = self.timeline
            send(frame)

        link.send = noted
        return link

    def _read(self, number: int, frames: list[Frame]) -> None:
        super()._read(number, frames)
        for frame in frames:
            event = json.loads(frame)
            lane = number, event.get("stream_id")
            if event["type"] == "response.created":
                self._running_in[lane] = self._asked_in[lane]
            if lane in self._running_in:
                self.meant[self._running_in[lane]] |= words(bytes(frame).decode())


class NoMemoryFromTheFuture(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 10**6), reveals=st.booleans())
    def open(self, seed: int, reveals: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.wire = Timelines(seed)
        self.bridge = npcengine.Bridge(self.wire, virtual=True)
        self.bridge.query(self.where_is)
        self.bridge.offer_recall()
        self.npcs = {
            name: self.bridge.npc(name, persona="A baker.", actions=[WalkTo, Unlock])
            for name in NAMES
        }
        self.reveals = reveals
        """Whether the game shows speech little by little; what it showed once stays shown."""
        for npc in self.npcs.values() if reveals else ():
            npc.heard(0)
        self.past = Past()
        self.since_load = Past()
        """What was told while a save was being loaded."""
        self.saves: dict[Path, Past] = {}
        self.if_not_loaded: set[str] = set()
        """Words that minds are told if the save that is being loaded cannot be read."""
        self.loading: npcengine.Loading | None = None
        self.commits: list[npcengine.Commit] = []
        self.owed: dict[str, set[str]] = {}
        """What each NPC's next request has to hold, since it is the first after a load."""
        self.checked = 0
        self.update(0)

    def where_is(self, thing: str) -> str:
        """Where a thing is."""
        assert words(thing) <= self.meant, "a question of a future that was given up"
        return f"the {thing} is at the well"

    @property
    def meant(self) -> set[str]:
        return self.wire.meant[self.wire.timeline]

    # --- what can happen ----------------------------------------------------------------------

    @rule(dt=st.sampled_from([0.0, 0.016, 0.05, 0.2]), all_seen=st.booleans())
    def frame(self, dt: float, all_seen: bool) -> None:
        self.act(itertools.islice(self.update(dt), None if all_seen else 1))

    @rule(frames=st.sampled_from([1, 5, 20]), dt=st.sampled_from([0.016, 0.05, 0.2]))
    def go_on(self, frames: int, dt: float) -> None:
        for _ in range(frames):
            self.act(self.update(dt))

    def update(self, dt: float) -> npcengine.Intentions:
        intentions = self.bridge.update(dt)
        self.check_requests()
        if self.loading is not None:
            assert not len(intentions)
            self.go_back(self.loading)
            self.loading = None
        for npc in self.npcs.values():
            assert words(npc.speech) <= self.meant, "it speaks of a future that was given up"
        return intentions

    def act(self, intentions: Iterable[npcengine.Intention]) -> None:
        for one in intentions:
            what = str(one.fields) if isinstance(one, npcengine.Prepare) else ""
            if isinstance(one, npcengine.Commit):
                what = str(one.action)
                self.commits.append(one)
            assert words(what) <= self.meant, "it means to do what never was"

    @rule(name=st.sampled_from(NAMES), how=st.sampled_from(["tell", "overhear", "notice"]))
    def perceive(self, name: str, how: str) -> None:
        word = self.wire.mind.word()
        past = self.past if self.loading is None else self.since_load
        past.words.add(word)
        past.told[name].add(word)
        npc = self.npcs[name]
        match how:
            case "tell":
                npc.tell(word, by="player")
            case "overhear":
                npc.overhear(word, by="odile")
            case _:
                npc.notice("a noise", like=word)

    @rule(name=st.sampled_from([None, *NAMES]))
    def learn(self, name: str | None) -> None:
        word = self.wire.mind.word()
        (self.past if self.loading is None else self.since_load).words.add(word)
        if name is None:
            self.bridge.learn("the weather", word)
        else:
            self.npcs[name].learn("the weather", word)

    @rule(name=st.sampled_from(NAMES))
    def interrupt(self, name: str) -> None:
        self.npcs[name].interrupt("the player spoke")
        session = self.bridge._engine.supervisor._sessions[name]
        # The mind is told what it was about to say, unless it goes back before it hears of it.
        unsaid = words(session.state().speech)
        if self.loading is None:
            self.past.words |= unsaid
            self.past.heard[name] |= words(self.npcs[name].speech)
        else:
            self.if_not_loaded |= unsaid

    @precondition(lambda self: self.reveals)
    @rule(name=st.sampled_from(NAMES), share=st.sampled_from([0.3, 0.7, 1.0]))
    def show(self, name: str, share: float) -> None:
        self.npcs[name].heard(round(share * len(self.npcs[name].speech)))

    @rule(name=st.sampled_from(NAMES), for_ms=st.sampled_from([10.0, 5_000.0]))
    def hold(self, name: str, for_ms: float) -> None:
        self.npcs[name].hold(for_ms)

    @precondition(lambda self: any(not one.is_over for one in self.commits))
    @rule(data=st.data(), succeeds=st.booleans())
    def settle(self, data: Any, succeeds: bool) -> None:
        commit = data.draw(st.sampled_from([one for one in self.commits if not one.is_over]))
        if succeeds:
            commit.succeed()
        else:
            commit.fail("no")

    @rule()
    def cut_the_wire(self) -> None:
        self.wire.hang_up()

    @rule(slot=st.sampled_from("12"))
    def save(self, slot: str) -> None:
        path = Path(self.folder.name, slot)
        past = self.past_now()
        saving = self.bridge.save(path, str(len(self.saves)).encode() + slot.encode())
        if self.loading is None:
            self.act(self.update(0.0))
            assert saving.is_done
            assert saving.error is None
            self.saves[path] = past
            check_slot(path, past)
        else:
            self.act(self.update(0.0))
            assert isinstance(saving.error, npcengine.SaveError)

    def past_now(self) -> Past:
        """What a save may hold, and has to."""
        past = self.past.copy()
        unheard: set[str] = set()
        for name, npc in self.npcs.items():
            session = self.bridge._engine.supervisor._sessions[name]
            heard = words(npc.speech[: npc.barge_in.shown().heard_chars])
            unheard |= words(npc.speech) - heard
            past.heard[name] |= heard
            past.words |= words(everything(session)) | past.heard[name]
            calls = session._rounds.turn.calls.values() if session._rounds.turn is not None else ()
            past.words |= words(" ".join(str(one.call.arguments) for one in calls))
        past.words -= unheard
        return past

    @precondition(lambda self: self.saves)
    @rule(data=st.data())
    def load_what_is_there(self, data: Any) -> None:
        self.load(data.draw(st.sampled_from(sorted(self.saves))))

    @rule(slot=st.sampled_from("123"))
    def load_what_may_be(self, slot: str) -> None:
        self.load(Path(self.folder.name, slot))

    def load(self, path: Path) -> None:
        loading = self.bridge.load(path)
        if self.loading is None:
            self.loading, self.since_load, self.if_not_loaded = loading, Past(), set()
        else:
            self.act(self.update(0.0))
            assert isinstance(loading.error, npcengine.SaveError)

    def go_back(self, loading: npcengine.Loading) -> None:
        assert loading.is_done
        if loading.error is not None:
            assert loading.path not in self.saves
            self.past.words |= self.if_not_loaded
        else:
            assert loading.path in self.saves
            assert (loading.game or b"").endswith(loading.path.name.encode())
            self.past = self.saves[loading.path].copy()
            self.owed = {name: self.past.told[name] | self.past.heard[name] for name in NAMES}
            self.wire.timeline += 1
            assert all(npc.speech == "" for npc in self.npcs.values())
        self.past.add(self.since_load)

    # --- what must hold -----------------------------------------------------------------------

    def check_requests(self) -> None:
        for request in self.wire.sent[self.checked :]:
            told = words(json.dumps(request))
            allowed = self.past.words | self.since_load.words | self.meant
            assert told <= allowed, "a mind is told of a future that was given up"
            name = next(
                (n for n in NAMES if f"You are {n}." in request.get("instructions", "")), ""
            )
            if name in self.owed:
                assert "previous_response_id" not in request, "it goes on from what never was"
                assert self.owed.pop(name) <= told, "something that was saved is missing"
        self.checked = len(self.wire.sent)

    def teardown(self) -> None:
        if not hasattr(self, "bridge"):
            return
        try:
            self.wire.mind.is_calm = True
            self.calm_down()
            before = {name: npc.turn_epoch for name, npc in self.npcs.items()}
            self.perceive("mira", "tell")
            self.perceive("bram", "tell")
            self.calm_down()
            for name, npc in self.npcs.items():
                assert npc.turn_epoch > before[name], "the game sees nothing of a mind any more"
            assert not self.owed
            for session in self.bridge._engine.supervisor._sessions.values():
                check_calls(json.loads(f"[{everything(session)}]"))
        finally:
            self.bridge.close()
            self.folder.cleanup()

    def calm_down(self) -> None:
        for _ in range(400):
            self.act(self.update(0.25))
            for npc in self.npcs.values():
                npc.resume()
            for commit in self.commits:
                commit.succeed(wake=False)
            if all(npc.phase == "idle" for npc in self.npcs.values()):
                return
        raise AssertionError("a mind is stuck")


def everything(session: Session) -> str:
    return b",".join(map(bytes, session._line.chain.everything)).decode()


def check_slot(path: Path, past: Past) -> None:
    memories = read_slot(path).memories
    for name in NAMES:
        memory = memories.of(name)
        items = [json.loads(bytes(item)) for item in memory.transcript.items]
        check_calls(items)
        there = words(json.dumps(items))
        assert past.told[name] | past.heard[name] <= there, "it is not all in the save"
        assert there <= past.words, "something of the future is in the save"
        lived = words(" ".join(episode.text for episode in memory.episodes.all))
        assert past.told[name] <= lived <= past.words


TestNoMemoryFromTheFuture = NoMemoryFromTheFuture.TestCase
TestNoMemoryFromTheFuture.settings = settings(
    settings.default, stateful_step_count=50, deadline=None
)
