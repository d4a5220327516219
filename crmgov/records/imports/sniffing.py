"""How a file is written, found out by looking: encoding, delimiter, headings, dates and numbers.

What the rows cannot tell (03/04/2026, 1,234) is never guessed: it stands among the choices a person is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .files import MARKS, Unreadable, open_csv
from .shapes import DateShapes, NumberShapes

# So many rows are looked at for dates and numbers; the encoding is asked of the whole file.
ROWS = 5000
BLOCK = 1 << 20
# Of the filled cells of a column so many must be dates, or numbers, for the column to be one: files hold bad rows.
MOSTLY = 0.6
# Where both ways occur, so many times more of one than of the other are taken as bad rows among good ones.
CLEARLY = 20
POINT, COMMA = {"decimal": ".", "thousands": ","}, {"decimal": ",", "thousands": "."}


@dataclass(frozen=True, slots=True)
class Column:
    """`kind`: text, date, moment, number, empty. `dates` is a strptime pattern, "" for 2026-03-31.

    `choices` are patterns between which the cells do not decide: day first, then month first.
    """

    heading: str
    kind: str
    dates: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found. `number_choices` and `number_columns`: numbers that can be read in two ways, and where."""

    encoding: str
    why: str
    delimiter: str
    headings: tuple[str, ...]
    columns: tuple[Column, ...]
    numbers: dict[str, str]
    number_choices: tuple[dict[str, str], ...] = ()
    number_columns: tuple[str, ...] = ()

    @property
    def reading(self) -> dict[str, Any]:
        """What a mapping needs to know about the file, as it is kept with it."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "dates": "",
            "numbers": self.numbers,
            "time_zone": "UTC",
        }

    @property
    def guesses(self) -> dict[str, Any]:
        """Why, each column's guess, and under "asked" what a person has to say."""
        unsure = [column for column in self.columns if column.choices]
        asked: dict[str, Any] = {}
        if unsure:
            asked["dates"] = list(unsure[0].choices)
            asked["dates_columns"] = [column.heading for column in unsure]
        if self.number_choices:
            asked["numbers"] = list(self.number_choices)
            asked["numbers_columns"] = list(self.number_columns)
        columns = {
            column.heading: {"kind": column.kind, "dates": column.dates, "choices": list(column.choices)}
            for column in self.columns
        }
        return {"why": self.why, "columns": columns, "asked": asked}


def guess(path: Path, *, encoding: str = "", delimiter: str = "") -> Reading:
    """Look at the file, or with `encoding` and `delimiter` take a person's word for these. Raises Unreadable."""
    if path.stat().st_size == 0:
        raise Unreadable(f"{path.name} is empty: it has not even a heading line.")
    why = "A person said so."
    if not encoding:
        encoding, why = encoding_of(path)
    file = open_csv(path, encoding=encoding, delimiter=delimiter)
    dates = {heading: DateShapes() for heading in file.headings}
    numbers = {heading: NumberShapes() for heading in file.headings}
    filled: Counter[str] = Counter()
    for row in islice(file.rows(), ROWS):
        for heading, cell in row.cells.items():
            if text := cell.strip():
                filled[heading] += 1
                dates[heading].add(text) or numbers[heading].add(text)
    columns = tuple(
        _column(heading, filled[heading], dates[heading], numbers[heading]) for heading in file.headings
    )
    written = [numbers[column.heading] for column in columns if column.kind == "number"]
    found, choices = _numbers(written)
    unsure = tuple(
        column.heading for column in columns if column.kind == "number" and numbers[column.heading].marked
    )
    return Reading(
        file.encoding, why, file.delimiter, file.headings, columns, found, choices, unsure if choices else ()
    )


