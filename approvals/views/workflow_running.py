"""How a built-in workflow runs, in words: when it last did something, what waits, and over what it broke."""

from __future__ import annotations

from typing import Any

from approvals.http import address_of
from approvals.models import Workflow
from approvals.selectors import workflow_runs
from approvals.services import workflow_retries
from crmgov.kernel.refusals import Refused
from crmgov.people.models import User


def plate(workflow: Workflow, user: User, refusal: Refused | None = None) -> dict[str, Any] | None:
    """None for a workflow of an external agent."""
    running = workflow_runs.of(workflow)
    if running is None:
        return None
    retries = workflow_retries.may_retry(user, workflow)
    return {
        "start": running.start,
        "failures": [
            {"one": one, "url": address_of(one.record_type, one.record_id), "retries": retries}
            for one in running.failures
        ],
        "more": running.more,
        "says": refusal.say if refusal is not None else "",
    }
