"""What became of a message that a sender had in its hands: the second of the two transactions (DESIGN §5)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from approvals.models import Attempt, Delivery, Execution, Message
from approvals.providers.transport import Answer, Kind
from approvals.rules import resending
from crmgov.records.models import Contact
from crmgov.records.services import activities, contacting
from crmgov.records.services.activities import NewActivity

from . import audits, mailed
from .signals import records_moved

log = structlog.get_logger(__name__)
Status = Execution.Status
LEFT = ["status", "note", "finished_at", "due_at", "attempts_made", "tries", "payload_digest"]
HELD = ["sender", "leased_until", "sending"]
LATE = "The mail server had taken it; its answer came after the sender was given up."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is committed: its bytes may leave once."""

    execution_id: UUID
    number: int
    message: Message


def claim(execution: Execution, message: Message, at: datetime) -> Claimed:
    """Put down that its bytes leave now; to be committed before the first of them does."""
    number = execution.attempts_made + 1
    Delivery.objects.create(
        execution=execution,
        number=number,
        recipient=message.recipient,
        mime_digest=message.mime_digest,
        claimed_at=at,
    )
    execution.attempts_made = execution.sending = number
    execution.save(update_fields=["attempts_made", "sending", "leased_until"])
    return Claimed(execution.pk, number, message)


def called_off(execution: Execution, status: Execution.Status, note: str, at: datetime) -> None:
    """It may not leave. Joins the transaction of the claim, as the next does."""
    ended_unsent(execution, status, note, at)
    execution.attempts_made += 1
    _attempt(execution, execution.attempts_made, status, note, at)
    _leave(execution)


def put_off(execution: Execution, note: str, until: datetime) -> None:
    """It may leave later, which is no try."""
    execution.note, execution.due_at = note[:500], until
    _leave(execution)


@transaction.atomic(durable=True)
def declined(*, execution_id: UUID, sender: int, answer: Answer, at: datetime) -> None:
    """Nothing of it was sent: it waits for its next try, or is given up. Somebody else's is left alone."""
    execution = _locked(execution_id)
    if execution.status != Status.PENDING or execution.sender != sender or execution.sending is not None:
        return
    execution.attempts_made += 1
    _tried(execution, answer, at)
    _attempt(execution, execution.attempts_made, execution.status, answer.words, at)
    _leave(execution)


@transaction.atomic(durable=True)
def write_down(*, claimed: Claimed, answer: Answer, at: datetime) -> None:
    """How a claimed delivery ended. An answer that comes after it was given up is still the truth."""
    execution = _locked(claimed.execution_id)
    if execution.sending == claimed.number:
        _end(execution, claimed.message, answer, at)
        _attempt(execution, claimed.number, execution.status, answer.words, at)
        _leave(execution)
        return
    log.warning("message_answered_late", execution_id=str(execution.pk), kind=answer.kind.value)
    taken = answer.kind is Kind.TAKEN
    _attempt(execution, claimed.number, Status.SUCCEEDED if taken else Status.UNKNOWN, answer.words, at)
    if taken and execution.status != Status.SUCCEEDED and execution.attempts_made == claimed.number:
        sent(execution, claimed.message, at, note=LATE)
        _leave(execution)


def sent(execution: Execution, message: Message, at: datetime, *, note: str) -> None:
    """It is out, and stands on the timeline of who got it. The caller saves the execution."""
    execution.status, execution.note, execution.finished_at = Status.SUCCEEDED, note, at
    execution.payload_digest, execution.tries = execution.decision.payload_digest, 0
    contact = Contact.objects.get(pk=message.contact_id)
    try:
        contacting.use(suggestion_id=message.suggestion_id, at=at)
    except contacting.NoSlot:
        # It was given back when somebody gave the message up, and left all the same.
        contacting.log_touch(
            contact=contact,
            channel=message.channel,
            purpose=message.purpose,
            by=execution.decision.decider_label,
            at=at,
            suggestion_id=message.suggestion_id,
        )
    activities.append([_on_the_timeline(execution, message, contact, at)], at=at)
    # Nobody looked at what left under a standing approval: some of it is read afterwards.
    audits.draw([execution], at)
    records_moved.send_robust(sender=Execution)


def ended_unsent(
    execution: Execution, status: Execution.Status, note: str, at: datetime, *, slot: bool = True
) -> None:
    """It will not leave by itself any more, and its slot is somebody else's. The caller saves the execution."""
    execution.status, execution.note, execution.finished_at = status, note[:500], at
    if slot:
        with suppress(contacting.SlotUsed):
            contacting.release(suggestion_id=execution.suggestion_id, at=at)


def _end(execution: Execution, message: Message, answer: Answer, at: datetime) -> None:
    match answer.kind:
        case Kind.TAKEN:
            sent(execution, message, at, note="")
        case Kind.UNKNOWN:
            # The slot stays: they may have got it.
            ended_unsent(execution, Status.UNKNOWN, answer.words, at, slot=False)
        case _:
            _tried(execution, answer, at)


def _tried(execution: Execution, answer: Answer, at: datetime) -> None:
    """The server did not take it: refused for good, or once more later."""
    execution.tries += 1
    wait = None if answer.kind is Kind.REFUSED else resending.wait_after(execution.tries)
    if wait is None:
        ended_unsent(execution, Status.FAILED, answer.words, at)
    else:
        execution.note, execution.due_at = answer.words[:500], at + wait


def _locked(execution_id: UUID) -> Execution:
    rows = Execution.objects.select_for_update(of=("self",)).select_related("decision", "suggestion")
    return rows.get(pk=execution_id)


def _attempt(execution: Execution, number: int, outcome: str, words: str, at: datetime) -> None:
    Attempt.objects.create(execution=execution, number=number, outcome=outcome, note=words[:500], at=at)


def _leave(execution: Execution) -> None:
    """Out of the hands of its sender."""
    execution.sender = execution.leased_until = execution.sending = None
    execution.save(update_fields=[*LEFT, *HELD])


def _on_the_timeline(execution: Execution, message: Message, contact: Contact, at: datetime) -> NewActivity:
    return mailed.entry(
        contact,
        subject=message.subject,
        text=message.text,
        by=execution.decision.decider_label,
        at=at,
        key=message.message_id,
        execution_id=execution.pk,
        suggestion_id=message.suggestion_id,
    )
