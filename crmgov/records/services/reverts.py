"""Putting one change back, from the ledger, field by field.

A field is put back only where its value is still the one that change wrote; otherwise before, this change and now
are shown. A revert is itself a change set (`reverses`) and can be reverted. A created record is archived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from crmgov.kernel.canonical import plain
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records import registry
from crmgov.records.contracts import EXTRA
from crmgov.records.models import AuthorityKind, ChangeSet, FieldChange
from crmgov.records.models.governed import Governed
from crmgov.records.selectors.standing import standing_to
from crmgov.records.services.edits import person, visible

from . import changes
from .patches import Edit, NewChangeSet, Patch

# Of a ledger row, to plan with; the rest stays where it is.
NEEDED = ("change_set_id", "record_type", "record_id", "field", "old", "new", "old_label", "new_label")


# Putting back more records than this is a rollback, which two people decide (DESIGN §2).
MOST_RECORDS = 100
# Several write to this one at once, each its own: each is put back by itself.
TAGS = "tags"


class Overtaken(Refused):
    """A later change stands in the way, so nothing was put back. The three values are shown."""


class TooMany(Refused):
    """This change wrote more than 100 records. Put them back one by one, or revert the import as a whole."""

    status = 422


class WholeImport(Refused):
    """One record of an import is put back here; the whole import is reverted as an import, with its plan first."""

    status = 422


@dataclass(frozen=True, slots=True)
class PlannedField:
    """`before`, `wrote` and `now` are JSON values; labels stand beside for references."""

    change: FieldChange
    before: Any
    wrote: Any
    now: Any
    possible: bool
    say: str
    archives: bool = False
    source: str = "revert"
    verified: bool = False


def plan(
    *, change_set_id: UUID, user: User, fields: Sequence[str] | None = None, record_id: UUID | None = None
) -> list[PlannedField]:
    """Return what a revert would do, field by field. Raises NotFound for another team's record.

    `record_id` narrows a change set that wrote many records, as an import does, to one of them.
    """
    asked = _asked(change_set_id, fields, record_id)
    rows = _rows(asked)
    records = _visible(rows, asked, user)
    created = _created_by(change_set_id, rows)
    first = {row.record_id: row for row in reversed(rows) if row.record_id in created}
    return [_planned(row, records[row.record_id]) for row in rows if row.record_id not in created] + [
        _archiving(row, records[record_id]) for record_id, row in first.items()
    ]


@transaction.atomic(durable=True)
def revert(
    *,
    change_set_id: UUID,
    user: User,
    reason: str,
    at: datetime,
    fields: Sequence[str] | None = None,
    record_id: UUID | None = None,
    decided_it: bool = False,
) -> ChangeSet:
    """Put the change back: all the fields asked for, or none; on one record, if it is named.

    `decided_it` says whether this person decided the suggestion behind the change (approvals knows, this floor
    does not). Raises NotFound, NotAllowed, WholeImport, TooMany, Overtaken (409; facts per field: before,
    wrote, now).
    """
    planned = plan(change_set_id=change_set_id, user=user, fields=fields, record_id=record_id)
    original = ChangeSet.objects.get(pk=change_set_id)
    _require_one_change(original, planned, record_id)
    _require_right(user, planned, decided_it)
    blocked = [row for row in planned if not row.possible]
    if blocked:
        raise Overtaken(fields=_facts(blocked))
    new = NewChangeSet(
        actor=person(user),
        authority=AuthorityKind.REVERT,
        authority_id=str(user.pk),
        authority_label=f"reverted by {user}",
        reason=reason,
        reverses=original.pk,
        suggestion_id=original.suggestion_id,
        suggestion_number=original.suggestion_number,
    )
    outcome = changes.apply(change_sets=[new], patches=patches_for(planned, new.id, at), at=at)
    if outcome.refused:
        raise Overtaken(" ".join(refusal.say for refusal in outcome.refused))
    return ChangeSet.objects.get(pk=new.id)


def patches_for(planned: Sequence[PlannedField], change_set: UUID, at: datetime) -> list[Patch]:
    """Return one patch per record that puts its fields back."""
    by_record: dict[tuple[str, UUID], list[Edit]] = {}
    for row in planned:
        record_type, field = row.change.record_type, "archived_at" if row.archives else row.change.field
        new = at if row.archives else registry.restore(record_type, field, row.before)
        # What a person had verified comes back verified, by whoever puts it back, and under its source.
        edit = Edit(
            field, registry.restore(record_type, field, row.now), new, row.source, verified=row.verified
        )
        by_record.setdefault((record_type, row.change.record_id), []).append(edit)
    return [
        Patch(change_set, record_type, record_id, tuple(edits))
        for (record_type, record_id), edits in by_record.items()
    ]


def _asked(
    change_set_id: UUID, fields: Sequence[str] | None, record_id: UUID | None
) -> QuerySet[FieldChange]:
    rows = FieldChange.objects.filter(change_set_id=change_set_id)
    if fields is not None:
        rows = rows.filter(field__in=fields)
    return rows if record_id is None else rows.filter(record_id=record_id)


def _rows(asked: QuerySet[FieldChange]) -> Sequence[FieldChange]:
    before = FieldChange.objects.filter(
        record_id=OuterRef("record_id"), field=OuterRef("field"), id__lt=OuterRef("id")
    ).order_by("-id")
    written = before.values(said=JSONObject(source="source", verified="verified"))[:1]
    rows = asked.order_by("id").only(*NEEDED).annotate(written_before=Subquery(written))
    return list(rows.iterator())


def _visible(rows: Sequence[FieldChange], asked: QuerySet[FieldChange], user: User) -> dict[UUID, Governed]:
    """Return the records by id with the fields in question; one query per type. NotFound when any is another team's."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        fields = wanted.setdefault(row.record_type, {"archived_at"})
        fields.add("extra" if row.field.startswith(EXTRA) else row.field)
    found: dict[UUID, Governed] = {}
    for record_type, fields in wanted.items():
        mine = registry.model_of(record_type).objects.for_user(user).only(*fields)
        written = mine.filter(pk__in=asked.filter(record_type=record_type).values("record_id"))
        found.update({record.pk: record for record in written.iterator()})
    if not rows or any(row.record_id not in found for row in rows):
        raise NotFound
    return found


