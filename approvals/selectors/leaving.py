"""What stands before a message that waits: the night of its reader, and what they said since it was approved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from approvals.models import Message
from crmgov.records.models import Contact
from crmgov.records.rules.contact_rules import ContactRules
from crmgov.records.rules.contactability import BY_THE_CLOCK, NOBODY, Blocked, blocking
from crmgov.records.rules.quiet_hours import quiet_until, zone_of
from crmgov.records.selectors.contact_rules import in_force
from crmgov.records.selectors.contactability import known_of

MOVED = "The address of the contact changed after this was approved."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message and when it is due."""

    message: Message
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Ahead:
    """`stops`: why it will not leave, as of now; `night`: when the quiet hours end that it waits for. Or ""."""

    stops: str = ""
    night: str = ""


def after_quiet_hours(contact_id: UUID, at: datetime) -> str:
    """Say when the quiet hours end in which this moment lies, "08:00 where they are"; "" where it is none."""
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        return ""
    rules = in_force()
    until = quiet_until(at, zone_of(contact.time_zone, rules.time_zone), rules.quiet)
    return "" if until is None else clock(contact, until, rules)


def ends_at(contact: Contact, due_at: datetime) -> str:
    """Say the end of the quiet hours that a message waits for, as above; "" where it waits for none."""
    return _night(contact, due_at, in_force())


def clock(contact: Contact, at: datetime, rules: ContactRules) -> str:
    """The time on their wall, and on which wall where nobody knows theirs."""
    zone = zone_of(contact.time_zone, rules.time_zone)
    where = "where they are" if zone.key == contact.time_zone else f"in {zone.key}"
    return f"{at.astimezone(zone):%H:%M} {where}"


def ahead(waiting: Iterable[Waiting], at: datetime) -> dict[UUID, Ahead]:
    """By message, with its contact fetched; as many queries for a page as for one, none for none."""
    rows = list(waiting)
    if not rows:
        return {}
    rules, found = in_force(), {}
    for channel in {row.message.channel for row in rows}:
        timed = channel in BY_THE_CLOCK
        those = [row for row in rows if row.message.channel == channel]
        contacts = list({row.message.contact_id for row in those})
        besides = [row.message.suggestion_id for row in those]
        known = dict(known_of(contacts, channel=channel, at=at, rules=rules, besides=besides))
        for row in those:
            told = known.get(row.message.contact_id)
            purpose = row.message.purpose
            blocked = (
                NOBODY
                if told is None
                else blocking(told, channel=channel, purpose=purpose, at=at, rules=rules)
            )
            found[row.message.pk] = Ahead(
                _stops(row, blocked), _night(row.message.contact, row.due_at, rules) if timed else ""
            )
    return found


def _stops(row: Waiting, blocked: Iterable[Blocked]) -> str:
    """What ends before it is due does not stop it."""
    lasting = (one for one in blocked if not one.is_delay and (one.until is None or one.until > row.due_at))
    moved = row.message.contact.email.lower() != row.message.recipient.lower()
    return " ".join([one.sentence for one in lasting] + [MOVED] * moved)


def _night(contact: Contact, due_at: datetime, rules: ContactRules) -> str:
    zone = zone_of(contact.time_zone, rules.time_zone)
    # It was moved to the end of the night, so the moment before is part of it.
    until = quiet_until(due_at - timedelta(seconds=1), zone, rules.quiet)
    return "" if until is None or until != due_at else clock(contact, until, rules)
