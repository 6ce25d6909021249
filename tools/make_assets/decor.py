"""Small things that make the village lived-in: flowers, fallen leaves, banners, pennants."""

from __future__ import annotations

from typing import Final

from tools.make_assets.canvas import Canvas
from tools.make_assets.chance import dice
from tools.make_assets.ground import Ground
from tools.make_assets.palette import CODES, W1, W2, W4, Y1
from tools.make_assets.scene import Scene

_FLOWERS: Final = (
    ".9..\n9U9.\n.9..\n.e..",
    ".I.\nIUI\n.I.\n.e.",
    ".R.\nRTR\n.R.\n.e.",
    ".U.\nUYU\n.e.",
    "D.D\n.e.",
    ".O.\nOPO\n.e.\n.e.",
)

_PLANTS: Final = {
    "mushrooms": "..FF....\n.F9FF...\n.DFFD.F.\n..88.D9D\n..87..8.",
    "fern": "t...t...t\n.t..e..t.\nt.t.e.t.t\n.e.tet.e.\n..eetee..\n...eee...",
    "tall_grass": "...t....t..\n.t.t..t.t..\n.t.et.tr.t.\n.etee.eeet.\n..eeeeeee..\n...eewee...",
    "lily": ".rttr...\nrttttrI.\nrttt.rIU\n.rtttrI.\n..rrr...",
    "stones": "..33....\n.3322.3.\n.22213221\n..11..11.",
}

# Where flowers grow: middle, spread, how many, which kinds.
_BEDS: Final = (
    (388, 170, 22, 16, "013"), (444, 162, 14, 12, "15"), (350, 150, 12, 10, "02"),
    (116, 200, 12, 14, "03"), (120, 140, 14, 12, "24"), (200, 340, 40, 10, "013"),
    (316, 400, 20, 14, "145"), (440, 420, 30, 10, "0123"), (400, 400, 30, 14, "03"),
    (540, 400, 16, 18, "15"), (690, 180, 16, 14, "03"), (720, 160, 10, 14, "14"),
    (540, 160, 10, 12, "12"), (820, 150, 20, 10, "03"), (900, 200, 16, 14, "24"),
    (730, 380, 8, 30, "15"), (800, 350, 30, 14, "03"), (850, 370, 26, 8, "0135"),
    (46, 320, 22, 10, "02"), (170, 350, 10, 20, "13"), (30, 440, 22, 14, "24"),
    (300, 510, 40, 10, "03"), (500, 512, 40, 8, "15"), (640, 520, 40, 8, "02"),
    (790, 510, 30, 10, "13"), (20, 250, 16, 10, "5"), (676, 120, 20, 10, "03"),
)  # fmt: skip

_GROWTH: Final = (
    ("mushrooms", 34, 232), ("mushrooms", 66, 506), ("mushrooms", 900, 522), ("fern", 6, 250),
    ("fern", 60, 200), ("fern", 30, 500), ("fern", 108, 500), ("fern", 924, 300),
    ("fern", 892, 186), ("fern", 940, 420), ("tall_grass", 340, 160), ("tall_grass", 300, 480),
    ("tall_grass", 548, 178), ("tall_grass", 120, 300), ("tall_grass", 166, 300),
    ("tall_grass", 700, 350), ("tall_grass", 780, 440), ("tall_grass", 452, 512),
    ("tall_grass", 390, 500), ("tall_grass", 864, 324), ("tall_grass", 812, 500),
    ("tall_grass", 70, 446), ("tall_grass", 140, 380), ("lily", 52, 388), ("lily", 104, 398),
    ("lily", 64, 408), ("lily", 94, 412), ("stones", 120, 262), ("stones", 66, 330),
    ("stones", 104, 238), ("stones", 660, 340), ("stones", 700, 236), ("stones", 460, 480),
    ("stones", 884, 300),
)  # fmt: skip

# Trees that shed: middle, foot, spread, letters of the leaves.
_SHEDDING: Final = (
    (366, 156, 34, "FDYS"), (448, 438, 34, "FDYS"), (700, 158, 32, "FDYS"), (36, 352, 30, "FDYS"),
    (936, 372, 28, "FDYS"), (812, 536, 34, "FDYS"), (178, 376, 20, "YUv"), (54, 236, 20, "YUv"),
    (578, 430, 20, "YUv"), (876, 128, 20, "YUv"), (284, 528, 20, "YUv"), (690, 530, 20, "YUv"),
)  # fmt: skip


def meadow(scene: Scene, ground: Ground) -> None:
    """Sow flowers and plants on the grass, and let leaves fall."""
    d = scene.details
    for x, y, art in _sown():
        if ground.path.at(x + 1, y + 3) > 4 and ground.water.at(x + 1, y + 3) > 4:
            d.stamp(art, x, y)
    for name, x, y in _GROWTH:
        d.stamp(_PLANTS[name], x, y)
    for cx, foot, spread, letters in _SHEDDING:
        chance = dice(f"leaves{cx}")
        for _ in range(spread):
            x = cx + int(chance.gauss(0, spread * 0.62))
            y = foot + int(chance.gauss(2, spread * 0.26))
            if not d.get(x, y):
                c = CODES[letters[chance.randrange(len(letters))]]
                d.dot(x, y, c)
                if chance.randrange(3) == 0:
                    d.dot(x + 1, y, c)


