"""Predictions for rows that the model has not seen, and what they say about choice, time and segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from .cards import Interval
from .judgments import FEWEST_FILLED
from .measures import Floats, Labels, losses, paired

FOLDS = 5
# A segment with fewer of either class is served by the pooled model: a model of its own would learn its noise.
FEWEST_FOR_OWN = 150
# Below this an AUC within a segment says little (its interval reaches ±0.1), so only the rate is shown as told.
FEWEST_TO_JUDGE = 30
# A gain of less than this share of the loss changes no list that anybody works through.
WORTH = 0.02
# The later quarter of the rows is what a model trained on the earlier ones is measured on.
LATER = 0.25

Make = Callable[[], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """The same folds for every model, so that they can be compared row by row."""

    parts: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]

    @classmethod
    def of(cls, y: Labels, *, seed: int) -> Folds:
        splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        return cls(tuple(splitter.split(np.zeros((len(y), 1)), y)))


def out_of_fold(make: Make, x: Floats, y: Labels, folds: Folds) -> Floats:
    """For each row the prediction of a model that was fitted without its fold."""
    p = np.empty(len(y))
    for train, test in folds.parts:
        p[test] = fitted_predictions(make, x[train], y[train], x[test])
    return p


def fitted_predictions(make: Make, x: Floats, y: Labels, ask: Floats) -> Floats:
    """Fit on `x` and `y`, and predict `ask`."""
    return np.asarray(fit(make, x, y).predict_proba(ask)[:, 1])


def fit(make: Make, x: Floats, y: Labels) -> Any:
    """A fitted model. A column that hardly any of these rows fill is a constant to it, for it says nothing there.

    A segment may lack what others have, and earlier rows what later ones have; boosting cannot bin an empty column.
    """
    empty = (~np.isnan(x)).sum(axis=0) < FEWEST_FILLED
    return make().fit(np.where(empty, 0.0, x), y)


def improvement(y: Labels, simpler: Floats, candidate: Floats) -> Interval:
    """By how much log loss per row the candidate is better than the simpler one, with the paired interval."""
    return paired(losses(y, simpler), losses(y, candidate))


def chosen(y: Labels, predictions: Sequence[Floats]) -> tuple[int, list[Interval | None]]:
    """The simplest model, unless a more able one is worth it: its place, and what each won against the choice so far.

    Worth it: better beyond noise, and by at least a fiftieth of the loss, for it is harder to read and to watch.
    """
    place = 0
    won: list[Interval | None] = [None]
    for candidate in range(1, len(predictions)):
        gain = improvement(y, predictions[place], predictions[candidate])
        won.append(gain)
        if gain["low"] > 0 and gain["mid"] >= WORTH * losses(y, predictions[place]).mean():
            place = candidate
    return place, won


def by_time(make: Make, x: Floats, y: Labels, at: Floats) -> tuple[Floats, NDArray[np.int64], float] | str:
    """Train on what came first and predict the later quarter: predictions, their rows, the first second of the later.

    Rows without a time stand out of both. A sentence instead, where one side has too few of either class.
    """
    known = np.flatnonzero(~np.isnan(at))
    if not len(known):
        return "No row has a time."
    cut = float(np.quantile(at[known], 1 - LATER, method="higher"))
    before, after = known[at[known] < cut], known[at[known] >= cut]
    for rows, side in ((before, "before"), (after, "after")):
        fewest = min(int(y[rows].sum()), int(len(rows) - y[rows].sum()))
        if fewest < FEWEST_TO_JUDGE:
            return f"Only {fewest} rows of one class lie {side} the cut: a split by time would tell nothing."
    return fitted_predictions(make, x[before], y[before], x[after]), after, cut


def own_predictions(
    make: Make, x: Floats, y: Labels, rows: NDArray[np.int64], pooled: Floats, folds: Folds
) -> Floats | None:
    """Out-of-fold predictions of a model for these rows alone; None unless it beats the pooled one beyond noise."""
    if min(int(y[rows].sum()), int(len(rows) - y[rows].sum())) < FEWEST_FOR_OWN:
        return None
    inside = np.zeros(len(y), bool)
    inside[rows] = True
    p = pooled.copy()
    for train, test in folds.parts:
        mine, ask = train[inside[train]], test[inside[test]]
        p[ask] = fitted_predictions(make, x[mine], y[mine], x[ask])
    return p[rows] if improvement(y[rows], pooled[rows], p[rows])["low"] > 0 else None
