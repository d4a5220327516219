"""What a policy is held against: what there is beside it, and who wrote which field lately. Bounded, a few queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from approvals.models import Action, Workflow
from approvals.rules.linting import Around, Fight, Known, Writers
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.checks import EXTRA_COLUMN, KEPT_BY_THE_DOOR
from crmgov.records.contracts import GROUPS, contract_for
from crmgov.records.models import Segment

LOOKS_BACK = timedelta(days=90)
# The newest changes of that time; taken by number, which has an index and grows with the clock.
MOST_CHANGES = 50_000
MOST_WORKFLOWS, MOST_SHOWN = 1_000, 50
# Once back and forth is somebody's correction; a fight goes on.
BACK_AND_FORTH = 2

WRITTEN = """
WITH newest AS MATERIALIZED (
  SELECT id, change_set_id, record_type, record_id, record_label, field, old, new, source
  FROM records_fieldchange ORDER BY id DESC LIMIT %s),
written AS MATERIALIZED (
  SELECT n.*, c.workflow <> '' AS by_ai, CASE
      WHEN c.workflow <> '' THEN c.workflow || ' of ' || c.agent_label
      WHEN c.authority = 'import' THEN n.source
      ELSE 'people' END AS writer
  FROM newest n JOIN records_changeset c ON c.id = n.change_set_id
  WHERE c.at BETWEEN %s AND %s AND c.reverses IS NULL)"""
WRITERS = """
SELECT record_type, field, array_agg(writer ORDER BY wrote DESC, writer), array_agg(wrote ORDER BY wrote DESC, writer)
FROM (SELECT record_type, field, writer, count(*) AS wrote FROM written WHERE by_ai GROUP BY 1, 2, 3) w
GROUP BY record_type, field HAVING count(*) > 1
ORDER BY sum(wrote) DESC, record_type, field LIMIT %s"""
FIGHTS = """
SELECT record_type, record_id, max(record_label), field, array_agg(DISTINCT writer), count(*) FILTER (WHERE back)
FROM (
  SELECT *, new = lag(old) OVER story AND writer <> lag(writer) OVER story AS back FROM written
  WINDOW story AS (PARTITION BY record_id, field ORDER BY id)) told
GROUP BY record_type, record_id, field HAVING count(*) FILTER (WHERE back) >= %s AND bool_or(by_ai)
ORDER BY 6 DESC, record_id, field LIMIT %s"""


def around_for(user: User, *, at: datetime) -> Around:
    """As of `at`. A record of another team than the person's is not named."""
    fights = list(_fights(at))
    seen = _seen(user, fights)
    return Around(
        today=user.day(at),
        workflows=tuple(_workflows()),
        segments=frozenset(Segment.objects.values_list("name", flat=True)),
        groups=frozenset(group.name for group in GROUPS),
        actions=frozenset(Action.values),
        fields=tuple(_fields()),
        writers=tuple(_writers(at)),
        fights=tuple(one for one in fights if one.record_id in seen),
    )


def _workflows() -> Iterator[Known]:
    rows = Workflow.objects.select_related("agent").order_by("name", "pk")[:MOST_WORKFLOWS]
    for row in rows:
        yield Known(row.name, row.agent.name if row.agent else "", row.first_seen_at.date())


def _fields() -> Iterator[tuple[str, str, bool]]:
    for record_type, model in registry.MODELS.items():
        for column in model._meta.concrete_fields:
            if column.name not in KEPT_BY_THE_DOOR | {EXTRA_COLUMN}:
                yield record_type, column.name, contract_for(record_type, column.name) is not None


def _writers(at: datetime) -> Iterator[Writers]:
    for record_type, field, writers, wrote in _asked(WRITERS, at, MOST_SHOWN):
        yield Writers(record_type, field, tuple(zip(writers, wrote, strict=True)))


def _fights(at: datetime) -> Iterator[Fight]:
    for record_type, record_id, label, field, writers, times in _asked(
        FIGHTS, at, BACK_AND_FORTH, MOST_SHOWN
    ):
        yield Fight(record_type, str(record_id), label, field, tuple(writers), times)


def _seen(user: User, fights: list[Fight]) -> set[str]:
    found: set[str] = set()
    for record_type in {one.record_type for one in fights}:
        ids = [one.record_id for one in fights if one.record_type == record_type]
        rows = registry.model_of(record_type).objects.for_user(user).filter(pk__in=ids)
        found |= {str(key) for key in rows.values_list("pk", flat=True)}
    return found


def _asked(question: str, at: datetime, *more: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN + question, [MOST_CHANGES, at - LOOKS_BACK, at, *more])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
