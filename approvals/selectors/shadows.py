"""What a workflow at shadow said, beside what people did afterwards with the same field of the same record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from approvals.models import Suggestion, Workflow
from crmgov.people.models import User

SINCE = timedelta(days=90)
# As many are compared, the newest; a page shows the first of them.
MOST, SHOWN = 1_000, 10
SAME, OTHER, NOTHING = "same", "other", "nothing"

COMPARED = """
SELECT s.id, s.number, s.record_label, s.record_type, i.field, i.proposed_label,
  coalesce(c.new_label, ''), c.at, coalesce(c.by, ''),
  CASE WHEN c.at IS NULL THEN 'nothing' WHEN coalesce(c.new, 'null') = coalesce(i.proposed, 'null') THEN 'same'
       ELSE 'other' END
FROM approvals_suggestionitem i JOIN approvals_suggestion s ON s.id = i.suggestion_id
LEFT JOIN LATERAL (
  SELECT f.new, coalesce(nullif(f.new_label, ''), f.new #>> '{}', '') AS new_label, f.at, w.actor_label AS by
  FROM records_fieldchange f JOIN records_changeset w ON w.id = f.change_set_id
  WHERE f.record_id = i.record_id AND f.field = i.field AND f.at > s.made_at
    AND w.actor_type IN ('human', 'human_approved_ai')
  ORDER BY f.id LIMIT 1) c ON true
WHERE s.id = ANY(%s) ORDER BY s.made_at DESC, s.id, i.position"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One proposed value and the first change a person made there afterwards; `outcome` is same, other or nothing."""

    suggestion_id: UUID
    number: int
    record_label: str
    record_type: str
    field: str
    proposed: str
    written: str
    at: datetime | None
    by: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of the last 90 days: how many values people wrote the same, another, or left alone; and the newest."""

    same: int
    other: int
    nothing: int
    lines: Sequence[Compared]

    @property
    def known(self) -> int:
        """How many people said something about."""
        return self.same + self.other

    @property
    def is_empty(self) -> bool:
        return not self.known + self.nothing


def of(user: User, workflow: Workflow, at: datetime) -> Comparison:
    """What the workflow only watched, as far as this person may see it; two queries."""
    rows = Suggestion.objects.for_user(user).filter(
        workflow_version__workflow=workflow, status=Suggestion.Status.SHADOWED, made_at__gt=at - SINCE
    )
    keys = list(rows.order_by("-made_at", "-pk").values_list("pk", flat=True)[:MOST])
    found = [Compared(*row) for row in _compared(keys)] if keys else []
    counted = Counter(one.outcome for one in found)
    # What people spoke about says more than what they left alone.
    told = sorted(found, key=lambda one: one.outcome == NOTHING)
    return Comparison(counted[SAME], counted[OTHER], counted[NOTHING], told[:SHOWN])


def _compared(keys: Sequence[UUID]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(COMPARED, [list(keys)])
        return list(cursor.fetchall())
