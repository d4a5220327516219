"""At which prediction acting pays: the cost of each outcome, and the threshold where the mean cost is lowest.

For well calibrated predictions the threshold is (c_fa - c_rest) / (c_fa - c_rest + c_miss - c_hit), in Elkan, The
foundations of cost-sensitive learning (2001); here it is searched on the predictions as they are, so that poor
calibration does not move it unseen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cards import Cost, CostPoint, Threshold
from .columns import Unlearnable
from .measures import Floats, Labels, mean, share

# Missing somebody who leaves costs as much as calling on five who stay; calling on one who leaves costs one call too.
USUAL = Cost(hit=1.0, false_alarm=1.0, miss=5.0, right_rest=0.0)
POINTS = 101


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
    at = np.linspace(0, 1, POINTS)
    return [
        CostPoint(threshold=float(t), per_row=float(value))
        for t, value in zip(at, _means(y, p, cost, at), strict=True)
    ]


def best(y: Labels, p: Floats, cost: Cost) -> Threshold:
    """The threshold of lowest mean cost, and what happens at it."""
    at = np.linspace(0, 1, POINTS)
    threshold = float(at[int(np.argmin(_means(y, p, cost, at)))])
    flagged = p >= threshold
    hits, alarms = int((flagged & (y == 1)).sum()), int((flagged & (y == 0)).sum())
    misses = int(y.sum()) - hits
    return Threshold(
        at=threshold,
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


def _means(y: Labels, p: Floats, cost: Cost, at: Floats) -> Floats:
    return np.array([_each(y, p >= threshold, cost).mean() for threshold in at])


def _each(y: Labels, flagged: NDArray[np.bool_], cost: Cost) -> Floats:
    return np.asarray(
        np.where(
            flagged,
            np.where(y == 1, cost["hit"], cost["false_alarm"]),
            np.where(y == 1, cost["miss"], cost["right_rest"]),
        )
    )
