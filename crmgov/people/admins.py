"""Where two admins are asked for (DESIGN §2, four-eyes), and there may be only one."""

from __future__ import annotations

from datetime import timedelta

from .models import Role, User

# The only admin may be both, after so long; the row then says so.
SOLE_ADMIN_WAITS = timedelta(hours=24)


def other_than(user_id: int) -> User | None:
    """Another admin who can log in, by name; None where there is none.

    People brought in by an import have no password, so nothing can wait for them.
    """
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user_id).order_by("name", "pk")
    return next((person for person in others if person.has_usable_password()), None)
