"""A table out of a CSV file. Whatever is wrong with the file is said with row and column, never shown as a trace."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from .cells import column_of
from .columns import Unlearnable
from .tables import Table

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LARGEST_MB = 512
LARGEST_CELL = 1 << 20


def read(path: Path) -> Table:
    """The table in this file: UTF-8, one heading row, commas, semicolons, tabs or bars between the cells.

    Raises Unlearnable with a sentence for a file that is none of this.
    """
    return parse(_text(path), path.name)


def parse(text: str, name: str = "the file") -> Table:
    """The table in this text. Row numbers count the heading as row 1. Raises Unlearnable."""
    if "\0" in text:
        raise Unlearnable(f"{name} is no CSV file: it holds zero bytes. Save the table as CSV in UTF-8.")
    heading, rows, numbers = _rows(text, name)
    columns, warnings = [], []
    for place, column_name in enumerate(heading):
        column, sentences = column_of(column_name, [row[place] for row in rows], numbers)
        columns.append(column)
        warnings += sentences
    return Table(tuple(columns), len(rows), np.array(numbers, dtype=np.int64), tuple(warnings))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_MB << 20:
            raise Unlearnable(f"{path.name} is larger than {LARGEST_MB} MB. Train on a sample of its rows.")
        raw = path.read_bytes()
    except OSError as error:
        raise Unlearnable(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise Unlearnable(
            f"{path.name} is not UTF-8: byte {raw[error.start]:#04x} in row {row}. Save it as CSV in UTF-8."
        ) from error


def _rows(text: str, name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Heading, rows as wide as it, and their row numbers; rows without any cell are passed over."""
    delimiter = _delimiter(text, name)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    heading: list[str] = []
    rows, numbers = [], []
    try:
        for number, row in enumerate(reader, start=1):
            if not heading:
                heading = _heading(row, name)
            elif row:
                rows.append(_as_wide(row, heading, number, name))
                numbers.append(number)
    except csv.Error as error:
        raise Unlearnable(f"{name} is no CSV file from line {reader.line_num} on: {error}.") from error
    if not rows:
        raise Unlearnable(f"{name} has a heading and no rows.")
    return heading, rows, numbers


def _delimiter(text: str, name: str) -> str:
    first = text.split("\n", 1)[0]
    if not first.strip():
        raise Unlearnable(f"{name} begins with an empty line. The first row holds the names of the columns.")
    found = max(DELIMITERS, key=first.count)
    if not first.count(found):
        raise Unlearnable(
            f"{name} is no table: its first row holds no comma, semicolon, tab or bar between names (“{first[:60]}”)."
        )
    return found


def _heading(row: list[str], name: str) -> list[str]:
    names = [cell.strip() for cell in row]
    for place, cell in enumerate(names, start=1):
        if not cell:
            raise Unlearnable(f"Column {place} of {name} has no name. Give each column one.")
    twice = sorted({cell for cell in names if names.count(cell) > 1})
    if twice:
        places = [str(place) for place, cell in enumerate(names, start=1) if cell == twice[0]]
        raise Unlearnable(
            f"{len(places)} columns of {name} are called {twice[0]} (columns {', '.join(places)}). "
            "Give each column a name of its own."
        )
    return names


def _as_wide(row: list[str], heading: list[str], number: int, name: str) -> list[str]:
    if len(row) == len(heading):
        return row
    first = heading[len(row)] if len(row) < len(heading) else heading[-1]
    where = f"nothing stands under {first}" if len(row) < len(heading) else f"cells stand beyond {first}"
    raise Unlearnable(
        f"Row {number} of {name} has {len(row)} cells where the heading has {len(heading)}: {where}. "
        "A text with a delimiter or a line break in it stands in quotes."
    )
