"""Who an operator's command acts for."""

from __future__ import annotations

from django.core.management.base import CommandError

from crmgov.people.models import Role, User


def admin_named(email: str) -> User:
    """The admin named, or the only one there is. Raises CommandError."""
    admins = User.objects.filter(role=Role.ADMIN, is_active=True)
    found = list(admins.filter(email__iexact=email) if email else admins[:2])
    if len(found) != 1:
        missing = f"There is no active admin {email}." if email else "Say which admin does this: --as EMAIL."
        raise CommandError(missing)
    return found[0]
