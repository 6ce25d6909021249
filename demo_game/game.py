"""The game without a picture: one village, one bridge, one player, frame by frame."""

from pathlib import Path

from demo_game.cast import CAST
from demo_game.controls import Controls
from demo_game.notice import Notice
from demo_game.paths import slot_path
from demo_game.slot import Slot
from demo_game.troupe import PLAYER_NAME, Troupe
from demo_game.village.story import NightBell
from demo_game.village.tiled import MapFile
from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.village import PLAYER, Village
from npcengine import Bridge, UsageError

__all__ = ["TALK_PX", "Game"]

TALK_PX = 52
"""How near one has to be to talk to somebody."""

TAKE_PX = 40
"""How near one has to be to pick something up."""

MAX_TICKS_PER_FRAME = 6
"""A frame that took longer than a tenth of a second loses the rest: nobody is teleported."""


CHECKPOINT_EVERY_TICKS = TICKS_PER_S
"""How often a recording is told what the village has come to."""

_NOTHING = Controls()


class Game:
    """Everything that goes on (frame thread)."""

    def __init__(
        self,
        chart: MapFile,
        bridge: Bridge,
        *,
        seed: int,
        noise_after_tick: int,
        slot: Path | None = None,
    ) -> None:
        """Begin an evening.

        Args:
            chart: The map.
            bridge: Where minds come from; closed by whoever made it.
            seed: Decides all that is left to luck in the village.
            noise_after_tick: When the story may begin, see :class:`NightBell`.
            slot: The file of the evening that is kept; by default the player's own.
        """
        self.bridge = bridge
        self.village = Village(chart, seed=seed, cast=tuple(role.name for role in CAST))
        self.troupe = Troupe(bridge, self.village)
        self.night_bell = NightBell(self.village, not_before_tick=noise_after_tick)
        self.notice = Notice()
        where = slot or slot_path()
        self.slot = Slot(where, bridge, self.village, self.night_bell, self.notice)
        self.talking_to: str | None = None
        self._draws_breath = False
        """Whether the player looks for words; whoever speaks waits a moment for them."""
        self._time_owed = 0.0
        self._next_checkpoint_tick = 0

    def frame(self, dt: float, controls: Controls) -> None:
        """Let one frame pass.

        Args:
            dt: Seconds since the last one.
            controls: What the player does.
        """
        if controls != _NOTHING:
            self.bridge.input(controls)
        self._obey(controls)
        self._time_owed = min(self._time_owed + dt * TICKS_PER_S, MAX_TICKS_PER_FRAME)
        # A frame of a display that is a hair too fast still makes its tick.
        while self._time_owed > 0.98:
            self._time_owed = max(0.0, self._time_owed - 1)
            self._tick(controls)
        self.troupe.update(dt)
        if self.village.tick >= self._next_checkpoint_tick:
            self._next_checkpoint_tick = self.village.tick + CHECKPOINT_EVERY_TICKS
            self.bridge.checkpoint(self.village.world_hash())
        self.notice.frame()
        if self.slot.watch():
            self.talking_to = None
            self.troupe.start_over()

    def near(self, name: str) -> bool:
        """Whether a villager is near enough to talk to."""
        person = self.village.people[name]
        return distance_px(person.spot, self.village.player.spot) <= TALK_PX

    def nearest(self) -> str | None:
        """Return who could be talked to, the nearest first."""
        within = [name for name in self.troupe.npcs if self.near(name)]
        spot = self.village.player.spot
        people = self.village.people
        return min(within, key=lambda n: distance_px(people[n].spot, spot), default=None)

    def within_reach(self) -> str | None:
        """Return a thing that the player could pick up."""
        spot = self.village.player.spot
        lying = [item for item in self.village.items.values() if item.holder is None]
        near = [item for item in lying if distance_px(item.spot, spot) <= TAKE_PX]
        return min(near, key=lambda i: distance_px(i.spot, spot)).name if near else None

    def pockets(self) -> list[str]:
        """Return what the player has."""
        return [item.name for item in self.village.items.values() if item.holder == PLAYER]

    # --- inside -------------------------------------------------------------------------------

    def _tick(self, controls: Controls) -> None:
        village = self.village
        village.player.push(controls.dx, controls.dy, village.ground)
        village.step()
        if self.night_bell.step():
            self.troupe.hear_noise("a loud clang from the gate, its bolt has slipped", "gate")
        if self.talking_to is not None and not self.near(self.talking_to):
            self.talking_to = None

    def _obey(self, controls: Controls) -> None:
        village = self.village
        if controls.save:
            self.slot.save()
        elif controls.load:
            self.slot.load()
        if controls.switch_way:
            self._switch_way()
        if controls.address is not None:
            known = controls.address in self.troupe.npcs and self.near(controls.address)
            self.talking_to = controls.address if known else None
        self._wait_for_words(controls)
        if self.talking_to is not None:
            other = village.people[self.talking_to]
            village.player.look_at(other.spot)
            self._talk(self.talking_to, controls)
            if controls.give in self.pockets():
                item = village.items[controls.give or ""]
                other.look_at(village.player.spot)
                village.hand_over(item, village.player, other)
        if controls.take is not None and controls.take == self.within_reach():
            item = village.items[controls.take]
            village.player.look_at(item.spot)
            village.pick_up(item, village.player)

    def _switch_way(self) -> None:
        """Reach the minds the other way; whoever speaks is not cut off."""
        to_http = self.bridge.transport == "websocket"
        try:
            self.bridge.prefer("http" if to_http else "websocket")
        except UsageError:
            self.notice.say("There is only one way to these minds.")
        else:
            self.notice.say(f"Minds are reached over {'HTTP' if to_http else 'a WebSocket'} now.")

    def _wait_for_words(self, controls: Controls) -> None:
        """Let whoever speaks wait while the player looks for words, and go on if none come."""
        if controls.hold == self._draws_breath or self.talking_to is None:
            return
        self._draws_breath = controls.hold
        npc = self.troupe.npcs[self.talking_to]
        if not controls.hold:
            npc.resume()
        elif self.troupe.can_be_stopped(self.talking_to):
            npc.hold()

    def _talk(self, name: str, controls: Controls) -> None:
        """Show and say something to somebody, or just stop them."""
        village, troupe = self.village, self.troupe
        if troupe.can_be_stopped(name) and (controls.interrupt or controls.say):
            does = "speaks" if controls.say else "lifts a hand"
            troupe.npcs[name].interrupt(f"{PLAYER_NAME} {does}")
        if controls.show in self.pockets():
            item = village.items[controls.show or ""]
            village.hold_out(item, village.player)
            troupe.tell_of_showing(name, item.name, silently=not controls.say)
        if controls.say:
            troupe.say_to(name, controls.say)
