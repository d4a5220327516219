"""A team whose people decide, the built-in workflows registered for it, and a ring of the beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from approvals.models import Agent, Suggestion
from approvals.services import arrivals, decisions, gate, taking_up, workflow_triggers, workflows_built_in
from approvals.services.workflow_triggers import Ran
from approvals.workflows import BUILT_IN, BuiltIn
from crmgov.people.models import User
from crmgov.records.models import Stage
from tests.decisions import scene
from tests.world import NOW, a_team, a_user

SOON = NOW + timedelta(seconds=15)
# Before the night: NOW is the first day on which the clock shows them anything.
YESTERDAY = NOW - timedelta(days=1)


def begin(*, workflows: Sequence[BuiltIn] = BUILT_IN, at: datetime = YESTERDAY) -> User:
    """An admin answers for them, Sara of team North decides; what happens from now on is news."""
    a_user("Olga Brandt", "admin")
    sara = scene.reviewer()
    assert workflows_built_in.register(at=at, workflows=workflows) is not None
    return sara


def ring(
    *,
    at: datetime = SOON,
    workflows: Sequence[BuiltIn] = BUILT_IN,
    clock: Callable[[], datetime] | None = None,
) -> Ran:
    return workflow_triggers.run(at=at, workflows=workflows, clock=clock)


def of(workflow: type[BuiltIn] | BuiltIn) -> list[Suggestion]:
    """What it has proposed, oldest first."""
    rows = Suggestion.objects.filter(workflow_version__workflow__name=workflow.name)
    return list(rows.order_by("number"))


def values(suggestion: Suggestion) -> dict[str, Any]:
    return {item.field: item.proposed for item in suggestion.items.all()}


def the_agent() -> Agent:
    return Agent.objects.get(built_in=True)


def an_owner(name: str = "Priya Nair") -> User:
    return a_user(name, "account_manager", a_team())


def stages() -> None:
    """A pipeline of three: two open ones and one that is won."""
    for place, (name, kind) in enumerate([("Discovery", "open"), ("Proposal", "open"), ("Won", "won")]):
        Stage.objects.update_or_create(name=name, defaults={"kind": kind, "position": place})


def post(*events: dict[str, Any], at: datetime = NOW) -> list[dict[str, Any]]:
    """What an agent of the website tells us."""
    sender = scene.an_agent("Website")
    return arrivals.receive(
        events=list(events), agent=sender, at=at, told=lambda refused: {"say": refused.say}
    )


def event(record: Any, kind: str = "form", at: datetime = NOW, **more: Any) -> dict[str, Any]:
    about = {"type": type(record).__name__.lower(), "id": str(record.pk)}
    return {"kind": kind, "occurred_at": at.isoformat(), "record": about, **more}


def accept(suggestion: Suggestion, reviewer: User) -> None:
    """What a reviewer does with a suggestion at level suggest: open the form and save it."""
    now = timezone.now()
    decisions.accept_form(
        suggestion_id=suggestion.pk,
        seen_digest=gate.digest_of(suggestion),
        reviewer=reviewer,
        at=now,
        shown_at=now,
        values=values(suggestion),
    )


def accept_lead(reviewer: User) -> None:
    """Somebody says yes to the lead that an event proposed; what waited for it goes on its timeline."""
    (suggestion,) = Suggestion.objects.filter(action="create_record", status="queued")
    accept(suggestion, reviewer)
    taking_up.take_up(at=timezone.now())