def _created_by(change_set_id: UUID, rows: Sequence[FieldChange]) -> set[UUID]:
    """Return the records this very change set made: there is no value before it."""
    ids = {row.record_id for row in rows if row.old is None}
    first = FieldChange.objects.filter(record_id__in=ids).order_by("record_id", "id").distinct("record_id")
    return {row.record_id for row in first if row.change_set_id == change_set_id}


def _planned(row: FieldChange, record: Governed) -> PlannedField:
    now = plain(registry.get(record, row.field))
    if now == row.new:
        before: dict[str, Any] = getattr(row, "written_before", None) or {}
        return PlannedField(
            row,
            row.old,
            row.new,
            now,
            possible=True,
            say="Nothing has changed it since, so it can be put back.",
            source=before.get("source", "revert"),
            verified=before.get("verified", False),
        )
    if row.field == TAGS and (left := _without_added(row, now)) is not None:
        say = "Others were changed since; of these tags it takes back only its own."
        return PlannedField(row, left, row.new, now, possible=True, say=say)
    if now == row.old:
        return PlannedField(row, row.old, row.new, now, False, "It already has the value from before.")
    return PlannedField(row, row.old, row.new, now, False, "A later change stands in the way.")


def _without_added(row: FieldChange, now: Sequence[str]) -> list[str] | None:
    """Today's tags without those the change put on and with those it took off; None where others did that since."""
    old, new = set(row.old or ()), set(row.new or ())
    added, removed = new - old, old - new
    if not added | removed or not added <= set(now) or removed & set(now):
        return None
    return sorted((set(now) - added) | removed)


def _archiving(row: FieldChange, record: Governed) -> PlannedField:
    now = plain(record.archived_at)
    say = "The record this change made is archived." if now is None else "The record is already archived."
    return PlannedField(row, None, row.new, now, now is None, say, archives=True)


def _require_one_change(original: ChangeSet, planned: Sequence[PlannedField], record_id: UUID | None) -> None:
    if original.authority == AuthorityKind.IMPORT and record_id is None:
        raise WholeImport
    if len({row.change.record_id for row in planned}) > MOST_RECORDS:
        raise TooMany


def _require_right(user: User, planned: Sequence[PlannedField], decided_it: bool) -> None:
    """What is visible is in the person's team; owning the account is asked only of those who need it."""
    if may(user, Act.REVERT, Standing(in_team=True, decided_it=decided_it)):
        return
    for record_type, record_id in {(row.change.record_type, row.change.record_id) for row in planned}:
        standing = standing_to(user, visible(record_type, record_id, user))
        if not may(user, Act.REVERT, standing):
            raise NotAllowed


def _facts(rows: Sequence[PlannedField]) -> dict[str, dict[str, Any]]:
    return {
        row.change.field: {
            "before": row.change.old_label or row.before,
            "wrote": row.change.new_label or row.wrote,
            "now": row.now,
            "say": row.say,
        }
        for row in rows
    }
