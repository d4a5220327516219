"""Who reads what workflows are for."""

from __future__ import annotations

from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may


def oversees(user: User) -> bool:
    """Admins and auditors."""
    return may(user, Act.ADMINISTER) or (user.is_active and user.role == Role.AUDITOR)


def require_reader(user: User) -> None:
    """Raises NotAllowed."""
    if not oversees(user):
        raise NotAllowed(
            "Admins and auditors read the contracts of workflows. Why something was held stands on the item itself."
        )
