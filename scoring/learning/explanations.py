"""What moved a prediction, exactly, on the log-odds scale, one share per column; they add up to the prediction.

The share of a feature is its Shapley value against the average row of the training. For a logistic model that is
coefficient x (value - mean), summed over the parts of the column (Lundberg and Lee, A unified approach to interpreting
model predictions, 2017, corollary 1). Boosting is built so that at most two features meet in a path; then the game has
no interactions of three, and the value is the mean of what a feature adds first and what it adds last,

    phi_j = 1/2 [v({j}) - v({})] + 1/2 [v(N) - v(N without j)],

for each pair splits its joint part in halves (Grabisch, k-order additive discrete fuzzy measures, 1997). v(S) is the
mean prediction with the features in S from the row and the others from the background rows. Both are exact for the
model and its background; neither says what causes what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from .encodings import Encoding
from .measures import Floats
from .predictors import Predictor
from .tables import Table

# Predictions asked at once, so that memory stays flat.
AT_ONCE = 200_000
# A reader acts on a change that moves the risk by two points, not by less.
LEAST_MOVE = 0.02


@dataclass(frozen=True, slots=True)
class Reason:
    """`sentence`: "Contract is Month-to-month"; `effect` in log-odds, above zero where it raises the prediction."""

    feature: str
    value: str
    effect: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Change:
    """What the prediction would be with one value changed and everything else as it is."""

    feature: str
    value: str
    instead: str
    prediction: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The prediction, what the average row has in log-odds, and all that moves it from there, largest first."""

    prediction: float
    base: float
    reasons: tuple[Reason, ...]


def explained(predictor: Predictor, table: Table) -> list[Explained]:
    """For each row what moved its prediction. Meant for the rows that are shown, not for all there are."""
    x = predictor.encoding.matrix(table)
    found: list[Explained | None] = [None] * table.n
    for model, rows in predictor.parts(table):
        if not len(rows):
            continue
        base, effects = contributions(model, predictor.encoding, x[rows], predictor.background)
        p = model.predict_proba(x[rows])[:, 1]
        for k, row in enumerate(rows):
            found[row] = Explained(float(p[k]), base, _reasons(predictor.encoding, x[row], effects[k]))
    return [one for one in found if one is not None]


def contributions(model: Any, encoding: Encoding, x: Floats, background: Floats) -> tuple[float, Floats]:
    """The log-odds of the average background row, and per row and feature what it adds to that."""
    if not hasattr(model, "calibrated_classifiers_"):
        return float(np.log(model.class_prior_[1] / model.class_prior_[0])), np.zeros(x.shape)
    whole = model.calibrated_classifiers_[0]
    sigmoid, estimator = whole.calibrators[0], whole.estimator
    ask = _linear if isinstance(estimator, Pipeline) else _pairwise
    base, effects = ask(estimator, encoding, x, background)
    return float(-(sigmoid.a_ * base + sigmoid.b_)), np.asarray(-sigmoid.a_ * effects)


def what_would_change(
    predictor: Predictor, table: Table, *, changeable: list[str] | None = None, most: int = 3
) -> list[list[Change]]:
    """For each row the single changes that lower its prediction most, at least by two points.

    `changeable` are the columns that somebody can change; all by default. A number is tried at the quartiles of the
    background. These are statements about the model, not promises about the customer.
    """
    x = predictor.encoding.matrix(table)
    found: list[list[Change]] = [[] for _ in range(table.n)]
    for model, rows in predictor.parts(table):
        for row in rows:
            found[row] = _changes(predictor, model, x[row], changeable)[:most]
    return found


def _changes(predictor: Predictor, model: Any, row: Floats, changeable: list[str] | None) -> list[Change]:
    tries = [
        (place, value)
        for place, feature in enumerate(predictor.encoding.features)
        if changeable is None or feature.name in changeable
        for value in _others(predictor, place, row[place])
    ]
    if not tries:
        return []
    asked = np.repeat(row[None, :], len(tries) + 1, axis=0)
    for k, (place, value) in enumerate(tries):
        asked[k, place] = value
    p = model.predict_proba(asked)[:, 1]
    best: dict[int, tuple[float, float]] = {}
    for (place, value), would in zip(tries, p[:-1], strict=True):
        if p[-1] - would >= LEAST_MOVE and would < best.get(place, (1.0, 0.0))[0]:
            best[place] = (float(would), value)
    changes = [_change(predictor, place, row[place], *new, now=float(p[-1])) for place, new in best.items()]
    return sorted(changes, key=lambda change: (change.prediction, change.feature))


