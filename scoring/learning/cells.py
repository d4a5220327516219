"""What the cells of a file mean: numbers, flags, times or categories. Doubt leaves a column out and says so."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from .columns import Column, Kind, category, seconds
from .judgments import judged

NOTHING = frozenset({"", "na", "n/a", "nan", "null", "#n/a", "\\n"})
FLAGS = (frozenset({"yes", "no"}), frozenset({"true", "false"}), frozenset({"0", "1"}), frozenset({"y", "n"}))
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?(e[+-]?\d+)?", re.I)
# Of the filled cells so many are numbers, or times, for the column to be one: files hold bad rows.
MOSTLY = 0.9
NAMED = 5
# What counts or lasts is never below zero.
NEVER_NEGATIVE = re.compile(
    r"(tenure|duration|(^|[_\s])age($|[_\s])|count|number of|(days|months|years)[_\s]?since)", re.I
)
# Each way of writing a day, as people see it, and what reads it.
DAYS: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "2026-03-31": (re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"), ()),
    "2026-03": (re.compile(r"\d{4}-\d\d"), ("%Y-%m",)),
    "31.03.2026": (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"), ("%d.%m.%Y",)),
    "03/31/2026": (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), ("%m/%d/%Y", "%d/%m/%Y")),
    "2026/03/31": (re.compile(r"\d{4}/\d\d/\d\d"), ("%Y/%m/%d",)),
    "31 Mar 2026": (re.compile(r"\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}"), ("%d %b %Y", "%d-%b-%Y", "%d %B %Y")),
    "Mar 31, 2026": (re.compile(r"[A-Za-z]{3,9} \d{1,2}, \d{4}"), ("%b %d, %Y", "%B %d, %Y")),
}


def column_of(name: str, cells: Sequence[str], row_numbers: Sequence[int]) -> tuple[Column, list[str]]:
    """The column that these cells make, and the sentences that a person should read about it."""
    kept = [None if cell.strip().lower() in NOTHING else cell.strip() for cell in cells]
    known = [cell for cell in kept if cell is not None]
    if not known:
        blank = Column(name, Kind.LEFT_OUT, np.full(len(cells), np.nan))
        return blank.left_out("empty", "no row has a value."), []
    if any({cell.lower() for cell in set(known)} == pair for pair in FLAGS):
        return _flag(name, kept), []
    if _share(known, _number) >= MOSTLY:
        return _numbers(name, kept, row_numbers)
    if _share(known, _written) >= MOSTLY:
        return _times(name, kept, row_numbers)
    return judged(category(name, kept)), []


def _share(known: Sequence[str], reads: object) -> float:
    return sum(reads(cell) is not None for cell in known) / len(known)  # type: ignore[operator]


def _flag(name: str, kept: Sequence[str | None]) -> Column:
    said = {cell.lower(): cell for cell in kept if cell is not None}
    no, yes = sorted(said)
    places = {no: 0.0, yes: 1.0}
    values = np.array([np.nan if cell is None else places[cell.lower()] for cell in kept])
    return Column(name, Kind.FLAG, values, (said[no], said[yes]))


def _number(cell: str) -> float | None:
    if not NUMBER.fullmatch(cell) or not any(character.isdigit() for character in cell):
        return None
    value = float(cell.replace(",", ""))
    return value if math.isfinite(value) else None


def _numbers(name: str, kept: Sequence[str | None], row_numbers: Sequence[int]) -> tuple[Column, list[str]]:
    read = [None if cell is None else _number(cell) for cell in kept]
    values = np.array([np.nan if value is None else value for value in read])
    sentences = []
    blank = [row for row, cell in zip(row_numbers, kept, strict=True) if cell is None]
    if blank:
        share = f"{len(blank):,} of {len(kept):,} cells"
        sentences.append(f"{name}: {share} are blank and count as missing ({_rows(blank)}).")
    odd = [
        (row, cell)
        for row, cell, value in zip(row_numbers, kept, read, strict=True)
        if cell is not None and value is None
    ]
    if odd:
        row, cell = odd[0]
        sentences.append(
            f"{name}: {_cells(len(odd))} no number and count as missing ({_rows(r for r, _ in odd)}; "
            f"row {row} says “{cell[:40]}”)."
        )
    if NEVER_NEGATIVE.search(name) and (values < 0).any():
        below = [(row, value) for row, value in zip(row_numbers, values, strict=True) if value < 0]
        sentences.append(
            f"{name}: {_cells(len(below))} below zero, which cannot be, and count as missing "
            f"({_rows(r for r, _ in below)}; row {below[0][0]} says {below[0][1]:g})."
        )
        values = np.where(values < 0, np.nan, values)
    return judged(Column(name, Kind.NUMBER, values)), sentences


def _written(cell: str) -> str | None:
    return next((shape for shape, (pattern, _) in DAYS.items() if pattern.fullmatch(cell)), None)


def _times(name: str, kept: Sequence[str | None], row_numbers: Sequence[int]) -> tuple[Column, list[str]]:
    first: dict[str, tuple[int, str]] = {}
    for row, cell in zip(row_numbers, kept, strict=True):
        if cell is not None and (shape := _written(cell)):
            first.setdefault(shape, (row, cell))
    blank = Column(name, Kind.LEFT_OUT, np.full(len(kept), np.nan))
    if len(first) > 1:
        ways = ", ".join(f"“{cell}” in row {row}" for row, cell in first.values())
        sentence = f"{len(first)} ways of writing a date in one column ({ways}). Write all as 2026-03-31."
        return blank.left_out("mixed_dates", sentence), [f"{name}: {sentence}"]
    readings = [read for way in _ways(next(iter(first))) if (read := _all_read(kept, way)) is not None]
    if len(readings) == 1 or (readings and _same(readings)):
        return Column(name, Kind.TIME, readings[0]), []
    row, cell = next(iter(first.values()))
    sentence = (
        f"“{cell}” in row {row} can be read day first or month first. Write all dates as 2026-03-31."
        if readings
        else f"not all cells are days that exist, or written in one way (like “{cell}” in row {row})."
    )
    return blank.left_out("mixed_dates", sentence), [f"{name}: {sentence}"]


def _ways(shape: str) -> tuple[str, ...]:
    return DAYS[shape][1] or ("",)


def _all_read(kept: Sequence[str | None], way: str) -> np.ndarray | None:
    """Seconds of every cell read in this way; None where one cannot be."""
    try:
        return np.array([np.nan if cell is None else _seconds(cell, way) for cell in kept])
    except (ValueError, OverflowError):
        return None


def _seconds(cell: str, way: str) -> float:
    moment = datetime.strptime(cell, way).replace(tzinfo=UTC) if way else datetime.fromisoformat(cell)
    # Raises OverflowError for the few hours that lie beyond the calendar in UTC.
    return seconds(moment.astimezone(UTC) if moment.tzinfo else moment)


def _same(readings: Sequence[np.ndarray]) -> bool:
    return all(np.array_equal(readings[0], other, equal_nan=True) for other in readings[1:])


def _cells(count: int) -> str:
    return "1 cell is" if count == 1 else f"{count:,} cells are"


def _rows(rows: Iterable[int]) -> str:
    """The first rows by number, and how many more."""
    all_rows = list(rows)
    named = ", ".join(str(row) for row in all_rows[:NAMED])
    more = f" and {len(all_rows) - NAMED:,} more" if len(all_rows) > NAMED else ""
    return f"row {named}{more}" if len(all_rows) == 1 else f"rows {named}{more}"
