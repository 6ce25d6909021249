"""Every prop by name, with the part of it that stands in people's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.make_assets import (
    props_animals,
    props_cloth,
    props_craft,
    props_farm,
    props_market,
    props_monuments,
    props_street,
    props_trees,
    props_water,
    props_yard,
)
from tools.make_assets.canvas import Canvas

Rect = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Prop:
    """How to draw a prop, and its footprint in pixels from its top-left corner."""

    draw: Callable[[], Canvas]
    solid: Rect | None = None


PROPS: dict[str, Prop] = {
    "oak_large": Prop(props_trees.oak_large, (25, 62, 16, 14)),
    "oak_small": Prop(props_trees.oak_small, (13, 38, 16, 12)),
    "maple_large": Prop(props_trees.maple_large, (22, 60, 16, 14)),
    "maple_small": Prop(props_trees.maple_small, (11, 37, 16, 12)),
    "pine_large": Prop(props_trees.pine_large, (14, 67, 16, 14)),
    "pine_small": Prop(props_trees.pine_small, (8, 41, 16, 12)),
    "willow": Prop(props_trees.willow, (29, 63, 18, 15)),
    "bush": Prop(props_trees.bush, (2, 5, 20, 13)),
    "bush_berries": Prop(props_trees.bush_berries, (2, 5, 20, 13)),
    "bush_roses": Prop(props_trees.bush_roses, (2, 5, 20, 13)),
    "bush_golden": Prop(props_trees.bush_golden, (2, 5, 20, 13)),
    "hedge": Prop(props_trees.hedge, (1, 6, 32, 13)),
    "lantern_unlit": Prop(props_monuments.lantern_unlit, (4, 94, 56, 22)),
    "lantern_lit": Prop(props_monuments.lantern_lit, (4, 94, 56, 22)),
    "well": Prop(props_monuments.well, (5, 38, 38, 20)),
    "stall_red": Prop(props_market.stall_red, (2, 36, 54, 16)),
    "stall_blue": Prop(props_market.stall_blue, (2, 36, 54, 16)),
    "stall_green": Prop(props_market.stall_green, (2, 36, 54, 16)),
    "counter": Prop(props_market.counter, (1, 10, 48, 14)),
    "dues_table": Prop(props_market.dues_table, (1, 10, 37, 14)),
    "lamp_post": Prop(props_street.lamp_post, (3, 40, 10, 9)),
    "bench": Prop(props_street.bench, (1, 6, 32, 12)),
    "sign": Prop(props_street.sign, (9, 24, 10, 8)),
    "noticeboard": Prop(props_market.noticeboard, (2, 24, 32, 12)),
    "flower_tub": Prop(props_street.flower_tub, (3, 9, 14, 12)),
    "barrel": Prop(props_yard.barrel, (2, 8, 13, 12)),
    "barrels": Prop(props_yard.barrels, (2, 14, 34, 15)),
    "crate": Prop(props_yard.crate, (1, 7, 17, 13)),
    "crates": Prop(props_yard.crates, (1, 20, 37, 16)),
    "sacks": Prop(props_yard.sacks, (1, 9, 27, 12)),
    "haystack": Prop(props_farm.haystack, (2, 24, 48, 18)),
    "cart": Prop(props_farm.cart, (3, 20, 52, 18)),
    "fence_h": Prop(props_street.fence_h, (0, 6, 16, 11)),
    "fence_v": Prop(props_street.fence_v, (1, 10, 5, 16)),
    "ladder": Prop(props_yard.ladder),
    "woodpile": Prop(props_yard.woodpile, (0, 10, 40, 14)),
    "stump": Prop(props_yard.stump, (3, 10, 17, 12)),
    "cellar_hatch": Prop(props_yard.cellar_hatch, (0, 8, 34, 17)),
    "cellar_hatch_open": Prop(props_yard.cellar_hatch_open, (0, 8, 34, 17)),
    "washing_line": Prop(props_cloth.washing_line, (1, 28, 64, 11)),
    "drying_line": Prop(props_cloth.drying_line, (1, 34, 80, 13)),
    "den": Prop(props_cloth.den, (4, 26, 39, 16)),
    "gate_closed": Prop(props_craft.gate_closed, (0, 40, 48, 16)),
    "gate_open": Prop(props_craft.gate_open),
    "anvil": Prop(props_craft.anvil, (3, 10, 18, 11)),
    "quench_tub": Prop(props_craft.quench_tub, (1, 6, 30, 11)),
    "grindstone": Prop(props_craft.grindstone, (3, 10, 18, 10)),
    "ware_rack": Prop(props_craft.ware_rack, (2, 11, 40, 11)),
    "brazier": Prop(props_craft.brazier, (3, 18, 14, 12)),
    "bridge_rail": Prop(props_street.bridge_rail, (2, 16, 62, 8)),
    "beehive": Prop(props_farm.beehive, (1, 12, 18, 12)),
    "scarecrow": Prop(props_farm.scarecrow, (8, 26, 14, 10)),
    "rock": Prop(props_water.rock, (2, 6, 20, 10)),
    "cabbages": Prop(props_farm.cabbages, (0, 2, 32, 14)),
    "pumpkins": Prop(props_farm.pumpkins, (0, 2, 32, 14)),
    "pumpkin_lantern": Prop(props_farm.pumpkin_lantern, (2, 5, 12, 8)),
    "reeds": Prop(props_water.reeds),
    "milestone": Prop(props_monuments.milestone, (3, 20, 16, 11)),
    "boat": Prop(props_water.boat),
    "hen": Prop(props_animals.hen),
    "hen_pecking": Prop(props_animals.hen_pecking),
    "ducks": Prop(props_animals.ducks),
    "cat": Prop(props_animals.cat),
}
