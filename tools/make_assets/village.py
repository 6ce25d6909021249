"""Put the village together: ground, stone, houses, props, and which cells are closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.make_assets.bell_tower import bell_tower
from tools.make_assets.canvas import Canvas, disc_points, rect_points
from tools.make_assets.catalogue import PROPS
from tools.make_assets.chance import dice, pick
from tools.make_assets.decor import festival, foot_plants, meadow, torches, wall_banners
from tools.make_assets.foliage import foliage, rim
from tools.make_assets.gatehouse import gatehouse
from tools.make_assets.ground import Ground
from tools.make_assets.houses_lane import cottage, weaver
from tools.make_assets.houses_square import bakery, inn, reeve
from tools.make_assets.map_layout import FENCES, PROPS_AT
from tools.make_assets.palette import G0, G1, G2, INK, W1, W2, W3, W4, W5
from tools.make_assets.scene import Scene
from tools.make_assets.site import BRIDGE, COLUMNS, ROWS, TILE, WIDTH
from tools.make_assets.smithy import smithy
from tools.make_assets.stonework import town_wall

# Props that give light: where in their picture, how far, kind, colour, flicker.
_BURNING: Final[dict[str, tuple[int, int, int, str, str, float]]] = {
    "lamp_post": (8, 9, 72, "lamp", "#e09a4c", 0.1),
    "brazier": (10, 10, 78, "lamp", "#ff9848", 0.3),
    "milestone": (11, 16, 34, "lamp", "#e09a4c", 0.2),
    "pumpkin_lantern": (8, 9, 30, "lamp", "#c07030", 0.2),
    "boat": (11, 8, 46, "lamp", "#e09a4c", 0.12),
    "den": (19, 36, 34, "lamp", "#b06c30", 0.15),
    "lantern_unlit": (32, 30, 240, "lantern", "#ffcf7a", 0.05),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A prop on the map, by its top-left corner."""

    name: str
    x: int
    y: int
    picture: Canvas

    @property
    def foot(self) -> int:
        return self.y + self.picture.h


