"""What stands where: props, people, places, doors and things to carry, as plain lists.

Props are placed by the middle of their foot, in pixels; points by column and row, in tiles.
"""

from __future__ import annotations

from typing import Final

Placed = tuple[str, int, int]
"""Name, middle of the foot, foot line."""

Spot = tuple[str, int, int]
"""Name, column, row."""

PROPS_AT: Final[tuple[Placed, ...]] = (
    # The copse beyond the bridge.
    ("pine_large", 12, 150), ("pine_large", 44, 138), ("oak_large", 18, 212),
    ("pine_small", 50, 178), ("maple_small", 54, 236), ("bush", 14, 236), ("milestone", 22, 266),
    ("bush_golden", 48, 262), ("oak_large", 8, 350), ("maple_large", 36, 358),
    ("bush_berries", 58, 334), ("bench", 30, 322), ("bush", 56, 128),
    # Inn, stream bank and cellar.
    ("cellar_hatch", 127, 224), ("barrel", 137, 248), ("bush_roses", 130, 184),
    ("pine_small", 116, 166), ("bush", 118, 122), ("oak_small", 132, 144), ("reeds", 68, 250),
    ("rock", 108, 256), ("barrels", 240, 246), ("bench", 172, 242), ("flower_tub", 222, 236),
    ("counter", 312, 255), ("lamp_post", 128, 266), ("flower_tub", 186, 236),
    ("lamp_post", 248, 312), ("sacks", 352, 236),
    # Garden between bakery and tower.
    ("maple_large", 366, 156), ("oak_large", 424, 142), ("pine_small", 394, 124),
    ("bush_berries", 348, 178), ("bench", 412, 168), ("bush_roses", 450, 172),
    ("beehive", 340, 126), ("bush", 452, 126), ("bush_golden", 372, 182), ("flower_tub", 452, 190),
    ("flower_tub", 540, 190),
    # Market square.
    ("lantern_unlit", 496, 306), ("well", 404, 316), ("stall_green", 402, 236),
    ("noticeboard", 452, 218), ("sacks", 440, 240), ("lamp_post", 364, 250), ("crate", 372, 232),
    ("stall_red", 566, 244), ("lamp_post", 528, 214), ("barrel", 600, 244),
    ("stall_blue", 606, 320), ("crates", 640, 330), ("barrel", 570, 322), ("lamp_post", 446, 338),
    ("lamp_post", 546, 338), ("lamp_post", 660, 266), ("cart", 376, 346), ("flower_tub", 470, 352),
    ("flower_tub", 526, 352), ("dues_table", 648, 228),
    # Between tower and gate.
    ("bush", 546, 154), ("pine_small", 546, 134), ("bush_roses", 722, 202),
    ("maple_large", 692, 198), ("bush", 688, 126), ("lamp_post", 728, 226),
    ("lamp_post", 792, 176), ("brazier", 806, 122), ("crates", 834, 126), ("hen", 826, 158),
    ("hen_pecking", 842, 164), ("bush_berries", 720, 152),
    # Behind and around the smithy.
    ("pine_large", 862, 150), ("oak_large", 898, 164), ("pine_large", 932, 148),
    ("maple_small", 876, 126), ("pine_large", 946, 212), ("oak_large", 938, 272),
    ("pine_small", 922, 196), ("bush", 924, 228), ("woodpile", 758, 258), ("anvil", 836, 292),
    ("quench_tub", 800, 300), ("ware_rack", 864, 280), ("grindstone", 776, 296),
    ("barrel", 916, 290), ("stump", 728, 262), ("crate", 934, 298), ("bush_berries", 736, 244),
    # East end.
    ("sign", 780, 326), ("pine_large", 950, 336), ("maple_large", 936, 372),
    ("oak_small", 944, 404), ("haystack", 888, 352), ("lamp_post", 898, 322), ("bush", 914, 330),
    ("rock", 832, 330),
    # South-west: cottage, pond, den.
    ("willow", 122, 372), ("reeds", 38, 432), ("reeds", 112, 430), ("reeds", 24, 380),
    ("reeds", 92, 432), ("boat", 82, 406), ("bush", 174, 330), ("maple_small", 178, 380),
    ("bush_roses", 182, 430), ("beehive", 180, 408), ("oak_large", 336, 404),
    ("bush_berries", 318, 372), ("washing_line", 386, 426), ("woodpile", 312, 344),
    ("oak_small", 262, 342), ("pine_small", 204, 342), ("bush", 292, 340), ("bench", 434, 374),
    ("cat", 540, 358), ("bush_roses", 456, 392), ("maple_large", 448, 438), ("hedge", 460, 446),
    ("lamp_post", 474, 432), ("rock", 462, 362), ("lamp_post", 336, 450),
    ("lamp_post", 176, 448), ("barrel", 316, 434), ("hen", 226, 452), ("hen_pecking", 244, 456),
    ("hen", 364, 452), ("ducks", 58, 378), ("ducks", 104, 390), ("oak_large", 18, 474),
    ("pine_large", 76, 500), ("pine_large", 12, 534), ("oak_large", 94, 542), ("den", 134, 524),
    ("bush_golden", 168, 514), ("bush", 100, 468), ("pine_small", 34, 516),
    # South of the square, right side, and the weaver's yard.
    ("oak_large", 556, 426), ("bush_berries", 534, 396), ("maple_small", 584, 438),
    ("bush_roses", 530, 436), ("flower_tub", 606, 442), ("bush", 572, 358),
    ("lamp_post", 724, 442), ("bush_roses", 728, 420), ("drying_line", 826, 396),
    ("barrel", 786, 400), ("pine_small", 728, 352), ("crate", 780, 424), ("lamp_post", 524, 444),
    # Kitchen garden in the south-east.
    ("cabbages", 856, 426), ("cabbages", 888, 426), ("pumpkins", 856, 444), ("pumpkins", 888, 444),
    ("cabbages", 920, 426), ("pumpkins", 920, 444), ("scarecrow", 904, 410),
    ("hen_pecking", 800, 412), ("hen", 762, 340), ("barrels", 800, 362), ("bush_roses", 846, 346),
    ("beehive", 946, 436),
    # South edge, beyond the lane: a fence, then crowns cut by the edge of the map.
    ("pine_small", 194, 536), ("oak_large", 226, 574), ("bush_berries", 262, 536),
    ("maple_large", 296, 578), ("haystack", 342, 528), ("pine_large", 380, 566),
    ("oak_large", 424, 576), ("bush_golden", 462, 538), ("maple_small", 478, 548),
    ("oak_small", 510, 546), ("pine_small", 540, 540), ("oak_large", 580, 578),
    ("bush_roses", 552, 520), ("maple_large", 640, 580), ("pine_large", 678, 568),
    ("bush", 612, 526), ("oak_small", 706, 546), ("bush_berries", 734, 524),
    ("pine_small", 752, 540), ("bush_golden", 776, 520), ("maple_large", 812, 538),
    ("oak_large", 868, 520), ("pine_large", 908, 500), ("oak_large", 944, 536),
    ("bush_berries", 838, 492), ("pine_large", 950, 476), ("bush", 886, 472),
    ("lamp_post", 800, 444), ("rock", 658, 524), ("sacks", 370, 512),
    # Carved pumpkins for the festival.
    ("pumpkin_lantern", 152, 510), ("pumpkin_lantern", 926, 410), ("pumpkin_lantern", 344, 192),
    ("pumpkin_lantern", 280, 440), ("pumpkin_lantern", 666, 442), ("pumpkin_lantern", 730, 112),
    ("pumpkin_lantern", 466, 502), ("pumpkin_lantern", 604, 500), ("pumpkin_lantern", 64, 262),
    ("pumpkin_lantern", 672, 196),
    # Behind the bakery, and the bridge.
    ("pine_small", 318, 124), ("bush_golden", 272, 122), ("bush", 294, 126),
    ("bridge_rail", 88, 272),
    ("bridge_rail", 88, 316), ("gate_closed", 760, 96),
)  # fmt: skip

