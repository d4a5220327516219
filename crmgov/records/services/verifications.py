"""A person vouches for a value as it stands, or takes the lock off again. The value itself does not change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.kernel.canonical import plain
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records import registry
from crmgov.records.contracts import contract_for, is_protected
from crmgov.records.models import AuthorityKind, ChangeSet
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import ValueProblem, empty
from crmgov.records.selectors.standing import standing_to

from . import changes
from .edits import person, raise_refusal, visible
from .patches import Edit, NewChangeSet, Patch

VOUCHED = "person"


class NotLocked(Invalid):
    """Nobody verified this value, so there is no lock to take off."""


@transaction.atomic(durable=True)
def verify(
    *, record_type: str, record_id: UUID, field: str, seen: Any, user: User, reason: str, at: datetime
) -> ChangeSet:
    """Keep the value that was `seen` and lock it against sources of lower trust; a ledger row says who vouched.

    Raises NotFound, NotAllowed, Invalid, edits.Overtaken when the value is another one by now.
    """
    record = visible(record_type, record_id, user)
    _require_right(user, record, field)
    try:
        value = registry.restore(record_type, field, seen)
    except ValueProblem as problem:
        raise Invalid(str(problem), {field: str(problem)}) from problem
    if empty(value):
        raise Invalid("There is no value to vouch for. Type one instead.", {field: "It is empty."})
    edit = Edit(field, value, value, VOUCHED, verified=True)
    return _write(record, edit, user, f"verified by {user}", reason, at)


@transaction.atomic(durable=True)
def unlock(
    *, record_type: str, record_id: UUID, field: str, user: User, reason: str, at: datetime
) -> ChangeSet:
    """Let sources of lower trust change the value again. Raises NotFound, NotAllowed, NotLocked."""
    record = visible(record_type, record_id, user)
    _require_right(user, record, field)
    entry = record.provenance.get(field) or {}
    if entry.get("locked") is not True:
        raise NotLocked
    value = registry.get(record, field)
    edit = Edit(field, value, value, str(entry.get("source") or VOUCHED))
    return _write(record, edit, user, f"unlocked by {user}", reason, at)


def _require_right(user: User, record: Governed, field: str) -> None:
    """Whoever may change the value may vouch for it; the owner's view is the owner's alone."""
    contract = contract_for(registry.type_of(record), field)
    if contract is None:
        raise Invalid("There is no such field.", {field: "There is no such field."})
    value, standing = registry.get(record, field), standing_to(user, record)
    protected = is_protected(contract, current_is_empty=empty(value), current=value, proposed=value)
    act = Act.HOLD if contract.group == "owner_view" else Act.EDIT_PROTECTED if protected else Act.EDIT
    if not may(user, act, standing):
        raise NotAllowed


def _write(record: Governed, edit: Edit, user: User, label: str, reason: str, at: datetime) -> ChangeSet:
    change_set = NewChangeSet(
        actor=person(user),
        authority=AuthorityKind.HAND_EDIT,
        authority_id=str(user.pk),
        authority_label=label,
        reason=reason,
    )
    patch = Patch(change_set.id, registry.type_of(record), record.pk, (edit,))
    outcome = changes.apply(change_sets=[change_set], patches=[patch], at=at)
    raise_refusal(outcome, {edit.field: plain(edit.new)})
    return ChangeSet.objects.get(pk=change_set.id)
