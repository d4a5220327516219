"""The policy in force and those before it."""

from __future__ import annotations

from approvals.models import PolicyVersion

SHOWN = 50


def versions() -> list[PolicyVersion]:
    """The newest first: it is the one in force. One query."""
    rows = PolicyVersion.objects.select_related("drafted_by", "published_by").order_by("-number")
    return list(rows[:SHOWN])


def numbered(number: int) -> PolicyVersion | None:
    """One of them, however old."""
    rows = PolicyVersion.objects.select_related("drafted_by", "published_by")
    return rows.filter(number=number).first()
