"""Agents as people see them on their page, and suggestions as their agents see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q

from approvals.models import Agent, AgentKey, GateReading, Grant, Suggestion, WorkflowVersion
from crmgov.people.models import User
from crmgov.people.policy import Act, may

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key; `state` is active, expiring (within 14 days), expired or revoked."""

    key: AgentKey
    state: str

    @property
    def is_usable(self) -> bool:
        return self.state in {"active", "expiring"}


@dataclass(frozen=True, slots=True)
class AgentCard:
    """One agent with its keys, grants and what it did in the last 30 days."""

    agent: Agent
    teams: Sequence[str]
    keys: Sequence[KeyLine]
    grants: Sequence[Grant]
    last_used_at: datetime | None
    waiting: int
    recent: int
    recent_blocked: int
    recent_rejected: int


def page_for(user: User, at: datetime) -> list[AgentCard]:
    """Every agent for an admin or auditor, one's own agents for others; five queries however many."""
    agents = Agent.objects.select_related("owner").prefetch_related(
        "teams",
        Prefetch("keys", AgentKey.objects.select_related("created_by", "revoked_by")),
        Prefetch(
            "grants",
            Grant.objects.filter(revoked_at=None).select_related("granted_by", "workflow_version__workflow"),
        ),
    )
    if not (may(user, Act.ADMINISTER) or (user.is_active and user.role == "auditor")):
        agents = agents.filter(owner=user)
    rows = list(agents.order_by("deactivated_at", "name", "id"))
    counted = _counts([agent.pk for agent in rows], at)
    return [_card(agent, counted.get(agent.pk, {}), at) for agent in rows]


def card_for(user: User, agent_id: int, at: datetime) -> AgentCard | None:
    """One of them; None when there is none this person may see."""
    return next((card for card in page_for(user, at) if card.agent.pk == agent_id), None)


def suggestion_of(agent: Agent, suggestion_id: UUID) -> Suggestion | None:
    """A suggestion the agent made, or one that asked the same already and has the agent's evidence."""
    own = Suggestion.objects.filter(agent=agent)
    said_there = Suggestion.objects.filter(items__evidence__contains=[{"agent": agent.pk}])
    rows = Suggestion.objects.select_related("decision", "execution").filter(pk=suggestion_id)
    return rows.filter(Q(pk__in=own.values("pk")) | Q(pk__in=said_there.values("pk"))).first()


def latest_reading(suggestion: Suggestion) -> GateReading | None:
    """What the gate said last."""
    return (
        GateReading.objects.select_related("policy_version")
        .filter(suggestion=suggestion)
        .order_by("-id")
        .first()
    )


def _counts(agent_ids: Sequence[int], at: datetime) -> dict[int, dict[str, Any]]:
    recent = Q(made_at__gte=at - RECENT)
    rows = (
        Suggestion.objects.filter(agent__in=agent_ids)
        .filter(recent | Q(status="queued"))
        .values("agent")
        .annotate(
            waiting=Count("pk", filter=Q(status="queued")),
            recent=Count("pk", filter=recent),
            blocked=Count("pk", filter=recent & Q(status="blocked")),
            rejected=Count("pk", filter=recent & Q(status="rejected")),
        )
    )
    return {row["agent"]: dict(row) for row in rows}


def _card(agent: Agent, counted: dict[str, Any], at: datetime) -> AgentCard:
    keys = [KeyLine(key, _state(key, at)) for key in agent.keys.all()]
    return AgentCard(
        agent=agent,
        teams=[team.name for team in agent.teams.all()],
        keys=keys,
        grants=list(agent.grants.all()),
        last_used_at=max((line.key.last_used_at for line in keys if line.key.last_used_at), default=None),
        waiting=counted.get("waiting", 0),
        recent=counted.get("recent", 0),
        recent_blocked=counted.get("blocked", 0),
        recent_rejected=counted.get("rejected", 0),
    )


def _state(key: AgentKey, at: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= at:
        return "expired"
    return "expiring" if key.expires_at <= at + timedelta(days=14) else "active"


def versions_of(agent: Agent) -> list[WorkflowVersion]:
    """The workflows it named with its suggestions, newest version first; one query."""
    rows = WorkflowVersion.objects.filter(workflow__agent=agent).select_related("workflow")
    return list(rows.order_by("workflow__name", "-first_seen_at", "-pk"))
