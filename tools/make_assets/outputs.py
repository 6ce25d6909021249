"""Everything that is written, by path: one function per folder of ``assets/``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from PIL import Image

from tools.make_assets import font, items, light, people, portraits, title, ui
from tools.make_assets.canvas import Canvas
from tools.make_assets.palette import RGB
from tools.make_assets.people_looks import PEOPLE_LOOKS
from tools.make_assets.tmj import MapWriter
from tools.make_assets.village import Village

Output = Image.Image | str
"""A picture, or the text of a file."""


@cache
def village() -> Village:
    """Return the painted village; painting takes seconds, so once is enough."""
    return Village()


def _tiles() -> dict[str, Output]:
    text, sheet = MapWriter(village()).write()
    return {"maps/village.tmj": text, "tiles/village.png": sheet.image()}


def _props() -> dict[str, Output]:
    return {f"props/{name}.png": p.image() for name, p in village().pictures.items()}


def _people() -> dict[str, Output]:
    return {f"people/{name}.png": people.sheet(name).image() for name in PEOPLE_LOOKS}


def _portraits() -> dict[str, Output]:
    return {f"portraits/{n}.png": portraits.strip(n).image() for n in portraits.PORTRAITS}


def _items() -> dict[str, Output]:
    found: dict[str, Output] = {f"items/{n}.png": items.item(n).image() for n in items.ITEMS}
    found.update({f"items/{n}_hung.png": items.hung(n).image() for n in items.HUNG})
    return found


def _ui() -> dict[str, Output]:
    glyphs, table = font.pack()
    pictures = {
        "panel": ui.panel(),
        "bubble": ui.bubble(),
        "bubble_tail": ui.bubble_tail(),
        "field": ui.field(),
        "choice": ui.choice(),
        "portrait_frame": ui.portrait_frame(),
        "next": ui.next_arrow(),
        "marks": ui.marks(),
        "keys": ui.keys(),
        "title": title.title(),
        "font": glyphs,
    }
    found: dict[str, Output] = {f"ui/{name}.png": p.image() for name, p in pictures.items()}
    found["ui/font.json"] = table
    return found


def _light() -> dict[str, Output]:
    return {"light/pool.png": light.pool(), "light/window.png": light.window()}


def _palette() -> dict[str, Output]:
    swatch = Canvas(8 * 8, 5 * 8)
    for k in range(1, len(RGB)):
        swatch.rect((k - 1) % 8 * 8, (k - 1) // 8 * 8, 8, 8, k)
    return {"palette.png": swatch.image()}


GROUPS: Final[dict[str, Callable[[], dict[str, Output]]]] = {
    "palette": _palette,
    "tiles": _tiles,
    "props": _props,
    "people": _people,
    "portraits": _portraits,
    "items": _items,
    "ui": _ui,
    "light": _light,
}

# Files and the scripts that draw them; no script means written by hand.
_CREDITS: Final = (
    ("palette.png", "palette.py"),
    ("maps/village.tmj", "tmj.py, map_layout.py"),
    ("tiles/*.png", (
        "village.py, ground.py, houses_square.py, houses_lane.py, smithy.py, stonework.py, "
        "gatehouse.py, bell_tower.py, decor.py"
    )),
    ("props/*.png", (
        "catalogue.py, foliage.py, props_animals.py, props_cloth.py, props_craft.py, "
        "props_farm.py, props_market.py, props_monuments.py, props_street.py, props_trees.py, "
        "props_water.py, props_yard.py"
    )),
    ("people/*.png", "people.py, people_rig.py, people_looks.py, people_work.py"),
    ("portraits/*.png", (
        "portrait_face.py, portraits_young.py, portraits_craft.py, portraits_office.py"
    )),
    ("items/*.png", "items.py"),
    ("ui/font.png", "font.py, font_glyphs.py"),
    ("ui/font.json", "font.py, font_glyphs.py"),
    ("ui/title.png", "title.py"),
    ("ui/*.png", "ui.py"),
    ("light/*.png", "light.py"),
    ("minds/*", ""),
    ("CREDITS.md", "outputs.py"),
)  # fmt: skip


def credits_text() -> str:
    """Return the credits: who drew what, under which licence, with which script."""
    lines = [
        "# Credits",
        "",
        "Everything in this folder is original. Pictures and the map were drawn by scripts in",
        "`tools/make_assets/`; `python -m tools.make_assets --check` proves it.",
        "",
        "| file | author | licence | script |",
        "|---|---|---|---|",
    ]
    for files, scripts in _CREDITS:
        drawn_by = f"`{scripts}`" if scripts else "written by hand"
        lines.append(f"| `{files}` | The npcengine developers | MIT | {drawn_by} |")
    return "\n".join(lines) + "\n"


def build(only: list[str]) -> dict[str, Output]:
    """Return the wanted groups' files by path under ``assets/``; all when ``only`` is empty."""
    found: dict[str, Output] = {}
    for name, group in GROUPS.items():
        if not only or name in only:
            found.update(group())
    if not only:
        found["CREDITS.md"] = credits_text()
    return found
