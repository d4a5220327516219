"""At which prediction acting pays: the cost of each outcome, and the threshold where the mean cost is lowest.

For well calibrated predictions the threshold is (c_fa - c_rest) / (c_fa - c_rest + c_miss - c_hit), in Elkan, The
foundations of cost-sensitive learning (2001); here it is searched on the predictions as they are, so that poor
calibration does not move it unseen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cards import AtThreshold, Cost, CostPoint, Interval, Threshold
from .columns import Unlearnable
from .measures import RESAMPLES, Floats, Labels, interval, mean, share

# Missing somebody who leaves costs as much as calling on five who stay; calling on one who leaves costs one call too.
USUAL = Cost(hit=1.0, false_alarm=1.0, miss=5.0, right_rest=0.0)
POINTS = 101
AT = np.linspace(0, 1, POINTS)


def require_sense(cost: Cost) -> None:
    """Raises Unlearnable for a matrix by which acting never pays or always does."""
    if not all(np.isfinite(value) for value in cost.values()):  # type: ignore[call-overload]
        raise Unlearnable("Every cost is a number.")
    if cost["miss"] <= cost["hit"]:
        raise Unlearnable(
            f"Missing one costs {cost['miss']:g} and acting on one {cost['hit']:g}: acting would never pay."
        )
    if cost["false_alarm"] <= cost["right_rest"]:
        raise Unlearnable(
            f"A false alarm costs {cost['false_alarm']:g} and leaving in peace {cost['right_rest']:g}: "
            "acting on everybody would always pay."
        )


def curve(y: Labels, p: Floats, cost: Cost) -> list[CostPoint]:
    """The mean cost of a row at 101 thresholds from 0 to 1."""
    return [
        CostPoint(threshold=float(at), per_row=float(value))
        for at, value in zip(AT, _means(_cells(y, p), cost), strict=True)
    ]


def best(y: Labels, p: Floats, cost: Cost, *, seed: int) -> Threshold:
    """The threshold of lowest mean cost, and what happens at it."""
    cells = _cells(y, p)
    threshold = float(AT[int(np.argmin(_means(cells, cost)))])
    flagged = p >= threshold
    hits, alarms = int((flagged & (y == 1)).sum()), int((flagged & (y == 0)).sum())
    misses = int(y.sum()) - hits
    return Threshold(
        at=threshold,
        at_interval=_moved(cells, cost, threshold, seed),
        flagged=float(flagged.mean()),
        precision=share(hits, hits + alarms) if hits + alarms else None,
        recall=share(hits, hits + misses),
        true_positives=hits,
        false_positives=alarms,
        false_negatives=misses,
        true_negatives=len(y) - hits - alarms - misses,
        per_row=mean(_each(y, flagged, cost)),
        per_row_nobody=float(_each(y, np.zeros(len(y), bool), cost).mean()),
        per_row_everybody=float(_each(y, np.ones(len(y), bool), cost).mean()),
    )


def at_threshold(y: Labels, p: Floats, threshold: float) -> AtThreshold:
    """What acting from this prediction on means for these rows."""
    flagged = p >= threshold
    hits, chosen, positives = int((flagged & (y == 1)).sum()), int(flagged.sum()), int(y.sum())
    return AtThreshold(
        flagged=share(chosen, len(y)),
        precision=share(hits, chosen) if chosen else None,
        recall=share(hits, positives) if positives else None,
    )


def _cells(y: Labels, p: Floats) -> NDArray[np.int64]:
    """Rows by outcome (down: no, yes) and by the highest threshold at which they are flagged (across)."""
    highest = np.searchsorted(AT, p, side="right") - 1
    return np.bincount(y * POINTS + highest, minlength=2 * POINTS).reshape(2, POINTS)


def _means(cells: NDArray[Any], cost: Cost) -> Floats:
    """The mean cost at each threshold, the last two axes being those of `_cells`."""
    flagged = np.cumsum(cells[..., ::-1], axis=-1)[..., ::-1]
    rest = cells.sum(axis=-1, keepdims=True) - flagged
    yes = flagged[..., 1, :] * cost["hit"] + rest[..., 1, :] * cost["miss"]
    no = flagged[..., 0, :] * cost["false_alarm"] + rest[..., 0, :] * cost["right_rest"]
    return np.asarray((yes + no) / cells.sum(axis=(-2, -1))[..., None])


def _moved(cells: NDArray[np.int64], cost: Cost, threshold: float, seed: int) -> Interval:
    """Where the lowest cost lies in 200 resamples: drawing rows is drawing the cells that they are in."""
    n = int(cells.sum())
    drawn = np.random.default_rng(seed).multinomial(n, cells.ravel() / n, size=RESAMPLES)
    return interval(AT[_means(drawn.reshape(RESAMPLES, 2, POINTS), cost).argmin(axis=-1)], threshold)


def _each(y: Labels, flagged: NDArray[np.bool_], cost: Cost) -> Floats:
    return np.asarray(
        np.where(
            flagged,
            np.where(y == 1, cost["hit"], cost["false_alarm"]),
            np.where(y == 1, cost["miss"], cost["right_rest"]),
        )
    )
