"""Try again what a built-in workflow broke over, once somebody has put right what was wrong."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Workflow, WorkflowContract, WorkflowFailure, WorkflowStart
from approvals.workflows import BUILT_IN
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.records.services import trouble

from . import message_writer, workflow_triggers, workflow_work
from .pauses import Paused
from .workflow_work import PLENTY, Worker


class StillBroken(Refused):
    """It broke again, in the same way or another. The line beside it says how."""


class IsPaused(Refused):
    """This workflow is paused. Lift the pause, then try again."""


class NoRoom(Refused):
    """Its agent has made as many suggestions as the policy allows. Try again within the hour."""


class NoSuchWorkflow(Refused):
    """This version of crmgov has no such workflow any more, so nothing can be tried again."""


def retry(*, failure_id: UUID, user: User, at: datetime) -> WorkflowFailure:
    """Look at the record once more; what goes well settles the failure. Doing so twice changes nothing.

    Raises NotFound, NotAllowed, IsPaused, NoSuchWorkflow, NoRoom, StillBroken.
    """
    try:
        failure = of(failure_id)
    except NotFound:
        # Whoever may not try it again is not told whether it is there.
        _require(policy.may(user, policy.Act.ADMINISTER))
        raise
    _require(may_retry(user, failure.workflow))
    if failure.settled_at is None:
        _try(failure, user, at)
    return failure


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed("Only an admin or the owner of the workflow tries it again.")


def of(failure_id: UUID) -> WorkflowFailure:
    """Raises NotFound."""
    rows = WorkflowFailure.objects.select_related("workflow__agent__owner", "event")
    failure = rows.filter(pk=failure_id).first()
    if failure is None:
        raise NotFound("There is no such failure.")
    return failure


def may_retry(user: User, workflow: Workflow) -> bool:
    """Admins, and who answers for the workflow by its contract."""
    if policy.may(user, policy.Act.ADMINISTER):
        return True
    last = WorkflowContract.objects.filter(workflow=workflow).order_by("-number").first()
    return last is not None and user.is_active and last.owner_id == user.pk


def _try(failure: WorkflowFailure, user: User, at: datetime) -> None:
    worker = _worker(failure)
    errand = workflow_triggers.errand_of(worker.workflow, failure.record_id, failure.event, failure.why)
    try:
        texts = message_writer.not_asked(failure.workflow_id, "somebody tried this again and waited")
        done = workflow_work.attempt(worker, [errand], room=PLENTY, at=at, texts=texts)
    except Exception as error:
        if trouble.of_the_database(error):
            raise
        workflow_work.set_aside(worker, errand, error, at)
        raise StillBroken from error
    if done.left:
        raise NoRoom
    _settle(failure, user, at)


def _worker(failure: WorkflowFailure) -> Worker:
    workflow = next((one for one in BUILT_IN if one.name == failure.workflow.name), None)
    agent = failure.workflow.agent
    if workflow is None or agent is None:
        raise NoSuchWorkflow
    if workflow_triggers.is_paused(Paused.now(), workflow, agent):
        raise IsPaused
    return Worker(workflow, agent, WorkflowStart.objects.get(workflow=failure.workflow))


@transaction.atomic(durable=True)
def _settle(failure: WorkflowFailure, user: User, at: datetime) -> None:
    WorkflowFailure.objects.filter(pk=failure.pk, settled_at=None).update(settled_at=at, settled_by=user)
    failure.refresh_from_db()
