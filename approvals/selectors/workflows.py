"""Workflows with their contracts, what is open of them and what became of the rest lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q

from approvals.models import PauseSwitch, Suggestion, Workflow, WorkflowContract, WorkflowVersion
from approvals.rules.policy import Policy
from approvals.rules.vocabulary import Level
from crmgov.people.models import User

from . import pauses, surroundings, workflow_runs

RECENT = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of suggestions somebody may see: open ones, `held` by a run or not, and by status those of the last 28 days.

    `ran` are those a policy approved and `done` all, once they were written or sent; what waits or was stopped is none.
    """

    open: int = 0
    held: int = 0
    recent: int = 0
    ran: int = 0
    approved: int = 0
    rejected: int = 0
    blocked: int = 0
    shadowed: int = 0
    done: int = 0


NAMES = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True, slots=True)
class WorkflowLine:
    """One workflow. `version` is the newest it named, `level` what the policy lets that version do at most."""

    workflow: Workflow
    version: WorkflowVersion | None
    level: Level
    contract: WorkflowContract | None
    counts: Counts
    paused: Sequence[pauses.Line]
    # By the contract, else by the line of the policy; None where neither says.
    review_due: date | None
    # Records it broke over that nobody has put right.
    broken: int = 0

    def is_late(self, today: date) -> bool:
        return self.review_due is not None and self.review_due < today


def lines(user: User, at: datetime) -> list[WorkflowLine]:
    """Every workflow that ever named itself, by name; seven queries however many. Counts are of what `user` may see."""
    return _lines(Workflow.objects.all(), user, at)


def line(user: User, workflow_id: int, at: datetime) -> WorkflowLine | None:
    """One of them."""
    return next(iter(_lines(Workflow.objects.filter(pk=workflow_id), user, at)), None)


def find(workflow_id: int) -> Workflow | None:
    return Workflow.objects.filter(pk=workflow_id).first()


def of_agent(agent_id: int) -> list[Workflow]:
    return list(Workflow.objects.filter(agent=agent_id))


def revisions(workflow: Workflow) -> list[WorkflowContract]:
    """Every revision of its contract, newest first."""
    rows = WorkflowContract.objects.filter(workflow=workflow).select_related("owner", "saved_by")
    return list(rows.order_by("-number"))


def versions(workflow: Workflow) -> list[WorkflowVersion]:
    """With the number of their suggestions, newest first."""
    rows = WorkflowVersion.objects.filter(workflow=workflow).annotate(made=Count("suggestions"))
    return list(rows.order_by("-first_seen_at", "-pk"))


def _lines(which: Any, user: User, at: datetime) -> list[WorkflowLine]:
    rows = list(which.select_related("agent__owner").order_by("name", "agent__name", "pk"))
    keys = [row.pk for row in rows]
    newest = {one.workflow_id: one for one in _newest_versions(keys)}
    contracts = {one.workflow_id: one for one in _contracts(keys)}
    counted, policy = _counts(keys, user, at), _policy()
    running = list(pauses.open_ones().select_related("paused_by", "lifted_by"))
    broken = workflow_runs.broken(keys)
    lines = [
        _line(row, newest.get(row.pk), contracts.get(row.pk), counted.get(row.pk, Counts()), policy, running)
        for row in rows
    ]
    return [replace(one, broken=broken.get(one.workflow.pk, 0)) for one in lines]


def _line(
    workflow: Workflow,
    version: WorkflowVersion | None,
    contract: WorkflowContract | None,
    counts: Counts,
    policy: Policy | None,
    running: Sequence[PauseSwitch],
) -> WorkflowLine:
    agent = workflow.agent.name if workflow.agent else ""
    named = {"workflow": workflow.name, "agent": agent, "version": version.version if version else ""}
    stops = [
        row
        for row in running
        if (row.scope, row.target) in (("all", ""), ("workflow", workflow.name), ("agent", agent))
    ]
    return WorkflowLine(
        workflow=workflow,
        version=version,
        level=policy.level_of(**named) if policy else Level.SUGGEST,
        contract=contract,
        counts=counts,
        paused=[pauses.line(row) for row in stops],
        review_due=contract.review_due if contract else _review_of(policy, named),
    )


def _review_of(policy: Policy | None, named: dict[str, str]) -> date | None:
    """As the most exact line of the policy says."""
    covering = [one for one in policy.workflows if one.covers(**named)] if policy else []
    best = max(covering, key=lambda one: one.exactness, default=None)
    return date.fromisoformat(best.review_due) if best is not None and best.review_due else None


def _policy() -> Policy | None:
    version = surroundings.policy_in_force()
    return Policy.from_json(version.document, version=version.number) if version else None


def _newest_versions(keys: Sequence[int]) -> list[WorkflowVersion]:
    rows = WorkflowVersion.objects.filter(workflow__in=keys).order_by("workflow_id", "-first_seen_at", "-pk")
    return list(rows.distinct("workflow_id"))


def _contracts(keys: Sequence[int]) -> list[WorkflowContract]:
    rows = WorkflowContract.objects.filter(workflow__in=keys).select_related("owner", "saved_by")
    return list(rows.order_by("workflow_id", "-number").distinct("workflow_id"))


def _counts(keys: Sequence[int], user: User, at: datetime) -> dict[int, Counts]:
    recent = Q(made_at__gte=at - RECENT)

    def of(**which: Any) -> Count:
        return Count("pk", filter=recent & Q(**which))

    rows = (
        Suggestion.objects.for_user(user)
        .filter(workflow_version__workflow__in=keys)
        .filter(recent | Q(status="queued"))
        .values(workflow=F("workflow_version__workflow"))
        .order_by()
        .annotate(
            open=Count("pk", filter=Q(status="queued", held_by_run=False)),
            held=Count("pk", filter=Q(held_by_run=True)),
            recent=Count("pk", filter=recent),
            ran=of(execution__status="succeeded", decision__person=None),
            done=of(execution__status="succeeded"),
            approved=of(status="approved", decision__person__isnull=False),
            rejected=of(status="rejected"),
            blocked=of(status="blocked"),
            shadowed=of(status="shadowed"),
        )
    )
    return {row["workflow"]: _counted(row) for row in rows}


def _counted(row: Mapping[str, Any]) -> Counts:
    return Counts(**{name: row[name] for name in NAMES})
