"""An account manager's "no AI contact until …"."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import Account, Hold
from crmgov.records.selectors.standing import standing_to


class AlreadyHeld(Refused):
    """There is a hold on this account. Lift it first, then place another."""


class AlreadyLifted(Refused):
    """A colleague lifted this hold a moment ago."""


@transaction.atomic(durable=True)
def place(*, account_id: UUID, until: date, reason: str, user: User, at: datetime) -> Hold:
    """Keep AI away from an account up to and including a day.

    A hold that has run out makes way for the new one. Raises Invalid, NotAllowed, NotFound, AlreadyHeld.
    """
    account = account_of(account_id, user)
    require_own(account, user, "hold an account")
    _check(until, reason, user.day(at))
    rows = Hold.objects.select_for_update(of=("self",)).select_related("placed_by")
    standing = rows.filter(account=account, lifted_at=None).first()
    if standing is not None and standing.runs(at):
        raise AlreadyHeld(f"{account} is on hold until {standing.until:%d %b %Y}. Lift that one first.")
    if standing is not None:
        _lift(standing, user, at)
    return Hold.objects.create(
        account=account, until=until, reason=reason.strip(), placed_by=user, placed_at=at
    )


@transaction.atomic(durable=True)
def lift(*, hold_id: int, user: User, at: datetime) -> Hold:
    """End a hold now. Raises NotAllowed, NotFound, AlreadyLifted."""
    hold = Hold.objects.select_for_update(of=("self",)).select_related("account").filter(pk=hold_id).first()
    if hold is None:
        raise NotFound
    require_own(account_of(hold.account_id, user), user, "lift its hold")
    if hold.lifted_at is not None:
        raise AlreadyLifted
    _lift(hold, user, at)
    return hold


def account_of(account_id: UUID, user: User) -> Account:
    """Return an account this person can see, locked: of two people who hold it at once, the second is told."""
    account = Account.objects.for_user(user).select_for_update(of=("self",)).filter(pk=account_id).first()
    if account is None:
        raise NotFound
    assert isinstance(account, Account)  # noqa: S101 (the shared queryset is typed by the base)
    return account


def require_own(account: Account, user: User, what: str) -> None:
    """Raises NotAllowed unless the account is this person's, or they are an admin."""
    if not may(user, Act.HOLD, standing_to(user, account)):
        raise NotAllowed(f"Only the owner of {account} or an admin may {what}.")


def _check(until: date, reason: str, today: date) -> None:
    errors: dict[str, str] = {}
    if until < today:
        errors["until"] = "That day has passed. Choose today or a day after."
    if not reason.strip():
        errors["reason"] = "Say why: colleagues and agents read it."
    elif len(reason.strip()) > 300:
        errors["reason"] = f"It has {len(reason.strip())} characters, and 300 is the most."
    if errors:
        raise Invalid("This hold cannot be placed yet.", errors)


def _lift(hold: Hold, user: User, at: datetime) -> None:
    hold.lifted_at, hold.lifted_by = at, user
    hold.save(update_fields=["lifted_at", "lifted_by"])
