"""The bytes of a message, fixed at approval: what a person or a standing approval let out, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from django.conf import settings

from approvals import actions
from approvals.models import Message, StandingApproval, Suggestion, SuggestionItem
from approvals.rules import mime
from approvals.rules.message_html import Cleaned, clean
from crmgov.kernel.refusals import Refused
from crmgov.records.models import Contact
from crmgov.records.rules.contactability import SERVICE
from crmgov.records.services import contacting

from . import preferences
from .message_ground import EMAIL, channel_of

# So long a message waits before it leaves: the time in which it can be taken back (DESIGN §5).
UNDO_WINDOW = timedelta(seconds=30)


class NotSendable(Refused):
    """These words cannot be sent as a mail."""

    status = 422


def fix(
    suggestion: Suggestion, items: Sequence[SuggestionItem], at: datetime, *, standing_id: str = ""
) -> Message:
    """Return the message as it will leave, not stored: the taken text, edits included, to the contact's address now.

    Raises NotSendable.
    """
    assert suggestion.record_id is not None  # noqa: S101 (send_message is about a contact)
    said = text_of(items)
    if channel_of(said) != EMAIL:
        raise NotSendable(f"Nothing here sends by {channel_of(said)}: somebody says it and tells us.")
    contact = Contact.objects.get(pk=suggestion.record_id)
    standing = StandingApproval.objects.select_related("version").get(pk=standing_id) if standing_id else None
    message_id = make_msgid(domain=settings.MESSAGES.sender.rpartition("@")[2])
    body = clean(said["body"])
    bytes_ = _bytes(contact, said, body, message_id, at)
    return Message(
        suggestion=suggestion,
        contact=contact,
        purpose=said["purpose"],
        recipient=contact.email,
        subject=said["subject"],
        html=body.html,
        text=body.text,
        standing=standing,
        version=standing.version if standing else None,
        message_id=message_id,
        mime=bytes_,
        mime_digest=mime.digest(bytes_),
        made_at=at,
    )


def reserve(suggestion: Suggestion, items: Sequence[SuggestionItem], at: datetime, *, by: str) -> datetime:
    """Keep a slot of the caps, and return when it may leave: after its countdown, and not in quiet hours.

    Asking again returns the slot that is kept. Raises NotContactable.
    """
    assert suggestion.record_id is not None  # noqa: S101 (send_message is about a contact)
    touch = contacting.reserve(
        contact=Contact.objects.get(pk=suggestion.record_id),
        channel=EMAIL,
        purpose=text_of(items)["purpose"],
        suggestion_id=suggestion.pk,
        by=by,
        at=at,
        counts_at=at + UNDO_WINDOW,
    )
    return touch.counts_at


def _may_reserve(suggestion: Suggestion, items: Sequence[SuggestionItem], at: datetime) -> bool:
    """Keep a slot for what would leave by itself; False where there is none. What is no message needs none."""
    if not actions.of(suggestion).leaves:
        return True
    try:
        reserve(suggestion, items, at, by=str(suggestion.workflow_version.workflow))
    except contacting.NotContactable:
        return False
    return True


def keep_slots(sent: Sequence[tuple[Suggestion, Sequence[SuggestionItem]]], at: datetime) -> list[bool]:
    """Keep a slot for each in their order, and say for which there was one."""
    leaving = {one.record_id for one, _ in sent if actions.of(one).leaves and one.record_id is not None}
    if leaving:
        contacting.lock_all(leaving, EMAIL)
    return [_may_reserve(one, items, at) for one, items in sent]


def text_of(items: Sequence[SuggestionItem]) -> dict[str, str]:
    """Field -> what was taken of it, as edited."""
    taken = (item for item in items if item.taken is not False)
    return {item.field: str(item.wanted or "") for item in taken}


def payload_of(message: Message) -> list[dict[str, Any]]:
    """What the decision lets happen, as JSON: equal to what the sender claims (INVARIANTS D2, S1)."""
    return [
        {
            "record_type": "message",
            "record_id": str(message.contact_id),
            "recipient": message.recipient,
            "message_id": message.message_id,
            "mime_sha256": message.mime_digest,
            "edits": [
                {"field": "purpose", "old": None, "new": message.purpose},
                {"field": "subject", "old": None, "new": message.subject},
                {"field": "body", "old": None, "new": message.html},
            ],
        }
    ]


def _bytes(contact: Contact, said: dict[str, str], body: Cleaned, message_id: str, at: datetime) -> bytes:
    ours = settings.MESSAGES
    try:
        return mime.build(
            mime.Envelope(
                sender_name=ours.sender_name,
                sender_address=ours.sender,
                reply_to=ours.reply_to,
                recipient_address=contact.email,
                recipient_name=str(contact),
                subject=said["subject"],
                html=body.html,
                text=body.text,
                message_id=message_id,
                date=at,
                list_unsubscribe=_unsubscribe(contact, said["purpose"], message_id),
                postal_address=ours.postal_address,
                commercial=said["purpose"].strip().lower() not in SERVICE,
            )
        )
    except mime.BadEnvelope as refused:
        raise NotSendable(f"It cannot be sent like this: {refused}") from refused


def _unsubscribe(contact: Contact, purpose: str, message_id: str) -> str:
    path = preferences.unsubscribe_path(contact_id=contact.pk, purpose=purpose, message_id=message_id)
    return f"{settings.SITE_URL}{path}"
