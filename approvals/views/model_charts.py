"""Geometry of the charts on a model's page: across in per cent of the width, down in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scoring.learning.cards import Bin, Card, Interval, Tenth

# Of a chart: where 1 and 0 lie.
TOP, FOOT = 10.0, 150.0
# An AUC is drawn from a little below a coin to perfect.
AUC_FROM, AUC_TO = 0.4, 1.0
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
CURVE_POINTS = 101


def reliability(bins: Sequence[Bin]) -> dict[str, Any]:
    """What was predicted against what happened; whoever is right lies on the diagonal."""
    most = _scale(max((max(one["predicted"], one["actual"]["high"]) for one in bins), default=1.0))
    return {
        "dots": [
            {
                "x": _x(one["predicted"] / most),
                "y": _y(one["actual"]["mid"] / most),
                "low": _y(one["actual"]["low"] / most),
                "high": _y(one["actual"]["high"] / most),
            }
            for one in bins
        ],
        "grid": [{"y": _y(share), "text": f"{share * most:.0%}"} for share in GRID[1:]],
        "ticks": [
            {"x": _x(share), "text": f"{share * most:.0%}", "anchor": _anchor(share)} for share in GRID
        ],
        "top": f"{TOP:.1f}",
        "foot": f"{FOOT:.1f}",
    }


def gains(tenths: Sequence[Tenth], rate: float) -> dict[str, Any]:
    """How many of each tenth it was, the highest predictions first, against the share of all."""
    most = _scale(max((one["rate"]["high"] for one in tenths), default=1.0))
    width = 100 / max(len(tenths), 1)
    return {
        "bars": [
            {
                "x": f"{index * width + width * 0.12:.2f}",
                "width": f"{width * 0.76:.2f}",
                "middle": f"{index * width + width / 2:.2f}",
                "y": _y(one["rate"]["mid"] / most),
                "height": f"{FOOT - float(_y(one['rate']['mid'] / most)):.1f}",
                "low": _y(one["rate"]["low"] / most),
                "high": _y(one["rate"]["high"] / most),
                "text": str(one["tenth"]),
            }
            for index, one in enumerate(tenths)
        ],
        "base": _y(rate / most),
        "grid": [{"y": _y(share), "text": f"{share * most:.0%}"} for share in GRID[1:]],
        "foot": f"{FOOT:.1f}",
    }


def cost(card: Card) -> dict[str, Any]:
    """What a record costs on average by threshold, with the cheapest one. Points are in a box of 100 by 100."""
    curve = _thinned(card["cost_curve"])
    most = max((one["per_row"] for one in curve), default=0.0) or 1.0
    points = " ".join(
        f"{one['threshold'] * 100:.2f},{100 - one['per_row'] / most * 100:.2f}" for one in curve
    )
    return {
        "points": points,
        "best": f"{card['threshold']['at'] * 100:.2f}",
        "best_text": f"{card['threshold']['at']:.0%}",
        "most": f"{most:.2f}",
        "ticks": [{"x": _x(share), "text": f"{share:.0%}", "anchor": _anchor(share)} for share in GRID],
        "top": f"{TOP:.1f}",
        "foot": f"{FOOT:.1f}",
        "height": f"{FOOT - TOP:.1f}",
    }


def auc(found: Interval | None) -> dict[str, str] | None:
    """An AUC as a line on a scale from 0.4 to 1, with chance at 0.5."""
    if found is None:
        return None

    def at(value: float) -> str:
        held = min(max(value, AUC_FROM), AUC_TO)
        return f"{(held - AUC_FROM) / (AUC_TO - AUC_FROM) * 100:.2f}"

    return {
        "from": at(found["low"]),
        "to": at(found["high"]),
        "mid": at(found["mid"]),
        "chance": at(0.5),
        "said": f"{found['mid']:.3f}",
        "interval": f"{found['low']:.3f} to {found['high']:.3f}",
    }


def _thinned(curve: Sequence[Any]) -> Sequence[Any]:
    """At most so many points: more are not seen and are sent all the same."""
    step = max(1, -(-len(curve) // CURVE_POINTS))
    return [*curve[::step], *([curve[-1]] if curve and (len(curve) - 1) % step else [])]


def _scale(most: float) -> float:
    """The top of the axis: the smallest of a few round shares that holds everything."""
    return next((one for one in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if one >= most), 1.0)


def _x(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.2f}"


def _y(share: float) -> str:
    return f"{FOOT - min(max(share, 0.0), 1.0) * (FOOT - TOP):.1f}"


def _anchor(share: float) -> str:
    return "start" if share == 0 else "end" if share == 1 else "middle"
