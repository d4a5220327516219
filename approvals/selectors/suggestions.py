"""Every suggestion ever made, newest first: waiting, decided, blocked or shadowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from approvals.models import Suggestion
from crmgov.people.models import User

from .inbox import ICONS, reasons_of
from .keyset import Order, Page, page_of

SIZE = 25
NEWEST_FIRST = Order(("made_at", "pk"), descending=True)


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    number: int
    icon: str
    name: str
    what: str
    why: str
    status: str
    status_label: str
    agent: str
    workflow: str
    made_at: datetime


def page_for(
    user: User,
    *,
    status: str = "",
    record_id: UUID | None = None,
    account_id: UUID | None = None,
    cursor: str = "",
    size: int = SIZE,
) -> Page[Row]:
    """One page of what this person may see, of one status, record or account if named; one query."""
    asked = {"status": status or None, "record_id": record_id, "account_id": account_id}
    rows = Suggestion.objects.for_user(user).filter(
        **{name: value for name, value in asked.items() if value is not None}
    )
    rows = rows.select_related("agent", "proposed_by", "workflow_version__workflow")
    return page_of(
        rows, NEWEST_FIRST, cursor=cursor, size=size, plate=lambda page: [_row(one) for one in page]
    )


def _row(suggestion: Suggestion) -> Row:
    return Row(
        id=suggestion.pk,
        number=suggestion.number,
        icon=ICONS.get(suggestion.action, "field"),
        name=suggestion.record_label,
        what=suggestion.title,
        why=" · ".join(reasons_of(suggestion)),
        status=suggestion.status,
        status_label=suggestion.get_status_display(),
        agent=str(suggestion.agent or suggestion.proposed_by),
        workflow=str(suggestion.workflow_version),
        made_at=suggestion.made_at,
    )