def _sown() -> list[tuple[int, int, str]]:
    placed: list[tuple[int, int, str]] = []
    for cx, cy, rx, ry, kinds in _BEDS:
        chance = dice(f"bed{cx},{cy}")
        for _ in range(5 + rx // 5):
            x = cx + chance.randrange(-rx, rx + 1)
            y = cy + chance.randrange(-ry, ry + 1)
            placed.append((x, y, _FLOWERS[int(kinds[chance.randrange(len(kinds))])]))
    return sorted(placed, key=lambda p: p[1])


def banner(canvas: Canvas, x: int, y: int, colours: str, length: int = 30) -> None:
    """Hang a long swallow-tailed banner with the town's lantern on it."""
    dark, mid, light = (CODES[c] for c in colours)
    canvas.rect(x - 2, y - 1, 16, 2, W2)
    canvas.rect(x - 2, y - 1, 16, 1, W4)
    for j in range(length):
        for i in range(12):
            notch = length - 1 - j < 5 - abs(i - 5.5)
            if notch:
                continue
            c = light if i < 2 else dark if i > 9 else mid
            if j == 2 or i in (1, 10):
                c = Y1 if i < 6 else CODES["v"]
            canvas.dot(x + i, y + 1 + j, c)
    canvas.stamp("..Y..\n.YYY.\n.U9U.\n.U9Y.\n.UUY.\n.YYY.\n..Y..", x + 4, y + 7)
    canvas.shade(((x + i, y + 1 + j) for i in range(12) for j in range(3)), 1)


def wall_banners(scene: Scene) -> None:
    """Dress the town wall for the festival."""
    for x, colours in (
        (252, "QWE"), (294, "ASD"), (418, "QWE"), (612, "ASD"), (654, "QWE"), (864, "ASD"),
        (906, "QWE"), (126, "QWE"),
    ):  # fmt: skip
        banner(scene.details, x, 50, colours)
    banner(scene.details, 705, 50, "ASD", 26)
    banner(scene.details, 803, 50, "ASD", 26)


def pennants(canvas: Canvas, x0: int, y0: int, x1: int, y1: int, sag: int, *, lamps: bool) -> None:
    """String a line of little flags, and unlit paper lanterns, between two points."""
    flags = ("FDS", "987", "REW", "UYc", "IOP")
    n = x1 - x0
    for x in range(n + 1):
        t = x / n
        y = round(y0 + (y1 - y0) * t + 4 * sag * t * (1 - t))
        canvas.dot(x0 + x, y, W1)
    for k, x in enumerate(range(5, n - 6, 9)):
        t = (x + 2) / n
        y = round(y0 + (y1 - y0) * t + 4 * sag * t * (1 - t)) + 1
        if lamps and k % 4 == 2:
            canvas.stamp("..k..\n.FFD.\nFYFDS\nFYFDS\nFFFDS\n.DDS.\n..k..", x0 + x, y - 1)
        else:
            light, mid, dark = (CODES[c] for c in flags[k % 5])
            for j in range(6):
                half = (5 - j) / 2
                for i in range(5):
                    if abs(i - 2) <= half - 0.4 or (j == 0):
                        c = light if i < 2 else mid if i < 4 else dark
                        canvas.dot(x0 + x + i, y + j, dark if j == 0 else c)


def festival(scene: Scene) -> None:
    """Hang what of the festival has been hung so far; the rest waits for the ladder."""
    a = scene.above
    pennants(a, 340, 178, 466, 140, 22, lamps=True)
    pennants(a, 526, 138, 566, 126, 12, lamps=False)
    pennants(a, 666, 140, 727, 182, 12, lamps=True)


_FOOT_PLANTS: Final = (
    "..t..\nt.r.t\nerere\n.eww.",
    ".r.r.\nrtrtr\nerrre\nwewew",
    "..I..\nt.e.I\neret.\n.ewe.",
    ".9...\n.e.9.\nerte.\n.ewe.",
)

# House fronts: left, right, foot, and doors not to be overgrown.
_FRONTS: Final = (
    (146, 256, 224, ((186, 214),)),
    (258, 334, 224, ((258, 276),)),
    (562, 670, 192, ((600, 632),)),
    (196, 300, 432, ((244, 268),)),
    (594, 716, 432, ((632, 656),)),
    (466, 526, 176, ((482, 510),)),
)  # fmt: skip


def foot_plants(scene: Scene) -> None:
    """Let weeds and flowers soften the line where walls meet the ground."""
    for left, right, foot, doors in _FRONTS:
        chance = dice(f"front{left}")
        x = left + chance.randrange(5)
        while x < right - 5:
            if not any(a - 3 < x < b for a, b in doors):
                art = _FOOT_PLANTS[chance.randrange(len(_FOOT_PLANTS))]
                scene.details.stamp(art, x, foot - 2 + chance.randrange(2))
            x += 5 + chance.randrange(11)


def torches(scene: Scene) -> None:
    """Set torches in the town wall; the long wall needs a rhythm after dark."""
    for x in (64, 196, 350, 540, 640, 846, 938):
        scene.details.stamp(
            """
            ..F...
            .FYD..
            .FUYF.
            FYUUYD
            FY9UYD
            .YU9Y.
            .kkkk.
            ..xz..
            ..xz..
            .k22k.
            ..xz..
            """,
            x - 3,
            54,
        )
        scene.glow(x, 60, 46, "lamp", colour="#c87838", flicker=0.3)
