"""Whom a trained model scores: page by page by id, so that nothing holds the whole table in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from scoring.models import Score

from .examples import CUSTOMERS, NO_LEADS


@dataclass(frozen=True, slots=True)
class Population:
    """The question, the record type, and the condition on its table `x`."""

    question: str
    record_type: str
    table: str
    qualifies: str


POPULATIONS: dict[str, Population] = {
    Score.Kind.CHURN_RISK: Population(
        "churn", "account", "records_account", f"x.archived_at IS NULL AND x.lifecycle IN {CUSTOMERS}"
    ),
    Score.Kind.LEAD_FIT: Population(
        "lead", "contact", "records_contact", f"x.archived_at IS NULL AND x.lifecycle NOT IN {NO_LEADS}"
    ),
    Score.Kind.WIN: Population(
        "win", "opportunity", "records_opportunity",
        "x.archived_at IS NULL AND x.stage IN (SELECT name FROM records_stage WHERE kind = 'open')",
    ),
}  # fmt: skip


def count(of: Population) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {of.table} x WHERE {of.qualifies}")  # noqa: S608
        return int(cursor.fetchone()[0])


def page(of: Population, after: UUID | None, size: int) -> tuple[list[UUID], list[UUID]]:
    """Return the next ids behind `after`, twice: all of them qualify."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT x.id FROM {of.table} x WHERE {of.qualifies} AND (%(after)s::uuid IS NULL OR x.id > %(after)s) "  # noqa: S608
            "ORDER BY x.id LIMIT %(size)s",
            {"after": after, "size": size},
        )
        ids = [row[0] for row in cursor.fetchall()]
    return ids, ids


def changed(of: Population, as_of: datetime) -> int:
    """How many changed until then and were not scored since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scoring_changed WHERE record_type = %s AND since <= %s",
            [of.record_type, as_of],
        )
        return int(cursor.fetchone()[0])


def changed_page(
    of: Population, as_of: datetime, after: UUID | None, size: int
) -> tuple[list[UUID], list[UUID]]:
    """Return the next ids that changed until then, and those among them that qualify."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT w.record_id, EXISTS (
                  SELECT FROM {of.table} x WHERE x.id = w.record_id AND {of.qualifies})
            FROM scoring_changed w WHERE w.record_type = %(type)s AND w.since <= %(as_of)s
              AND (%(after)s::uuid IS NULL OR w.record_id > %(after)s)
            ORDER BY w.record_id LIMIT %(size)s""",  # noqa: S608
            {"type": of.record_type, "as_of": as_of, "after": after, "size": size},
        )
        rows = cursor.fetchall()
    return [row[0] for row in rows], [row[0] for row in rows if row[1]]