class Village:
    """The finished village, ready to be cut into tiles or looked at."""

    def __init__(self) -> None:
        self.pictures = {name: prop.draw() for name, prop in PROPS.items()}
        ground = Ground()
        ground.paint()
        self.ground = ground
        self.scene = Scene(ground.canvas)
        self.props: list[Standing] = []
        self._bridge()
        self._forest_beyond_the_wall()
        town_wall(self.scene)
        wall_banners(self.scene)
        meadow(self.scene, ground)
        gatehouse(self.scene)
        bell_tower(self.scene)
        # The inn's corner covers the bakery's, so it is drawn after it.
        for house in (bakery, inn, reeve, cottage, weaver, smithy):
            house(self.scene)
        foot_plants(self.scene)
        torches(self.scene)
        festival(self.scene)
        self._place_props()
        self._close_water_and_border()

    def surfaces(self) -> list[str]:
        """Return what each cell sounds like underfoot, row by row, empty for grass."""
        bx, by, bw, bh = BRIDGE
        found: list[str] = []
        for row in range(ROWS):
            for column in range(COLUMNS):
                surface = self.ground.surface(column, row)
                x, y = column * TILE + 8, row * TILE + 8
                if bx <= x < bx + bw and by <= y < by + bh:
                    surface = "wood"
                found.append("" if surface == "grass" else surface)
        return found

    def _bridge(self) -> None:
        x, y, w, h = BRIDGE
        g = self.scene.ground
        for i in range(w):
            board, u = divmod(i, 7)
            arch = abs(i - w // 2) * 4 // w
            for j in range(h):
                c = W1 if u == 6 else W5 if u == 0 else W4 if pick(board, 0, 3) % 3 else W3
                if u not in (0, 6) and pick(i // 2, j // 3, board) % 13 == 0:
                    c = W3
                if j in (0, h - 1):
                    c = W1
                g.dot(x + i, y + j + arch - 1, c)
            g.rect(x + i, y + h + arch - 1, 1, 4, W2 if i % 7 else W1)
            g.rect(x + i, y + h + arch + 3, 1, 2, INK)

    def _forest_beyond_the_wall(self) -> None:
        d = self.scene.details
        d.rect(0, 0, WIDTH, 40, G0)
        chance = dice("forest")
        for row, ramp in ((2, (INK, G0, G0, G1, G1)), (14, (INK, G0, G1, G1, G2))):
            crowns = Canvas(WIDTH, 48)
            x = -6
            while x < WIDTH + 8:
                r = chance.randrange(7, 13)
                foliage(crowns, [(x, row + 10 + chance.randrange(8), r)], ramp, x)
                x += r + 2
            rim(crowns, ramp)
            d.blit(crowns, 0, 0)

    def _place_props(self) -> None:
        for name, cx, foot in PROPS_AT:
            picture = self.pictures[name]
            self._stand(name, cx - picture.w // 2, foot)
        for kind, column, row, count in FENCES:
            for k in range(count):
                self._stand(kind, (column + k) * TILE, row * TILE + 14)
        self.props.sort(key=lambda p: (p.foot, p.x))

    def _stand(self, name: str, x: int, foot: int) -> None:
        picture = self.pictures[name]
        y = foot - picture.h
        self.props.append(Standing(name, x, y, picture))
        solid = PROPS[name].solid
        if name in _BURNING:
            dx, dy, radius_px, kind, colour, flicker = _BURNING[name]
            self.scene.glow(x + dx, y + dy, radius_px, kind, colour=colour, flicker=flicker)
        if name.startswith(("oak", "maple", "pine", "willow")):
            self._tree_shade(x + picture.w // 2, foot, picture.w)
        if solid is None or name.startswith("gate"):
            return
        self._close(x + solid[0], y + solid[1], solid[2], solid[3])

    def _close(self, x: int, y: int, w: int, h: int) -> None:
        """Close the cells under a footprint: its middle's, and all it covers by a third."""
        closed = self.scene.solid
        middle_row, middle_column = (y + h // 2) // TILE, (x + w // 2) // TILE
        for row in range(max(y // TILE, 0), min((y + h) // TILE + 1, ROWS)):
            for column in range(max(x // TILE, 0), min((x + w) // TILE + 1, COLUMNS)):
                over_x = min(x + w, column * TILE + TILE) - max(x, column * TILE)
                over_y = min(y + h, row * TILE + TILE) - max(y, row * TILE)
                is_middle = row == middle_row and column == middle_column
                if is_middle or over_x * over_y >= TILE * TILE // 3:
                    closed[row][column] = 1

    def _tree_shade(self, cx: int, foot: int, w: int) -> None:
        """Darken the ground under a crown, a little to the right, with a leafy rim."""
        wet = self.ground.water
        middle = cx + w // 9
        core = set(disc_points(middle, foot - 2, w * 0.4, w * 0.15))
        shade = [
            (x, y)
            for x, y in disc_points(middle, foot - 2, w * 0.46, w * 0.19)
            if wet.at(x, y) > 0 and ((x, y) in core or pick(x // 2, y // 2, 77) % 6)
        ]
        self.scene.ground.shade(shade, 1)

    def _close_water_and_border(self) -> None:
        bx, by, bw, bh = BRIDGE
        bridge = set(rect_points(bx, by, bw, bh))
        for row in range(ROWS):
            for column in range(COLUMNS):
                x, y = column * TILE, row * TILE
                wet = sum(
                    1
                    for i in range(1, TILE, 2)
                    for j in range(1, TILE, 2)
                    if self.ground.water.at(x + i, y + j) < 0
                )
                on_bridge = (x + 8, y + 8) in bridge
                if wet > 22 and not on_bridge:
                    self.scene.solid[row][column] = 1
                edge = column in (0, COLUMNS - 1) or row in (0, ROWS - 1)
                if edge:
                    self.scene.solid[row][column] = 1
