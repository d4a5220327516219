"""What to learn from: past moments of records of which we know by now how they ended.

**One moment per record**, drawn by its id from all the cut-offs there are and dropped where the record was no
candidate then. So no record is both learned from and judged on, and short lives weigh no more than long ones: drawing
among the moments that fit would make those who left soon more frequent than they are.

**Who was a candidate** is replayed like every other field. Before a record came to us its first known value counts
only if sources told histories of that field at all; else only those who stayed would be there, and nobody who left.
A record counts from its first sign on: when it came to us, or something that happened with it before.

A deal is read at a moment drawn from its life, for its question runs until it is closed; deals still open teach nothing
yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from scoring.features import replays
from scoring.features.schema import Subject
from scoring.models import Score

# Whoever looks further back learns of another company.
MONTHS = 24
CUSTOMERS = "('customer', 'evangelist')"
NO_LEADS = "('opportunity', 'customer', 'evangelist', 'churned')"
# A number from 0 to 2^31 - 1 by the id alone: the same in every training.
DRAWN = "(('x' || substr(md5(x.id::text), 1, 8))::bit(32)::bigint & 2147483647)"


@dataclass(frozen=True, slots=True)
class Question:
    """`outcome` within `horizon_days` of the cut-off is what counts as yes. None: until the deal is closed."""

    name: str
    kind: Score.Kind
    outcome: str
    horizon_days: int | None
    # In a sentence: "12 of 480 customers churned".
    who: str
    did: str
    advice: str


QUESTIONS: dict[str, Question] = {
    "churn": Question(
        "churn", Score.Kind.CHURN_RISK, "churned", 90, "customers", "churned within 90 days",
        "Import the history of the lifecycle field, or come back when more time has passed.",
    ),
    "lead": Question(
        "lead", Score.Kind.LEAD_FIT, "won", 60, "leads", "became an opportunity or a customer within 60 days",
        "Import the history of the lifecycle field of contacts, or come back when more time has passed.",
    ),
    "win": Question(
        "win", Score.Kind.WIN, "won", None, "closed deals", "ended in a sale",
        "Import closed deals with the history of their stages, or come back when more are closed.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A record at one moment, and how it ended."""

    record_id: UUID
    cut: datetime
    positive: bool


def cut_offs(question: Question, at: datetime) -> list[datetime]:
    """Every thirtieth day back from the last moment whose horizon is over by `at`, the latest first."""
    last = at - timedelta(days=question.horizon_days or 0)
    return [last - timedelta(days=30 * month) for month in range(MONTHS)]


def find(question: Question, subject: Subject, at: datetime) -> list[Example]:
    """Return the examples there are as of `at`, in the order of their moments. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM records_earlierchange WHERE record_type = %s AND field = 'lifecycle')",
            [subject.record_type],
        )
        (histories,) = cursor.fetchone()
        if question.horizon_days is None:
            cursor.execute(CLOSED, {"at": at, "since": at - timedelta(days=30 * MONTHS)})
        else:
            sql = _followed(question, subject, histories=histories)
            parameters: dict[str, Any] = {
                "cuts": cut_offs(question, at),
                "horizon": timedelta(days=question.horizon_days),
                "outcome": question.outcome,
            }
            cursor.execute(sql, parameters)
        return [Example(*row) for row in cursor.fetchall()]


def _followed(question: Question, subject: Subject, *, histories: bool) -> str:
    lifecycle = replays.field("x", "lifecycle", asked="d", carried=histories)
    candidate = (
        f"was.lifecycle IN {CUSTOMERS}" if question.name == "churn" else f"was.lifecycle NOT IN {NO_LEADS}"
    )
    hangs_by = f"{subject.record_type}_id"
    signs = f"""OR EXISTS (SELECT FROM records_activity a
          WHERE a.{hangs_by} = x.id AND a.occurred_at <= d.cut AND a.occurred_at < x.created_at)
        OR EXISTS (SELECT FROM records_earlierchange e WHERE e.record_id = x.id AND e.at <= d.cut
          AND e.at < x.created_at)"""  # noqa: S608
    return f"""
SELECT d.id, d.cut, ended.positive FROM (
  SELECT x.id, (%(cuts)s::timestamptz[])[1 + {DRAWN} % cardinality(%(cuts)s::timestamptz[])] AS cut
  FROM {subject.table} x) d
JOIN {subject.table} x ON x.id = d.id
CROSS JOIN LATERAL (SELECT coalesce({lifecycle}, '') AS lifecycle) was
CROSS JOIN LATERAL (SELECT EXISTS (
  SELECT FROM scoring_outcome o WHERE o.record_id = d.id AND o.kind = %(outcome)s
    AND o.at > d.cut AND o.at <= d.cut + %(horizon)s) AS positive) ended
WHERE {candidate}
  AND (x.created_at <= d.cut {signs if histories else ""})
  AND (x.archived_at IS NULL OR x.archived_at > d.cut + %(horizon)s OR ended.positive)
ORDER BY d.cut, d.id""".replace(f"{DRAWN} % ", f"{DRAWN} %% ")  # noqa: S608


CLOSED = f"""
SELECT x.id, opened.at + (closed.at - opened.at) * ({DRAWN} / 2147483648.0) AS cut, closed.kind = 'won'
FROM records_opportunity x
CROSS JOIN LATERAL (SELECT o.at, o.kind FROM scoring_outcome o
  WHERE o.record_id = x.id AND o.kind IN ('won', 'lost') AND o.at <= %(at)s ORDER BY o.at LIMIT 1) closed
CROSS JOIN LATERAL (SELECT least(x.created_at,
  (SELECT min(e.at) FROM records_earlierchange e WHERE e.record_id = x.id),
  (SELECT min(a.occurred_at) FROM records_activity a WHERE a.opportunity_id = x.id)) AS at) opened
WHERE opened.at < closed.at AND closed.at > %(since)s
ORDER BY 2, 1"""  # noqa: S608
