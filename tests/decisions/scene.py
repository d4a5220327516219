"""The scene of a decision: a team with its reviewer, an agent, a policy, and suggestions through the real intake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from approvals.models import Agent, Decision, Execution, Grant, Suggestion
from approvals.rules.bands import BandLine
from approvals.rules.policy import Policy, WorkflowLine
from approvals.rules.policy_checks import MOST_A_DAY
from approvals.rules.vocabulary import Level
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import decisions, executions, gate, grants, intake, policies, proposals, queues
from crmgov.kernel.refusals import Refused
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.world import NOW, a_team, a_user, an_account

WORKFLOW, VERSION = "enrich-firmographics", "3"
LATER = NOW + timedelta(minutes=5)
# For trials and benches in which one agent makes thousands.
UNHURRIED: dict[str, Any] = {"quota_hour": MOST_A_DAY, "quota_day": MOST_A_DAY}


def reviewer(name: str = "Sara Okafor") -> User:
    """A reviewer of the team North, in its queue."""
    user = a_user(name, Role.REVIEWER, a_team())
    queues.ensure_for_team(a_team())
    return user


def admin(name: str = "Ana Ruiz") -> User:
    return a_user(name, Role.ADMIN)


def an_agent(name: str = "Enricher") -> Agent:
    owner = a_user("Olga Brandt", Role.ADMIN)
    agent, made = Agent.objects.get_or_create(name=name, defaults={"owner": owner, "created_at": NOW})
    if made:
        agent.teams.add(a_team())
    return agent


def account(name: str = "Polder Freight", **values: Any) -> Account:
    """An account of team North that nothing holds back."""
    return an_account(name, **{"team": a_team().pk, "employees": 240, "region": "Benelux", **values})


def publish(
    *, level: Level = Level.DRAFT, at: datetime = NOW, outcomes_needed: int = 1, **changes: Any
) -> None:
    """Put a policy into force under which the workflow may go so far."""
    document = replace(
        Policy.from_json(gate.current_policy()[0].document, version=1),
        workflows=(WorkflowLine(workflow=WORKFLOW, level=level),),
        bands=(BandLine(workflow="*", action="*", group="*", segment="*", auto=0.0, floor=0.0),),
        outcomes_needed=outcomes_needed,
        **changes,
    ).to_json()
    draft = policies.draft(document=document, rationale="a test", user=admin(), at=at)
    policies.publish(draft_id=draft.pk, user=a_user("Olga Brandt", Role.ADMIN), at=at)


def propose(
    about: Account,
    *,
    at: datetime = NOW,
    level: str = "draft",
    agent: Agent | None = None,
    user: User | None = None,
    confidence: float = 0.97,
    seen: dict[str, Any] | None = None,
    **values: Any,
) -> Suggestion:
    """A suggestion to set fields of the account from what they are."""
    about.refresh_from_db()
    now = {field: getattr(about, field) for field in values} | (seen or {})
    body = setting(about, now, confidence=confidence, level=level, **values)
    return propose_raw(body, at=at, agent=agent, user=user)


def setting(
    about: Account, now: dict[str, Any], *, confidence: float = 0.97, level: str = "draft", **values: Any
) -> dict[str, Any]:
    """What an agent posts to set fields of the account from what they are now."""
    return {
        "record": {"type": "account", "id": str(about.pk)},
        "action": "set_fields",
        "items": [
            {"field": field, "seen": now[field], "proposed": value, "source": "Firmdata"}
            for field, value in values.items()
        ],
        "confidence": confidence,
        "level": level,
    }


def propose_raw(
    body: dict[str, Any], *, at: datetime = NOW, agent: Agent | None = None, user: User | None = None
) -> Suggestion:
    proposal = proposals.read({"workflow": WORKFLOW, "version": VERSION, **body})
    return intake.submit(proposal=proposal, at=at, agent=None if user else agent or an_agent(), user=user)


def propose_all(bodies: Sequence[dict[str, Any]], *, at: datetime = NOW) -> list[Suggestion]:
    """The same of many at once, in their order."""
    sight = Sight(Proposer(an_agent(), None))
    read = [proposals.read({"workflow": WORKFLOW, "version": VERSION, **body}) for body in bodies]
    with transaction.atomic():
        taken = intake.take(read, sight, at)
    assert not [one for one in taken if isinstance(one, Refused)]
    return [one.suggestion for one in taken if not isinstance(one, Refused)]


def grant(suggestion: Suggestion, level: str = "execute", group: str = "firmographics") -> Grant:
    """Let the suggestion's cell act so far."""
    assert suggestion.agent is not None
    return grants.grant(
        agent=suggestion.agent,
        workflow_version=suggestion.workflow_version,
        action=suggestion.action,
        field_group=group,
        level=level,
        reason="a test",
        user=admin(),
        at=NOW,
    )


def digest(suggestion: Suggestion) -> str:
    """What the page of the suggestion shows now."""
    return gate.digest_of(Suggestion.objects.get(pk=suggestion.pk), at=LATER)


def approve(suggestion: Suggestion, by: User, **more: Any) -> Decision:
    return decisions.approve(
        **{
            "suggestion_id": suggestion.pk,
            "seen_digest": digest(suggestion) if "seen_digest" not in more else "",
            "reviewer": by,
            "at": LATER,
            "shown_at": LATER - timedelta(seconds=30),
            **more,
        }
    )


def reject(suggestion: Suggestion, by: User, **more: Any) -> Decision:
    return decisions.reject(
        **{
            "suggestion_id": suggestion.pk,
            "reviewer": by,
            "at": LATER,
            "shown_at": LATER - timedelta(seconds=30),
            "reason_code": "wrong_value",
            **more,
        }
    )


def run(suggestion: Suggestion, *, at: datetime = LATER) -> Execution:
    """Let the executor come by, and return what became of it."""
    executions.drain(at=at)
    return Execution.objects.get(suggestion=suggestion)
