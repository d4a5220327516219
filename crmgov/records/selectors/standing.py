"""How a person stands to a record: in its team, owning its account."""

from __future__ import annotations

from crmgov.people.models import Membership, User
from crmgov.people.policy import Standing, sees_everything
from crmgov.records.models import Account
from crmgov.records.models.governed import Governed


def standing_to(user: User, record: Governed) -> Standing:
    """One query at most for the team, one for the account."""
    return Standing(in_team=in_team(user, record.team_id), owns_account=owns_account(user, record))


def in_team(user: User, team_id: int | None) -> bool:
    """Shared records (no team) are everybody's."""
    return (
        team_id is None
        or sees_everything(user)
        or Membership.objects.filter(user=user, team_id=team_id).exists()
    )


def owns_account(user: User, record: Governed) -> bool:
    """Does the user own the account this record is or hangs on? A record without account is its own owner's."""
    if isinstance(record, Account):
        return record.owner_id == user.pk
    account_id = getattr(record, "account_id", None)
    if account_id is None:
        return getattr(record, "owner_id", None) == user.pk
    return Account.objects.filter(pk=account_id, owner=user).exists()
