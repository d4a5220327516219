"""What a check is, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `rows` were looked at, `violations` of them break the promise."""

    invariant: str
    outcome: str
    rows: int = 0
    violations: int = 0
    detail: str = ""
    examples: tuple[str, ...] = ()


Run = Callable[[], tuple[int, int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Check:
    """`looked` counts rows, `broken` selects one text per violation. Or `run`, a test's name, or not built yet."""

    invariant: str
    promise: str
    looked: str = ""
    broken: str = ""
    run: Run | None = None
    test: str = ""

    def ask(self) -> Finding:
        if self.test:
            return Finding(self.invariant, "by test", detail=f"by test {self.test}")
        if self.run is None and not self.looked:
            return Finding(self.invariant, "not built")
        rows, violations, examples = self.run() if self.run else self._in_sql()
        if violations:
            return Finding(
                self.invariant, "VIOLATED", rows, violations, f"VIOLATED {violations}", tuple(examples)
            )
        if not rows:
            return Finding(self.invariant, "no data")
        return Finding(self.invariant, "ok", rows, detail=f"ok n={rows}")

    def _in_sql(self) -> tuple[int, int, Sequence[str]]:
        with connection.cursor() as cursor:
            cursor.execute(self.looked)
            rows = cursor.fetchone()[0]
            return (rows, *broken_in(self.broken))


def rows_of(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a query finds, for checks that look further than SQL can."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def broken_in(sql: str) -> tuple[int, list[str]]:
    """Count the rows of a query of one text column and keep the first few as examples."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT b.example, count(*) OVER () FROM ({sql}) AS b(example) ORDER BY 1 LIMIT {MOST_EXAMPLES}"  # noqa: S608 (our own text)
        )
        found = cursor.fetchall()
    return (found[0][1] if found else 0), [str(row[0]) for row in found]
