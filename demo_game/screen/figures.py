"""People, as they stand, walk, talk, work and carry."""

import pygame

from demo_game.screen.assets import Assets
from demo_game.screen.colours import INK
from demo_game.screen.scenery import Prop
from demo_game.village.items import SMALL
from demo_game.village.people import Person
from demo_game.village.units import SUB, TICKS_PER_S, Facing

__all__ = ["FRAME", "MARKS", "Figures"]

FRAME = (16, 24)
_ROWS: dict[Facing, int] = {"down": 0, "left": 1, "right": 2, "up": 3}
_CARRY, _TALK, _WORK, _REACH = 4, 8, 9, 10

STRIDE = 7 * SUB
"""Sub-units walked per picture: feet keep time with the ground."""

MARKS = ("exclaim", "question", "ellipsis", "ear", "hand", "heart", "lock", "cross")

_HANDS: dict[Facing, tuple[int, int]] = {
    "down": (8, 15),
    "left": (2, 15),
    "right": (13, 15),
    "up": (8, 14),
}
"""Where the middle of a carried thing is in a frame."""

_LOWER = {"tomas": 1, "aldous": 2, "pip": 6}
"""How much lower some people's hands are, in pixels."""

_MARGIN = 8
"""Room around a frame for what sticks out of it."""


class Figures:
    """Draws people."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._shadow = pygame.Surface((14, 6), pygame.SRCALPHA)
        pygame.draw.ellipse(self._shadow, (*INK, 84), (0, 0, 14, 6))

    def prop(self, person: Person, tick: int, carried: str | None) -> Prop:
        """Return a person's picture, to be sorted among the props.

        Args:
            person: Who.
            tick: The village's, for gestures.
            carried: A thing that is plain to see in their hands.
        """
        sheet = self._assets.sheet(f"people/{person.name}.png", *FRAME)
        column, row = self._frame(person, tick, carrying=carried is not None)
        picture = sheet.frame(column, row)
        x, foot = person.spot.px
        left, top = x - FRAME[0] // 2, foot + 2 - FRAME[1]
        if carried is not None:
            picture = self._with_item(picture, person, carried, column)
            left, top = left - _MARGIN, top - _MARGIN
        return Prop(foot + 2, picture, (left, top))

    def shadow(self, person: Person) -> Prop:
        """Return the shade under somebody's feet."""
        x, foot = person.spot.px
        width, height = self._shadow.get_size()
        return Prop(foot, self._shadow, (x - width // 2, foot + 2 - height))

    def mark(self, name: str) -> pygame.Surface:
        """Return a sign to stand over a head."""
        return self._assets.sheet("ui/marks.png", 12, 12).frame(MARKS.index(name), 0)

    def _frame(self, person: Person, tick: int, *, carrying: bool) -> tuple[int, int]:
        row = _ROWS[person.facing] + (_CARRY if carrying else 0)
        match person.pose:
            case "walk":
                return person.steps // STRIDE % 4, row
            case "talk" if tick // 9 % 2 and not carrying:
                return _ROWS[person.facing], _TALK
            case "reach":
                return _ROWS[person.facing], _REACH
            case "work" if not carrying:
                return tick * 5 // TICKS_PER_S % 4, _WORK
            case _:
                return 0, row

    def _with_item(
        self, picture: pygame.Surface, person: Person, carried: str, column: int
    ) -> pygame.Surface:
        """Return a figure with a thing in its hands; the back hides it from behind."""
        look = f"{carried}_hung" if carried in SMALL else carried
        item = self._assets.image(f"items/{look}.png")
        width, height = FRAME[0] + 2 * _MARGIN, FRAME[1] + 2 * _MARGIN
        whole = pygame.Surface((width, height), pygame.SRCALPHA)
        x, y = _HANDS[person.facing]
        lower = _LOWER.get(person.name, 0) + column % 2
        at = (
            x + _MARGIN - item.get_width() // 2,
            y + lower + _MARGIN - item.get_height() // 2,
        )
        if person.facing == "up":
            whole.blit(item, at)
        whole.blit(picture, (_MARGIN, _MARGIN))
        if person.facing != "up":
            whole.blit(item, at)
        return whole
