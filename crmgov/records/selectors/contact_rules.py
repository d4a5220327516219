"""The rules of contacting: those in force, and who changed them."""

from __future__ import annotations

from crmgov.records import models
from crmgov.records.rules.contact_rules import (
    ACCOUNT_LIMIT,
    CONTACT_LIMIT,
    Cap,
    ContactRules,
    Quiet,
    read_limit,
)

SHOWN = 30


def in_force() -> ContactRules:
    """Return what the newest row says; what the code says while there is none. One query."""
    row = models.ContactRules.objects.order_by("-id").first()
    return ContactRules() if row is None else said_by(row)


def number_in_force() -> int:
    """Return the number of the newest row; 0 while there is none."""
    return models.ContactRules.objects.order_by("-id").values_list("id", flat=True).first() or 0


def said_by(row: models.ContactRules) -> ContactRules:
    return ContactRules(
        contact=Cap(read_limit(row.contact_limit), row.contact_days, CONTACT_LIMIT),
        account=Cap(read_limit(row.account_limit), row.account_days, ACCOUNT_LIMIT),
        quiet=Quiet(row.quiet_from, row.quiet_until),
        time_zone=row.time_zone,
    )


def history() -> list[models.ContactRules]:
    """Newest first."""
    return list(models.ContactRules.objects.select_related("saved_by").order_by("-id")[:SHOWN])
