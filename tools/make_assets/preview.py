"""Compose the whole village as the game might show it at dusk, to look at while drawing."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops

from tools.make_assets.canvas import Canvas
from tools.make_assets.light import pool
from tools.make_assets.map_layout import PEOPLE
from tools.make_assets.people import sheet
from tools.make_assets.people_rig import FRAME_H, FRAME_W
from tools.make_assets.scene import Light
from tools.make_assets.site import HEIGHT, TILE, WIDTH
from tools.make_assets.village import Village

FACINGS: Final = ("down", "left", "right", "up")

# The game multiplies by this plus all lights, then adds a fifth of the lights again.
AMBIENT: Final = (126, 116, 168)
BLOOM: Final = (51, 51, 51)


def compose(village: Village, people: list[tuple[Canvas, int, int]] | None = None) -> Image.Image:
    """Return the map with props and people, before any light."""
    whole = village.scene.ground.copy()
    whole.blit(village.scene.details, 0, 0)
    standing = [(p.foot, p.x, p.y, p.picture) for p in village.props]
    for picture, x, foot in people or []:
        standing.append((foot, x - picture.w // 2, foot - picture.h, picture))
    for _, x, y, picture in sorted(standing, key=lambda s: s[0]):
        whole.blit(picture, x, y)
    whole.blit(village.scene.above, 0, 0)
    return whole.image().convert("RGB")


def dusk(picture: Image.Image, lights: list[Light]) -> Image.Image:
    """Multiply a picture by dusk and lamplight, then add a little glow.

    The great lantern is left out: it burns only when the game is won.
    """
    lamp = Image.new("RGB", (WIDTH, HEIGHT))
    for light in lights:
        if light.kind == "lantern":
            continue
        r, g, b = (int(light.colour[i : i + 2], 16) for i in (1, 3, 5))
        reach = light.radius_px
        tint = Image.new("RGB", (2 * reach, 2 * reach), (r, g, b))
        layer = Image.new("RGB", (WIDTH, HEIGHT))
        layer.paste(ImageChops.multiply(pool(2 * reach), tint), (light.x - reach, light.y - reach))
        lamp = ImageChops.add(lamp, layer)
    lit = ImageChops.add(Image.new("RGB", (WIDTH, HEIGHT), AMBIENT), lamp)
    bloom = ImageChops.multiply(lamp, Image.new("RGB", (WIDTH, HEIGHT), BLOOM))
    return ImageChops.add(ImageChops.multiply(picture, lit), bloom)


def whole_village(village: Village) -> Image.Image:
    """Return the finished preview, with everybody at home."""
    people = [
        (sheet(name).crop(0, FRAME_H * FACINGS.index(facing), FRAME_W, FRAME_H),
         column * TILE + TILE // 2, row * TILE + TILE - 2)
        for name, column, row, facing in PEOPLE
    ]  # fmt: skip
    return dusk(compose(village, people), village.scene.lights)
