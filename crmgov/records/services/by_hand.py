"""What one person does to one record, written as a hand edit through the door. Joins the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from crmgov.kernel.canonical import plain
from crmgov.kernel.ids import new_id
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import AuthorityKind
from crmgov.records.models.governed import Governed

from . import changes
from .edits import person, raise_refusal
from .patches import Edit, NewChangeSet, Patch

SOURCE = "person"


def change(*, record: Governed, values: dict[str, Any], user: User, reason: str, at: datetime) -> UUID | None:
    """Set what differs from what `record` was read with. Returns the change set, or None when nothing differs.

    Raises edits.Overtaken when somebody was faster, Invalid with the sentence of the door.
    """
    edits = tuple(
        Edit(field, old, new, SOURCE, verified=True)
        for field, new in values.items()
        if (old := registry.get(record, field)) != new
    )
    if not edits:
        return None
    return _write(registry.type_of(record), record.pk, edits, user, reason, at, creates=False)


def create(*, record_type: str, values: dict[str, Any], user: User, reason: str, at: datetime) -> UUID:
    """Make a record and return its id. Raises Invalid with the sentence of the door."""
    record_id = new_id()
    edits = tuple(Edit(field, None, new, SOURCE, verified=True) for field, new in values.items())
    _write(record_type, record_id, edits, user, reason, at, creates=True)
    return record_id


def _write(
    record_type: str,
    record_id: UUID,
    edits: tuple[Edit, ...],
    user: User,
    reason: str,
    at: datetime,
    *,
    creates: bool,
) -> UUID:
    written = NewChangeSet(
        actor=person(user),
        authority=AuthorityKind.HAND_EDIT,
        authority_id=str(user.pk),
        authority_label=f"edited by {user}",
        reason=reason,
    )
    patch = Patch(written.id, record_type, record_id, edits, creates=creates)
    outcome = changes.apply(change_sets=[written], patches=[patch], at=at)
    raise_refusal(outcome, {edit.field: plain(edit.new) for edit in edits})
    return written.id
