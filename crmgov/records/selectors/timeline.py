"""What happened around a record: activities and changes in one line, newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import TAKES_BACK, Activity, ChangeSet, FieldChange
from crmgov.records.models.governed import Governed

from .cursors import Cursor

# Types that activities name.
AROUND = frozenset({"account", "contact", "opportunity", "ticket"})


@dataclass(frozen=True, slots=True)
class Happening:
    """One line: an activity, or a change set with what it wrote on this record."""

    at: datetime
    id: UUID
    activity: Activity | None = None
    change_set: ChangeSet | None = None
    changes: tuple[FieldChange, ...] = ()


# What happened is older than this moment, or as old and of a lower id.
Before = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the timeline; `older` begins the next."""

    happenings: list[Happening]
    older: Cursor | None


def stretch_of(record: Governed, *, user: User, cursor: Cursor | None = None, size: int = 25) -> Stretch:
    """Return what happened before the cursor, or last; three queries. Times that tie are kept apart by id."""
    before = before_of(cursor)
    found = [
        *activities_of(record, user=user, before=before, most=size + 1),
        *changes_of(record, before=before, most=size + 1),
    ]
    found.sort(key=lambda one: (one.at, one.id), reverse=True)
    shown = found[:size]
    return Stretch(shown, cursor_behind(shown[-1].at, shown[-1].id) if len(found) > size else None)


def happened(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    """Of activities of contacts those that no later entry takes back."""
    later = Activity.objects.filter(contact=OuterRef("contact"), data__has_key=TAKES_BACK)
    said = later.annotate(taken_back=KeyTextTransform(TAKES_BACK, "data"))
    return rows.exclude(Exists(said.filter(taken_back=Cast(OuterRef("pk"), TextField()))))


def cursor_behind(at: datetime, key: UUID) -> Cursor:
    return Cursor((at.isoformat(), str(key)))


def before_of(cursor: Cursor | None) -> Before | None:
    """Return where a cursor points to; None for the start and for what nobody of ours wrote."""
    if cursor is None:
        return None
    try:
        return datetime.fromisoformat(cursor.keys[0]), UUID(cursor.keys[1])
    except ValueError:
        return None


def activities_of(
    record: Governed,
    *,
    user: User,
    before: Before | None,
    most: int,
    kinds: Collection[str] | None = None,
) -> list[Happening]:
    """Return activities around it, newest first, of some kinds or of all; one query."""
    record_type = registry.type_of(record)
    if record_type not in AROUND:
        return []
    rows = cast("QuerySet[Activity]", Activity.objects.for_user(user))
    rows = rows.filter(**{record_type: record}).select_related("contact")
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    rows = rows.filter(older("occurred_at", before)).order_by("-occurred_at", "-id")
    return [Happening(row.occurred_at, row.pk, activity=row) for row in rows[:most]]


def changes_of(record: Governed, *, before: Before | None, most: int) -> list[Happening]:
    """Return change sets with what they wrote on it, newest first; two queries."""
    of_record = FieldChange.objects.filter(record_id=record.pk)
    sets = ChangeSet.objects.filter(pk__in=of_record.values("change_set")).filter(older("at", before))
    written = list(sets.order_by("-at", "-id")[:most])
    by_set: dict[UUID, list[FieldChange]] = {}
    for row in of_record.filter(change_set__in=[one.pk for one in written]).order_by("id"):
        by_set.setdefault(row.change_set_id, []).append(row)
    return [
        Happening(one.at, one.pk, change_set=one, changes=tuple(by_set.get(one.pk, ()))) for one in written
    ]


def older(column: str, before: Before | None) -> Q:
    """Return the bound of a page in a table sorted by this column and its id."""
    if before is None:
        return Q()
    at, key = before
    return Q(**{f"{column}__lte": at}) & (Q(**{f"{column}__lt": at}) | Q(**{column: at, "id__lt": key}))


def created(changes: Sequence[FieldChange]) -> bool:
    """Did this change set make the record? Then every value it wrote had none before it."""
    return len(changes) > 1 and all(change.old is None for change in changes)
