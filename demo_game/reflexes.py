"""What villagers do without thinking, in the same tick: look up, wander, cover a silence."""

from collections.abc import Mapping, Sequence

from demo_game.cast import Role
from demo_game.village.acts import GoTo
from demo_game.village.units import TICKS_PER_S, distance_px
from demo_game.village.village import Village

__all__ = ["Reflexes"]

COVER_AFTER_TICKS = TICKS_PER_S * 6 // 5
"""Silence after which somebody whose mind is away says something (design.md section 13: 1.2 s)."""

COVER_FOR_TICKS = TICKS_PER_S * 3

GREETING_PX = 70
"""How near the player comes before people look up."""

WANDER_EVERY_TICKS = TICKS_PER_S * 7


class Reflexes:
    """The layer below thought; it needs no endpoint at all."""

    def __init__(self, village: Village, roles: Sequence[Role]) -> None:
        self._village = village
        self._roles = {role.name: role for role in roles}
        self._addressed: dict[str, int] = {}
        """When each villager was spoken to without having answered yet."""
        self._covers: dict[str, tuple[str, int]] = {}
        """What each says to cover a silence, and until which tick."""
        self._next_cover = dict.fromkeys(self._roles, 0)

    def addressed(self, name: str) -> None:
        """React to being spoken to, at once."""
        village = self._village
        person = village.people[name]
        if not person.is_walking:
            person.look_at(village.player.spot)
        person.show("ear", village.tick + TICKS_PER_S)
        self._addressed[name] = village.tick
        self._covers.pop(name, None)

    def cover_of(self, name: str) -> str:
        """Return what somebody says to cover a silence; empty when there is none to cover."""
        return self._covers.get(name, ("", 0))[0]

    def step(self, phases: Mapping[str, str]) -> None:
        """Let one tick pass.

        Args:
            phases: What each villager's mind is doing.
        """
        tick = self._village.tick
        for name, role in self._roles.items():
            self._cover(role, phases[name], tick)
            if not self._village.doing(name) and phases[name] in ("idle", "offline"):
                self._fidget(role, tick)

    def _cover(self, role: Role, phase: str, tick: int) -> None:
        since = self._addressed.get(role.name)
        if phase in ("speaking", "asking"):
            self._addressed.pop(role.name, None)
            self._covers.pop(role.name, None)
        elif since is not None and phase == "offline" and tick - since >= COVER_AFTER_TICKS:
            line = role.cover[self._next_cover[role.name] % len(role.cover)]
            self._next_cover[role.name] += 1
            self._covers[role.name] = (line, tick + COVER_FOR_TICKS)
            del self._addressed[role.name]
        if role.name in self._covers and tick >= self._covers[role.name][1]:
            del self._covers[role.name]

    def _fidget(self, role: Role, tick: int) -> None:
        village = self._village
        person = village.people[role.name]
        near = distance_px(person.spot, village.player.spot) <= GREETING_PX
        if near:
            person.look_at(village.player.spot)
            if person.pose == "work":
                person.pose = "stand"
        elif role.works:
            person.pose = "work"
            person.facing = "down"
        elif role.haunts and tick % WANDER_EVERY_TICKS == 0:
            place = role.haunts[village.random.randrange(len(role.haunts))]
            village.begin(role.name, GoTo(place, hurries=False))
