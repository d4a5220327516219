"""A course of evidence as a chart: places in per cent on a logarithmic scale, and the table beneath it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from approvals.rules.courses import Point, thinned

from .cell_words import odds

DRAWN, TOLD = 200, 8
# The plot shows a hundredth to ten times what suffices, or more where the evidence went further.
LOWEST, ABOVE = 0.01, 10


def chart(points: Sequence[Point], *, enough: float, what: str, title: str, nothing: str) -> dict[str, Any]:
    """What the template draws. `what` is what was counted, `title` says the finding, `nothing`
    what is said before the first."""
    top = math.log10(max(enough * ABOVE, *(point.e_value for point in points)))
    bottom = math.log10(LOWEST)
    last = max(points[-1].counted, 1)

    def height(e_value: float) -> float:
        place = (math.log10(max(e_value, LOWEST)) - bottom) / (top - bottom)
        return round(100 * (1 - place), 2)

    return {
        "title": title,
        "what": what,
        "nothing": nothing,
        "line": " ".join(
            f"{100 * point.counted / last:.2f},{height(point.e_value)}" for point in thinned(points, DRAWN)
        ),
        "even": height(1.0),
        "enough": height(enough),
        "enough_says": odds(enough),
        "last": last,
        "now_x": 100 if points[-1].counted else 0,
        "now_y": height(points[-1].e_value),
        "rows": [
            {
                "counted": point.counted,
                "failed": point.failed,
                "odds": odds(point.e_value),
                "suffices": point.e_value >= enough,
            }
            for point in thinned(points[1:], TOLD)
        ],
    }