FENCES: Final[tuple[tuple[str, int, int, int], ...]] = (
    # kind, column, row, count
    ("fence_h", 52, 24, 7), ("fence_h", 12, 31, 8), ("fence_h", 23, 31, 6), ("fence_h", 37, 31, 5),
    ("fence_h", 43, 31, 4),
)  # fmt: skip

PLACES: Final[tuple[tuple[str, str, int, int], ...]] = (
    ("market_square", "the market square", 29, 14),
    ("well", "the well", 26, 20),
    ("great_lantern", "the great lantern", 31, 19),
    ("bakery_door", "the bakery door", 16, 14),
    ("bakery_counter", "the bakery counter", 19, 16),
    ("smithy", "the smithy", 55, 17),
    ("forge", "the forge", 50, 16),
    ("weaver_house", "the weaver's house", 40, 27),
    ("bell_tower", "the bell tower", 30, 11),
    ("gatehouse", "the gatehouse", 45, 7),
    ("gate", "the gate", 47, 6),
    ("key_hook", "its hook by the gatehouse", 44, 7),
    ("lane", "the lane", 36, 28),
    ("cellar", "the cellar", 8, 14),
    ("ladder_spot", "the thatched cottage", 20, 27),
    ("mira_home", "the inn", 12, 14),
    ("tomas_post", "the guard post", 49, 7),
    ("anvil", "the anvil", 51, 17),
    ("ware_rack", "the rack by the smithy", 53, 18),
    ("dues_table", "the Reeve's table", 40, 12),
    ("pip_den", "Pip's den", 9, 29),
)

