"""Which external ids stood in a file before, and where: on disk, so that memory stays flat however long the file is."""

from __future__ import annotations

import sqlite3


class FirstLines:
    """External id -> the line it first stood in, and the mark of what it said there.

    An anonymous SQLite database: a small cache in memory, the rest in a temporary file that goes with the object.
    Nothing of it is kept; who resumes an import reads the rows again.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE first (id TEXT PRIMARY KEY, line INT, mark TEXT) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def get(self, external_id: str) -> tuple[int, str] | None:
        """Return line and mark, or None when it is new."""
        found = self._db.execute("SELECT line, mark FROM first WHERE id = ?", (external_id,)).fetchone()
        return (int(found[0]), str(found[1])) if found else None

    def put(self, external_id: str, line: int, mark: str) -> None:
        self._db.execute("INSERT INTO first VALUES (?, ?, ?)", (external_id, line, mark))
