"""The column to learn: yes or no for each row, or a sentence that says why it is neither."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import Unlearnable
from .judgments import said
from .tables import Table

# Below 30 of either, folds of five hold fewer than six: an AUC of nothing but noise. Below 100 its interval is wider
# than ±0.06 even for a good model (Hanley and McNeil 1982), so that is said.
FEWEST, FEW = 30, 100
SHOWN = 6


@dataclass(frozen=True, slots=True, eq=False)
class Labeled:
    """The rows that have a label, and the label: 1 where it is the positive value."""

    table: Table
    y: NDArray[np.int64]
    warnings: tuple[str, ...]


def labeled(table: Table, *, label: str, positive: str) -> Labeled:
    """Take the label off the table. Raises Unlearnable when the column is no yes or no, or too few of one are there."""
    column = table.column(label)
    words = np.array([said(column, value) for value in column.values], dtype=object)
    known = ~column.missing
    counts = Counter(words[known].tolist())
    if column.code == "empty" or not counts:
        raise Unlearnable(f"The label {label} is empty in all {table.n:,} rows.")
    positive = _as_written(positive, counts)
    _require_two(label, counts, positive)
    y = (words[known] == positive).astype(np.int64)
    _require_enough(label, positive, int(y.sum()), int(len(y) - y.sum()))
    return Labeled(table.rows(known), y, tuple(_remarks(label, positive, y, int((~known).sum()))))


def _as_written(positive: str, counts: Counter[str]) -> str:
    """The value of the column that was meant: `true` for True, `1.0` for 1; what was given where none is."""
    if positive in counts:
        return positive
    asked = positive.strip().casefold()
    close = [value for value in counts if value.casefold() == asked or f"{value}.0" == asked]
    return close[0] if len(close) == 1 else positive


def _require_two(label: str, counts: Counter[str], positive: str) -> None:
    values = ", ".join(f"{value} ({count:,})" for value, count in counts.most_common(SHOWN))
    values += f" and {len(counts) - SHOWN:,} more" if len(counts) > SHOWN else ""
    if positive not in counts:
        raise Unlearnable(f"No row of {label} says {positive}. Its values are {values}.")
    if len(counts) == 1:
        raise Unlearnable(
            f"Every row of {label} says {positive}: with one class there is nothing to tell apart."
        )
    if len(counts) > 2:
        raise Unlearnable(
            f"{label} has {len(counts)} values ({values}). A label has two: leave the other rows out, or make two of "
            "them one."
        )


def _require_enough(label: str, positive: str, positives: int, negatives: int) -> None:
    for count, which in ((positives, f"say {positive}"), (negatives, "say otherwise")):
        if count < FEWEST:
            raise Unlearnable(
                f"Only {count} rows of {label} {which}. At least {FEWEST} are needed: below that no validation says "
                "more than chance."
            )


def _remarks(label: str, positive: str, y: NDArray[np.int64], without: int) -> list[str]:
    remarks = []
    if without:
        remarks.append(f"{label}: {without:,} rows have no label and are left out.")
    fewer = min(int(y.sum()), int(len(y) - y.sum()))
    if fewer < FEW:
        which = f"say {positive}" if fewer == y.sum() else f"say other than {positive}"
        remarks.append(
            f"{label}: only {fewer} rows {which}. The intervals are wide; more outcomes will narrow them."
        )
    return remarks
