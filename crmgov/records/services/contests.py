"""An owner takes back what ran by itself: the old values return, verified and locked. A door verb.

Field by field: what a later change wrote over stays as it is, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records.models import AuthorityKind, ChangeSet
from crmgov.records.selectors.standing import standing_to

from . import changes, reverts
from .edits import person, visible
from .patches import NewChangeSet
from .reverts import PlannedField

# The source of a value its owner stands up for.
VOUCHED = "person"


class NotYourAccount(NotAllowed):
    """Only the owner of the account or an admin contests what ran by itself there."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`restored`: fields put back by change set `change_set_id`; `kept`: {field: why not}."""

    change_set_id: UUID | None
    restored: tuple[str, ...]
    kept: dict[str, str]


def take_back(*, change_set_id: UUID, user: User, reason: str, at: datetime) -> TakenBack:
    """Put back what still holds the value that change wrote, and lock it; name the rest. Joins the transaction.

    Raises NotFound (another team's record), NotYourAccount, reverts.Overtaken when somebody was faster this very
    moment.
    """
    planned = reverts.plan(change_set_id=change_set_id, user=user)
    _require_own(user, planned)
    return _put_back(change_set_id, planned, user, f"contested by {user}", reason, at)


def put_back(*, change_set_id: UUID, user: User, reason: str, at: datetime) -> TakenBack:
    """The same for whoever reads it afterwards and may edit the record. Raises NotFound, NotAllowed, Overtaken."""
    planned = reverts.plan(change_set_id=change_set_id, user=user)
    if not may(user, Act.EDIT, Standing(in_team=True)):
        raise NotAllowed("Who may not edit a record puts nothing back on it.")
    return _put_back(change_set_id, planned, user, f"found wrong by {user}", reason, at)


def _put_back(
    change_set_id: UUID, planned: Sequence[PlannedField], user: User, label: str, reason: str, at: datetime
) -> TakenBack:
    possible = [_vouched(row) for row in planned if row.possible]
    kept = {row.change.field: row.say for row in planned if not row.possible}
    if not possible:
        return TakenBack(None, (), kept)
    original = ChangeSet.objects.get(pk=change_set_id)
    new = NewChangeSet(
        actor=person(user),
        authority=AuthorityKind.REVERT,
        authority_id=str(user.pk),
        authority_label=label,
        reason=reason,
        reverses=original.pk,
        suggestion_id=original.suggestion_id,
        suggestion_number=original.suggestion_number,
    )
    outcome = changes.apply(change_sets=[new], patches=reverts.patches_for(possible, new.id, at), at=at)
    if outcome.refused:
        raise reverts.Overtaken(" ".join(refusal.say for refusal in outcome.refused))
    return TakenBack(new.id, tuple(_written(row) for row in possible), kept)


def _vouched(row: PlannedField) -> PlannedField:
    """What it made is archived; a value comes back as one a person stands up for."""
    return row if row.archives else replace(row, verified=True, source=VOUCHED)


def _written(row: PlannedField) -> str:
    return "archived_at" if row.archives else row.change.field


def _require_own(user: User, planned: Sequence[PlannedField]) -> None:
    for record_type, record_id in {(row.change.record_type, row.change.record_id) for row in planned}:
        if not may(user, Act.CONTEST, standing_to(user, visible(record_type, record_id, user))):
            raise NotYourAccount