PEOPLE: Final[tuple[tuple[str, int, int, str], ...]] = (
    ("player", 12, 17, "right"),
    ("mira", 19, 14, "down"),
    ("tomas", 49, 7, "down"),
    ("pip", 28, 20, "up"),
    ("bram", 51, 17, "down"),
    ("odile", 40, 28, "down"),
    ("aldous", 40, 12, "down"),
)

DOORS: Final[tuple[tuple[str, int, int, int, int, bool], ...]] = (
    # name, x, y, w, h in pixels, locked
    ("gate", 736, 80, 48, 16, True),
    ("cellar", 110, 200, 34, 24, False),
    ("bakery", 262, 200, 13, 24, False),
    ("smithy", 886, 246, 16, 26, False),
    ("weaver", 636, 407, 16, 25, False),
)

ITEMS: Final[tuple[tuple[str, int, int, dict[str, str]], ...]] = (
    # name, middle of the picture in pixels, who has it, whose it is, what has to be shown for it
    ("gate_key", 719, 93, {}),
    ("ladder", 318, 420, {}),
    ("lamp_oil", 127, 212, {"owner": "mira"}),
    ("bread", 312, 234, {}),
    ("wick", 674, 424, {"owner": "odile"}),
    ("sword", 853, 271, {"owner": "bram"}),
    ("dagger", 865, 271, {"owner": "bram"}),
    ("ring", 876, 271, {"owner": "bram"}),
    ("lantern_hook", 836, 272, {"holder": "bram", "owner": "bram"}),
    ("permit", 654, 210, {"holder": "aldous", "owner": "aldous", "against": "ring"}),
)

EMITTERS: Final[tuple[tuple[str, int, int], ...]] = (
    # kind, pixels; chimneys add their own smoke
    ("fireflies", 78, 380),
    ("fireflies", 400, 160),
    ("fireflies", 40, 330),
    ("fireflies", 830, 340),
    ("fireflies", 300, 380),
    ("fireflies", 900, 480),
    ("leaves", 366, 110),
    ("leaves", 430, 390),
    ("leaves", 692, 150),
    ("leaves", 36, 310),
    ("leaves", 936, 330),
    ("leaves", 812, 490),
)
