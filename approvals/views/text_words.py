"""Labels and texts as their pages say them."""

from __future__ import annotations

from typing import Any

from approvals.rules.topic_words import LISTS
from approvals.selectors import text_labels
from approvals.selectors.text_labels import Tally, Text
from crmgov.people.models import Role, User
from crmgov.records.models import Ticket
from scoring.learning.text_measures import Share
from scoring.models import TextModel
from scoring.rules.text_labels import Definition, Sort
from scoring.selectors import texts

from . import plates

SORTS = {
    Sort.FLAG: "holds messages for a person",
    Sort.SENTIMENT: "tone, only shown",
    Sort.TOPIC: "topic, only shown",
}


def line_of(one: Definition, tally: Tally, model: TextModel | None) -> dict[str, Any]:
    """One label of the list: what it does, what was said of texts, and how well it is recognized."""
    return {
        "definition": one,
        "url": plates.address("text_label", one.key),
        "use": SORTS[one.sort],
        "tally": tally,
        "state": _state(one, model),
        "recall": measure(one, model, "recall"),
        "precision": measure(one, model, "precision"),
        "why_not": why_not(one, model),
    }


def measure(one: Definition, model: TextModel | None, name: str) -> dict[str, str] | None:
    """A share with counts and interval; None where the label is not used."""
    card = model.card["flags"].get(one.key) if model is not None else None
    if not card or not card["used"]:
        return None
    kept = card[name]
    share = Share(kept["part"], kept["of"], kept["low"], kept["high"])
    return {
        "value": f"{100 * (share.value or 0):.0f} %",
        "counts": f"{share.part:,} of {share.of:,}",
        "interval": f"{100 * share.low:.0f} to {100 * share.high:.0f} %",
    }


def why_not(one: Definition, model: TextModel | None) -> str:
    """Why no model reads for the label; empty where one does."""
    if not one.active:
        return "It is not in use, so nothing is learned for it."
    if model is None:
        return "Nothing was trained yet."
    card = model.card["flags"].get(one.key)
    if card is None:
        return "It was defined after the last training."
    return "" if card["used"] else str(card["why_not"])


def words_of(one: Definition) -> str:
    """The word list of the gate for a flag, on one line; empty for other labels."""
    return ", ".join(" ".join(word.split()) for word in LISTS.get(one.key, "").split(",") if word.strip())


def text_of(text: Text, one: Definition) -> dict[str, Any]:
    """A text as a row: where it stands, what was said or read, and the words that can still be said."""
    said = text.said.get(one.key)
    return {
        "text": text,
        "url": url_of(text),
        "title": text.subject or text.kind,
        "said": said,
        "read": read_of(text, one),
        "says": [value for value in (True, False) if said is None or said.positive != value],
    }


def noticed_in(ticket: Ticket, user: User) -> dict[str, Any]:
    """What was said of a ticket's text or read in it, and which labels nobody used on it yet."""
    text, known = text_labels.of_ticket(ticket), [one for one in texts.definitions() if one.active]
    lines = [
        {"definition": one, **text_of(text, one)}
        for one in known
        if one.key in text.said or one.key in text.raised
    ]
    used = {line["definition"].key for line in lines}
    return {
        "lines": lines,
        "choices": [one for one in known if one.key not in used],
        "record_id": ticket.pk,
        "says": user.role != Role.AUDITOR,
        "url": plates.address("text_labels"),
    }


def read_of(text: Text, one: Definition) -> str:
    """What the model made of it, with how many like it were; empty where it did not raise the label."""
    if one.key not in text.raised:
        return ""
    flag = text.flags[one.key]
    return f"A model read it as {one.noun}: {flag['part']} of {flag['of']} labeled texts like it were."


def url_of(text: Text) -> str:
    """A ticket has a page of its own; a mail or note stands on the timeline of its account or contact."""
    if text.record_type == "ticket":
        return plates.record_url("ticket", text.record_id)
    if text.account_id is not None:
        return f"{plates.record_url('account', text.account_id)}?tab=timeline"
    if text.contact_id is not None:
        return f"{plates.record_url('contact', text.contact_id)}?tab=timeline"
    return ""


def _state(one: Definition, model: TextModel | None) -> dict[str, str]:
    if not one.active:
        return {"text": "not in use", "icon": "x", "tone": ""}
    if why_not(one, model):
        return {
            "text": "by words only" if one.sort is Sort.FLAG else "not read",
            "icon": "help",
            "tone": "unknown",
        }
    return {"text": "read by a model", "icon": "check", "tone": "ok"}
