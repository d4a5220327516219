"""The small world of a test: people, sources, and records made through the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.ids import new_id
from crmgov.people.models import Membership, Role, Team, User
from crmgov.records import registry
from crmgov.records.models import (
    Account,
    AuthorityKind,
    Contact,
    Opportunity,
    Product,
    Segment,
    Stage,
    Ticket,
)
from crmgov.records.services import changes

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def a_team(name: str = "North") -> Team:
    return Team.objects.get_or_create(name=name)[0]


def a_user(name: str = "Sara Okafor", role: str = Role.REVIEWER, *teams: Team) -> User:
    email = f"{name.lower().replace(' ', '.')}@crmgov.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, "pass-word-1", name=name, role=role, is_staff=role == Role.ADMIN
    )
    for team in teams:
        Membership.objects.get_or_create(user=user, team=team)
    return user


def hand_edit(
    *, actor: Actor | None = None, authority: AuthorityKind = AuthorityKind.HAND_EDIT, **more: Any
) -> changes.NewChangeSet:
    actor = actor or Actor(ActorType.HUMAN, "0", "A tester")
    return changes.NewChangeSet(
        actor=actor, authority=authority, authority_id="test", authority_label="a test", **more
    )


def create(record_type: str, *, at: datetime = NOW, verified: bool = False, **values: Any) -> UUID:
    """Make a record through the door and return its id."""
    change_set, record_id = hand_edit(), new_id()
    edits = tuple(
        changes.Edit(field, None, registry.parse(record_type, field, value), "a test", verified=verified)
        for field, value in values.items()
    )
    with transaction.atomic():
        outcome = changes.apply(
            change_sets=[change_set],
            patches=[changes.Patch(change_set.id, record_type, record_id, edits, creates=True)],
            at=at,
        )
    assert not outcome.refused, outcome.refused
    return record_id


def an_account(name: str = "Halden Marine Systems", **values: Any) -> Account:
    if "segment" in values:
        Segment.objects.get_or_create(name=values["segment"])
    return Account.objects.get(pk=create("account", name=name, **values))


def a_contact(last_name: str = "Lind", **values: Any) -> Contact:
    return Contact.objects.get(
        pk=create("contact", **{"first_name": "Maya", "last_name": last_name, **values})
    )


def an_opportunity(name: str = "Fleet roll-out", **values: Any) -> Opportunity:
    if "stage" in values:
        Stage.objects.get_or_create(name=values["stage"])
    if "product" in values:
        Product.objects.get_or_create(name=values["product"])
    return Opportunity.objects.get(pk=create("opportunity", name=name, **values))


def a_ticket(subject: str = "Data gaps after the outage", **values: Any) -> Ticket:
    return Ticket.objects.get(pk=create("ticket", **{"subject": subject, "opened_at": NOW, **values}))


def change(
    record_type: str, record_id: UUID, *, at: datetime = NOW, actor: Actor | None = None, **values: Any
) -> changes.Outcome:
    """Set fields through the door from what they are now."""
    record = registry.model_of(record_type)._default_manager.get(pk=record_id)
    change_set = hand_edit(actor=actor)
    edits = tuple(
        changes.Edit(field, registry.get(record, field), registry.parse(record_type, field, value), "a test")
        for field, value in values.items()
    )
    with transaction.atomic():
        return changes.apply(
            change_sets=[change_set],
            patches=[changes.Patch(change_set.id, record_type, record_id, edits)],
            at=at,
        )
