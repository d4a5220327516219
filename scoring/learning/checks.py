"""Columns that know the answer: flagged, and kept out until a person decides.

Four signs, each with figures in its sentence:
- `near_perfect`: the column alone tells the label, AUC 0.97 or more. In five folds, by the rate of each value or of
  each twentieth of a number, so that a column of many values is not flagged for learning its rows by heart.
- `label_aggregate`: its numbers are the mean (with or without the row itself) or the count of the label in a group.
  The group need not be in the table: where rows with the value v have the label at a rate of exactly v, and that for
  two different v or more and nine rows of ten, the label made the column.
- `one_class_only`: above zero, or of some value, in positive rows only, or filled in rows of one class (of positives:
  nearly), more often than chance does.
- `after_the_fact`: a time after the moment for which the row speaks, or filled or blank as the label is.

Source of the idea: Kaufman, Rosset and Perlich, Leakage in data mining (2011).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

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
FILLED, FILLED_FOR = "is filled", 0.95
EXACT = 1e-9
MOSTLY = 0.9
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
    known = ~column.missing
    shares = column.values[known] / (100 if np.nanmax(column.values) > 1 else 1)
    exact = _exact_shares(shares, y[known]) if shares.min() >= 0 and shares.max() <= 1 else 0
    if exact < 2:
        return None
    return "label_aggregate", (
        f"is the rate of the label among the rows that share its value, exactly, for {exact} values: "
        "it was made of the answers."
    )


def _exact_shares(shares: Floats, y: Labels) -> int:
    """How many values are the rate of the label among their rows; 0 unless that holds for nine rows of ten."""
    values, place, count = np.unique(shares, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=y) / count
    exact = (count >= FEWEST_IN_GROUP) & (np.abs(means - values) <= _rounded(shares))
    between = exact & (values > 0) & (values < 1)
    return int(exact.sum()) if between.any() and count[exact].sum() >= MOSTLY * len(y) else 0


def _rounded(values: Floats) -> float:
    """How far rounding may have moved values that are written with so many decimals; nothing beyond six."""
    decimals = next((k for k in range(2, 6) if np.allclose(values, values.round(k), rtol=0, atol=1e-9)), 6)
    return 0.5 * 10.0**-decimals + 1e-9


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
    near = _rounded(value)
    aggregates = (
        ("mean", k / n, near),
        ("mean in per cent", 100 * k / n, near),
        ("mean over the other rows", others, near),
        ("count", k, EXACT),
        ("count of no", n - k, EXACT),
    )
    for what, made, tolerance in aggregates:
        known = ~np.isnan(made)
        if known.any() and np.abs(value[known] - made[known]).max() <= tolerance:
            return what
    return None


def _one_class(column: Column, y: Labels) -> tuple[str, str] | None:
    rate = float(y.mean())
    for words, marked in _marks(column):
        n, hits = int(marked.sum()), int(y[marked].sum())
        filled = words == FILLED
        # Filled mostly for positives: a reason, a date of leaving. A value is flagged only when it is never wrong.
        if n >= FEWEST_MARKED and hits >= (FILLED_FOR * n if filled else n) and _by_chance(hits, n, rate):
            return "one_class_only", _one_class_sentence(words, n, hits, "positive", rate)
        # What only the others have is common among honest columns; only being filled counts there.
        if filled and n >= FEWEST_MARKED and hits == 0 and _by_chance(n, n, 1 - rate):
            return "one_class_only", _one_class_sentence(words, n, n, "negative", 1 - rate)
    return None


def _by_chance(hits: int, n: int, rate: float) -> bool:
    """Whether so many of n rows of that rate are so rare that a thousand honest columns would hardly show it."""
    return float(binom.sf(hits - 1, n, rate)) <= BY_CHANCE


def _one_class_sentence(words: str, n: int, hits: int, sort: str, rate: float) -> str:
    them = "all of them are" if hits == n else f"{hits:,} of them are"
    return f"{words} in {n:,} rows and {them} {sort}, of {rate:.0%} overall: it was probably written down afterwards."


def _marks(column: Column) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if column.missing.any():
        yield FILLED, ~column.missing
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
    if column.kind is not Kind.TIME or at.kind is not Kind.TIME:
        return None
    both = ~(column.missing | at.missing)
    late = int((column.values[both] > at.values[both]).sum())
    if not late or late < LATE_SHARE * both.sum():
        return None
    return "after_the_fact", (
        f"lies after {at.name} in {late:,} of {int(both.sum()):,} rows: it was not known when the row speaks."
    )
