"""The action bar of a suggestion: what happens on yes, and the buttons; what cannot be pressed says why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from approvals.actions.kinds import fields_said
from approvals.rules.vocabulary import Level
from approvals.selectors.items import ItemLine
from approvals.services.desk import Look

from . import message_plates
from .keycaps import CONFIRM, VERB
from .list_pane import ListState

DECIDE, REJECT, REJECTION, VALUES, SENT = "decide", "reject", "rejection", "values", "sent"
KEEPING = "The record stays as it is, and the suggestion is closed. The agent reads the reason."
SAVING = "Saves the ticked fields at once, in your name, and closes the suggestion. It can be reverted."
WAITING = "AI is paused here: what you approve waits until the pause is lifted."
APPROVING = "Writes the ticked fields with the values above, nothing else. It can be reverted."
# htmx takes the link instead of the browser where there is a script.
BOOST = {"hx-boost": "true"}


def bar(look: Look, lines: Sequence[ItemLine], state: ListState, way: Mapping[str, Any]) -> dict[str, Any]:
    """The bar under an item: for one that is over only the way back. `way`: the buttons that do not decide."""
    if not look.suggestion.is_open:
        back = {"label": "Back to the inbox", "url": state.of_list(), "icon": "left", "attrs": BOOST}
        return {
            "consequence": "This one is closed; nothing can be decided here.",
            "others": [back, *way["others"]],
        }
    off = why_off(look, lines)
    return {
        "consequence": off or _consequence(look, lines),
        "consequence_icon": "alert" if off else "arrow",
        "primary": _primary(look, lines, state, off=bool(off)),
        "others": [*_edit(look, state, off=bool(off)), _reject(look), *way["others"]],
        "end": way["end"],
        "menu": way["menu"],
    }


def values_bar(look: Look, state: ListState, *, again: bool = False) -> dict[str, Any]:
    """The bar under the controls: save or approve what stands in them, or go back. `again`: they were warned of it."""
    back = {"label": "Cancel", "url": state.of_item(look.suggestion.pk), "attrs": BOOST}
    label, said = ("Save", SAVING) if _is_form(look) else ("Approve with these values", APPROVING)
    if message_plates.is_message(look.suggestion):
        label = "Approve and send it all the same" if again else "Approve and send this text"
        said = message_plates.consequence(look)
    attrs = _keyed(look)
    save = {"label": label, "kind": "primary", "form": VALUES, "describedby": "consequence", "attrs": attrs}
    return {"consequence": said, "primary": save, "others": [back]}


def reject_bar(look: Look, state: ListState) -> dict[str, Any]:
    """The bar under the form of a no."""
    back = {"label": "Cancel", "url": state.of_item(look.suggestion.pk), "attrs": BOOST}
    no = {
        "label": "Reject",
        "kind": "danger",
        "form": REJECTION,
        "describedby": "consequence",
        "attrs": {VERB: "reject"},
    }
    off = {"label": "Reject", "disabled": True, "describedby": "consequence"}
    return {
        "consequence": look.not_rejecting or KEEPING,
        "others": [off if look.not_rejecting else no, back],
    }


def why_off(look: Look, lines: Sequence[ItemLine]) -> str:
    """Why it cannot be approved now, in a sentence; empty when it can."""
    if look.not_approving:
        return look.not_approving
    if look.suggestion.in_conflict:
        return "Approve is off: two claims stand against each other here. Settling the conflict decides this too."
    if look.blocked_by is not None:
        return f"Approve is off: {look.blocked_by.sentence}"
    if _is_form(look):
        return ""
    if lines and all(line.stale or line.taken is False for line in lines):
        return (
            "Approve is off: what it would change has moved on since it was proposed. "
            "Reject it, and a new proposal can start from what is there now."
        )
    return ""


def _consequence(look: Look, lines: Sequence[ItemLine]) -> str:
    if message_plates.is_message(look.suggestion):
        sends = message_plates.consequence(look)
        return f"{sends} {WAITING}" if look.is_paused and not _is_form(look) else sends
    if _is_form(look):
        return (
            "Opens a form with these values filled in. Nothing changes until you save it; "
            "the change is then yours, with this suggestion named."
        )
    said = [look.consequence]
    if look.is_paused:
        said = [look.consequence.replace(" at once", ""), WAITING]
    moved = [line.label for line in lines if line.stale]
    if moved:
        said.append(f"{', '.join(moved)} moved on and cannot be taken.")
    elif len(lines) > 1:
        said.append("Only what is ticked is written.")
    return _marked(" ".join(said), len(look.items)) if len(lines) > 1 else " ".join(said)


def _marked(sentence: str, count: int) -> str:
    """The number of fields in it as an element of its own, which takes.js keeps true while one ticks."""
    found = re.search(rf"(?:^Changes| with) ({fields_said(count)})\b", sentence)
    if found is None:
        return sentence
    before, after = sentence[: found.start(1)], sentence[found.end(1) :]
    return format_html("{}<span data-taken>{}</span>{}", before, found[1], after)


def _primary(look: Look, lines: Sequence[ItemLine], state: ListState, *, off: bool) -> dict[str, Any]:
    attrs = {VERB: "approve"}
    button: dict[str, Any] = {"kind": "primary", "describedby": "consequence", "attrs": attrs}
    if message_plates.is_message(look.suggestion):
        return _send(look, button, off=off)
    if off:
        return {**button, "label": "Open the form" if _is_form(look) else "Approve", "disabled": True}
    if _is_form(look):
        url = state.of_item(look.suggestion.pk, "suggestion_form")
        return {**button, "label": "Open the form", "url": url, "attrs": {**BOOST, **attrs}}
    several = len(lines) > 1
    # Without a script the words must hold whatever is ticked; with one, takes.js counts.
    attrs = {**_keyed(look), **({"data-takes": DECIDE} if several else {})}
    label = "Approve what is ticked" if several else "Approve"
    return {**button, "label": label, "form": DECIDE, "attrs": attrs}


def _send(look: Look, button: dict[str, Any], *, off: bool) -> dict[str, Any]:
    """The yes to a message; at level suggest a person sends it and says so."""
    label, form = ("I sent it", SENT) if _is_form(look) else ("Approve and send", DECIDE)
    return {
        **button,
        "label": label,
        **({"disabled": True} if off else {"form": form, "attrs": _keyed(look)}),
    }


def _edit(look: Look, state: ListState, *, off: bool) -> list[dict[str, Any]]:
    if off or _is_form(look):
        return []
    url = state.of_item(look.suggestion.pk, "suggestion_edit")
    return [{"label": "Edit", "url": url, "attrs": {**BOOST, VERB: "edit"}}]


def _reject(look: Look) -> dict[str, Any]:
    attrs = {VERB: "reject"}
    if look.not_rejecting:
        return {"label": "Reject", "disabled": True, "describedby": "consequence", "attrs": attrs}
    return {"label": "Reject", "opens": REJECT, "attrs": attrs}


def _keyed(look: Look) -> dict[str, str]:
    """The yes that is pressed by key; at high risk what it does is read and confirmed first."""
    return {VERB: "approve", **({CONFIRM: "consequence"} if look.suggestion.high_risk else {})}


def _is_form(look: Look) -> bool:
    return look.suggestion.level == Level.SUGGEST
