"""Intervals for a share that was seen in so many of so many."""

from __future__ import annotations

import math
from typing import NamedTuple

# The standard normal deviate of a two-sided 90 % interval.
Z_90 = 1.6448536269514722
# Under so many known ones a share says nothing yet (DESIGN §6).
ENOUGH = 50


class Interval(NamedTuple):
    """`mid` is the share as counted; without anything counted nothing is known, so it lies half way."""

    low: float
    mid: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def wilson(part: float, of: float, z: float = Z_90) -> Interval:
    """The score interval of Wilson (1927), which holds its coverage for small counts and shares near 0 and 1.

    Recommended over Wald's by Brown, Cai and DasGupta, Interval estimation for a binomial proportion (2001).
    Raises ValueError for a part that is not between nothing and all.
    """
    if not 0 <= part <= of:
        raise ValueError(f"{part} of {of} is no share.")
    if of <= 0:
        return Interval(0.0, 0.5, 1.0)
    share, square = part / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Interval(
        min(share, max(0.0, middle - half)),
        share,
        max(share, min(1.0, middle + half)),
    )
