"""Shapes on the ground: which pixels are trodden, paved or wet, with ragged edges."""

from __future__ import annotations

from array import array
from itertools import pairwise
from math import sqrt

from tools.make_assets.chance import noise
from tools.make_assets.site import HEIGHT, POND, SQUARE, STREAM, STREETS, WIDTH, Oval, Stroke

FAR = 99.0


class Field:
    """Signed distance to a shape, in pixels, negative inside; ``FAR`` where nothing is near."""

    __slots__ = ("d",)

    def __init__(self) -> None:
        self.d = array("f", [FAR]) * (WIDTH * HEIGHT)

    def at(self, x: int, y: int) -> float:
        """Return the distance at a point, ``FAR`` outside the map."""
        if 0 <= x < WIDTH and 0 <= y < HEIGHT:
            return self.d[y * WIDTH + x]
        return FAR

    def add_stroke(self, stroke: Stroke, reach: float = 10.0) -> None:
        """Join a thick line to the shape."""
        for (xa, ya), (xb, yb) in pairwise(stroke.points):
            pad = int(stroke.radius + reach)
            vx, vy = xb - xa, yb - ya
            length2 = max(vx * vx + vy * vy, 1)
            left, right = max(min(xa, xb) - pad, 0), min(max(xa, xb) + pad, WIDTH)
            for y in range(max(min(ya, yb) - pad, 0), min(max(ya, yb) + pad, HEIGHT)):
                base = y * WIDTH
                for x in range(left, right):
                    along = ((x - xa) * vx + (y - ya) * vy) / length2
                    along = 0.0 if along < 0 else 1.0 if along > 1 else along
                    dx, dy = x - xa - along * vx, y - ya - along * vy
                    d = sqrt(dx * dx + dy * dy) - stroke.radius
                    if d < self.d[base + x]:
                        self.d[base + x] = d

    def add_oval(self, oval: Oval, *, squareness: int = 2, reach: int = 12) -> None:
        """Join an ellipse; a ``squareness`` above 2 makes it a rounded rectangle."""
        scale = min(oval.rx, oval.ry)
        left, right = max(oval.cx - oval.rx - reach, 0), min(oval.cx + oval.rx + reach, WIDTH)
        for y in range(max(oval.cy - oval.ry - reach, 0), min(oval.cy + oval.ry + reach, HEIGHT)):
            v = (abs(y - oval.cy) / oval.ry) ** squareness
            for x in range(left, right):
                u = (abs(x - oval.cx) / oval.rx) ** squareness
                d = ((u + v) ** (1 / squareness) - 1) * scale
                if d < self.d[y * WIDTH + x]:
                    self.d[y * WIDTH + x] = d

    def roughen(self, strength: float, size: float, salt: int) -> None:
        """Move the edge in and out by about ``strength`` pixels."""
        for y in range(HEIGHT):
            base = y * WIDTH
            for x in range(WIDTH):
                if abs(self.d[base + x]) < strength * 2 + 4:
                    self.d[base + x] += strength * noise(x, y, size, salt)

    def mask(self, limit: float = 0.0) -> bytearray:
        """Return 1 for each pixel closer than ``limit``, row by row."""
        return bytearray(1 if d < limit else 0 for d in self.d)


def path_field() -> Field:
    """Return the shape of everything trodden bare."""
    field = Field()
    for street in STREETS:
        field.add_stroke(street)
    field.add_oval(Oval(SQUARE.cx, SQUARE.cy, SQUARE.rx + 8, SQUARE.ry + 8), squareness=3)
    field.roughen(4.5, 26, 11)
    field.roughen(1.6, 5, 12)
    return field


def square_field() -> Field:
    """Return the shape of the cobbled market square and the start of each street."""
    field = Field()
    field.add_oval(SQUARE, squareness=3)
    field.add_stroke(Stroke(((380, 282), (322, 283)), 17))
    field.add_stroke(Stroke(((610, 284), (676, 288)), 17))
    field.add_stroke(Stroke(((496, 330), (499, 392)), 15))
    field.add_stroke(Stroke(((496, 180), (496, 220)), 18))
    field.add_stroke(Stroke(((610, 252), (654, 244)), 15))
    field.add_stroke(Stroke(((760, 110), (760, 20)), 22))
    field.roughen(6.0, 22, 21)
    return field


def water_field() -> Field:
    """Return the shape of the stream and the pond."""
    field = Field()
    for stroke in STREAM:
        field.add_stroke(stroke)
    field.add_oval(POND)
    field.roughen(3.0, 18, 31)
    field.roughen(1.0, 4, 32)
    return field
