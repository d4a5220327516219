"""What a language model is shown of a customer: nothing that a reader of its suggestion might not see, no field with an
address, a telephone number or a price. What stands in the words of tickets, notes and mails is shown as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from crmgov.records import registry
from crmgov.records.models import SUMMARY, Account, Activity, Contact, Opportunity, Stage, Ticket

LATELY = timedelta(days=90)
# What people wrote or said. Logins and page views tell a letter nothing.
WRITTEN = ("mail_in", "mail_out", "reply", "note", "call", "meeting", "chat")
TICKETS, DEALS, ACTIVITIES = 10, 5, 20
LONGEST_BODY = 1_500
CONTACT_FIELDS = ("first_name", "last_name", "title", "language")
ACCOUNT_FIELDS = ("name", "industry", "lifecycle", "renewal_date")
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Material:
    """Items as JSON, each with its type and id."""

    items: tuple[dict[str, Any], ...]

    @property
    def by_source(self) -> dict[Place, dict[str, Any]]:
        return {(item["type"], item["id"]): item for item in self.items}

    @property
    def given(self) -> list[list[str]]:
        """[type, id] of each item, and [type, field] of what it was shown of contact and account."""
        fields = {"contact": CONTACT_FIELDS, "account": ACCOUNT_FIELDS}
        kinds = [item["type"] for item in self.items]
        shown = [[kind, field] for kind in kinds for field in fields.get(kind, ())]
        return [*([item["type"], item["id"]] for item in self.items), *shown]


def of(contact: Contact, at: datetime) -> Material:
    """Three queries at most. The account should be fetched with the contact."""
    account = contact.account
    if account is not None and account.team_id not in (None, contact.team_id):
        account = None
    items = [_fields("contact", contact, CONTACT_FIELDS)]
    if account is not None:
        items.append(_fields("account", account, ACCOUNT_FIELDS))
        items += [_deal(one) for one in _deals(contact, account)]
    around = Q(contact=contact) | Q(account=account) if account is not None else Q(contact=contact)
    items += [_ticket(one) for one in _tickets(contact, around, at)]
    items += [_activity(one) for one in _activities(contact, around, at)]
    return Material(tuple(items))


def _deals(contact: Contact, account: Account) -> QuerySet[Opportunity]:
    rows = Opportunity.objects.filter(_visible(contact), account=account, archived_at=None)
    return rows.filter(stage__kind=Stage.Kind.OPEN).order_by("close_date", "pk")[:DEALS]


def _tickets(contact: Contact, around: Q, at: datetime) -> QuerySet[Ticket]:
    rows = Ticket.objects.filter(_visible(contact), around, archived_at=None)
    now = Q(status__in=(Ticket.Status.OPEN, Ticket.Status.WAITING)) | Q(opened_at__gte=at - LATELY)
    return rows.filter(now, opened_at__lte=at).order_by("-escalated", "-opened_at", "pk")[:TICKETS]


def _activities(contact: Contact, around: Q, at: datetime) -> QuerySet[Activity]:
    rows = Activity.objects.filter(_visible(contact), around, kind__in=WRITTEN)
    lately = rows.filter(occurred_at__gte=at - LATELY, occurred_at__lte=at)
    # What an agent made of them is no source.
    return lately.exclude(data__has_key=SUMMARY).order_by("-occurred_at", "-pk")[:ACTIVITIES]


def _visible(contact: Contact) -> Q:
    """A suggestion is seen by the team of its contact; what others alone may see stays out of it."""
    return Q(team=None) | Q(team=contact.team_id)


def _fields(kind: str, record: Contact | Account, fields: tuple[str, ...]) -> dict[str, Any]:
    said = {field: registry.to_json(registry.get(record, field)) for field in fields}
    return {"type": kind, "id": str(record.pk), **said}


def _deal(deal: Opportunity) -> dict[str, Any]:
    closes = deal.close_date.isoformat() if deal.close_date else None
    return {
        "type": "opportunity",
        "id": str(deal.pk),
        "name": deal.name,
        "stage": deal.stage_id,
        "closes": closes,
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "type": "ticket",
        "id": str(ticket.pk),
        "subject": ticket.subject,
        "body": ticket.body[:LONGEST_BODY],
        "status": ticket.status,
        "priority": ticket.priority,
        "escalated": ticket.escalated,
        "opened": ticket.opened_at.date().isoformat(),
    }


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        "type": "activity",
        "id": str(activity.pk),
        "kind": activity.kind,
        "on": activity.occurred_at.date().isoformat(),
        "by": activity.by,
        "subject": activity.subject,
        "body": activity.body[:LONGEST_BODY],
    }
