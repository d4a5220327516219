"""Columns that know the answer: flagged, and kept out until a person decides.

Four signs, each with figures in its sentence:
- `near_perfect`: the column alone tells the label, AUC 0.97 or more. In five folds, by the rate of each value or of
  each twentieth of a number, so that a column of many values is not flagged for learning its rows by heart.
- `label_aggregate`: its numbers are the mean (with or without the row itself) or the count of the label in a group.
  The group need not be in the table: where rows with the value v have the label at a rate of exactly v, and that for
  two different v, the label made the column.
- `one_class_only`: filled, above zero, or of some value in rows of one class only, more often than chance does.
- `after_the_fact`: a time after the moment for which the row speaks, or filled or blank as the label is.

Source of the idea: Kaufman, Rosset and Perlich, Leakage in data mining (2011).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .cards import Leak
from .columns import FEATURES, Column, Kind
from .measures import Floats, Labels, auc
from .tables import Table
from .validation import Folds

NEAR_PERFECT = 0.97
# The blank of a column that people fill when it happened: no honest column is blank so much by the label.
TELLING_BLANK = 0.9
TWENTIETHS = 20
# Fewer marked rows may be of one class by chance; a thousand columns should not flag one.
FEWEST_MARKED, BY_CHANCE = 20, 1e-6
# A share written with three decimals still is the share.
ROUNDED = 0.00051
FEWEST_IN_GROUP = 10
LATE_SHARE = 0.01


def leaks(
    table: Table, y: Labels, *, at: str = "", keep: frozenset[str] = frozenset(), seed: int
) -> list[Leak]:
    """Each column that knows the answer, once, with its strongest sign. `at` is the column of the row's moment."""
    folds = Folds.of(y, seed=seed)
    found = []
    for column in table.columns:
        if column.name == at:
            continue
        sign = _sign(column, table, y, at, folds)
        if sign:
            code, sentence = sign
            kept = column.name in keep
            found.append(Leak(column=column.name, code=code, sentence=f"{column.name} {sentence}", kept=kept))
    return found


def _sign(column: Column, table: Table, y: Labels, at: str, folds: Folds) -> tuple[str, str] | None:
    late = _after(column, table.column(at)) if at else None
    if late:
        return late
    if column.kind in FEATURES:
        made = _aggregate(column, table, y)
        return made or _one_class(column, y) or _blank(column, y) or _perfect(column, y, folds)
    return _one_class(column, y) or _blank(column, y)


def _perfect(column: Column, y: Labels, folds: Folds) -> tuple[str, str] | None:
    alone = auc(y, rates(column, y, folds))
    if alone is None or alone["mid"] < NEAR_PERFECT:
        return None
    return "near_perfect", (
        f"alone tells the label with an AUC of {alone['mid']:.3f} ({alone['low']:.3f} to {alone['high']:.3f}): "
        "it was probably written down afterwards."
    )


def rates(column: Column, y: Labels, folds: Folds) -> Floats:
    """For each row how often rows of other folds with the same value, or near it, have the label."""
    groups = _groups(column)
    p = np.empty(len(y))
    for train, test in folds.parts:
        count = np.bincount(groups[train], minlength=int(groups.max()) + 1)
        hits = np.bincount(groups[train], weights=y[train], minlength=len(count))
        # One row of the average in each group, so that a group of one row says little.
        p[test] = ((hits + y[train].mean()) / (count + 1))[groups[test]]
    return p


def _groups(column: Column) -> NDArray[np.int64]:
    """A number for each value, or for each twentieth of many; blanks are a group of their own."""
    values = column.values
    known = values[~column.missing]
    if not column.levels and len(known):
        edges = np.unique(np.quantile(known, np.linspace(0, 1, TWENTIETHS + 1)[1:-1]))
        values = np.where(column.missing, np.nan, np.searchsorted(edges, values, side="right"))
    return np.where(column.missing, np.nanmax(values, initial=0) + 1, values).astype(np.int64)


