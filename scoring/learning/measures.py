"""How good predictions are, each figure with a 95 % interval.

The AUC has DeLong's variance by midranks and an interval on the logit scale, so that it stays within 0 and 1; shares
have Wilson's; everything else the percentile interval of a bootstrap over rows, drawn from a fixed seed. The expected
calibration error has ten bins of equal mass; noise alone makes it greater than zero, so its interval does not hold
zero even for a perfect model.

Sources: DeLong, DeLong and Clarke-Pearson, Comparing the areas under two or more correlated ROC curves (1988); Sun and
Xu, Fast implementation of DeLong's algorithm (2014); Wilson, Probable inference (1927); Efron and Tibshirani, An
introduction to the bootstrap (1993); Brier, Verification of forecasts (1950); Naeini, Cooper and Hauskrecht, Obtaining
well calibrated probabilities using Bayesian binning (2015); Nixon et al., Measuring calibration in deep learning
(2019), for bins of equal mass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import rankdata

from .cards import Bin, Interval, Measures, Tenth

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

Z = 1.959963984540054
BINS = 10
RESAMPLES = 200
CELLS_AT_ONCE = 2_000_000
# A prediction of exactly 0 or 1 that is wrong would cost endlessly much.
NEAREST = 1e-6


def measured(y: Labels, p: Floats, *, seed: int) -> Measures:
    """All figures of predictions `p` (shares) for outcomes `y` (0 or 1), the same for the same seed."""
    positives = int(y.sum())
    found = auc(y, p)
    brier, ece, precision = _resampled(y, p, seed)
    return Measures(
        n=len(y),
        positives=positives,
        rate=share(positives, len(y)),
        predicted=float(p.mean()),
        auc=found,
        average_precision=precision if found else None,
        brier=brier,
        ece=ece,
        log_loss=float(losses(y, p).mean()),
        no_better_than_chance=found is None or found["low"] <= 0.5 <= found["high"] or found["high"] < 0.5,
    )


def auc(y: Labels, p: Floats) -> Interval | None:
    """The chance that a positive row is predicted higher than a negative one; None when one class is missing."""
    positive, negative = p[y == 1], p[y == 0]
    m, n = len(positive), len(negative)
    if not m or not n:
        return None
    ranks = rankdata(np.concatenate([positive, negative]))
    mid = float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))
    above = (ranks[:m] - rankdata(positive)) / n
    below = 1 - (ranks[m:] - rankdata(negative)) / m
    return _on_logit_scale(mid, math.sqrt(_variance(above) / m + _variance(below) / n), m, n)


def share(part: int, of: int) -> Interval:
    """Wilson's interval of a share; of nothing it is anything."""
    if not of:
        return Interval(low=0.0, mid=0.0, high=1.0)
    mid = part / of
    centre = (mid + Z * Z / (2 * of)) / (1 + Z * Z / of)
    reach = Z / (1 + Z * Z / of) * math.sqrt(mid * (1 - mid) / of + Z * Z / (4 * of * of))
    return Interval(low=max(0.0, min(centre - reach, mid)), mid=mid, high=min(1.0, max(centre + reach, mid)))


def losses(y: Labels, p: Floats) -> Floats:
    """The log loss of each row."""
    safe = np.clip(p, NEAREST, 1 - NEAREST)
    return np.asarray(-np.where(y == 1, np.log(safe), np.log1p(-safe)))


def paired(first: Floats, second: Floats) -> Interval:
    """By how much `second` is lower than `first` per row, with the normal interval of the paired mean."""
    return mean(first - second)


def reliability(y: Labels, p: Floats) -> list[Bin]:
    """Ten bins of equal mass, the lowest predictions first: what was predicted, and what happened."""
    found = []
    for rows in _bins(p):
        happened = share(int(y[rows].sum()), len(rows))
        low, high = float(p[rows].min()), float(p[rows].max())
        found.append(Bin(low=low, high=high, n=len(rows), predicted=float(p[rows].mean()), actual=happened))
    return found


def gains(y: Labels, p: Floats) -> list[Tenth]:
    """Tenths of the rows, the highest predictions first: lift over the average, and positives captured so far."""
    average, all_positives = float(y.mean()), int(y.sum())
    found, captured = [], 0
    for tenth, rows in enumerate(reversed(_bins(p)), start=1):
        positives = int(y[rows].sum())
        captured += positives
        happened, so_far = share(positives, len(rows)), share(captured, all_positives)
        lift = _over(happened, average)
        found.append(
            Tenth(
                tenth=tenth,
                n=len(rows),
                positives=positives,
                rate=happened,
                lift=lift["mid"],
                lift_interval=lift,
                captured=so_far["mid"],
                captured_interval=so_far,
            )
        )
    return found


