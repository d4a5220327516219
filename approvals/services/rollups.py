"""Outcomes added up for the threshold studio, kept in step with them in one transaction (models/rollup.py).

What some suggestions had is taken off before their outcomes are told again, and what they have then is put on.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

KEYS = "cell_id, week, hundredth, held, way"
COUNTS = ("unknown", "unchanged", "edited", "rejected", "undone")
NAMES = ", ".join(COUNTS)

# A week begins on Monday in UTC. `%(some)s` null: all of them.
ADDED_UP = """
SELECT o.cell_id, date_trunc('week', o.at AT TIME ZONE 'UTC')::date AS week,
  coalesce(floor(o.confidence * 100), -1)::smallint AS hundredth, o.held, o.way,
  count(*) FILTER (WHERE o.label = '')::int AS unknown,
  count(*) FILTER (WHERE o.label = 'unchanged')::int AS unchanged,
  count(*) FILTER (WHERE o.label = 'edited')::int AS edited,
  count(*) FILTER (WHERE o.label = 'rejected')::int AS rejected,
  count(*) FILTER (WHERE o.label IN ('reverted', 'contested', 'corrected'))::int AS undone
FROM approvals_celloutcome o
WHERE %(some)s::uuid[] IS NULL OR o.suggestion_id = ANY(%(some)s)
GROUP BY 1, 2, 3, 4, 5"""

PUT_ON = f"""
INSERT INTO approvals_outcomerollup AS r ({KEYS}, {NAMES})
SELECT {KEYS}, {NAMES} FROM ({ADDED_UP}) added
ON CONFLICT ({KEYS}) DO UPDATE SET {", ".join(f"{name} = r.{name} + excluded.{name}" for name in COUNTS)}"""  # noqa: S608

TAKE_OFF = f"""
UPDATE approvals_outcomerollup r SET {", ".join(f"{name} = r.{name} - gone.{name}" for name in COUNTS)}
FROM ({ADDED_UP}) gone
WHERE (r.cell_id, r.week, r.hundredth, r.held, r.way)
  = (gone.cell_id, gone.week, gone.hundredth, gone.held, gone.way)"""  # noqa: S608

# A row of nothing is what is left where all moved on: it says the same as no row.
DIFFERS = f"""
WITH told AS (SELECT {KEYS}, {NAMES} FROM ({ADDED_UP}) added), stored AS (
  SELECT {KEYS}, {NAMES} FROM approvals_outcomerollup WHERE ({NAMES}) <> (0, 0, 0, 0, 0))
SELECT count(*) FROM (
  (SELECT * FROM told EXCEPT SELECT * FROM stored) UNION ALL (SELECT * FROM stored EXCEPT SELECT * FROM told)) other"""  # noqa: S608


def take_off(suggestion_ids: Collection[UUID]) -> None:
    """Before the outcomes of these are told again. Joins the caller's transaction."""
    _run(TAKE_OFF, suggestion_ids)


def put_on(suggestion_ids: Collection[UUID]) -> None:
    """After the outcomes of these were told again. Joins the caller's transaction."""
    _run(PUT_ON, suggestion_ids)


def rebuild() -> None:
    """Add everything up anew. Joins the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM approvals_outcomerollup")
    _run(PUT_ON, None)


def differing() -> int:
    """Rows that are stored otherwise than the outcomes add up to; 0 when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERS, {"some": None})
        return int(cursor.fetchone()[0])


def _run(statement: str, suggestion_ids: Collection[UUID] | None) -> None:
    some = None if suggestion_ids is None else sorted(suggestion_ids)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"some": some})
