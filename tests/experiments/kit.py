"""A trial whose welcome is tried against another text: drafted by one admin, started by another."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from approvals.models import Assignment, Experiment, MessageTemplate, Suggestion, TemplateVersion, Workflow
from approvals.services import experiments, templates_kept
from approvals.services.experiments import Plan
from approvals.workflows.letters import WELCOME
from approvals.workflows.trial_sequence import TrialSequence
from crmgov.people.models import Role, User
from crmgov.records.models import Contact
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, a_user, change

SHORT = "Trial welcome, short"
TEXT = "<p>Dear {{ contact.first_name }}, your trial has begun. What do you want to find out?</p>"
DAY = timedelta(days=1)


def begin() -> None:
    """The workflow is registered, and there is a second text for its welcome."""
    kit.begin()
    other_text()


def other_text(name: str = SHORT, *, purpose: str = WELCOME.purpose, at: datetime = NOW) -> TemplateVersion:
    return templates_kept.make(
        name=name, purpose=purpose, subject="Welcome", body=TEXT, why="a test", user=scene.admin(), at=at
    )


def plan(**changes: Any) -> Plan:
    usual: dict[str, Any] = {
        "name": "Shorter welcome",
        "hypothesis": "A question at the end is answered more often.",
        "workflow_id": Workflow.objects.get(name=TrialSequence.name).pk,
        "letter_id": MessageTemplate.objects.get(name=WELCOME.name).pk,
        "variant_id": MessageTemplate.objects.get(name=SHORT).pk,
        "holdout": 0,
        "goal": "reply",
        "days": 7,
        "least": Decimal(5),
    }
    return Plan(**{**usual, **changes})


def draft(*, at: datetime = NOW, **changes: Any) -> Experiment:
    return experiments.draft(plan=plan(**changes), user=scene.admin(), at=at)


def starter() -> User:
    return a_user("Olga Brandt", Role.ADMIN)


def start(*, at: datetime = NOW, **changes: Any) -> Experiment:
    kept = draft(at=at, **changes)
    return experiments.start(experiment_id=kept.pk, user=starter(), at=at)


def reader(number: int, **values: Any) -> Contact:
    """Somebody at a firm of their own, or at `account`."""
    owner = kit.an_owner()
    account = values.pop("account", None) or scene.account(f"Firm {number:03}", owner=owner.pk)
    named = {"first_name": "Ines", "email": f"ines{number}@firm{number}.example", "owner": owner.pk}
    return a_contact(f"Costa {number}", account=account.pk, team=a_team().pk, **named, **values)


def readers(count: int) -> list[Contact]:
    found = [reader(number) for number in range(count)]
    kit.ring()
    return found


def begin_trial(*contacts: Contact, tags: tuple[str, ...] = ("trial",), at: datetime = kit.SOON) -> None:
    for contact in contacts:
        change("contact", contact.pk, tags=list(tags), at=at)
    kit.ring(at=at)


def arm(experiment: Experiment, contact: Contact) -> str:
    return Assignment.objects.get(experiment=experiment, unit=contact.account_id or contact.pk).arm


def welcomes(contact: Contact) -> list[str]:
    """The texts that were proposed to them, as NAME@NUMBER."""
    rows = Suggestion.objects.filter(action="send_message", record_id=contact.pk).order_by("number")
    return [kit.values(one)["template"] for one in rows]
