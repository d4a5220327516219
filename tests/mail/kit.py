"""A Friday morning with one suggestion waiting, and who was written to."""

from __future__ import annotations

from datetime import timedelta

from django.core.mail import EmailMessage

from crmgov.people.models import User
from tests.world import NOW

# NOW is a Friday, 10:00 UTC.
EIGHT = NOW.replace(hour=8)
HOUR = timedelta(hours=1)
Outbox = list[EmailMessage]


def to(mailoutbox: Outbox, person: User) -> list[str]:
    """The subjects of what this person got."""
    return [str(mail.subject) for mail in mailoutbox if mail.to == [person.email]]
