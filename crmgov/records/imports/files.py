"""A CSV file as rows with the line they start on. Whatever makes the file unreadable stops the import in a sentence."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TextIO

from crmgov.kernel.refusals import Invalid

DELIMITERS = (",", ";", "\t")
# In characters: a file of one endless line, or of a row without end, is no table; neither is it read into memory.
LONGEST_HEADINGS = 1 << 20
LONGEST_ROW = 8 << 20
# More is no table of a CRM, and nobody could choose a field for each.
MOST_COLUMNS = 2_000
# The body of a mail may be long; a quotation mark that nobody closed swallows no more than this.
csv.field_size_limit(1 << 20)
# A byte order mark says more than an option does.
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Unreadable(Invalid):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of the file. `problem` is set when its cells do not fit the headings."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that has a heading line. `rows()` streams; the file is never held in memory."""

    path: Path
    encoding: str
    delimiter: str
    headings: tuple[str, ...]

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows after the headings; `line` is the first line of a row that spans several."""
        with self.path.open(encoding=self.encoding, newline="") as text:
            lines = _Lines(self.path, text, LONGEST_ROW)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            start = 1
            try:
                for place, cells in enumerate(reader):
                    line, start = start, reader.line_num + 1
                    lines.next_row(start)
                    if place and cells:
                        yield self._row(line, cells)
            except csv.Error as error:
                raise Unreadable(_broken(self.path, start, error)) from error
            except UnicodeDecodeError as error:
                raise Unreadable(_undecodable(self.path, self.encoding)) from error

    def _row(self, line: int, cells: list[str]) -> RawRow:
        if len(cells) != len(self.headings):
            return RawRow(
                line,
                dict(zip(self.headings, cells, strict=False)),
                f"It has {len(cells)} cells where the heading line has {len(self.headings)}.",
            )
        return RawRow(line, dict(zip(self.headings, cells, strict=True)))


class _Lines:
    """The lines of a text, for a reader. Raises Unreadable at a row of more characters than `most`."""

    def __init__(self, path: Path, text: TextIO, most: int) -> None:
        self.path, self.text, self.most = path, text, most
        self.start, self.size = 1, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.text.readline(self.most + 1)
        self.size += len(line)
        if self.size > self.most:
            raise Unreadable(
                f"The row of {self.path.name} that starts at line {self.start} has more than {self.most:,} "
                "characters. Often a quotation mark is not closed, or the file is no table. Nothing was imported."
            )
        if not line:
            raise StopIteration
        return line

    def next_row(self, start: int) -> None:
        """The row is complete; the next starts at line `start`."""
        self.start, self.size = start, 0


def open_csv(path: Path, *, encoding: str = "", delimiter: str = "") -> CsvFile:
    """Look at the first line: encoding, delimiter (unless given), headings. Raises Unreadable with a sentence."""
    if not path.is_file():
        raise Unreadable(f"There is no file {path}.")
    with path.open("rb") as raw:
        start = raw.read(4)
    encoding = next((name for mark, name in MARKS.items() if start.startswith(mark)), encoding or "utf-8")
    try:
        with path.open(encoding=encoding, newline="") as text:
            return _headed(path, encoding, delimiter, text)
    except LookupError as error:
        raise Unreadable(f"“{encoding}” is no encoding. Use utf-8, utf-16, cp1252 or latin-1.") from error
    except UnicodeError as error:
        raise Unreadable(_undecodable(path, encoding)) from error


def digest_of(path: Path) -> str:
    """Return the SHA-256 of the file, as 64 hex digits."""
    total = sha256()
    with path.open("rb") as raw:
        while block := raw.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _headed(path: Path, encoding: str, delimiter: str, text: TextIO) -> CsvFile:
    lines = _Lines(path, text, LONGEST_HEADINGS)
    first = next(lines, "")
    delimiter = delimiter or _delimiter(first)
    try:
        cells = next(csv.reader(chain([first], lines), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise Unreadable(_broken(path, 1, error)) from error
    headings = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(cells, start=1))
    if not any(cell.strip() for cell in cells):
        raise Unreadable(f"{path.name} has no heading line: the first line names the columns.")
    if len(headings) > MOST_COLUMNS:
        raise Unreadable(
            f"{path.name} has {len(headings):,} columns, and {MOST_COLUMNS:,} is the most. Leave out what is not "
            "needed, or split it into several files with the id in each."
        )
    twice = next((name for name, count in Counter(headings).items() if count > 1), "")
    if twice:
        raise Unreadable(f"The heading “{twice}” stands twice in {path.name}: rename one of the columns.")
    return CsvFile(path, encoding, delimiter, headings)


def _delimiter(line: str) -> str:
    """The separator that stands most often outside quotes in the heading line."""
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _broken(path: Path, line: int, error: csv.Error) -> str:
    return (
        f"{path.name} cannot be read in the row that starts at line {line}: {error}. "
        "Often a quotation mark is not closed or not doubled. Nothing was imported."
    )


def _undecodable(path: Path, encoding: str) -> str:
    return (
        f"{path.name} is not {encoding}. Save it as “CSV UTF-8”, or name its encoding with --encoding "
        "(Excel on Windows often writes cp1252). Nothing was imported."
    )
