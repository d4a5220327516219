"""Which columns can teach nothing: constant, empty, an id, free text. Each with its sentence."""

from __future__ import annotations

import re

import numpy as np

from .columns import FEATURES, Column, Kind

# Below so many rows a column of different values says nothing about being an id.
ENOUGH_ROWS = 20
# Filled less often than this a column is empty in some folds, and teaches what a few rows happen to say.
FEWEST_FILLED = 20
# A text that differs in more than this share of the rows names the row rather than describing it.
MOSTLY_DIFFERENT = 0.5
MOST_LEVELS = 200
ID_NAME = re.compile(
    r"(^|[_\s-])(id|uuid|guid|key|nr|number|index|row)$|(?<=[a-z])(ID|Id|Uuid|Key)$|^id|^Unnamed", re.I
)


def judged(column: Column) -> Column:
    """The column as it is, or left out with the reason."""
    if column.kind not in FEATURES:
        return column
    known = column.values[~column.missing]
    if not len(known):
        return column.left_out("empty", "no row has a value.")
    if len(known) < FEWEST_FILLED <= len(column.values):
        return column.left_out(
            "nearly_empty", f"only {len(known)} of {len(column.values):,} rows have a value."
        )
    different = len(np.unique(known))
    if different == 1 and len(known) == len(column.values):
        return column.left_out("constant", f"the same in all {len(known):,} rows ({said(column, known[0])}).")
    if column.kind is Kind.CATEGORY:
        return _judged_text(column, len(known), different)
    return _judged_number(column, known, different)


def said(column: Column, value: float) -> str:
    """A value in the row's own words."""
    if np.isnan(value):
        return "not given"
    if column.levels:
        return (
            column.levels[int(value)] if 0 <= value < len(column.levels) else "a value not seen in training"
        )
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def _judged_text(column: Column, known: int, different: int) -> Column:
    if known >= ENOUGH_ROWS and different > MOSTLY_DIFFERENT * known:
        return column.left_out(
            "id_like", f"{different:,} different values in {known:,} rows: an id or free text, not a trait."
        )
    if different > MOST_LEVELS:
        return column.left_out("too_many", f"{different:,} different values, more than {MOST_LEVELS}.")
    return column


def _judged_number(column: Column, known: np.ndarray, different: int) -> Column:
    if column.kind is not Kind.NUMBER or len(known) < ENOUGH_ROWS or different < len(known):
        return column
    if not np.array_equal(known, np.round(known)):
        return column
    in_order = bool(np.all(np.diff(known) > 0) or np.all(np.diff(known) < 0))
    # All different and without a gap: numbers that were given out one by one.
    without_gap = known.max() - known.min() == len(known) - 1
    if in_order or without_gap or ID_NAME.search(column.name):
        return column.left_out("id_like", f"a different whole number in each of {len(known):,} rows: an id.")
    return column
