"""What an item shows of its way so far: who has it, what sleeps or waits for an answer, the notes, and the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from approvals.http import address_of
from approvals.models import Note, Suggestion
from approvals.rules.verbs import Verb
from approvals.selectors import on_the_way
from approvals.services import undoing, way
from approvals.services.desk import Look
from approvals.services.leases import LEASE
from approvals.templatetags import phrases
from crmgov.kernel.actors import ActorType
from crmgov.people.models import User

from .action_bars import BOOST
from .list_pane import ListState
from .quotes import readable
from .way_forms import why_off

ICONS = {
    Note.Kind.ASK: "chat",
    Note.Kind.ANSWER: "reply",
    Note.Kind.ESCALATE: "flag",
    Note.Kind.SNOOZE: "clock",
    Note.Kind.WAKE: "clock",
    Note.Kind.REASSIGN: "swap",
    Note.Kind.TAKE_OVER: "eye",
    Note.Kind.TAKE_BACK: "undo",
}
# Their words are ours, so they are not quoted.
OURS = (Note.Kind.TAKE_OVER, Note.Kind.TAKE_BACK)
UNDO = {
    undoing.TAKE_BACK: "suggestion_take_back",
    undoing.NOT_SENT: "suggestion_take_back",
    undoing.ASK_AGAIN: "suggestion_ask_again",
}
UNDO_SAID = {
    undoing.TAKE_BACK: "Take it back",
    undoing.NOT_SENT: "I did not send it",
    undoing.ASK_AGAIN: "Put it again",
}


def plate(user: User, look: Look, notes: Sequence[Note], state: ListState, at: datetime) -> dict[str, Any]:
    """The parts of an item that come from its way: `thread`, `claim`, `raised`, `undo`, and `buttons` for its bar."""
    return {
        "thread": [_entry(note, look.suggestion) for note in notes],
        "claim": _claim(user, look, at),
        "raised": look.suggestion.is_open and look.suggestion.escalated_at is not None,
        **(_open(user, look, state, at) if look.suggestion.is_open else _closed(user, look.suggestion, at)),
    }


def banner(user: User, look: Look, at: datetime, state: ListState) -> dict[str, Any] | None:
    """What sleeps or waits for an answer, where nothing weightier is to be said."""
    suggestion = look.suggestion
    if not suggestion.is_open:
        return None
    if (question := on_the_way.question_of(suggestion)) is not None:
        return _asked(user, suggestion, question, state)
    if not way.of(suggestion, user, at).sleeps(at) or suggestion.snoozed_until is None:
        return None
    wake = {"label": "Wake it", "form": "wake"}
    return {
        "title": f"Snoozed until {phrases.moment(suggestion.snoozed_until)}.",
        "text": "Until then only Team and Snoozed list it. The SLA keeps running.",
        "tone": "info",
        "icon": "clock",
        "b": None if look.not_rejecting else wake,
    }


def _open(user: User, look: Look, state: ListState, at: datetime) -> dict[str, Any]:
    return {
        "buttons": {
            "others": [_opens(user, look, Verb.ASK, "Ask back", at)],
            "end": [_opens(user, look, Verb.SNOOZE, "Snooze", at, kind="ghost")],
            "menu": _menu(user, look, state, at),
        }
    }


def _closed(user: User, suggestion: Suggestion, at: datetime) -> dict[str, Any]:
    offered = undoing.offered(user, suggestion, at)
    if not offered:
        return {"buttons": {"others": []}}
    button = {"label": UNDO_SAID[offered], "icon": "undo", "form": "undo", "attrs": {"data-key": "undo"}}
    return {"undo": address_of(UNDO[offered], suggestion.pk), "buttons": {"others": [button]}}


def _asked(user: User, suggestion: Suggestion, question: Note, state: ListState) -> dict[str, Any]:
    if suggestion.proposed_by_id == user.pk:
        url = state.of_item(suggestion.pk, "suggestion_answer")
        return {
            "title": f"{question.label} asks about your proposal.",
            "text": readable(question.text)[0],
            "tone": "info",
            "icon": "chat",
            "b": {"label": "Answer", "kind": "primary", "url": url, "attrs": BOOST},
        }
    return {
        "title": f"{question.label} asked back, and the answer is not here yet.",
        "text": "It can be decided all the same. The SLA keeps running.",
        "tone": "info",
        "icon": "chat",
    }


def _opens(user: User, look: Look, verb: Verb, label: str, at: datetime, *, kind: str = "") -> dict[str, Any]:
    """A button that opens the dialog of a verb; grayed with the reason where it cannot be done."""
    button: dict[str, Any] = {"label": label, "kind": kind, "wide_only": True}
    if off := why_off(user, look, verb, at):
        return {**button, "disabled": True, "attrs": {"title": off}}
    return {**button, "opens": verb.value, "attrs": {"data-key": verb.value}}


def _menu(user: User, look: Look, state: ListState, at: datetime) -> list[dict[str, Any]]:
    if look.not_rejecting:
        return []
    opening = [
        {"label": label, "icon": icon, "opens": verb.value, "narrow_only": narrow}
        for verb, label, icon, narrow in (
            (Verb.ASK, "Ask back", "chat", True),
            (Verb.SNOOZE, "Snooze", "clock", True),
            (Verb.ESCALATE, "Escalate", "flag", False),
        )
        if not why_off(user, look, verb, at)
    ]
    url = state.of_item(look.suggestion.pk, "suggestion_reassign")
    passing = {"label": "Reassign", "icon": "swap", "url": url, "attrs": BOOST}
    return [*opening, passing, {"label": _take(user, look, at), "icon": "eye", "form": "take"}]


def _take(user: User, look: Look, at: datetime) -> str:
    return "Take over" if way.of(look.suggestion, user, at).held_by else "Take it"


def _claim(user: User, look: Look, at: datetime) -> dict[str, Any] | None:
    """Who has it and for how long, and what one may do about it; None where it is over."""
    suggestion = look.suggestion
    if not suggestion.is_open:
        return None
    until, holder = suggestion.claimed_until, suggestion.claimed_by
    runs = until is not None and holder is not None and until > at
    mine = runs and suggestion.claimed_by_id == user.pk
    may = not look.not_rejecting
    return {
        "by": {"name": str(holder), "mine": mine, "left": phrases.span(until - at)}
        if runs and until
        else None,
        "take": _take(user, look, at) if may and not mine else "",
        # A page that stays open says so by itself, unless somebody else has it.
        "keeps": may and (mine or not runs),
    }


def held_by(user: User, suggestion: Suggestion, at: datetime) -> str:
    """A sentence about who else has it, to somebody who reads it or just decided it; empty where nobody has."""
    holder = way.of(suggestion, user, at).held_by
    if not holder:
        return ""
    note = on_the_way.taken_over(suggestion)
    # An older one may be of a time before: since then they may have let it go and come first again.
    fresh = note is not None and note.at > at - LEASE
    return f"{holder} took this over {phrases.ago(note.at, at)}." if note and fresh else f"{holder} has it."


def _entry(note: Note, suggestion: Suggestion) -> dict[str, Any]:
    kind = Note.Kind(note.kind)
    words, _ = readable(note.text)
    elsewhere = note.suggestion_id != suggestion.pk
    return {
        "who": note.label,
        "sentence": _said(kind, note),
        "at": note.at,
        "actor": ActorType.AI if note.agent_id is not None else ActorType.HUMAN,
        "icon": ICONS[kind],
        "meta": [words] if kind in OURS else [],
        "quote": "" if kind in OURS else words,
        "by": "" if note.agent_id is not None else "customer",
        "url": address_of("suggestion", note.suggestion_id) if elsewhere else "",
        "link": f"on suggestion {note.suggestion.number}",
    }


def _said(kind: Note.Kind, note: Note) -> str:
    if kind is Note.Kind.SNOOZE and note.until is not None:
        return f"snoozed it until {phrases.moment(note.until)}"
    if kind is Note.Kind.ESCALATE:
        return "escalated it"
    if kind is Note.Kind.REASSIGN:
        return f"passed it on to {note.place}"
    return str(kind.label)


def undo_of(kind: str, suggestion: Suggestion, state: ListState) -> str:
    """The address that undoes a decision of this kind, and knows the list it was made from."""
    verb = UNDO[undoing.ASK_AGAIN if kind == "reject" else undoing.TAKE_BACK]
    return state.carried_by(address_of(verb, suggestion.pk))
