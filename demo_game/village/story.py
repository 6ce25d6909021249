"""Scene A, "The Night Bell": the gate swings open, and Tomas wants it locked.

The director only makes the noise happen and writes down what came of it. Who does what about it
is up to the people.
"""

from typing import Literal, TypeAlias

import msgspec

from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.village import Village

__all__ = ["NightBell", "SceneFacts"]

Progress: TypeAlias = Literal["waiting", "running", "done"]

NOISE_AFTER_TICKS = 12 * TICKS_PER_S
"""The noise comes when the player is near, but not before this."""

NOISE_WITHIN_PX = 150
NOISE_AT_LATEST_TICKS = 90 * TICKS_PER_S


class SceneFacts(msgspec.Struct):
    """What has come true, each with the tick at which it did."""

    noise: int | None = None
    key_taken_by_player: int | None = None
    guard_found_key_gone: int | None = None
    guard_said_where_it_had_been: int | None = None
    guard_got_key: int | None = None
    gate_locked: int | None = None
    guard_reported: int | None = None


class NightBell:
    """The scene, from a quiet gate to a locked one."""

    def __init__(self, village: Village, *, not_before_tick: int = NOISE_AFTER_TICKS) -> None:
        self._village = village
        self._not_before = not_before_tick
        self.facts = SceneFacts()

    @property
    def progress(self) -> Progress:
        """How far the scene has come."""
        if self.facts.noise is None:
            return "waiting"
        every = msgspec.structs.astuple(self.facts)
        return "done" if all(tick is not None for tick in every) else "running"

    def step(self) -> bool:
        """Look what has come true by now; return whether the noise is heard in this tick."""
        village, facts = self._village, self.facts
        if facts.noise is None:
            return self._maybe_make_noise()
        key, gate = village.items["gate_key"], village.ground.doors["gate"]
        if facts.key_taken_by_player is None and key.holder == "player":
            facts.key_taken_by_player = village.tick
        if facts.key_taken_by_player is not None and facts.guard_found_key_gone is None:
            known = village.sightings["tomas"].get("gate_key")
            if known is not None and known.is_gone:
                facts.guard_found_key_gone = village.tick
        if facts.key_taken_by_player is not None and key.holder == "tomas":
            facts.guard_got_key = facts.guard_got_key or village.tick
        if gate.is_locked and not gate.is_open:
            facts.gate_locked = facts.gate_locked or village.tick
        self._listen(village.said.get("tomas", "").lower())
        return False

    def _listen(self, words: str) -> None:
        facts, tick = self.facts, self._village.tick
        if facts.guard_found_key_gone is not None and ("hung" in words or "had been" in words):
            facts.guard_said_where_it_had_been = facts.guard_said_where_it_had_been or tick
        if facts.gate_locked is not None and "lock" in words:
            facts.guard_reported = facts.guard_reported or tick

    def _maybe_make_noise(self) -> bool:
        village = self._village
        gate = village.ground.doors["gate"]
        near = distance_px(village.player.spot, gate.spot) <= NOISE_WITHIN_PX
        due = village.tick >= self._not_before and near
        if not due and village.tick < NOISE_AT_LATEST_TICKS:
            return False
        gate.is_open, gate.is_locked = True, False
        self.facts.noise = village.tick
        tomas = village.people["tomas"]
        tomas.show_mark("exclaim", village.tick + TICKS_PER_S)
        tomas.look_at(gate.spot)
        return True
