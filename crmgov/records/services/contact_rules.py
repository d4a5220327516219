"""Changing how often and when anybody may be written to. Every sender asks for what is in force."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from crmgov.kernel.refusals import Invalid, NotAllowed, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records import models
from crmgov.records.rules.contact_rules import OFF, Cap, ContactRules, limit_text
from crmgov.records.rules.formats import zone
from crmgov.records.rules.problems import ValueProblem
from crmgov.records.selectors.contact_rules import in_force, number_in_force

__all__ = ["LONGEST_DAYS", "in_force", "save"]

LONGEST_DAYS = 365
HIGHEST_LIMIT = 999_999


class Overtaken(Refused):
    """Somebody changed these rules meanwhile. Look at what is in force now, then save yours."""


@transaction.atomic(durable=True)
def save(
    *, rules: ContactRules, why: str, user: User, at: datetime, against: int | None = None
) -> models.ContactRules:
    """Put these into force; what was before stays readable.

    `against` is the number of the rules they were written from, 0 for those the product ships with; without it, those
    in force. Raises NotAllowed, Invalid naming each field, Overtaken.
    """
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin says how often and when anybody may be written to.")
    if errors := _wrong(rules, why):
        raise Invalid("These rules cannot be saved yet.", errors)
    _lock()
    if against is not None and against != number_in_force():
        raise Overtaken
    if rules == in_force():
        raise Invalid("Nothing differs from the rules in force. Change something first.")
    return models.ContactRules.objects.create(
        contact_limit=limit_text(rules.contact.limit),
        contact_days=rules.contact.days,
        account_limit=limit_text(rules.account.limit),
        account_days=rules.account.days,
        quiet_from=rules.quiet.start,
        quiet_until=rules.quiet.end,
        time_zone=rules.time_zone,
        why=why.strip(),
        saved_by=user,
        saved_at=at,
    )


def _lock() -> None:
    """One saves after the other; reading waits for nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('records.contact_rules'))")


def _wrong(rules: ContactRules, why: str) -> dict[str, str]:
    errors = {}
    for of, cap in (("contact", rules.contact), ("account", rules.account)):
        if not _is_limit(cap):
            errors[f"{of}_limit"] = "Give a number, “off” for no cap, or nothing for the default."
        if not 1 <= cap.days <= LONGEST_DAYS:
            errors[f"{of}_days"] = f"Between 1 and {LONGEST_DAYS} days."
    try:
        zone(rules.time_zone)
    except ValueProblem as problem:
        errors["time_zone"] = str(problem)
    if not why.strip():
        errors["why"] = "Say why, for whoever asks later."
    elif len(why.strip()) > 300:
        errors["why"] = "At most 300 characters."
    return errors


def _is_limit(cap: Cap) -> bool:
    limit = cap.limit
    return limit in (None, OFF) or (isinstance(limit, int) and 0 <= limit <= HIGHEST_LIMIT)