def encoding_of(path: Path) -> tuple[str, str]:
    """Return the encoding and the sentence why. Raises Unreadable for zero bytes and for text cut in the middle.

    Whatever is not UTF-8 is one byte per character; bytes 80 to 9F tell Windows-1252 (letters and signs there)
    from ISO-8859-1 (nothing there).
    """
    with path.open("rb") as raw:
        start = raw.read(4)
    encoding = next((name for mark, name in MARKS.items() if start.startswith(mark)), "")
    if encoding:
        _whole(path, encoding)
        return encoding, f"The file begins with the mark of {encoding.removesuffix('-sig').upper()}."
    high = _high_bytes(path)
    if not high:
        return "utf-8", "It holds plain ASCII only, which every encoding reads alike."
    try:
        _whole(path, "utf-8")
    except Unreadable:
        pass
    else:
        return "utf-8", "All of it is valid UTF-8."
    if any(0x80 <= byte <= 0x9F for byte in high) and not high & {0x81, 0x8D, 0x8F, 0x90, 0x9D}:
        return (
            "cp1252",
            "It is not UTF-8, and it holds signs (such as € or curly quotes) where Windows-1252 has them.",
        )
    return (
        "iso-8859-1",
        "It is not UTF-8, and its letters stand where ISO-8859-1 and Windows-1252 have the same ones.",
    )


def _whole(path: Path, encoding: str) -> None:
    """Raises Unreadable where the file is not all of that encoding, or holds zero characters."""
    try:
        with path.open(encoding=encoding, newline="") as text:
            while part := text.read(BLOCK):
                if "\x00" in part:
                    raise Unreadable(_zero(path))
    except UnicodeError as error:
        raise Unreadable(
            f"{path.name} is not {encoding}: it breaks off or is damaged. Export it again."
        ) from error


def _high_bytes(path: Path) -> set[int]:
    """The bytes above ASCII that occur. Raises Unreadable for a zero byte."""
    ascii_bytes, found = bytes(range(0x80)), set[int]()
    with path.open("rb") as raw:
        while block := raw.read(BLOCK):
            if b"\x00" in block:
                raise Unreadable(_zero(path))
            found.update(block.translate(None, ascii_bytes))
    return found


def _zero(path: Path) -> str:
    return (
        f"{path.name} holds zero bytes, which no text has: it is not a CSV file, it is damaged, or it is UTF-16 "
        "without its mark. Save it as “CSV UTF-8”."
    )


def _column(heading: str, filled: int, dates: DateShapes, numbers: NumberShapes) -> Column:
    if not filled:
        return Column(heading, "empty")
    shape = dates.most_common()
    if shape is not None and shape.count >= MOSTLY * filled:
        kind = "moment" if shape.has_time else "date"
        day, month = shape.day_first, shape.month_first
        if not shape.ordered:
            return Column(heading, kind, shape.pattern(day_first=True))
        if _decides(day, month):
            return Column(heading, kind, shape.pattern(day_first=day > month))
        return Column(heading, kind, choices=(shape.pattern(day_first=True), shape.pattern(day_first=False)))
    return Column(heading, "number" if numbers.count >= MOSTLY * filled else "text")


def _numbers(columns: Sequence[NumberShapes]) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    """The file's way to write numbers, or the two ways between which it does not decide."""
    point, comma = sum(one.point for one in columns), sum(one.comma for one in columns)
    unsure_comma = sum(one.unsure_comma for one in columns)
    unsure_point = sum(one.unsure_point for one in columns)
    groups: Counter[str] = sum((one.groups for one in columns), Counter())
    if _decides(point, comma):
        decimal = "." if point > comma else ","
        other = "," if decimal == "." else "."
        unsure = unsure_comma if decimal == "." else unsure_point
        rest = next((sign for sign, _ in groups.most_common() if sign not in ".,"), "")
        return {"decimal": decimal, "thousands": other if unsure or groups[other] else rest}, ()
    if point or comma or unsure_comma or unsure_point:
        return {}, (POINT, COMMA)
    return {"decimal": ".", "thousands": ""}, ()


def _decides(one: int, other: int) -> bool:
    few, many = sorted((one, other))
    return many > 0 and many > CLEARLY * few
