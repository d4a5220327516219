"""A workflow that has proposed, and the contract an admin writes for it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from approvals.models import Workflow, WorkflowContract
from approvals.services import contracts
from approvals.services.contracts import Clauses
from tests.decisions import scene
from tests.world import NOW, a_user


def clauses(**changes: Any) -> Clauses:
    """For accounts, by setting industry and employees; with changes."""
    usual: dict[str, Any] = {
        "owner_id": a_user("Olga Brandt", "admin").pk,
        "trigger": "Every night, for accounts without figures.",
        "record_types": ["account"],
        "actions": ["set_fields"],
        "writes": ["account.industry", "account.employees"],
        "reads": ["account.name", "account.domain"],
        "review_rule": "Ten a week, drawn by chance.",
        "rollback_rule": "All of a version, when two of ten are wrong.",
        "sla_hours": 16,
        "metric": "kept",
        "started_on": date(2026, 11, 1),
        "minutes_saved": Decimal("3.5"),
        "review_due": date(2027, 3, 1),
    }
    return Clauses(**{**usual, **changes})


def sign(workflow: Workflow | None = None, *, at: datetime = NOW, **changes: Any) -> WorkflowContract:
    """Put the next revision into force."""
    workflow = workflow or the_workflow()
    last = WorkflowContract.objects.filter(workflow=workflow).first()
    return contracts.save(
        workflow_id=workflow.pk,
        clauses=clauses(**changes),
        against=last.number if last else 0,
        why="a test",
        user=scene.admin(),
        at=at,
    )


def the_workflow() -> Workflow:
    """That of the scene; registered by its first suggestion, or now."""
    found, _ = Workflow.objects.get_or_create(
        name=scene.WORKFLOW, agent=scene.an_agent(), defaults={"first_seen_at": NOW}
    )
    return found


def posted(**changes: Any) -> dict[str, Any]:
    """What the form sends; with changes."""
    return {
        "against": "0",
        "owner": str(a_user("Olga Brandt", "admin").pk),
        "trigger": "Every night.",
        "record_types": ["account"],
        "actions": ["set_fields"],
        "excluded": ["strategic"],
        "reads": "account.name\naccount.domain",
        "writes": "account.industry\r\naccount.employees",
        "needs_history": "on",
        "review_rule": "Ten a week, drawn by chance.",
        "sla_hours": "16",
        "rollback_rule": "All of a version.",
        "metric": "empty",
        "metric_field": "account.industry",
        "started_on": "2026-11-01",
        "minutes_saved": "3.5",
        "review_due": "2199-03-01",
        "why": "Nobody had written down what it may touch.",
        **changes,
    }
