"""The records of the story by their names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import Account, Contact, Opportunity, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.services import edits


def account(name: str) -> Account:
    return Account.objects.get(name=name)


def contact(first_name: str, last_name: str, company: str) -> Contact:
    return Contact.objects.get(first_name=first_name, last_name=last_name, account__name=company)


def deal(company: str, name: str) -> Opportunity:
    return Opportunity.objects.get(account__name=company, name=name)


def ticket(company: str, subject: str) -> Ticket:
    return Ticket.objects.get(account__name=company, subject=subject, resolved_at=None)


def type_in(record: Governed, values: Mapping[str, Any], user: User, at: datetime, reason: str = "") -> None:
    """Edit a record by hand, as its page would post it."""
    kind = registry.type_of(record)
    fresh = registry.model_of(kind).objects.get(pk=record.pk)
    edits.save(
        record_type=kind,
        record_id=record.pk,
        seen={name: registry.to_json(registry.get(fresh, name)) for name in values},
        values={name: registry.to_json(value) for name, value in values.items()},
        user=user,
        reason=reason,
        at=at,
    )