def _others(predictor: Predictor, place: int, now: float) -> list[float]:
    feature = predictor.encoding.features[place]
    if not feature.is_number:
        return [float(value) for value in range(len(feature.levels)) if value != now]
    known = predictor.background[:, place]
    known = known[~np.isnan(known)]
    return (
        sorted(set(map(float, np.quantile(known, [0.25, 0.5, 0.75], method="nearest")))) if len(known) else []
    )


def _change(
    predictor: Predictor, place: int, value: float, would: float, other: float, *, now: float
) -> Change:
    feature = predictor.encoding.features[place]
    is_now, instead = feature.words(value), feature.words(other)
    sentence = f"With {feature.name} {instead} instead of {is_now} it would be {would:.0%}, not {now:.0%}."
    return Change(feature.name, is_now, instead, would, sentence)


def _reasons(encoding: Encoding, row: Floats, effects: Floats) -> tuple[Reason, ...]:
    order = sorted(range(len(effects)), key=lambda place: (-abs(effects[place]), place))
    reasons = []
    for place in order:
        feature = encoding.features[place]
        value = feature.words(row[place])
        reasons.append(Reason(feature.name, value, float(effects[place]), f"{feature.name} is {value}"))
    return tuple(reasons)


def _linear(estimator: Any, encoding: Encoding, x: Floats, background: Floats) -> tuple[float, Floats]:
    """Coefficient x (value - mean), each part of a column counted to the column."""
    columns, model = estimator[0], estimator[-1]
    coefficients = model.coef_[0]
    mean = columns.transform(background).mean(axis=0)
    parts = (columns.transform(x) - mean) * coefficients
    effects = np.zeros(x.shape)
    for part, place in enumerate(_owners(columns, encoding)):
        effects[:, place] += parts[:, part]
    return float(mean @ coefficients + model.intercept_[0]), effects


def _owners(columns: Any, encoding: Encoding) -> list[int]:
    """For each column behind the transformer the feature that it came from."""
    owners: list[int] = []
    if encoding.numbers:
        marks = columns.named_transformers_["numbers"]["fill"].indicator_.features_
        owners += encoding.numbers + [encoding.numbers[int(mark)] for mark in marks]
    if encoding.categories:
        values = columns.named_transformers_["categories"].categories_
        owners += [place for place, known in zip(encoding.categories, values, strict=True) for _ in known]
    return owners


def _pairwise(estimator: Any, encoding: Encoding, x: Floats, background: Floats) -> tuple[float, Floats]:
    """The mean of what a feature adds to the background and what it adds to the rest of the row."""
    nothing = float(estimator.decision_function(background).mean())
    everything = estimator.decision_function(x)
    effects = np.empty(x.shape)
    for place in range(x.shape[1]):
        alone = _swapped(estimator, background, x[:, place], place)
        without = _swapped(estimator, x, background[:, place], place).T if len(x) else np.empty((0, 0))
        first = alone.mean(axis=1) - nothing
        last = everything - without.mean(axis=1)
        effects[:, place] = (first + last) / 2
    return nothing, effects


def _swapped(estimator: Any, rows: Floats, values: Floats, place: int) -> Floats:
    """For each of `values` (down) and each of `rows` (across) the prediction of the row with that value in `place`."""
    distinct, back = np.unique(values, return_inverse=True, equal_nan=True)
    found = np.empty((len(distinct), len(rows)))
    at_once = max(1, AT_ONCE // max(1, len(rows)))
    for start in range(0, len(distinct), at_once):
        some = distinct[start : start + at_once]
        asked = np.tile(rows, (len(some), 1))
        asked[:, place] = np.repeat(some, len(rows))
        found[start : start + at_once] = estimator.decision_function(asked).reshape(len(some), len(rows))
    return np.asarray(found[back.reshape(-1)])
