"""What people do by calling: the smith forges, the Reeve inspects and fines."""

from typing import TYPE_CHECKING, ClassVar

from demo_game.village.acts import REACH_PX, Act, Failed, GoTo, Succeeded
from demo_game.village.units import TICKS_PER_S, distance_px

if TYPE_CHECKING:
    from demo_game.village.people import Person
    from demo_game.village.village import Village

__all__ = ["FINE_PENNIES", "Fine", "Forge", "Inspect", "StopWork"]

FINE_PENNIES = 3
"""What taking somebody's thing costs."""

INSPECT_PX = 60
INSPECT_TICKS = TICKS_PER_S
FINE_TICKS = TICKS_PER_S

_ANVIL = "anvil"


class Forge(Act):
    """Work at the anvil for some seconds, a minute at the most."""

    seconds: int
    walk: GoTo | None = None
    ticks: int = 0

    @property
    def name(self) -> str:
        return "forging"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        if self.walk is None:
            self.walk = GoTo(_ANVIL, hurries=False)
        if self.ticks == 0:
            end = self.walk.go_on(village, person)
            if not isinstance(end, Succeeded):
                return end
        person.facing, person.pose = "down", "work"
        self.ticks += 1
        if self.ticks < max(1, min(self.seconds, 60)) * TICKS_PER_S:
            return None
        person.rest()
        return Succeeded("the piece on the anvil is done")


class StopWork(Act):
    """Lay the hammer down."""

    is_beside: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return "laying the hammer down"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        village.drop(person.name, Forge, "you laid the hammer down")
        if person.pose == "work":
            person.rest()
        return Succeeded("you laid the hammer down")


class Inspect(Act):
    """Look closely at what somebody has in their hands."""

    target: str
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"inspecting {self.target}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        other = village.people.get(self.target)
        if other is None or other is person:
            return Failed(f"there is nobody called {self.target!r} to inspect")
        if distance_px(person.spot, other.spot) > INSPECT_PX:
            return Failed(f"{other.label} is too far away: walk there first")
        person.look_at(other.spot)
        if self.ticks == 0:
            person.show_mark("ellipsis", village.tick + INSPECT_TICKS)
        self.ticks += 1
        if self.ticks < INSPECT_TICKS:
            return None
        seen = [
            item.label
            for item in village.items.values()
            if item.holder == other.name and (item.is_plain_to_see or other.shows == item.name)
        ]
        return Succeeded(f"{other.label} shows you {' and '.join(seen) or 'nothing'}")


class Fine(Act):
    """Make somebody pay for a theft one knows of, and take from them what they took."""

    target: str
    ticks: int = 0

    @property
    def name(self) -> str:
        return f"fining {self.target}"

    def go_on(self, village: "Village", person: "Person") -> Succeeded | Failed | None:
        other = village.people.get(self.target)
        if other is None or other is person:
            return Failed(f"there is nobody called {self.target!r} to fine")
        theft = village.thefts.open_for(other.name, known_to=person.name)
        if theft is None:
            return Failed(f"you know of nothing that {other.label} has taken")
        if distance_px(person.spot, other.spot) > REACH_PX + 12:
            return Failed(f"{other.label} is not within reach: walk there first")
        person.look_at(other.spot)
        person.pose = "reach"
        other.look_at(person.spot)
        self.ticks += 1
        if self.ticks < FINE_TICKS:
            return None
        person.rest()
        paid = min(FINE_PENNIES, other.pennies)
        other.pennies -= paid
        person.pennies += paid
        other.show_mark("cross", village.tick + 3 * TICKS_PER_S)
        village.thefts.settle(theft)
        item = village.items[theft.item]
        told = f"{other.label} has paid {paid} {'penny' if paid == 1 else 'pennies'}"
        if item.holder != other.name:
            return Succeeded(told)
        item.holder = person.name
        return Succeeded(f"{told}, and you have {item.label} now")
