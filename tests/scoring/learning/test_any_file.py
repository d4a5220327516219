"""Whatever the bytes are, reading them ends in a table or in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.learning import checks, csv_files, encodings
from scoring.learning.columns import FEATURES, Unlearnable
from scoring.learning.tables import Table

CELLS = st.sampled_from(
    [
        *(
            "",
            " ",
            "1",
            "-3",
            "1e999",
            "1,5",
            "\u0661",
            "nan",
            "inf",
            "yes",
            "No",
            "true",
            "é",
            "\u202e",
            "=1+1",
        ),
        *("2026-03-31", "31.03.2026", "99/99/2026", "2026-13", "0001-01-01", "9999-12-31T23:59:59-14:00"),
        *("a,b", "x" * 50),
    ]
)


def read(path: Path) -> Table | None:
    """The table, or None where a sentence was the answer. Anything else ends the test."""
    try:
        return csv_files.read(path)
    except Unlearnable:
        return None


def usable(table: Table) -> None:
    """Leaks can be looked for, and every feature has its place in a matrix of numbers."""
    y = np.arange(table.n) % 2
    names = [column.name for column in table.columns if column.kind in FEATURES]
    assert all(column.sentence for column in table.columns if column.code)
    assert not np.isinf(encodings.fitted(table, names).matrix(table)).any()
    if table.n >= 20:
        checks.leaks(table, y, seed=1)


@given(st.text(alphabet=st.sampled_from('a1,;"\n\r\t\0 |é'), max_size=60))
def test_any_text_is_a_table_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode())

    if table := read(path):
        usable(table)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)

    if table := read(path):
        usable(table)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=40))
def test_any_cells_are_columns_of_numbers_or_left_out_with_a_reason(rows: list[tuple[str, str, str]]) -> None:
    lines = ["a;b;c", *(";".join(row) for row in rows)]

    table = csv_files.parse("\n".join(lines))

    assert table.n == len(rows)
    usable(table)
    assert all(
        column.moment(v)
        for column in table.columns
        if column.is_ordered
        for v in column.values[~column.missing]
    )
