"""A message as a reviewer may safely see it: cleaned, in a frame of its own, with what was found in it spelled out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from approvals import actions
from approvals.http import address_of
from approvals.models import Decision, Message, Suggestion
from approvals.rules import message_html, word_diff
from approvals.rules.characters import hidden_in
from approvals.rules.message_links import Link
from approvals.rules.vocabulary import Level
from approvals.selectors import leaving, messages
from approvals.selectors.items import ItemLine, decision_of
from approvals.selectors.messages import Written
from approvals.services import sent_by_hand, templates_kept
from approvals.services.desk import Look
from approvals.services.messages import UNDO_WINDOW
from crmgov.people.models import User

from . import writer_plates
from .quotes import readable
from .readers import oversees

SECONDS = int(UNDO_WINDOW.total_seconds())
# In the foot each is a line of its own; more are counted.
MOST_SHOWN = 20
# Lines of text: fewer need a low frame, more a high one.
LOW, HIGH = 6, 20


@dataclass(frozen=True, slots=True)
class Way:
    """A channel in words: `label` where it is no mail, `mine` is from where a person sends it, `how` what to do."""

    label: str
    mine: str
    how: str


BY_MAIL = Way("", "your own mailbox", "Copy the text, send it to {to} from your own mailbox")
WAYS = {
    "phone": Way("Phone", "your own phone", "Call {to} and tell them"),
    "sms": Way("SMS", "your own phone", "Copy the text, send it to {to} from your own phone"),
    "linkedin": Way("LinkedIn", "your own account", "Copy the text, send it to {to} on LinkedIn"),
}


def is_message(suggestion: Suggestion) -> bool:
    """Whether accepting it sends text to somebody."""
    return actions.of(suggestion).leaves


def plate(user: User, look: Look) -> dict[str, Any] | None:
    """What approvals/_message.html draws; None for every other action."""
    suggestion = look.suggestion
    if not is_message(suggestion):
        return None
    fixed = None if suggestion.is_open else messages.fixed(suggestion)
    written = _text(fixed, look)
    cleaned = message_html.clean(written.body)
    way = WAYS.get(written.channel, BY_MAIL)
    return {
        "title": _title(suggestion, fixed),
        "to": suggestion.record_label,
        "address": _address(fixed, look),
        "channel": way.label,
        "sender": _from(suggestion, fixed, way),
        "purpose": written.purpose,
        "subject": written.subject,
        "template": _template(user, fixed, written),
        "writer": writer_plates.writer_of(suggestion),
        "preview_url": address_of("suggestion_preview", suggestion.pk),
        "text": cleaned.text,
        "height": height(cleaned.text),
        "copied": _is_copied(suggestion),
        "diff": _difference(user, look, fixed, written, cleaned.text),
        "standing": _standing(user, fixed),
        "digest": fixed.mime_digest if fixed else "",
        "message_id": fixed.message_id if fixed else "",
        **found_in(cleaned, written.subject),
    }


def printed(fixed: Message | None) -> dict[str, Any] | None:
    """What was approved to leave, for paper: the text as it is sent, and the digest of its bytes."""
    if fixed is None:
        return None
    under = fixed.standing
    return {
        "text": fixed.text if not message_html.is_html(fixed.text) else message_html.clean(fixed.text).text,
        "pairs": [
            ("From", sender()),
            ("To", f"{fixed.contact} <{fixed.recipient}>"),
            ("Subject", fixed.subject),
            ("Purpose", fixed.purpose),
            ("Message-ID", fixed.message_id),
            ("SHA-256 of its bytes", fixed.mime_digest),
            *([("Standing approval", f"{under.version}, signed by {under.signed_by}")] if under else []),
        ],
    }


def found_in(cleaned: message_html.Cleaned, subject: str) -> dict[str, Any]:
    """Links with the hosts they lead to, what was taken out, and how many characters nobody sees."""
    in_subject = hidden_in(subject)
    return {
        "links": [_link(link) for link in cleaned.links[:MOST_SHOWN]],
        "more_links": max(len(cleaned.links) - MOST_SHOWN, 0),
        "link_count": len(cleaned.links),
        "removed": [str(one) for one in cleaned.removed],
        "hidden": [
            *(str(one) for one in cleaned.hidden),
            *(f"{one} in the subject" for one in in_subject),
        ],
        "hidden_count": sum(one.count for one in (*cleaned.hidden, *in_subject)),
    }


def height(text: str) -> str:
    """How much room the frame takes: it cannot be measured from outside, so its text is."""
    # About as many characters stand in a line of the pane.
    lines = sum(1 + len(line) // 70 for line in text.split("\n"))
    return "low" if lines < LOW else "high" if lines > HIGH else ""


def claims(look: Look, lines: Sequence[ItemLine]) -> list[dict[str, str]]:
    """What the agent says a sentence rests on, with where it has that from; nobody here opened the addresses."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines:
        for statement in line.evidence:
            text, _ = readable(str(statement.get("text") or ""))
            url, _ = readable(str(statement.get("url") or ""))
            source, _ = readable(str(statement.get("source") or ""))
            if text or url:
                found[text, url] = {"text": text, "url": url, "source": source or "no source"}
    return list(found.values())


