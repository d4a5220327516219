"""What stands between an approved message and its reader, asked anew when it is about to leave (INVARIANTS S1, S3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings

from approvals.models import Execution, Message
from approvals.rules import envelopes
from approvals.rules.vocabulary import Verdict
from crmgov.kernel import canonical
from crmgov.records.models import Contact
from crmgov.records.services import contacting

from . import gate, messages, recheck, standing_approvals
from .recording import items_of

NOT_AS_DECIDED = "What would be sent is not what was decided, so nothing was sent."


@dataclass(frozen=True, slots=True)
class Barrier:
    """Why it may not be sent now; `until` is set where it only has to wait."""

    sentence: str
    until: datetime | None = None


def not_as_decided(execution: Execution, message: Message) -> str:
    """Return why these bytes are not what was decided; "" where they are (S1, D2)."""
    as_stored = sha256(message.mime).hexdigest() == message.mime_digest
    payload = messages.payload_of(message)
    if not as_stored or canonical.digest(payload) != execution.decision.payload_digest:
        return NOT_AS_DECIDED
    return envelopes.problem(
        bytes(message.mime),
        sender=settings.MESSAGES.sender,
        recipient=message.recipient,
        message_id=message.message_id,
    )


def barrier(execution: Execution, message: Message, at: datetime) -> Barrier | None:
    """Return what stops it, None where nothing does and its slot among all that is written to them is kept.

    Joins the transaction of the claim, which holds the lock of the recipient.
    """
    if said := recheck.Rights([execution], at).why_not(execution) or _gate_stops(execution, message, at):
        return Barrier(said)
    contact = Contact.objects.get(pk=message.contact_id)
    if contact.email.lower() != message.recipient.lower():
        return Barrier("The address of the contact changed after this was approved.")
    return _unwanted(contact, message, at) or _slot(contact, execution, message, at)


def _gate_stops(execution: Execution, message: Message, at: datetime) -> str:
    """What nobody looked at must still be let out by the same signature now: a complaint may have come in between."""
    if execution.decision.person_id is not None:
        return ""
    suggestion = execution.suggestion
    now = gate.look(suggestion, items_of(suggestion), at)
    if now.reading.verdict is Verdict.EXECUTE and gate.standing_of(now) == str(message.standing_id):
        return ""
    held = [one.sentence for one in now.reading.findings]
    return standing_approvals.why_over(message, at) or next(iter(held), "It would wait for a person by now.")


def _unwanted(contact: Contact, message: Message, at: datetime) -> Barrier | None:
    """Consent, suppressions, caps and quiet hours."""
    found = contacting.reasons(
        contact.pk, message.channel, message.purpose, at, besides=[message.suggestion_id]
    )
    if final := [one.sentence for one in found if not one.is_delay]:
        return Barrier(" ".join(final))
    moments = [one.until for one in found if one.until is not None]
    return Barrier(found[0].sentence, max(moments)) if moments else None


def _slot(contact: Contact, execution: Execution, message: Message, at: datetime) -> Barrier | None:
    """What no approval reserved is reserved now, so that the caps hold over all senders (S5)."""
    try:
        contacting.reserve(
            contact=contact,
            channel=message.channel,
            purpose=message.purpose,
            suggestion_id=message.suggestion_id,
            by=execution.decision.decider_label,
            at=at,
            counts_at=at,
        )
    except (contacting.NotContactable, contacting.SlotUsed) as refused:
        return Barrier(refused.say)
    return None
