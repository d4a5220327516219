"""A message of the outbox as its templates take it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

from django.utils import timezone

from approvals.http import address_of
from approvals.models import Execution, Settlement, StandingApproval
from approvals.providers import sink
from approvals.rules import mime
from approvals.selectors import leaving, outbox
from approvals.selectors.leaving import Ahead
from approvals.selectors.outbox import Line, Opened, Try
from approvals.services import preferences, settling
from approvals.services.pauses import Paused
from approvals.templatetags import phrases
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
    outbox.WAITING: "Approved, and leaves when the countdown and the quiet hours of its reader are over. Until then "
    "it can be taken back.",
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
KEPT = "Kept as a file; nobody got it"
HEADERS = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"
)  # fmt: skip
LEFT_OUT = "(key)"
# Nearer than this the seconds matter.
SOON = timedelta(hours=1)


def lines(found: Sequence[Line], user: User, at: datetime) -> list[dict[str, Any]]:
    may = settling.may_settle_all(user, [line.execution for line in found], at)
    ahead = _ahead(found, at)
    return [_line(line, line.execution.pk in may, ahead.get(line.execution.pk, {}), at) for line in found]


def sentence(view: str, found: Sequence[Line]) -> str:
    """What is true of all that stand in a view."""
    kept = [line for line in found if line.taken == sink.WORDS]
    if view != outbox.SENT or not kept:
        return SENTENCES[view]
    if len(kept) == len(found):
        return f"{KEPT}: no mail server was set up when it left."
    return "The mail server has it, but where it says that it was kept as a file. Nothing takes it back."


def plate(found: Opened, user: User, at: datetime) -> dict[str, Any]:
    """One message: its head, its text, what can be done about it, and what was tried."""
    execution, message = found.line.execution, found.line.message
    may = settling.may_settle(user, execution, at)
    waits = _waits(execution)
    by_policy = execution.decision.person_id is None
    return {
        **_line(found.line, may, _ahead([found.line], at).get(execution.pk, {}), at),
        **_as_it_leaves(bytes(message.mime)),
        "digest": message.mime_digest,
        "purpose": message.purpose,
        "may_take_back": waits and may and not by_policy,
        "may_hold_back": waits and by_policy and settling.may_hold_back(user, execution, at),
        "may_retry": execution.status == Status.FAILED and may,
        "entries": [_entry(one, found) for one in found.tries],
    }


def _ahead(found: Sequence[Line], at: datetime) -> dict[UUID, dict[str, Any]]:
    """What stands before those that wait; nothing is asked where none does."""
    waiting = [line for line in found if _waits(line.execution)]
    if not waiting:
        return {}
    paused = Paused.now()
    ahead = leaving.ahead([leaving.Waiting(one.message, one.execution.due_at) for one in waiting], at)
    return {
        one.execution.pk: _in_words(one, ahead[one.message.pk], held=paused.stops_this(one.suggestion))
        for one in waiting
    }


def _waits(execution: Execution) -> bool:
    return execution.status == Status.PENDING and execution.sending is None


def _in_words(line: Line, ahead: Ahead, *, held: bool) -> dict[str, Any]:
    # Its own words say already why it was put off.
    night = "" if line.execution.note else ahead.night
    return {"stops": ahead.stops, "held": held, "night": night}


def _line(line: Line, may_settle: bool, ahead: dict[str, Any], at: datetime) -> dict[str, Any]:
    execution, message, suggestion = line.execution, line.message, line.suggestion
    status = Status(execution.status)
    tries, kept = execution.tries, line.taken == sink.WORDS
    return {
        **ahead,
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
        "decided_by": _decider(line),
        "standing": _under(message.standing) if message.standing else "",
        "status": "Trying again" if status == Status.PENDING and tries else KEPT if kept else WORDS[status],
        "tone": "warn" if kept or (status == Status.PENDING and tries) else TONES.get(status, ""),
        "icon": "note" if kept else EXECUTION_ICONS[status],
        "note": execution.note,
        "attempts": execution.attempts_made,
        "waits": status == Status.PENDING,
        "leaving": execution.sending is not None,
        "is_due": status == Status.PENDING and execution.due_at <= at,
        "at": execution.due_at if status == Status.PENDING else execution.finished_at,
        "clock": _clock(execution.due_at, at),
        "choices": CHOICES if status == Status.UNKNOWN and may_settle else [],
    }


def _decider(line: Line) -> str:
    """Who answers for it: a person, or whoever signed that such messages go out by themselves."""
    standing = line.message.standing
    return f"standing approval of {standing.signed_by}" if standing else line.execution.decision.decider_label


def _under(standing: StandingApproval) -> str:
    return f"{standing.version} until {phrases.day(standing.until)}"


def _clock(due_at: datetime, at: datetime) -> str:
    """When it leaves by the viewer's clock."""
    return f"{timezone.localtime(due_at):%H:%M:%S}" if due_at - at < SOON else phrases.moment(due_at)


def _as_it_leaves(mail: bytes) -> dict[str, Any]:
    """Its head and its plain part as they are stored, but for the key with which its reader speaks for themselves."""
    read, found = message_from_bytes(mail, policy=policy.default), mime.read_back(mail)
    keys = [key for address in found.list_unsubscribe if (key := preferences.key_in(address))]

    def shown(text: str) -> str:
        for key in keys:
            text = text.replace(key, LEFT_OUT)
        return text

    return {
        "headers": [{"name": name, "value": shown(str(read[name]))} for name in HEADERS if read[name]],
        "text": shown(found.text),
        "left_out": LEFT_OUT if keys else "",
    }


def _entry(one: Try, found: Opened) -> dict[str, Any]:
    settled = found.settlements.get(one.number)
    said = f"{settled.person_label} says: {settled.get_choice_display().lower()}." if settled else ""
    return {
        "icon": TRY_ICONS.get(one.outcome, "help"),
        "tone": "danger" if one.outcome == "failed" else "",
        "sentence": f"Try {one.number}. {_came_of(one)}",
        "at": one.at,
        "meta": [one.words, said, settled.note if settled else ""],
    }


def _came_of(one: Try) -> str:
    return f"{KEPT}." if one.words == sink.WORDS else TRIED.get(one.outcome, "")