def _over(happened: Interval, average: float) -> Interval:
    """How many times the average that is; of nothing it is nothing."""
    by = average or 1.0
    return Interval(low=happened["low"] / by, mid=happened["mid"] / by, high=happened["high"] / by)


def calibrated(y: Labels, p: Floats, *, tolerance: float = 0.02, z: float = 2.5758293035489004) -> bool:
    """Whether what happened agrees with the mean prediction: within noise at 99 %, or within 2 points anyway.

    The noise is that of independent rows that are positive with their predicted share.
    """
    if not len(y):
        return False
    gap = abs(float(y.mean() - p.mean()))
    return gap <= max(tolerance, z * math.sqrt(float((p * (1 - p)).sum())) / len(y))


def mean(values: Floats) -> Interval:
    """The mean of rows with its normal interval."""
    mid = float(values.mean())
    reach = Z * math.sqrt(_variance(values) / len(values))
    return Interval(low=mid - reach, mid=mid, high=mid + reach)


def calibration_error(y: Labels, p: Floats) -> float:
    """The mean distance between prediction and outcome over ten bins of equal mass."""
    return float(sum(abs((p[rows] - y[rows]).sum()) for rows in _bins(p)) / len(y))


def interval(draws: Floats, mid: float) -> Interval:
    """The percentile interval of these draws, widened to hold the estimate."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(low=min(float(low), mid), mid=mid, high=max(float(high), mid))


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.25


def _on_logit_scale(mid: float, error: float, m: int, n: int) -> Interval:
    if mid in (0.0, 1.0):
        # The variance is estimated as 0, which no finite sample shows. Wilson's interval of as many trials as the
        # rarer class has rows stands for the doubt.
        k = min(m, n)
        return share(round(mid) * k, k)
    reach = Z * error / (mid * (1 - mid))
    logit = math.log(mid / (1 - mid))
    low, high = (float(expit(logit + side * reach)) for side in (-1, 1))
    return Interval(low=min(low, mid), mid=mid, high=max(high, mid))


def _bins(p: Floats) -> list[NDArray[np.int64]]:
    """Row numbers in at most ten bins of about equal mass by prediction; equal predictions share a bin."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, BINS + 1)[1:-1]))
    places = np.searchsorted(edges, p, side="right")
    found = [np.flatnonzero(places == place) for place in range(len(edges) + 1)]
    return [rows for rows in found if len(rows)]


def _resampled(y: Labels, p: Floats, seed: int) -> tuple[Interval, Interval, Interval]:
    """Brier, calibration error and average precision: every draw is a weighing of the same rows, sorted once."""
    order = np.argsort(-p, kind="stable")
    happened, p = y[order].astype(np.float64), p[order]
    ends = np.flatnonzero(np.append(np.diff(p) != 0, True))
    bins, gap, square = _bins(p), p - happened, (p - happened) ** 2
    once = _draw(np.ones((1, len(y))), happened, bins, gap, square, ends)
    draws = np.concatenate([_draw(w, happened, bins, gap, square, ends) for w in weighings(len(y), seed)])
    brier, ece, precision = (interval(draws[:, k], float(once[0, k])) for k in range(3))
    return brier, ece, precision


def weighings(n: int, seed: int) -> Iterator[Floats]:
    """How often each of n rows is drawn, 200 times over, in pieces that fit into memory."""
    random = np.random.default_rng(seed)
    at_once = max(1, CELLS_AT_ONCE // n)
    for start in range(0, RESAMPLES, at_once):
        size = min(at_once, RESAMPLES - start)
        yield random.multinomial(n, np.full(n, 1 / n), size=size).astype(np.float64)


def _draw(
    weights: Floats,
    y: Floats,
    bins: list[NDArray[np.int64]],
    gap: Floats,
    square: Floats,
    ends: NDArray[np.int64],
) -> Floats:
    ece = sum(np.abs(weights[:, rows] @ gap[rows]) for rows in bins)
    return np.stack([weights @ square / len(y), ece / len(y), _average_precision(weights, y, ends)], axis=1)


def _average_precision(weights: Floats, y: Floats, ends: NDArray[np.int64]) -> Floats:
    """Per row of weights: the sum over distinct predictions of precision times the growth of recall."""
    hits = np.cumsum(weights * y, axis=1)[:, ends]
    flagged = np.cumsum(weights, axis=1)[:, ends]
    growth = np.diff(hits, axis=1, prepend=0.0)
    precision = np.divide(hits, flagged, out=np.zeros_like(hits), where=flagged > 0)
    total = np.maximum(hits[:, -1:], 1.0)
    return np.asarray((precision * growth / total).sum(axis=1))
