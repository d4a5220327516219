"""A message at level suggest: a person copied the text, sent it from their own mailbox, and says so (DESIGN §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import actions
from approvals.models import Attempt, Decision, Execution, Suggestion
from approvals.rules.attention import UNMEASURED, Attention
from approvals.rules.message_plain import plain
from approvals.rules.vocabulary import Level
from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records.models import TAKES_BACK, Activity, Consent, Contact
from crmgov.records.models.activities import ActivityKind
from crmgov.records.services import activities, contacting

from . import decisions, mailed, messages, payloads, standing
from .message_facts import address_of
from .message_ground import EMAIL, channel_of
from .recording import open_to_decide, record

LINKEDIN = Consent.Channel.LINKEDIN.value


# How it stands on the timeline; what a network of its own brought is a note.
KINDS = {EMAIL: ActivityKind.MAIL_OUT, "phone": ActivityKind.CALL, "sms": ActivityKind.CHAT}


class NoAddress(Refused):
    """The contact has no such address, so nobody can have reached it there."""


class SentByUs(Refused):
    """This one is sent from here once it is approved: approve it, and it leaves."""


@transaction.atomic(durable=True)
def told(
    *,
    suggestion_id: UUID,
    seen_digest: str,
    reviewer: User,
    at: datetime,
    shown_at: datetime,
    note: str = "",
    attention: Attention = UNMEASURED,
) -> Decision:
    """Keep that the person sent it, and count it as a touch, in one transaction; nothing leaves from here.

    What they changed in their own mailbox nobody here knows; the decision says it was sent by hand.
    Raises as `decisions.approve` does, and SentByUs.
    """
    opened = open_to_decide(suggestion_id, reviewer, at)
    suggestion, items = opened.suggestion, opened.items
    sole_admin = standing.require_may_approve(reviewer, suggestion, at, opened.stands)
    decisions.require_as_seen(opened, seen_digest, at)
    if suggestion.level != Level.SUGGEST or not actions.of(suggestion).leaves:
        raise SentByUs
    said = messages.text_of(items)
    channel = channel_of(said)
    contact = _reader(suggestion, channel)
    payloads.choose(suggestion, items, taken=None, edits={}, decider=reviewer)
    decision = record(
        suggestion,
        items,
        kind=Decision.Kind.ACCEPT_FORM,
        person=reviewer,
        digest=seen_digest,
        at=at,
        shown_at=shown_at,
        note=note,
        attention=attention,
        sole_admin=sole_admin,
        payload=_payload(contact, channel, said),
    )
    execution = _done(suggestion, decision, at)
    entry = mailed.entry(
        contact,
        kind=KINDS.get(channel, ActivityKind.NOTE),
        subject=said["subject"],
        text=plain(said["body"]),
        by=str(reviewer),
        at=at,
        key=f"by hand {suggestion.pk}",
        execution_id=execution.pk,
        suggestion_id=suggestion.pk,
    )
    activities.append([entry], at=at)
    contacting.log_touch(
        contact=contact,
        channel=channel,
        purpose=suggestion.purpose,
        by=str(reviewer),
        at=at,
        suggestion_id=suggestion.pk,
    )
    return decision


def is_told(decision: Decision) -> bool:
    """Whether a person sent what was decided here by their own hand."""
    return any(patch.get("by_hand") for patch in decision.payload)


def untold(execution: Execution, *, user: User, at: datetime) -> None:
    """They did not send it after all: the timeline says so too, and the place in the caps is free.

    Nothing is rewritten but how it ended. Joins the caller's transaction, which holds the lock of the execution.
    """
    suggestion = execution.suggestion
    execution.status, execution.finished_at = Execution.Status.CANCELLED, at
    execution.attempts_made += 1
    execution.note = f"Not sent by hand after all, says {user}."[:500]
    execution.save(update_fields=["status", "finished_at", "attempts_made", "note"])
    Attempt.objects.create(
        execution=execution,
        number=execution.attempts_made,
        outcome=execution.status,
        note=execution.note,
        at=at,
    )
    contacting.unlog_touch(suggestion_id=suggestion.pk, at=at)
    assert suggestion.record_id is not None  # noqa: S101 (send_message is about a contact)
    contact = Contact.objects.get(pk=suggestion.record_id)
    told_before = Activity.objects.filter(contact=contact, data__execution=str(execution.pk)).first()
    if told_before is not None:
        activities.append([_correction(told_before, contact, execution, user, at)], at=at)


def _correction(
    wrong: Activity, contact: Contact, execution: Execution, user: User, at: datetime
) -> activities.NewActivity:
    """A line of its own: the timeline only grows."""
    said = mailed.entry(
        contact,
        kind=ActivityKind.NOTE,
        subject=f"Not sent: {wrong.subject or wrong.get_kind_display()}"[:300],
        text=f"The entry of {wrong.occurred_at:%d %b %Y} says that it was sent. It was not.",
        by=str(user),
        at=at,
        key=f"not by hand {execution.suggestion_id}",
        execution_id=execution.pk,
        suggestion_id=execution.suggestion_id,
    )
    return replace(said, data={**said.data, TAKES_BACK: str(wrong.pk)})


def _reader(suggestion: Suggestion, channel: str) -> Contact:
    assert suggestion.record_id is not None  # noqa: S101 (send_message is about a contact)
    contact = Contact.objects.get(pk=suggestion.record_id)
    if channel != LINKEDIN and not address_of(contact, channel):
        raise NoAddress
    return contact


def _payload(contact: Contact, channel: str, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was copied, and to whom it went. No bytes of ours: the mailbox of a person made them."""
    return [
        {
            "record_type": "message",
            "record_id": str(contact.pk),
            "recipient": address_of(contact, channel),
            "channel": channel,
            "by_hand": True,
            "edits": [
                {"field": field, "old": None, "new": said[field]} for field in ("purpose", "subject", "body")
            ],
        }
    ]


def _done(suggestion: Suggestion, decision: Decision, at: datetime) -> Execution:
    """It left already, so its row of the outbox is made done and no worker ever claims it."""
    execution = Execution.objects.create(
        decision=decision,
        suggestion=suggestion,
        status=Execution.Status.SUCCEEDED,
        leaves=True,
        due_at=at,
        made_at=at,
        finished_at=at,
        attempts_made=1,
        payload_digest=decision.payload_digest,
        note="Sent by hand.",
    )
    Attempt.objects.create(
        execution=execution, number=1, outcome=execution.status, note="Sent by hand.", at=at
    )
    return execution
