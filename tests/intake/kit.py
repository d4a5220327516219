"""What an agent needs to propose: itself, a key, a proposal, a policy that allows something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from approvals.models import Agent, PolicyVersion, Workflow, WorkflowVersion
from approvals.rules.policy import Policy, WorkflowLine, initial
from approvals.rules.vocabulary import Level
from approvals.services import agents, grants
from approvals.services.proposals import Proposal, read
from crmgov.people.models import Role, Team, User
from crmgov.records.models.governed import Governed
from crmgov.records.registry import type_of
from tests.world import NOW, a_user

WORKFLOW = "enrich-firmographics"


def an_admin(name: str = "Ana Ruiz") -> User:
    return a_user(name, Role.ADMIN)


def an_agent(*teams: Team, name: str = "Enricher") -> Agent:
    return agents.create_agent(
        name=name,
        owner=a_user("Tom Becker", Role.ACCOUNT_MANAGER, *teams),
        teams=teams,
        by=an_admin(),
        at=NOW,
    )


def a_key(agent: Agent, *, at: datetime = NOW, days: int = 90, **more: Any) -> agents.IssuedKey:
    return agents.issue_key(agent=agent, expires_at=at + timedelta(days=days), by=an_admin(), at=at, **more)


def item(field: str, seen: Any, proposed: Any, **more: Any) -> dict[str, Any]:
    return {
        "field": field,
        "seen": seen,
        "proposed": proposed,
        "confidence": 0.97,
        "source": "company register",
        "reason": "Read from the register entry.",
        **more,
    }


def body(about: Governed, /, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a proposal about a record."""
    return {
        "record": {"type": type_of(about), "id": str(about.pk)},
        "action": "set_fields",
        "items": list(items),
        "reason": "The register says so.",
        "level": "execute",
        "workflow": WORKFLOW,
        "version": "3",
        **more,
    }


def proposal(about: Governed, /, *items: dict[str, Any], **more: Any) -> Proposal:
    return read(body(about, *items, **more))


def publish(**changed: Any) -> PolicyVersion:
    """Put a policy into force that differs from the first one so."""
    latest = PolicyVersion.objects.order_by("-number").first()
    number = latest.number + 1 if latest else 1
    document = replace(initial(), **changed).to_json()
    return PolicyVersion.objects.create(
        number=number, document=document, rationale="A test.", published_at=NOW
    )


def publish_empty() -> PolicyVersion:
    """The policy that says nothing."""
    latest = PolicyVersion.objects.order_by("-number").first()
    return PolicyVersion.objects.create(
        number=latest.number + 1 if latest else 1, document={}, rationale="A test.", published_at=NOW
    )


def policy_now() -> Policy:
    latest = PolicyVersion.objects.latest("number")
    return Policy.from_json(latest.document, version=latest.number)


def may_execute(agent: Agent, *groups: str, level: Level = Level.EXECUTE, **changed: Any) -> PolicyVersion:
    """Let the agent's workflow run by itself for these field groups: policy line and signed grants."""
    allow(agent, groups or ("firmographics",), level)
    return publish(workflows=(WorkflowLine(WORKFLOW, level),), **changed)


def allow(
    agent: Agent,
    groups: Iterable[str],
    level: Level = Level.EXECUTE,
    *,
    action: str = "set_fields",
    version: str = "3",
) -> None:
    """Sign grants for the cells of one workflow version."""
    workflow, _ = Workflow.objects.get_or_create(name=WORKFLOW, agent=agent, defaults={"first_seen_at": NOW})
    registered, _ = WorkflowVersion.objects.get_or_create(
        workflow=workflow, version=version, model="", defaults={"first_seen_at": NOW}
    )
    for group in groups:
        grants.grant(
            agent=agent,
            workflow_version=registered,
            action=action,
            field_group=group,
            level=level.value,
            reason="It was right for a year.",
            user=an_admin(),
            at=NOW,
        )
