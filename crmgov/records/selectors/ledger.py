"""Reading the ledger: the story of a field, and a record as it was. Needs nothing but the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crmgov.records.models import ChangeSet, EarlierChange, FieldChange

from .cursors import Cursor
from .keyset import Order, Page, page_of

NEWEST = Order(("at", "id"), descending=True)


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One change of one field, as a page tells it. Labels stand in for references."""

    change: FieldChange
    change_set: ChangeSet

    @property
    def old(self) -> Any:
        return self.change.old_label or self.change.old

    @property
    def new(self) -> Any:
        return self.change.new_label or self.change.new


def history_of(*, record_id: UUID, field: str, limit: int = 50) -> list[FieldStory]:
    """Return the changes of one field, newest first; one query. The caller has checked that the record is visible."""
    rows = (
        FieldChange.objects.filter(record_id=record_id, field=field)
        .select_related("change_set")
        .order_by("-id")[:limit]
    )
    return [FieldStory(row, row.change_set) for row in rows]


def earlier_of(*, record_id: UUID, field: str, limit: int = 50) -> list[EarlierChange]:
    """Return what sources say happened to the field before it came to us, newest first; one query.

    None of it was written here, so there is nothing to put back. The caller has checked that the record is visible.
    """
    rows = EarlierChange.objects.filter(record_id=record_id, field=field)
    return list(rows.order_by("-at", "-id")[:limit])


def page_of_changes(*, record_id: UUID, cursor: Cursor | None = None, size: int = 50) -> Page[FieldChange]:
    """Return a page of what was written to one record, newest first; one query, `change_set` comes along.

    By time, which the page shows, not by number: numbers follow the order of writing. A record's changes are few,
    so sorting them needs no index of their own.
    """
    rows = FieldChange.objects.filter(record_id=record_id).select_related("change_set")
    return page_of(rows, order=NEWEST, cursor=cursor, size=size)


def stood_before(
    *, record_id: UUID, field: str, at: datetime, change_set_id: UUID | None = None
) -> FieldStory | None:
    """Return the change that stood at `at`, before this change set wrote; None for a field never written."""
    rows = FieldChange.objects.filter(record_id=record_id, field=field, at__lte=at)
    if change_set_id is not None:
        rows = rows.exclude(change_set=change_set_id)
    newest = rows.select_related("change_set").order_by("-at", "-id").first()
    return FieldStory(newest, newest.change_set) if newest is not None else None


def as_of(*, record_id: UUID, at: datetime, fields: Sequence[str] | None = None) -> dict[str, FieldStory]:
    """Return field -> the change that stood at `at` (JSON values); fields never written by then are absent."""
    rows = FieldChange.objects.filter(record_id=record_id, at__lte=at)
    if fields is not None:
        rows = rows.filter(field__in=fields)
    newest = rows.order_by("field", "-id").distinct("field").select_related("change_set")
    return {row.field: FieldStory(row, row.change_set) for row in newest}
