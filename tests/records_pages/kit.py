"""People looking at records: clients, and changes by an agent to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.utils import timezone

from crmgov.kernel.actors import Actor, ActorType
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import AuthorityKind, FieldChange
from crmgov.records.models.governed import Governed
from crmgov.records.services import changes

AGENT = Actor(ActorType.AI, "1", "enrich")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def by_agent(record: Governed, *, at: datetime | None = None, **values: Any) -> UUID:
    """Let an agent write by policy, and return the change set."""
    record.refresh_from_db()
    record_type = registry.type_of(record)
    new = changes.NewChangeSet(
        actor=AGENT,
        authority=AuthorityKind.POLICY,
        authority_id="1",
        authority_label="policy 1",
        agent_label="enrich",
        workflow="enrich-firmographics",
        workflow_version="3",
    )
    edits = tuple(
        changes.Edit(
            field, registry.get(record, field), registry.parse(record_type, field, value), "firmdata"
        )
        for field, value in values.items()
    )
    patch = changes.Patch(new.id, record_type, record.pk, edits)
    with transaction.atomic():
        outcome = changes.apply(change_sets=[new], patches=[patch], at=at or timezone.now())
    assert not outcome.refused, outcome.refused
    return new.id


def last_change(record: Governed, field: str) -> FieldChange:
    found = FieldChange.objects.filter(record_id=record.pk, field=field).order_by("-id").first()
    assert found is not None
    return found
