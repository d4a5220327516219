"""What a workflow costs: every save is a new row, and the newest counts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from approvals.models import Workflow, WorkflowCost
from approvals.selectors import returns
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people import policy
from crmgov.people.models import User

# More is a slip of the keyboard, in whatever currency.
MOST = {"labour_hour": Decimal(10**6), "build": Decimal(10**9), "running_month": Decimal(10**8)}


@transaction.atomic(durable=True)
def save(
    *,
    workflow_id: int,
    labour_hour: Decimal,
    build: Decimal,
    running_month: Decimal,
    why: str,
    user: User,
    at: datetime,
) -> WorkflowCost:
    """Keep what an hour of work, building it and a month of running it cost, in the currency of the policy.

    Raises NotAllowed, NotFound, Invalid.
    """
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin says what a workflow costs.")
    workflow = Workflow.objects.filter(pk=workflow_id).first()
    if workflow is None:
        raise NotFound("There is no such workflow.")
    given = {"labour_hour": labour_hour, "build": build, "running_month": running_month}
    errors = {
        name: f"Between 0 and {MOST[name]:,}."
        for name, amount in given.items()
        if not 0 <= amount <= MOST[name]
    }
    if not why.strip():
        errors["why"] = "Say why, for whoever asks later."
    if errors:
        raise Invalid(" ".join(errors.values()), errors)
    return WorkflowCost.objects.create(
        workflow=workflow,
        currency=returns.currency(),
        why=why.strip(),
        saved_by=user,
        saved_at=at,
        **given,
    )
