"""One change set as a page and an auditor read it: only the rows of records this person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from crmgov.people.models import User
from crmgov.people.policy import sees_everything
from crmgov.records import registry
from crmgov.records.models import ChangeSet, FieldChange
from crmgov.records.models.governed import Governed

# An import may have written thousands of rows; a page shows so many.
PAGE = 100


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Field changes in the order of the ledger with their records by id; `after` begins the next page."""

    change_set: ChangeSet
    changes: list[FieldChange]
    records: dict[UUID, Governed]
    reverted_by: list[ChangeSet]
    after: int | None


def page_for(*, change_set_id: UUID, user: User, after: int = 0) -> ChangePage | None:
    """Return a page of the change set; None when there is nothing in it this person may see."""
    change_set = ChangeSet.objects.filter(pk=change_set_id).first()
    if change_set is None:
        return None
    rows = list(_rows(change_set_id, user).filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    records = records_of(rows, user)
    seen = [row for row in rows[:PAGE] if row.record_id in records]
    if not seen:
        return None
    reverted_by = list(ChangeSet.objects.filter(reverses=change_set_id).order_by("-at", "-id")[:5])
    return ChangePage(change_set, seen, records, reverted_by, rows[PAGE - 1].pk if len(rows) > PAGE else None)


def records_of(rows: list[FieldChange], user: User) -> dict[UUID, Governed]:
    """Return the records behind the rows that this person may see; one query per type."""
    wanted: dict[str, set[UUID]] = {}
    for row in rows:
        wanted.setdefault(row.record_type, set()).add(row.record_id)
    found: dict[UUID, Governed] = {}
    for record_type, ids in wanted.items():
        if record_type not in registry.MODELS:
            continue
        mine = cast("Any", registry.model_of(record_type)).objects.for_user(user)
        found.update({record.pk: record for record in mine.filter(pk__in=ids)})
    return found


def _rows(change_set_id: UUID, user: User) -> Any:
    """Who may see a row is asked of the record as it is now: it may have moved to another team since."""
    rows = FieldChange.objects.filter(change_set=change_set_id)
    return rows if sees_everything(user) else rows.filter(visible_to(user))


def visible_to(user: User) -> Q:
    """Return the condition that a field change is of a record this person may see today."""
    seen = Q()
    for record_type, model in registry.MODELS.items():
        mine = cast("Any", model).objects.for_user(user).values("pk")
        seen |= Q(record_type=record_type, record_id__in=mine)
    return seen
