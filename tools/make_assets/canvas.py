"""A picture of palette colours: the pencil, the ruler and the scissors of every script here.

A canvas can hold nothing but the palette, so "only these forty colours, hard edges" is true by
construction. Coordinates outside a canvas are ignored, which lets patterns run over the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PIL import Image

from tools.make_assets.palette import CLEAR, CODES, DARKER, LIGHTER, RGB

Point = tuple[int, int]

_RGBA = b"".join(
    bytes((*RGB[i], 255 if i else 0)) if i < len(RGB) else b"\0\0\0\0" for i in range(256)
)


class Canvas:
    """A mutable rectangle of colour numbers, 0 meaning transparent."""

    __slots__ = ("h", "px", "w")

    def __init__(self, w: int, h: int, fill: int = CLEAR) -> None:
        self.w = w
        self.h = h
        self.px = bytearray([fill]) * (w * h)

    @classmethod
    def from_art(cls, art: str, legend: Mapping[str, int] | None = None) -> Canvas:
        """Read text art: one letter per pixel, see ``stamp``."""
        rows = _rows(art)
        canvas = cls(max(len(row) for row in rows), len(rows))
        canvas.stamp(art, 0, 0, legend)
        return canvas

    def copy(self) -> Canvas:
        twin = Canvas(self.w, self.h)
        twin.px[:] = self.px
        return twin

    def get(self, x: int, y: int) -> int:
        """Return the colour at a point, ``CLEAR`` outside."""
        if 0 <= x < self.w and 0 <= y < self.h:
            return self.px[y * self.w + x]
        return CLEAR

    def dot(self, x: int, y: int, c: int) -> None:
        if 0 <= x < self.w and 0 <= y < self.h:
            self.px[y * self.w + x] = c

    def dots(self, points: Iterable[Point], c: int) -> None:
        for x, y in points:
            self.dot(x, y, c)

    def rect(self, x: int, y: int, w: int, h: int, c: int) -> None:
        x0, x1 = max(x, 0), min(x + w, self.w)
        if x1 <= x0:
            return
        row = bytes([c]) * (x1 - x0)
        for yy in range(max(y, 0), min(y + h, self.h)):
            self.px[yy * self.w + x0 : yy * self.w + x1] = row

    def frame(self, x: int, y: int, w: int, h: int, c: int) -> None:
        """Draw the one-pixel border of a rectangle."""
        self.rect(x, y, w, 1, c)
        self.rect(x, y + h - 1, w, 1, c)
        self.rect(x, y, 1, h, c)
        self.rect(x + w - 1, y, 1, h, c)

    def line(self, x0: int, y0: int, x1: int, y1: int, c: int) -> None:
        self.dots(line_points(x0, y0, x1, y1), c)

    def disc(self, cx: float, cy: float, rx: float, ry: float, c: int) -> None:
        """Fill an ellipse; half-pixel centres give even widths."""
        for x, y in disc_points(cx, cy, rx, ry):
            self.dot(x, y, c)

    def poly(self, points: Sequence[tuple[float, float]], c: int) -> None:
        """Fill a polygon given by its corners."""
        for y, x0, x1 in _spans(points):
            self.rect(x0, y, x1 - x0, 1, c)

    def blit(self, src: Canvas, x: int, y: int) -> None:
        """Lay another canvas over this one; its transparent pixels leave this one alone."""
        for sy in range(max(0, -y), min(src.h, self.h - y)):
            base = (y + sy) * self.w + x
            row = src.px[sy * src.w : (sy + 1) * src.w]
            for sx in range(max(0, -x), min(src.w, self.w - x)):
                if row[sx]:
                    self.px[base + sx] = row[sx]

    def stamp(self, art: str, x: int, y: int, legend: Mapping[str, int] | None = None) -> None:
        """Draw text art with its top-left corner at a point.

        Args:
            art: Lines of letters. A dot or a space is transparent; other letters are looked up
                in ``legend`` first and in the palette's codes second. Blank first and last
                lines and common indentation are not part of the picture.
            x: Left edge.
            y: Top edge.
            legend: Letters that mean something else here, such as a coat's colours.
        """
        for dy, row in enumerate(_rows(art)):
            for dx, letter in enumerate(row):
                if letter in ". ":
                    continue
                c = legend.get(letter) if legend else None
                self.dot(x + dx, y + dy, CODES[letter] if c is None else c)

    def crop(self, x: int, y: int, w: int, h: int) -> Canvas:
        part = Canvas(w, h)
        part.blit(self, -x, -y)
        return part

    def mirrored(self) -> Canvas:
        """Return the picture with left and right exchanged."""
        twin = Canvas(self.w, self.h)
        for y in range(self.h):
            row = self.px[y * self.w : (y + 1) * self.w]
            twin.px[y * self.w : (y + 1) * self.w] = row[::-1]
        return twin

    def recolour(self, changes: Mapping[int, int]) -> Canvas:
        """Return a copy with some colours exchanged for others."""
        table = bytearray(range(256))
        for old, new in changes.items():
            table[old] = new
        twin = Canvas(self.w, self.h)
        twin.px[:] = self.px.translate(bytes(table))
        return twin

    def outline(self, c: int, *, corners: bool = False) -> None:
        """Surround everything drawn so far with one pixel of ``c`` (inside the canvas only)."""
        near = [(1, 0), (-1, 0), (0, 1), (0, -1)]
        if corners:
            near += [(1, 1), (-1, 1), (1, -1), (-1, -1)]
        edge = [
            (x, y)
            for y in range(self.h)
            for x in range(self.w)
            if not self.px[y * self.w + x] and any(self.get(x + i, y + j) for i, j in near)
        ]
        self.dots(edge, c)

    def shade(self, points: Iterable[Point], steps: int = 1) -> None:
        """Push the drawn pixels among ``points`` into shadow, or into light if negative."""
        table = DARKER if steps > 0 else LIGHTER
        for x, y in points:
            if 0 <= x < self.w and 0 <= y < self.h:
                at = y * self.w + x
                for _ in range(abs(steps)):
                    self.px[at] = table[self.px[at]]

    def bounds(self) -> tuple[int, int, int, int]:
        """Return x, y, w, h of what is drawn; all 0 when nothing is."""
        rows = [y for y in range(self.h) if any(self.px[y * self.w : (y + 1) * self.w])]
        if not rows:
            return 0, 0, 0, 0
        columns = [x for x in range(self.w) if any(self.px[x :: self.w])]
        return columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1

    def image(self) -> Image.Image:
        """Return an RGBA picture whose alpha is 0 or 255."""
        raw = b"".join(_RGBA[i * 4 : i * 4 + 4] for i in self.px)
        return Image.frombytes("RGBA", (self.w, self.h), raw)


def rect_points(x: int, y: int, w: int, h: int) -> Iterable[Point]:
    """Yield every point of a rectangle."""
    return ((xx, yy) for yy in range(y, y + h) for xx in range(x, x + w))


def disc_points(cx: float, cy: float, rx: float, ry: float) -> list[Point]:
    """Return every point of a filled ellipse."""
    return [
        (x, y)
        for y in range(int(cy - ry) - 1, int(cy + ry) + 2)
        for x in range(int(cx - rx) - 1, int(cx + rx) + 2)
        if ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1.0
    ]


def poly_points(points: Sequence[tuple[float, float]]) -> list[Point]:
    """Return every point of a filled polygon."""
    return [(x, y) for y, x0, x1 in _spans(points) for x in range(x0, x1)]


def line_points(x0: int, y0: int, x1: int, y1: int) -> list[Point]:
    """Return the points of a one-pixel line, ends included."""
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    # Integer rounding keeps the line the same on every machine.
    return [
        (
            x0 + (2 * (x1 - x0) * i + steps) // (2 * steps),
            y0 + (2 * (y1 - y0) * i + steps) // (2 * steps),
        )
        for i in range(steps + 1)
    ]


def _rows(art: str) -> list[str]:
    rows = art.split("\n")
    while rows and not rows[0].strip():
        rows.pop(0)
    while rows and not rows[-1].strip():
        rows.pop()
    indent = min(len(row) - len(row.lstrip(" ")) for row in rows if row.strip())
    return [row[indent:].rstrip() for row in rows]


def _spans(points: Sequence[tuple[float, float]]) -> list[tuple[int, int, int]]:
    """Return y, first x and past-the-end x of each run inside a polygon (even-odd rule)."""
    top = int(min(y for _, y in points))
    bottom = int(max(y for _, y in points)) + 1
    spans: list[tuple[int, int, int]] = []
    for y in range(top, bottom + 1):
        middle = y + 0.5
        cuts: list[float] = []
        for (xa, ya), (xb, yb) in zip(points, [*points[1:], points[0]], strict=True):
            if (ya <= middle) != (yb <= middle):
                cuts.append(xa + (middle - ya) * (xb - xa) / (yb - ya))
        cuts.sort()
        for left, right in zip(cuts[::2], cuts[1::2], strict=False):
            x0, x1 = int(left + 0.5), int(right + 0.5)
            if x1 > x0:
                spans.append((y, x0, x1))
    return spans
