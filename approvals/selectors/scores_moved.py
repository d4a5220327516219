"""Scores that are news: far from what their record says, and not proposed yet. Set-based, by keyset of size."""

# ruff: noqa: S608 (every name in the queries is ours)

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from approvals.models import Suggestion, WorkflowVersion
from scoring.models import TrainedModel

# Less than a twentieth of the scale is no news.
STEP = Decimal("0.05")
# Where a band ends, as a share of the scale: crossing one is news however small the step. At one half the gate asks
# whether the owner of the account says otherwise.
EDGES = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"))
TABLES = {"account": "records_account", "contact": "records_contact"}
SEGMENTS = {
    "account": "coalesce(r.segment, '')",
    "contact": "coalesce((SELECT a.segment FROM records_account a WHERE a.id = r.account_id), '')",
}
# Who went to another segment is scored again first: what was said of them stands on the proof of the one before.
NEWS = """
FROM scoring_score s JOIN {table} r ON r.id = s.record_id
WHERE s.trained_id = %(model)s AND s.kind = %(kind)s AND s.current AND r.archived_at IS NULL
  AND s.segment = {segment}
  AND (r.{field} IS NULL OR abs(s.value - r.{field} / %(scale)s) >= %(step)s
       OR width_bucket(s.value, %(edges)s::numeric[]) <> width_bucket(r.{field} / %(scale)s, %(edges)s::numeric[]))
  AND r.{field} IS DISTINCT FROM round(s.value * %(scale)s, %(digits)s)
  AND NOT EXISTS (SELECT 1 FROM approvals_publishedscore p WHERE p.score_id = s.id)"""
COUNT = "SELECT {segment} AS segment, count(*) {news} GROUP BY 1 ORDER BY 1"
# Who moved most comes first; without a value before, from nothing.
PAGE = """
SELECT s.id, s.record_id, s.value, r.{field}, {segment} AS segment, s.reasons {news}
  AND {segment} = ANY(%(segments)s)
ORDER BY abs(s.value - coalesce(r.{field} / %(scale)s, 0)) DESC, s.id LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind of score is kept: the field, and what 1 is there. `said`: what happens to so many of 100."""

    kind: str
    record_type: str
    field: str
    scale: Decimal
    said: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A score that is news; `held` is what the field holds, as JSON."""

    score_id: UUID
    record_id: UUID
    value: Decimal
    held: Any
    segment: str
    reasons: Sequence[dict[str, Any]]


def counted(place: Place, model: TrainedModel) -> dict[str, int]:
    """Segment -> how many scores of it are news."""
    return dict(_rows(COUNT, place, model))


def page(place: Place, model: TrainedModel, *, segments: Collection[str], most: int) -> list[Moved]:
    """At most so many of these segments, those that moved furthest first."""
    rows = _rows(PAGE, place, model, segments=sorted(segments), most=most)
    return [
        Moved(
            score_id=score,
            record_id=record,
            value=value,
            held=str(held) if held is not None else None,
            segment=segment,
            reasons=json.loads(reasons) if isinstance(reasons, str) else reasons,
        )
        for score, record, value, held, segment, reasons in rows
    ]


def ran_today(version: WorkflowVersion, at: datetime) -> dict[str, int]:
    """Segment -> how many of this version ran by themselves since midnight UTC, or wait for the sample of their run."""
    return _per_segment(version, at, "(d.id IS NOT NULL OR s.held_by_run)")


def asked_today(version: WorkflowVersion, at: datetime) -> int:
    """How many of this version people were asked about since midnight UTC."""
    return sum(_per_segment(version, at, "d.id IS NULL AND NOT s.held_by_run").values())


def published(version_ids: Sequence[int]) -> int:
    """How many suggestions these versions made in all."""
    return Suggestion.objects.filter(workflow_version__in=version_ids).count()


def _per_segment(version: WorkflowVersion, at: datetime, which: str) -> dict[str, int]:
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    sql = f"""SELECT s.segment, count(*) FROM approvals_suggestion s
    LEFT JOIN approvals_decision d ON d.suggestion_id = s.id AND d.person_id IS NULL
    WHERE s.workflow_version_id = %s AND s.made_at >= %s AND {which} GROUP BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [version.pk, midnight])
        return dict(cursor.fetchall())


def _rows(sql: str, place: Place, model: TrainedModel, **more: Any) -> list[tuple[Any, ...]]:
    names = {
        "table": TABLES[place.record_type],
        "field": place.field,
        "segment": SEGMENTS[place.record_type],
    }
    given = {
        "model": UUID(str(model.pk)),
        "kind": place.kind,
        "scale": place.scale,
        "digits": 4 if place.scale == 1 else 2,
        "step": STEP,
        "edges": list(EDGES),
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**names, news=NEWS.format(**names)), given)
        return list(cursor.fetchall())
