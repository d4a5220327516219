"""The owner's own judgment on an account: healthy, at risk or unknown, with a note and its day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User
from crmgov.records.models import OwnerView

from . import by_hand
from .holds import account_of, require_own

NOTE_MAX = 500


@transaction.atomic(durable=True)
def give(*, account_id: UUID, view: str, note: str, user: User, at: datetime) -> None:
    """Write down how the owner sees the account; a hand edit on the ledger, verified because a person judged.

    Raises Invalid, NotAllowed, NotFound.
    """
    account = account_of(account_id, user)
    require_own(account, user, "judge its health")
    _check(view, note)
    by_hand.change(
        record=account,
        values={"owner_view": view, "owner_view_note": note.strip(), "owner_view_on": user.day(at)},
        user=user,
        reason="Owner view",
        at=at,
    )


def _check(view: str, note: str) -> None:
    errors: dict[str, str] = {}
    if view not in OwnerView.values:
        errors["owner_view"] = f"“{view[:40]}” is not one of {', '.join(OwnerView.values)}."
    if len(note.strip()) > NOTE_MAX:
        errors["owner_view_note"] = f"It has {len(note.strip())} characters, and {NOTE_MAX} is the most."
    if errors:
        raise Invalid("This view cannot be saved yet.", errors)
