"""What a workflow brought and cost since it began, from rows: nothing where an input is missing, and which one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Sum

from approvals.models import Decision, Execution, Workflow, WorkflowContract, WorkflowCost
from approvals.rules.policy import Policy
from crmgov.records.models import ChangeSet
from scoring import returns
from scoring.returns import Costs, Measured, Return

from . import surroundings

MINUTE_MS = 60_000
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Line:
    """`whole` is None while something is `missing`, each in a sentence."""

    cost: WorkflowCost | None
    contract: WorkflowContract | None
    measured: Measured | None
    put_back: int
    whole: Return | None
    missing: Sequence[str]


def of(workflow: Workflow, contract: WorkflowContract | None, at: datetime) -> Line:
    """Since the day its contract says it began; three queries."""
    cost = newest(workflow)
    missing = list(_missing(contract, cost))
    if contract is None:
        return Line(cost, None, None, 0, None, missing)
    measured, put_back = _measured(workflow, contract, at)
    if measured.decisions and not measured.timed:
        missing.append(
            f"None of the {measured.decisions:,} decisions tells how long it was in sight: "
            "browsers without scripts, decisions of many at once and other programs do not measure that."
        )
    if cost is None or missing:
        return Line(cost, contract, measured, put_back, None, missing)
    costs = Costs(cost.labour_hour, cost.build, cost.running_month)
    return Line(cost, contract, measured, put_back, returns.of(costs, measured, contract.minutes_saved), ())


def newest(workflow: Workflow) -> WorkflowCost | None:
    return WorkflowCost.objects.filter(workflow=workflow).select_related("saved_by").order_by("-pk").first()


def earlier(workflow: Workflow) -> Sequence[WorkflowCost]:
    """Everything ever said of its costs, newest first."""
    rows = WorkflowCost.objects.filter(workflow=workflow).select_related("saved_by")
    return list(rows.order_by("-pk")[:SHOWN])


def currency() -> str:
    """What amounts are told in: that of the policy in force."""
    version = surroundings.policy_in_force()
    return Policy.from_json(version.document, version=version.number).reporting_currency if version else "EUR"


def _missing(contract: WorkflowContract | None, cost: WorkflowCost | None) -> Sequence[str]:
    found = []
    if contract is None:
        found.append("Nobody has written its contract, which says the minutes it saves and when it began.")
    if cost is None:
        found.append("Nobody has said what an hour of work, building it and running it cost.")
    elif cost.currency != (now := currency()):
        found.append(f"Its costs are in {cost.currency}, and the policy counts in {now}: set them anew.")
    return found


def _measured(workflow: Workflow, contract: WorkflowContract, at: datetime) -> tuple[Measured, int]:
    """What was done, less what somebody put back, and how long people looked at it."""
    began = datetime.combine(contract.started_on, time.min, UTC)
    reverse = ChangeSet.objects.filter(reverses=OuterRef("change_set_id"))
    done = Execution.objects.filter(
        suggestion__workflow_version__workflow=workflow,
        status=Execution.Status.SUCCEEDED,
        finished_at__gte=began,
        finished_at__lte=at,
    )
    runs = done.count()
    put_back = done.filter(change_set_id__isnull=False).filter(Exists(reverse)).count()
    looked = Decision.objects.filter(
        suggestion__workflow_version__workflow=workflow,
        person__isnull=False,
        decided_at__gte=began,
        decided_at__lte=at,
    ).aggregate(all=Count("pk"), timed=Count("visible_ms"), ms=Sum("visible_ms"))
    minutes = Decimal(looked["ms"] or 0) / MINUTE_MS
    return Measured(runs - put_back, at - began, looked["all"], looked["timed"], minutes), put_back