def sender() -> str:
    """From whom it comes, as a mailbox shows it."""
    sent = settings.MESSAGES
    return f"{sent.sender_name} <{sent.sender}>" if sent.sender_name else str(sent.sender)


def consequence(look: Look) -> str:
    """What happens on yes: to whom it goes, and until when it can be taken back."""
    suggestion = look.suggestion
    to = _to(suggestion.record_label, _address(None, look))
    if suggestion.level == Level.SUGGEST:
        way = WAYS.get(messages.proposed(look.items).channel, BY_MAIL)
        return (
            f"Nothing leaves from here. {way.how.format(to=to)}, then say so; it counts as a message to them."
        )
    return (
        f"Sends one e-mail to {to} from {settings.MESSAGES.sender}. {_leaves(look)}; "
        "until then it can be taken back, afterwards nothing can."
    )


def leaves_at(decision: Decision) -> str:
    """When an approved message leaves: after its countdown, or when their quiet hours are over."""
    due_at = decision.execution.due_at
    if due_at - decision.decided_at > UNDO_WINDOW and (
        ends := leaving.ends_at(decision.message.contact, due_at)
    ):
        return f"It leaves at {ends}, after quiet hours."
    return f"It leaves in {SECONDS} s."


def _leaves(look: Look) -> str:
    contact = look.suggestion.record_id
    ends = leaving.after_quiet_hours(contact, look.read_at + UNDO_WINDOW) if contact else ""
    return f"It leaves at {ends}, after quiet hours" if ends else f"It leaves {SECONDS} s after approval"


def _from(suggestion: Suggestion, fixed: Message | None, way: Way) -> str:
    """From whom it comes: a person's own mailbox where they send it themselves, or did."""
    if _is_copied(suggestion):
        return way.mine
    decision = None if suggestion.is_open or fixed else decision_of(suggestion)
    if decision is not None and sent_by_hand.is_told(decision):
        return way.mine.replace("your", f"{decision.decider_label}'s", 1)
    return way.mine if way.label else sender()


def _is_copied(suggestion: Suggestion) -> bool:
    return suggestion.is_open and suggestion.level == Level.SUGGEST


def _to(label: str, address: str) -> str:
    return f"{label} ({address})" if address and address != label else label


def _text(fixed: Message | None, look: Look) -> Written:
    said = messages.proposed(look.items) if look.suggestion.is_open else messages.taken(look.items)
    if fixed is None:
        return said
    return Written(fixed.purpose, fixed.subject, fixed.html, said.template, said.channel)


def _title(suggestion: Suggestion, fixed: Message | None) -> str:
    if suggestion.is_open:
        return "The message"
    return "The message as it was approved" if fixed else "What was proposed"


def _address(fixed: Message | None, look: Look) -> str:
    if fixed is not None:
        return fixed.recipient
    message = look.facts.message if look.facts else None
    return message.recipient if message else ""


def _template(user: User, fixed: Message | None, written: Written) -> dict[str, Any] | None:
    version = fixed.version if fixed and fixed.version else messages.version_named(written.template)
    if version is None:
        return {"name": written.template, "missing": True} if written.template else None
    url = f"{address_of('template', version.template_id)}?version={version.number}"
    return {"name": str(version), "url": url if oversees(user) else ""}


def _standing(user: User, fixed: Message | None) -> dict[str, str] | None:
    if fixed is None or fixed.standing is None:
        return None
    return {
        "by": str(fixed.standing.signed_by),
        "url": address_of("template", fixed.standing.version.template_id) if oversees(user) else "",
    }


def _difference(
    user: User, look: Look, fixed: Message | None, written: Written, text: str
) -> dict[str, Any] | None:
    """Word by word against what a person edited, the template it names, or the last version of this suggestion."""
    against = _against(user, look, fixed, written)
    if against is None:
        return None
    said, subject, body = against
    runs = word_diff.runs(_whole(subject, body), _whole(written.subject, text))
    return {"against": said, "runs": runs, "same": all(run.kind == "kept" for run in runs)}


def _against(user: User, look: Look, fixed: Message | None, written: Written) -> tuple[str, str, str] | None:
    """What it is compared with: how that is called, its subject, its plain text."""
    first = messages.proposed(look.items)
    if fixed is not None and _differs(first, written):
        return "what was proposed", first.subject, message_html.clean(first.body).text
    version = messages.version_named(written.template)
    if version is not None:
        filled = templates_kept.filled(version, look.suggestion.record_id)
        return str(version), filled.subject, message_html.clean(filled.body_html).text
    before = messages.before(user, look.suggestion)
    if before is None:
        return None
    number, old = before
    return f"suggestion {number}, whose place it took", old.subject, message_html.clean(old.body).text


def _differs(one: Written, other: Written) -> bool:
    # What was approved is kept as it leaves, cleaned.
    bodies = {message_html.clean(written.body).html for written in (one, other)}
    return one.subject != other.subject or len(bodies) > 1


def _whole(subject: str, text: str) -> str:
    return f"{subject}\n\n{text}"


def _link(link: Link) -> dict[str, Any]:
    return {
        "text": link.text,
        "url": link.url,
        "host": link.host or link.url[:80],
        "ascii": link.punycode_host if link.punycode_host != link.host else "",
        "deceptive": link.deceptive,
        "left_out": not link.allowed,
    }
