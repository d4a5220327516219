"""Waiting events taken up: appended once their person is here, closed where no lead was made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from approvals.models import Execution, Suggestion, WaitingEvent
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from crmgov.kernel.refusals import Refused
from crmgov.records.models import Contact, ExternalId
from crmgov.records.services.activities import EXTERNAL_KIND

from . import appending, opting_out, whereabouts
from .incoming import Event

log = structlog.get_logger(__name__)
BATCH = 500
CLOSED = (
    Suggestion.Status.REJECTED,
    Suggestion.Status.SUPERSEDED,
    Suggestion.Status.BLOCKED,
    Suggestion.Status.EXPIRED,
    Suggestion.Status.WITHDRAWN,
)
ENDED = (Execution.Status.STALE, Execution.Status.CANCELLED)
WHY = {
    Suggestion.Status.REJECTED: "A person rejected the lead this event is of.",
    Suggestion.Status.BLOCKED: "The gate blocked the lead this event is of.",
}
NOT_MADE = "The lead this event is of was not made."
ARCHIVED = "The lead this event is of was archived."
TAKEN = "Another event of this sender has its id by now."
SPOILED = "This event could not be put on the timeline. The log says why."


def take_up(*, at: datetime) -> int:
    """Go once through what may be settled; return how many were."""
    settled, last = 0, UUID(int=0)
    while rows := _some(last, at):
        settled += sum(row.status != WaitingEvent.Status.WAITING for row in rows)
        last = rows[-1].pk
    return settled


@transaction.atomic(durable=True)
def _some(after: UUID, at: datetime) -> Sequence[WaitingEvent]:
    rows = list(_ripe().filter(pk__gt=after).order_by("pk")[:BATCH])
    for row in rows:
        try:
            with transaction.atomic():
                _settle(row, at)
        except (OperationalError, InterfaceError):
            # The database is away or two met: next time.
            raise
        except Exception:
            log.exception("waiting_event_spoiled", waiting_event=str(row.pk))
            row.refresh_from_db()
            _refuse(row, SPOILED, at)
    return rows


def _ripe() -> QuerySet[WaitingEvent]:
    """Whose lead was made or will not be, or whose person is here by another way; locked."""
    here = Contact.objects.filter(
        Q(team=None) | Q(team__agents=OuterRef("agent")), email=OuterRef("email"), archived_at=None
    )
    rows = WaitingEvent.objects.filter(status=WaitingEvent.Status.WAITING).filter(
        Q(suggestion__record_id__isnull=False)
        | Q(suggestion__status__in=CLOSED)
        | Q(suggestion__execution__status__in=ENDED)
        | Exists(here)
    )
    locked = rows.select_for_update(of=("self",), skip_locked=True)
    return locked.select_related("agent", "suggestion")


def _settle(row: WaitingEvent, at: datetime) -> None:
    event = Event.model_validate(row.said)
    found = _lead(row, event)
    if isinstance(found, Contact):
        _append(row, event, found, at)
    elif (newer := _newer(row.suggestion)) is not None:
        row.suggestion = newer
        row.save(update_fields=["suggestion"])
    elif _is_over(row.suggestion):
        opting_out.record_of_nobody(event, row.agent, at)
        _refuse(row, str(found) if found is not None else _why(row.suggestion), at)


def _is_over(suggestion: Suggestion) -> bool:
    """No lead comes of it any more."""
    ended = Execution.objects.filter(suggestion=suggestion, status__in=ENDED)
    return suggestion.record_id is not None or suggestion.status in CLOSED or ended.exists()


def _why(suggestion: Suggestion) -> str:
    if suggestion.record_id is not None:
        return ARCHIVED
    return WHY.get(Suggestion.Status(suggestion.status), NOT_MADE)


def _refuse(row: WaitingEvent, note: str, at: datetime) -> None:
    row.status, row.note, row.settled_at = WaitingEvent.Status.REFUSED, note[:500], at
    row.save(update_fields=["status", "note", "settled_at"])


def _lead(row: WaitingEvent, event: Event) -> Contact | Refused | None:
    """The contact the suggestion made, else the one with this address; a Refused where several have it."""
    if row.suggestion.record_id is not None:
        return Contact.objects.present().filter(pk=row.suggestion.record_id).first()
    alone = event.model_copy(update={"record": None})
    (found,) = whereabouts.of([alone], Sight(Proposer(row.agent, None)))
    return found if isinstance(found, Contact | Refused) else None


def _newer(suggestion: Suggestion) -> Suggestion | None:
    """The one that took its place."""
    return suggestion.superseded_by.order_by("-made_at", "-pk").first()


def _append(row: WaitingEvent, event: Event, contact: Contact, at: datetime) -> None:
    name = appending.name_of(event, row.agent)
    (made,) = appending.append([(event, contact, name)], row.agent, at)
    made = made or _already(name, row, contact)
    opting_out.record([(event, contact)], row.agent, at)
    if made is None:
        _refuse(row, TAKEN, at)
        return
    row.status, row.activity_id, row.settled_at = WaitingEvent.Status.APPENDED, made, at
    row.save(update_fields=["status", "activity_id", "settled_at"])


def _already(name: str, row: WaitingEvent, contact: Contact) -> UUID | None:
    """The same event, on the same contact."""
    rows = ExternalId.objects.filter(source__agent=row.agent, kind=EXTERNAL_KIND, value=name)
    here = contact.activities.filter(pk__in=rows.values("record_id"))
    return here.values_list("pk", flat=True).first()
