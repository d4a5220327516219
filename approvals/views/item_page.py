"""The three panes: the list, one suggestion, its account. Drawn the same for a page, a swap and a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from approvals.forms.opened import Opened
from approvals.forms.rejections import RejectionForm
from approvals.forms.values import ValuesForm, as_text, prefix_of
from approvals.http import ReviewerRequest
from approvals.selectors import beside, choices, context
from approvals.selectors.habits import of as habits_of
from approvals.selectors.items import ItemLine
from approvals.selectors.keyboard import Keys
from approvals.services import desk
from approvals.services.typed_texts import SaysMore
from crmgov.kernel.refusals import Invalid, Refused

from . import action_bars, items, message_plates, way_forms
from .keycaps import printed
from .list_pane import ListState, pane

# What the item pane is busy with, beside showing the item.
SHOW, EDIT, FORM, REJECT = "", "edit", "form", "reject"


def draw(
    request: ReviewerRequest,
    state: ListState,
    suggestion_id: UUID | None,
    *,
    mode: str = SHOW,
    refusal: Refused | None = None,
) -> HttpResponse:
    """The page with this suggestion open; without one, with the first of the list on a wide screen."""
    at = timezone.now()
    habits = habits_of(request.user)
    listed = pane(request.user, state, at, saved=habits.views, current=suggestion_id)
    shown = suggestion_id or listed["first"]
    context: dict[str, Any] = {
        "now": at,
        "keys": habits.keys,
        "list": listed,
        "open": "item" if suggestion_id else "list",
        "mode": mode,
    }
    if shown is not None:
        context |= _keyed(_item(request, state, shown, mode, refusal, at=at), habits.keys)
        # The first of the list stands there unasked; only what was opened is remembered.
        context["item"]["opened"] = Opened("suggestion", shown).sign(request.user) if suggestion_id else ""
    for row in listed["rows"]:
        row["current"] = row["id"] == shown
    return render(request, "approvals/inbox.html", context)


def _item(
    request: ReviewerRequest, state: ListState, shown: UUID, mode: str, refusal: Refused | None, *, at: Any
) -> dict[str, Any]:
    look = desk.look(request.user, shown, at)
    told = context.told_to(look.suggestion, look.items, writes=look.writes)
    around = beside.of(request.user, look.suggestion, at, told=told)
    lines = items.lines_of(request.user, look, around.imported)
    if mode == FORM and message_plates.is_message(look.suggestion):
        # Of a message there is no form: it is copied, and sent by hand.
        mode = SHOW
    posted = request.POST if request.method == "POST" else None
    found: dict[str, Any] = {
        "item": items.plate(request.user, look, around, lines, state, at, refusal=refusal),
        "account": items.context_plate(around.account) if around.account else None,
        "no": {"label": "Reject", "kind": "danger"},
        "rejection": _rejection(posted if mode == REJECT else None, refusal),
        "kept": "" if mode else _kept(posted, lines),
    }
    if look.suggestion.is_open and mode == REJECT:
        found["mode_bar"] = action_bars.reject_bar(look, state)
    if look.suggestion.is_open and mode in (EDIT, FORM):
        found["rows"] = _rows(look, lines, posted, refusal)
        found["read_again"] = refusal.facts["again"] if isinstance(refusal, SaysMore) else ""
        found["mode_bar"] = action_bars.values_bar(look, state, again=bool(found["read_again"]))
    if not mode:
        found["dialogs"] = way_forms.dialogs(request.user, look, state, at)
    return found | way_forms.page(request.user, look, state, at, mode, posted, refusal)


def _keyed(found: dict[str, Any], keys: Keys) -> dict[str, Any]:
    """The person's keys on the buttons of the bars."""
    bars = {"mode_bar": printed(found["mode_bar"], keys)} if "mode_bar" in found else {}
    item = {**found["item"], "actions": printed(found["item"]["actions"], keys)}
    return {**found, **bars, "item": item}


def _rows(look: desk.Look, lines: Any, posted: QueryDict | None, refusal: Refused | None) -> list[Any]:
    """Each proposed field with its control, whether it is taken and whether it was checked."""
    form = ValuesForm(lines, choices.references(look.writes, [line.field for line in lines]), posted)
    if isinstance(refusal, Invalid):
        form.refuse(refusal.errors)
    took = posted.getlist("take") if posted is not None else None
    ticked = posted.getlist("checked") if posted is not None else []
    return [
        {
            "line": line,
            "field": form[name],
            "taken": line.checked if took is None else line.field in took,
            "checked": line.field in ticked,
        }
        for line, name in zip(lines, form.fields, strict=True)
    ]


def _rejection(posted: QueryDict | None, refusal: Refused | None) -> RejectionForm:
    form = RejectionForm(posted)
    if isinstance(refusal, Invalid) and posted is not None:
        form.is_valid()
        for name, sentence in refusal.errors.items():
            if name in form.fields and name not in form.errors:
                form.add_error(name, sentence)
    return form


def _kept(posted: QueryDict | None, lines: Sequence[ItemLine]) -> str:
    """What somebody wrote who came too late: values other than the proposed ones, and the note."""
    if posted is None:
        return ""
    typed = ((line, posted.get(prefix_of(line.field))) for line in lines)
    typed = ((line, raw if raw is None else raw.replace("\r\n", "\n")) for line, raw in typed)
    changed = [f"{line.label}: {raw}" for line, raw in typed if raw not in (None, as_text(line.proposed))]
    return "\n".join([*changed, posted.get("note", "").strip(), posted.get("text", "").strip()]).strip()
