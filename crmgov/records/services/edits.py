"""A person edits a record by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.canonical import plain
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records import registry
from crmgov.records.contracts import contract_for, is_protected
from crmgov.records.models import AuthorityKind, ChangeSet
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import ValueProblem, empty
from crmgov.records.selectors.standing import standing_to

from . import changes, references
from .patches import Edit, NewChangeSet, Patch
from .trouble import waiting_briefly


class Overtaken(Refused):
    """Somebody changed this meanwhile. Both values are shown, and what you typed is kept."""


def person(user: User) -> Actor:
    return Actor(ActorType.HUMAN, str(user.pk), str(user))


@transaction.atomic(durable=True)
def save(
    *,
    record_type: str,
    record_id: UUID,
    seen: Mapping[str, Any],
    values: Mapping[str, Any],
    user: User,
    reason: str,
    at: datetime,
) -> ChangeSet | None:
    """Write what the person typed over what they saw; each typed field is verified and locked.

    `seen` and `values` map field -> raw value as the form showed and posted it. Returns None when nothing changed.
    Raises NotFound (another team), NotAllowed, Invalid (per field), Overtaken (409; facts per field: seen, now, typed),
    Busy (503).
    """
    record = visible(record_type, record_id, user)
    edits = typed(record, seen=seen, values=values, user=user)
    require_right(user, record, edits)
    changed = [edit for edit in edits if edit.old != edit.new]
    if not changed:
        return None
    change_set = NewChangeSet(
        actor=person(user),
        authority=AuthorityKind.HAND_EDIT,
        authority_id=str(user.pk),
        authority_label=f"edited by {user}",
        reason=reason,
    )
    patch = Patch(change_set.id, record_type, record_id, tuple(changed))
    with waiting_briefly():
        outcome = changes.apply(change_sets=[change_set], patches=[patch], at=at)
    raise_refusal(outcome, {edit.field: plain(edit.new) for edit in changed})
    return ChangeSet.objects.get(pk=change_set.id)


def visible(record_type: str, record_id: UUID, user: User) -> Governed:
    """Return the record the user may see; NotFound when there is none, or it is another team's."""
    if record_type not in registry.MODELS:
        raise NotFound
    found: Governed | None = (
        registry.model_of(record_type).objects.for_user(user).filter(pk=record_id).first()
    )
    if found is None:
        raise NotFound
    return found


def typed(record: Governed, *, seen: Mapping[str, Any], values: Mapping[str, Any], user: User) -> list[Edit]:
    """Return the edits a form says, verified by whoever typed them. Raises Invalid naming each bad field.

    A reference that changes must name what this person may see: its name is copied into the ledger.
    """
    record_type, edits, errors = registry.type_of(record), [], {}
    for field, raw in values.items():
        if contract_for(record_type, field) is None:
            errors[field] = "There is no such field to edit."
            continue
        try:
            old = (
                registry.restore(record_type, field, seen[field])
                if field in seen
                else registry.get(record, field)
            )
            kept = field in seen and raw == seen[field]
            new = old if kept else registry.parse(record_type, field, raw)
            if old != new and (say := references.unseen(record_type, field, new, user)):
                errors[field] = say
            edits.append(Edit(field, old, new, "person", verified=True))
        except ValueProblem as problem:
            errors[field] = str(problem)
    if errors:
        raise Invalid("Some of what you typed cannot be saved.", errors=errors)
    return edits


def require_right(user: User, record: Governed, edits: list[Edit]) -> None:
    """Raise NotAllowed unless the role may edit these fields of this record by hand."""
    standing = standing_to(user, record)
    if not may(user, Act.EDIT, standing):
        raise NotAllowed
    protected = [edit.field for edit in edits if edit.old != edit.new and _protected(record, edit)]
    if protected and not may(user, Act.EDIT_PROTECTED, standing):
        names = ", ".join(registry.label(registry.type_of(record), field) for field in protected)
        raise NotAllowed(f"{names} is protected: an account manager or an admin changes it.")
    judged = any(edit.old != edit.new and _is_owner_view(record, edit) for edit in edits)
    if judged and not may(user, Act.HOLD, standing):
        raise NotAllowed("The owner view is the owner's own judgment: the owner or an admin changes it.")


def _is_owner_view(record: Governed, edit: Edit) -> bool:
    contract = contract_for(registry.type_of(record), edit.field)
    return contract is not None and contract.group == "owner_view"


def _protected(record: Governed, edit: Edit) -> bool:
    contract = contract_for(registry.type_of(record), edit.field)
    return contract is not None and is_protected(
        contract, current_is_empty=empty(edit.old), current=edit.old, proposed=edit.new
    )


def raise_refusal(outcome: changes.Outcome, typed_values: Mapping[str, Any]) -> None:
    """Turn what the door sent back into a refusal a person can act on."""
    for refusal in outcome.refused:
        if refusal.kind == "stale":
            fields = {
                value.field: {
                    "seen": value.expected,
                    "now": value.now,
                    "typed": typed_values.get(value.field),
                }
                for value in refusal.values
            }
            raise Overtaken(fields=fields)
        if refusal.kind == "gone":
            raise Overtaken("The record was archived meanwhile. Restore it first.")
        raise Invalid(refusal.say)
