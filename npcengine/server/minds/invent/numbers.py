"""Makes up numbers within bounds, and multiples of others."""

import math
from collections.abc import Iterator
from fractions import Fraction
from random import Random

from npcengine.server.minds.invent.budget import TRIES, UnfitError
from npcengine.server.minds.invent.demands import Demands

__all__ = ["integers", "numbers"]

REACH = 100
"""How far from its one bound, or from 0, a number goes that has no other."""

VAST = 2**31
"""Bounds further apart than this are those of a type, such as the 2**53 that zod writes."""


def integers(demands: Demands, random: Random, path: str) -> Iterator[int]:
    """Yield whole numbers; each that fits comes once, from anywhere and then upwards."""
    step = _step(demands) or Fraction(1)
    # Multiples of p/q that are whole are the multiples of p.
    for multiple in _multiples(demands, Fraction(step.numerator), random, path):
        yield int(multiple)


def numbers(demands: Demands, random: Random, path: str) -> Iterator[float]:
    """Yield numbers, with few decimals where there is room."""
    if (step := _step(demands)) is not None:
        for multiple in _multiples(demands, step, random, path):
            yield _float(multiple, path)
        return
    least, most = _ends(demands, path)
    if least > most:
        raise UnfitError(path, "no number is within its bounds")
    for _ in range(TRIES):
        part = 0.25 + 0.5 * random.random()
        value = min(most, max(least, least * (1 - part) + most * part))
        rounded = (round(value, digits) for digits in (2, 5, 10))
        yield next((short for short in rounded if least <= short <= most), value)


def _multiples(demands: Demands, step: Fraction, random: Random, path: str) -> Iterator[Fraction]:
    least, most = _bounds(demands, REACH * step)
    first, last = math.ceil(least / step), math.floor(most / step)
    first += first * step in _excluded(demands, "exclusiveMinimum")
    last -= last * step in _excluded(demands, "exclusiveMaximum")
    if first > last:
        raise UnfitError(path, "no such number is within its bounds")
    count = last - first + 1
    offset = random.randrange(count)
    for index in range(min(count, TRIES)):
        yield step * (first + (offset + index) % count)


def _bounds(demands: Demands, reach: Fraction) -> tuple[Fraction, Fraction]:
    """Return between what a number is, with numbers of a usual size where there is a choice."""
    lower = [demands.most_of(key) for key in ("minimum", "exclusiveMinimum")]
    upper = [demands.least_of(key) for key in ("maximum", "exclusiveMaximum")]
    lowest = max((Fraction(bound) for bound in lower if bound is not None), default=None)
    highest = min((Fraction(bound) for bound in upper if bound is not None), default=None)
    if lowest is not None and highest is not None and highest - lowest <= VAST:
        return lowest, highest
    if highest is not None and highest <= 0:
        return max(highest - reach, lowest or highest - reach), highest
    first = max(lowest or Fraction(0), Fraction(0))
    return first, first + reach if highest is None else min(highest, first + reach)


def _ends(demands: Demands, path: str) -> tuple[float, float]:
    """Return bounds that are themselves allowed."""
    least, most = (_float(bound, path) for bound in _bounds(demands, Fraction(REACH)))
    if Fraction(least) in _excluded(demands, "exclusiveMinimum"):
        least = math.nextafter(least, math.inf)
    if Fraction(most) in _excluded(demands, "exclusiveMaximum"):
        most = math.nextafter(most, -math.inf)
    return least, most


def _float(value: Fraction, path: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise UnfitError(path, "its bounds are too far out for a number") from None


def _excluded(demands: Demands, key: str) -> list[Fraction]:
    bound = demands.most_of(key) if key == "exclusiveMinimum" else demands.least_of(key)
    return [] if bound is None else [Fraction(bound)]


def _step(demands: Demands) -> Fraction | None:
    """Return what a number must be a multiple of, in the decimals it was written with."""
    step = demands.most_of("multipleOf")
    return Fraction(str(step)) if step is not None and step > 0 else None
