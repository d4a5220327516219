"""A message of the outbox as its templates take it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

from approvals.http import address_of
from approvals.models import Execution, Settlement
from approvals.selectors import outbox
from approvals.selectors.outbox import Line, Opened, Try
from approvals.services import settling
from crmgov.people.models import User

from .outcomes import EXECUTION_ICONS

Status = Execution.Status
TONES = {Status.SUCCEEDED: "ok", Status.FAILED: "danger", Status.CANCELLED: "warn", Status.UNKNOWN: "unknown"}
WORDS = {
    Status.PENDING: "Counting down",
    Status.SUCCEEDED: "Sent",
    Status.FAILED: "Refused",
    Status.CANCELLED: "Cancelled",
    Status.STALE: "Cancelled",
    Status.UNKNOWN: "Outcome unknown",
}
SENTENCES = {
    outbox.UNKNOWN: "The line broke before the mail server answered, so nobody knows. Somebody who can find out says "
    "what became of it.",
    outbox.WAITING: "Approved, and leaves when the countdown is over. Until then it can be taken back.",
    outbox.TRYING: "The mail server could not take it yet.",
    outbox.SENT: "The mail server has it. Nothing takes it back.",
    outbox.REFUSED: "The mail server said no, or could not be asked for hours.",
    outbox.CANCELLED: "Stopped before it left.",
}
CHOICES = [
    {"value": Settlement.Choice.DELIVERED.value, "label": "It was delivered", "icon": "check"},
    {"value": Settlement.Choice.SEND_AGAIN.value, "label": "Send it again", "icon": "out"},
    {"value": Settlement.Choice.LEAVE.value, "label": "Leave it", "icon": "x"},
]
TRIED = {
    "succeeded": "The mail server took it.",
    "pending": "It was not taken, and is tried again.",
    "failed": "It was not taken.",
    "cancelled": "It was stopped before it left.",
    "unknown": "It was handed over, and no answer came.",
    "leaving": "It is leaving now.",
}
TRY_ICONS = {"succeeded": "check", "pending": "clock", "failed": "stop", "cancelled": "x", "leaving": "out"}
HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")


def lines(found: Sequence[Line], user: User, at: datetime) -> list[dict[str, Any]]:
    may = settling.may_settle_all(user, [line.execution for line in found], at)
    return [_line(line, line.execution.pk in may, at) for line in found]


def plate(found: Opened, user: User, at: datetime) -> dict[str, Any]:
    """One message: its head, its text, what can be done about it, and what was tried."""
    execution, message = found.line.execution, found.line.message
    may = settling.may_settle(user, execution, at)
    waits = execution.status == Status.PENDING and execution.sending is None
    by_policy = execution.decision.person_id is None
    return {
        **_line(found.line, may, at),
        "headers": _headers(bytes(message.mime)),
        "text": message.text,
        "digest": message.mime_digest,
        "purpose": message.purpose,
        "may_take_back": waits and may and not by_policy,
        "may_hold_back": waits and by_policy and settling.may_hold_back(user, execution, at),
        "may_retry": execution.status == Status.FAILED and may,
        "entries": [_entry(one, found) for one in found.tries],
    }


def _line(line: Line, may_settle: bool, at: datetime) -> dict[str, Any]:
    execution, message, suggestion = line.execution, line.message, line.suggestion
    status = Status(execution.status)
    tries = execution.tries
    return {
        "id": execution.pk,
        "url": address_of("outbox_message", execution.pk),
        "subject": message.subject,
        "recipient": message.recipient,
        "contact": str(message.contact),
        "contact_url": address_of("contact", message.contact_id),
        "suggestion_url": address_of("suggestion", suggestion.pk),
        "suggestion_id": suggestion.pk,
        "number": suggestion.number,
        "agent": str(suggestion.agent or suggestion.proposed_by),
        "decided_by": execution.decision.decider_label,
        "standing": str(message.standing) if message.standing else "",
        "status": "Trying again" if status == Status.PENDING and tries else WORDS[status],
        "tone": "warn" if status == Status.PENDING and tries else TONES.get(status, ""),
        "icon": EXECUTION_ICONS[status],
        "note": execution.note,
        "attempts": execution.attempts_made,
        "waits": status == Status.PENDING,
        "leaving": execution.sending is not None,
        "is_due": status == Status.PENDING and execution.due_at <= at,
        "at": execution.due_at if status == Status.PENDING else execution.finished_at,
        "choices": CHOICES if status == Status.UNKNOWN and may_settle else [],
    }


def _headers(mime: bytes) -> list[dict[str, str]]:
    read = message_from_bytes(mime, policy=policy.default)
    return [{"name": name, "value": str(read[name])} for name in HEADERS if read[name]]


def _entry(one: Try, found: Opened) -> dict[str, Any]:
    settled = found.settlements.get(one.number)
    said = f"{settled.person_label} says: {settled.get_choice_display().lower()}." if settled else ""
    return {
        "icon": TRY_ICONS.get(one.outcome, "help"),
        "tone": "danger" if one.outcome == "failed" else "",
        "sentence": f"Try {one.number}. {TRIED.get(one.outcome, '')}",
        "at": one.at,
        "meta": [one.words, said, settled.note if settled else ""],
    }
