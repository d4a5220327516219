"""What a workflow is judged by, counted from rows of a stretch of time: the baseline before it began, and today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import F, Q
from psycopg import sql

from approvals.models import Decision, Metric, WorkflowContract
from crmgov.records import registry
from crmgov.records.models import AuthorityKind, FieldChange

# The stretch a baseline is measured over, and every later value beside it.
STRETCH = timedelta(days=28)
WEEK = timedelta(days=7)
WEEKS = STRETCH // WEEK
# A value nobody touched for this long is called stale.
HALF_A_YEAR = timedelta(days=182)

EMPTY_THEN = sql.SQL("""
SELECT count(*), count(*) FILTER (WHERE CASE WHEN c.record_id IS NULL
    THEN r.{column} IS NULL OR r.{column}::text IN ('', '{{}}')
    ELSE coalesce(c.old, 'null') IN ('null', '""', '[]') END)
FROM {table} r LEFT JOIN (
  SELECT DISTINCT ON (record_id) record_id, old FROM records_fieldchange
  WHERE record_type = %(type)s AND field = %(field)s AND at > %(at)s ORDER BY record_id, id) c ON c.record_id = r.id
WHERE {there}""")
STALE_THEN = sql.SQL("""
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
  SELECT 1 FROM records_fieldchange c WHERE c.record_id = r.id AND c.field = %(field)s
    AND c.at > %(stale)s AND c.at <= %(at)s))
FROM {table} r WHERE {there}""")
THERE = sql.SQL("r.created_at <= %(at)s AND (r.archived_at IS NULL OR r.archived_at > %(at)s)")
OF_SEGMENTS = sql.SQL(
    " AND EXISTS (SELECT 1 FROM records_account a WHERE a.id = r.{account} AND a.segment = ANY(%(segments)s))"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and the number of things it was counted from; None where there was nothing to count.

    Shares are 0 to 1. A field's share is the mean of the ends of four weeks.
    """

    value: Decimal | None
    of: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure of which workflow: on which field, in which segments (none: every), by the fields it writes."""

    metric: Metric
    workflow_id: int
    field: str = ""
    segments: Sequence[str] = ()
    writes: Sequence[str] = ()


def of_contract(contract: WorkflowContract) -> Asked:
    """What its metric counts, to measure it again."""
    return Asked(
        Metric(contract.metric),
        contract.workflow_id,
        contract.metric_field,
        contract.segments,
        contract.writes,
    )


def over(asked: Asked, until: datetime) -> Measured:
    """The metric over the 28 days before `until`."""
    return MEASURES[asked.metric](asked, until)


def _decided(asked: Asked, until: datetime) -> Any:
    return Decision.objects.filter(
        suggestion__workflow_version__workflow=asked.workflow_id,
        person__isnull=False,
        decided_at__gt=until - STRETCH,
        decided_at__lte=until,
    )


def _kept(asked: Asked, until: datetime) -> Measured:
    rows = _decided(asked, until)
    kept = rows.filter(Q(kind=Decision.Kind.APPROVE) | Q(kind=Decision.Kind.ACCEPT_FORM, edits={}))
    return _share(kept.count(), rows.count())


def _hours(asked: Asked, until: datetime) -> Measured:
    waited = list(_decided(asked, until).values_list(F("decided_at") - F("suggestion__made_at"), flat=True))
    if not waited:
        return Measured(None, 0)
    return Measured(Decimal(median(one.total_seconds() for one in waited)) / 3600, len(waited))


def _hand_edits(asked: Asked, until: datetime) -> Measured:
    """Where nobody edited there was nothing to save: that is a value, unlike no records at all."""
    named = Q(pk__in=[])
    for name in asked.writes:
        record_type, _, field = name.partition(".")
        named |= Q(record_type=record_type, field=field)
    count = FieldChange.objects.filter(
        named, at__gt=until - STRETCH, at__lte=until, change_set__authority=AuthorityKind.HAND_EDIT
    ).count()
    return Measured(Decimal(count) / WEEKS, count) if asked.writes else Measured(None, 0)


def _share(part: int, whole: int) -> Measured:
    return Measured(Decimal(part) / whole if whole else None, whole)


def _of_field(question: sql.SQL) -> Callable[[Asked, datetime], Measured]:
    """The mean of the ends of the four weeks, over the records of the last."""

    def measure(asked: Asked, until: datetime) -> Measured:
        weeks = [_then(question, asked, until - WEEK * back) for back in range(WEEKS)]
        shares = [Decimal(part) / whole for whole, part in weeks if whole]
        return Measured(sum(shares, Decimal(0)) / len(shares) if shares else None, weeks[0][0])

    return measure


def _then(question: sql.SQL, asked: Asked, at: datetime) -> tuple[int, int]:
    """How many records there were at that time, and of how many the field was so."""
    record_type, _, field = asked.field.partition(".")
    model = registry.model_of(record_type)
    there = sql.Composed([THERE])
    if asked.segments and (account := _account_column(record_type)):
        there += OF_SEGMENTS.format(account=sql.Identifier(account))
    asking = question.format(
        table=sql.Identifier(model._meta.db_table),
        column=sql.Identifier(registry.column(record_type, field).column or ""),
        there=there,
    )
    given: dict[str, Any] = {"type": record_type, "field": field, "at": at, "stale": at - HALF_A_YEAR,
             "segments": list(asked.segments)}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(asking, given)
        whole, part = cursor.fetchone() or (0, 0)
    return whole, part


def _account_column(record_type: str) -> str:
    """By which column a record hangs on its account; empty where it does so over another record."""
    if record_type == "account":
        return "id"
    names = {field.column for field in registry.model_of(record_type)._meta.concrete_fields}
    return "account_id" if "account_id" in names else ""


MEASURES: dict[Metric, Callable[[Asked, datetime], Measured]] = {
    Metric.KEPT: _kept,
    Metric.HOURS: _hours,
    Metric.HAND_EDITS: _hand_edits,
    Metric.EMPTY: _of_field(EMPTY_THEN),
    Metric.STALE: _of_field(STALE_THEN),
}
