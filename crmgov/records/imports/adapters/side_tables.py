"""Tables that are only looked up in while another is read: on disk, so that a long one costs no memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crmgov.records.imports.files import CsvFile

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of a side table: under which key, when (text that sorts by time), and its cells."""

    key: str
    at: str
    cells: Cells


@dataclass
class SideTable:
    """Rows by key, read when first asked for. `rows` is called once, and the temporary file goes with the object."""

    rows: Callable[[], Iterable[Kept]]

    def get(self, key: str) -> Cells:
        """Return the first row of the key; {} when there is none."""
        return self._one("SELECT cells FROM kept WHERE key = ? ORDER BY place LIMIT 1", key)

    def all(self, key: str) -> list[Cells]:
        """Return the rows of the key, as the table lists them."""
        found = self._disk.execute("SELECT cells FROM kept WHERE key = ? ORDER BY place", (key,))
        return [json.loads(cells) for (cells,) in found]

    def before(self, key: str, at: str) -> Cells:
        """Return the last row of the key before that time; {} when there is none."""
        return self._one(
            "SELECT cells FROM kept WHERE key = ? AND at < ? ORDER BY at DESC, place DESC LIMIT 1", key, at
        )

    def count(self, key: str) -> int:
        """Return how many rows have the key."""
        return int(self._disk.execute("SELECT count(*) FROM kept WHERE key = ?", (key,)).fetchone()[0])

    def __contains__(self, key: str) -> bool:
        return self.count(key) > 0

    def __del__(self) -> None:
        if "_disk" in self.__dict__:
            self._disk.close()

    def _one(self, query: str, *parameters: Any) -> Cells:
        found = self._disk.execute(query, parameters).fetchone()
        return json.loads(found[0]) if found else {}

    @cached_property
    def _disk(self) -> sqlite3.Connection:
        # An empty name is a private file in the temporary folder that is gone when it is closed.
        disk = sqlite3.connect("", check_same_thread=False)
        disk.execute("PRAGMA journal_mode = OFF")
        disk.execute("CREATE TABLE kept (place INTEGER PRIMARY KEY, key TEXT, at TEXT, cells TEXT)")
        disk.executemany(
            "INSERT INTO kept (key, at, cells) VALUES (?, ?, ?)",
            ((one.key, one.at, json.dumps(one.cells)) for one in self.rows()),
        )
        disk.execute("CREATE INDEX kept_by_key ON kept (key, at)")
        return disk


def rows_of(file: CsvFile | None) -> Iterator[Cells]:
    """Yield the rows that fit the headings; none of a file that is not there."""
    if file is not None:
        yield from (raw.cells for raw in file.rows() if not raw.problem)


def by(
    key: Sequence[str] | str, file: CsvFile | None, *, keep: Sequence[str] = (), at: str = ""
) -> SideTable:
    """Return the rows of a file by one or several of its columns; `keep` names the columns that are needed."""
    names = (key,) if isinstance(key, str) else tuple(key)

    def rows() -> Iterator[Kept]:
        for cells in rows_of(file):
            kept = {name: cells[name] for name in keep if cells.get(name)} if keep else cells
            yield Kept(key_of(*(cells.get(name, "") for name in names)), cells.get(at, ""), kept)

    return SideTable(rows)


def key_of(*parts: str) -> str:
    """Return one key of several cells."""
    return "\x1f".join(part.strip() for part in parts)
