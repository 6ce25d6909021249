"""Client and gateway in virtual time, whatever happens in whatever order.

No call of the transcript stays open, nothing of an old epoch reaches the world, all that was heard
is in the transcript and nothing that was not is in it as said, and nothing is done twice.

``uv run pytest tests/properties --hypothesis-profile=long`` runs 10,000 examples of each.
"""

import itertools
import json
from collections import Counter
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import npcengine
from npcengine.protocol.capabilities import GATEWAY, SERIAL, Capabilities
from tests.properties.babbler import Json, Tapped, words
from tests.sound import check_calls

QUIET_FRAMES = 8
"""How long a mind has nothing to think of, in quarters of a second, before it has calmed down."""


class WalkTo(npcengine.Action, frozen=True):
    """Walk somewhere."""

    on_interrupt = "cancel"

    place: str


class Unlock(npcengine.Action, frozen=True):
    """Unlock something."""

    in_order = True

    thing: str


class Interruptions(RuleBasedStateMachine):
    capabilities: ClassVar[Capabilities] = GATEWAY

    @initialize(seed=st.integers(0, 10**6))
    def open(self, seed: int) -> None:
        self.wire = Tapped(seed, self.capabilities)
        self.bridge = npcengine.Bridge(self.wire, virtual=True)
        self.npc = self.bridge.npc("mira", persona="A baker.", actions=[WalkTo, Unlock])
        self.bridge.query(where_is)
        self.bridge.update(0)
        self.commits: list[npcengine.Commit] = []
        self.settled: set[str] = set()
        self.done: Counter[str] = Counter()
        self.void_epoch = 0
        self.heard: set[str] = set()
        self.unheard: set[str] = set()
        self.void_responses: dict[str, set[str]] = {}
        self.taken_back: set[str] = set()

    # --- what can happen ----------------------------------------------------------------------

    @rule(dt=st.sampled_from([0.0, 0.016, 0.05, 0.2, 1.0]), stop_after=st.integers(0, 3))
    def frame(self, dt: float, stop_after: int) -> None:
        intentions = self.bridge.update(dt)
        self.act(intentions if stop_after else itertools.islice(iter(intentions), 1))

    def act(self, intentions: Any) -> None:
        for intention in intentions:
            if isinstance(intention, npcengine.Cancel):
                self.taken_back.add(intention.id)
                continue
            assert intention.turn_epoch > self.void_epoch, "something void reached the world"
            assert intention.id not in self.taken_back, "it had been taken back"
            if isinstance(intention, npcengine.Commit):
                self.commits.append(intention)
                self.done[str(intention.action)] += 1

    @rule(text=st.sampled_from(["Hi.", "Go!"]))
    def tell(self, text: str) -> None:
        self.npc.tell(text, by="player")

    @rule(wake=st.booleans())
    def notice(self, wake: bool) -> None:
        self.npc.notice("a noise", wake=wake)

    @rule(share=st.sampled_from([None, None, 0.0, 0.3, 0.7, 1.0]))
    def interrupt(self, share: float | None) -> None:
        speech = self.npc.speech
        if share is not None:
            self.npc.heard(round(share * len(speech)))
        before = {one.id for one in self.commits if not one.is_over}
        self.npc.interrupt("the player spoke")
        said = self.npc.speech
        assert speech.startswith(said)
        self.heard |= words(said)
        self.unheard |= words(speech) - words(said)
        for response_id in self.wire.running:
            self.void_responses.setdefault(response_id, words(said))
        session = self.bridge._engine.supervisor._sessions["mira"]
        self.void_epoch = session._rounds._epoch
        self.settled |= {one.id for one in self.commits if one.id in before and one.is_over}

    @rule(share=st.sampled_from([0.0, 0.5, 1.0]))
    def show(self, share: float) -> None:
        self.npc.heard(round(share * len(self.npc.speech)))

    @rule(for_ms=st.sampled_from([10.0, 300.0, 5_000.0]))
    def hold(self, for_ms: float) -> None:
        self.npc.hold(for_ms)

    @rule()
    def resume(self) -> None:
        self.npc.resume()

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

    # --- what must hold at the end ------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "bridge"):
            return
        try:
            self.calm_down()
            turns = self.bridge.stats.turns_completed + self.bridge.stats.turns_failed
            self.npc.tell("Still there?", by="player")
            self.calm_down()
            stats = self.bridge.stats
            assert stats.turns_completed + stats.turns_failed > turns, "the mind is gone"
            self.check()
        finally:
            self.bridge.close()

    def calm_down(self) -> None:
        self.npc.resume()
        self.wire.mind.is_calm = True
        quiet_for = 0
        for _ in range(400):
            self.act(self.bridge.update(0.25))
            for commit in self.commits:
                commit.succeed(wake=False)
            is_quiet = self.npc.phase == "idle" and not self.wire.running
            # What came of an action that was held for too long may be one more thing to think of.
            quiet_for = quiet_for + 1 if is_quiet else 0
            if quiet_for == QUIET_FRAMES:
                return
        raise AssertionError("the mind is stuck")

    def check(self) -> None:
        session = self.bridge._engine.supervisor._sessions["mira"]
        chain = session._line.chain
        transcript: list[Json] = [
            json.loads(bytes(item)) for item in (*chain.transcript, *chain._fresh)
        ]
        check_calls(transcript)
        said = " ".join(
            part["text"]
            for item in transcript
            if item["type"] == "message" and item["role"] == "assistant"
            for part in item["content"]
        )
        assert self.heard <= words(said), "something heard is missing"
        assert not self.unheard & words(said), "something unheard stands there as said"
        for response_id, heard in self.void_responses.items():
            spoken = words(self.wire.said.get(response_id, ""))
            assert spoken & words(said) <= heard, "something unheard stands there as said"
        assert all(count == 1 for count in self.done.values()), "something was done twice"
        errors = [event for event in self.wire.answered if event["type"] == "error"]
        codes = {event["error"]["code"] for event in errors}
        assert codes <= {"previous_response_not_found"}, errors


def where_is(thing: str) -> str:
    """Where a thing is."""
    return f"the {thing} is at the well"


class WithoutSteering(Interruptions):
    capabilities = Capabilities(lanes=32, running=16)


class WithoutLanes(Interruptions):
    capabilities = Capabilities(steering=True)


class Serial(Interruptions):
    capabilities = SERIAL


TestInterruptions = Interruptions.TestCase
TestWithoutSteering = WithoutSteering.TestCase
TestWithoutLanes = WithoutLanes.TestCase
TestSerial = Serial.TestCase
for _case in (TestInterruptions, TestWithoutSteering, TestWithoutLanes, TestSerial):
    _case.settings = settings(settings.default, stateful_step_count=30, deadline=None)
del _case  # or it would be collected as one more
