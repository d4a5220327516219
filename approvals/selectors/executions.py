"""What was executed, what waits and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from approvals.models import Execution, Suggestion
from crmgov.people.models import User

from .keyset import Order, Page, page_of

SIZE = 25
WAITING, FINISHED, TROUBLE = "waiting", "finished", "trouble"
VIEWS = {TROUBLE: "Needs a look", WAITING: "Waiting to run", FINISHED: "Finished"}
NEWEST_FIRST = Order(("finished_at", "pk"), descending=True)
BY_DUE = Order(("due_at", "pk"))
WENT_WRONG = (
    Execution.Status.STALE,
    Execution.Status.CANCELLED,
    Execution.Status.FAILED,
    Execution.Status.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    suggestion_id: UUID
    number: int
    name: str
    what: str
    status: str
    status_label: str
    note: str
    at: datetime
    decided_by: str
    agent: str
    workflow: str
    record_type: str
    record_id: UUID | None
    change_set_id: UUID | None
    may_retry: bool


def page_for(user: User, *, view: str = TROUBLE, cursor: str = "", size: int = SIZE) -> Page[Row]:
    """One page of the outbox of what this person may see; one query."""
    rows = _visible(user)
    if view == WAITING:
        found, order = rows.filter(status=Execution.Status.PENDING), BY_DUE
    else:
        wanted = WENT_WRONG if view == TROUBLE else (Execution.Status.SUCCEEDED,)
        found, order = rows.filter(status__in=wanted), NEWEST_FIRST
    return page_of(found, order, cursor=cursor, size=size, plate=lambda page: [_row(one) for one in page])


def _visible(user: User) -> QuerySet[Execution]:
    mine = Suggestion.objects.for_user(user).values("pk")
    return Execution.objects.filter(suggestion__in=mine).select_related(
        "suggestion__agent", "suggestion__proposed_by", "suggestion__workflow_version__workflow", "decision"
    )


def _row(execution: Execution) -> Row:
    suggestion = execution.suggestion
    return Row(
        id=execution.pk,
        suggestion_id=suggestion.pk,
        number=suggestion.number,
        name=suggestion.record_label,
        what=suggestion.title,
        status=execution.status,
        status_label=execution.get_status_display(),
        note=execution.note,
        at=execution.finished_at or execution.due_at,
        decided_by=execution.decision.decider_label,
        agent=str(suggestion.agent or suggestion.proposed_by),
        workflow=str(suggestion.workflow_version),
        record_type=suggestion.record_type,
        record_id=suggestion.record_id,
        change_set_id=execution.change_set_id,
        may_retry=execution.status == Execution.Status.FAILED,
    )
