"""How a table becomes the matrix that a model reads, fixed at training so that it is the same for ever after.

A number is itself, NaN where there is none. A category or flag is the place of its value among those of the training;
one place behind them stands for "not given", and -1 for a value that is unseen or was too rare to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .columns import Column, Kind, Unlearnable
from .judgments import said
from .measures import Floats
from .tables import Table

# What fewer rows say is learned as noise, and would let a reader find the row.
FEWEST_ROWS = 10
UNSEEN = -1.0


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the matrix. `levels` are the values that were there often enough; a number has none."""

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.kind is Kind.NUMBER

    def words(self, value: float) -> str:
        """A value of the matrix in the words of the row."""
        if self.is_number:
            return said(Column(self.name, self.kind, np.empty(0)), value)
        if value == len(self.levels):
            return "not given"
        return self.levels[int(value)] if value != UNSEEN else "a value not seen in training"


@dataclass(frozen=True, slots=True)
class Encoding:
    """The features in the order of the matrix."""

    features: tuple[Feature, ...]

    @property
    def numbers(self) -> list[int]:
        return [place for place, feature in enumerate(self.features) if feature.is_number]

    @property
    def categories(self) -> list[int]:
        return [place for place, feature in enumerate(self.features) if not feature.is_number]

    @property
    def names(self) -> list[str]:
        return [feature.name for feature in self.features]

    def matrix(self, table: Table) -> Floats:
        """One row per row of the table. Raises Unlearnable when a column is missing or of another sort."""
        made = [_encoded(feature, table) for feature in self.features]
        return np.stack(made, axis=1) if made else np.empty((table.n, 0))

    def plain(self) -> list[dict[str, Any]]:
        """As it stands in a model file."""
        return [{"name": f.name, "kind": str(f.kind), "levels": list(f.levels)} for f in self.features]

    @classmethod
    def of_plain(cls, plain: Sequence[dict[str, Any]]) -> Encoding:
        """Raises KeyError, TypeError or ValueError for anything that `plain` does not make."""
        return cls(
            tuple(Feature(str(f["name"]), Kind(f["kind"]), tuple(map(str, f["levels"]))) for f in plain)
        )


def fitted(table: Table, names: Sequence[str]) -> Encoding:
    """The encoding of these columns, by the values that this table holds."""
    return Encoding(tuple(_feature(table.column(name)) for name in names))


def _feature(column: Column) -> Feature:
    if column.kind is Kind.NUMBER:
        return Feature(column.name, column.kind)
    counts = np.bincount(column.values[~column.missing].astype(np.int64), minlength=len(column.levels))
    often = tuple(level for level, count in zip(column.levels, counts, strict=True) if count >= FEWEST_ROWS)
    return Feature(column.name, column.kind, often)


def _encoded(feature: Feature, table: Table) -> Floats:
    column = table.column(feature.name)
    if feature.is_number:
        if column.levels:
            raise Unlearnable(f"{feature.name} held numbers in training and holds text now.")
        return column.values
    if not column.levels and not column.missing.all():
        raise Unlearnable(f"{feature.name} held text in training and holds numbers now.")
    places = {level: float(place) for place, level in enumerate(feature.levels)}
    # One place more, at the end, is where NaN goes.
    codes = np.array([*(places.get(level, UNSEEN) for level in column.levels), float(len(feature.levels))])
    return np.asarray(codes[np.where(column.missing, len(codes) - 1, column.values).astype(np.int64)])