def _aggregate(column: Column, table: Table, y: Labels) -> tuple[str, str] | None:
    if column.kind is not Kind.NUMBER or column.missing.all():
        return None
    for group in table.columns:
        if group.kind in (Kind.CATEGORY, Kind.FLAG) and (what := _made_of(column, group, y)):
            return (
                "label_aggregate",
                f"is the {what} of the label per {group.name}: it was made of the answers.",
            )
    values, place, count = np.unique(column.values[~column.missing], return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=y[~column.missing]) / count
    exact = (count >= FEWEST_IN_GROUP) & (values > 0) & (values < 1) & (np.abs(means - values) <= ROUNDED)
    if exact.sum() >= 2 and count[exact].sum() >= 0.9 * len(y):
        return "label_aggregate", (
            f"is the rate of the label among the rows that share its value, exactly, for {int(exact.sum())} values: "
            "it was made of the answers."
        )
    return None


def _made_of(column: Column, group: Column, y: Labels) -> str | None:
    """Which aggregate of the label per group the column equals in all rows that have both."""
    rows = ~(column.missing | group.missing)
    if not rows.any():
        return None
    place = group.values[rows].astype(np.int64)
    value, label = column.values[rows], y[rows]
    count, hits = np.bincount(place), np.bincount(place, weights=label)
    if (count > 0).sum() < 2 or np.ptp(value) == 0:
        return None
    n, k = count[place], hits[place]
    others = np.divide(k - label, n - 1, out=np.full(len(n), np.nan), where=n > 1)
    for what, made in (
        ("mean", k / n),
        ("mean over the other rows", others),
        ("count", k),
        ("count of no", n - k),
    ):
        if np.nanmax(np.abs(value - made), initial=0.0) <= ROUNDED and not np.isnan(made).all():
            return what
    return None


def _one_class(column: Column, y: Labels) -> tuple[str, str] | None:
    for words, marked in _marks(column):
        n = int(marked.sum())
        for sort, rate, hits in (
            ("positive", y.mean(), y[marked].sum()),
            ("negative", 1 - y.mean(), n - y[marked].sum()),
        ):
            # A value that only the frequent class has is common among honest columns; only filled counts there.
            if sort == "negative" and words != "is filled":
                continue
            if n >= FEWEST_MARKED and hits == n and n * math.log(rate) <= math.log(BY_CHANCE):
                return "one_class_only", (
                    f"{words} in {n:,} rows and all of them are {sort}, of {rate:.0%} overall: "
                    "it was probably written down afterwards."
                )
    return None


def _marks(column: Column) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if column.missing.any():
        yield "is filled", ~column.missing
    if column.kind in (Kind.CATEGORY, Kind.FLAG):
        for place, level in enumerate(column.levels):
            yield f"says “{level[:40]}”", column.values == place
    elif column.kind is Kind.NUMBER and (column.values == 0).any():
        yield "is above zero", column.values > 0


def _blank(column: Column, y: Labels) -> tuple[str, str] | None:
    filled = (~column.missing).astype(np.float64)
    alone = auc(y, filled)
    if alone is None or max(alone["mid"], 1 - alone["mid"]) < TELLING_BLANK:
        return None
    return "after_the_fact", (
        f"is filled in {filled[y == 1].mean():.0%} of the positive rows and {filled[y == 0].mean():.0%} of the others: "
        "whether it is filled tells the label."
    )


def _after(column: Column, at: Column) -> tuple[str, str] | None:
    if column.kind is not Kind.TIME:
        return None
    both = ~(column.missing | at.missing)
    late = int((column.values[both] > at.values[both]).sum())
    if not late or late < LATE_SHARE * both.sum():
        return None
    return "after_the_fact", (
        f"lies after {at.name} in {late:,} of {int(both.sum()):,} rows: it was not known when the row speaks."
    )
