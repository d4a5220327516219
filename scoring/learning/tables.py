"""A table in columns, read from a file or made of the values that an installation has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Column, plain_column
from .columns import Unlearnable as Unlearnable
from .judgments import judged


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`n` rows of columns with different names. `row_numbers` say where each row stood in its file."""

    columns: tuple[Column, ...]
    n: int
    row_numbers: NDArray[np.int64]
    warnings: tuple[str, ...] = field(default=())

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Raises Unlearnable when there is no such column."""
        for column in self.columns:
            if column.name == name:
                return column
        raise Unlearnable(f"There is no column {name}. The table has {', '.join(self.names)}.")

    def rows(self, chosen: NDArray[Any]) -> Table:
        """The chosen rows only."""
        columns = tuple(column.rows(chosen) for column in self.columns)
        numbers = self.row_numbers[chosen]
        return replace(self, columns=columns, n=len(numbers), row_numbers=numbers)

    def with_column(self, column: Column) -> Table:
        """The same with this column in the place of its namesake."""
        return replace(self, columns=tuple(column if c.name == column.name else c for c in self.columns))


def of_columns(columns: Mapping[str, Sequence[Any]]) -> Table:
    """A table of Python values, column by column, judged as `judgments.judged` judges those of a file.

    Raises Unlearnable for columns of different lengths, or of mixed sorts.
    """
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise Unlearnable(f"The columns differ in length: {lengths}.")
    n = next(iter(lengths.values()), 0)
    made = tuple(judged(plain_column(name, values)) for name, values in columns.items())
    return Table(made, n, np.arange(1, n + 1))


def of_rows(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A table of Python values, row by row; a key that a row lacks is no value."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return of_columns({name: [row.get(name) for row in rows] for name in names})
