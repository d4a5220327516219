"""Yes and no. Each is its own POST; a refusal is drawn on the page it came from and keeps what was typed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import push_url

from approvals import actions
from approvals.forms.attention import attention_of
from approvals.forms.shown import Shown
from approvals.forms.values import typed
from approvals.http import ReviewerRequest, refusals_on
from approvals.models import Decision
from approvals.rules.wording import listed
from approvals.selectors import items
from approvals.services import decisions, sent_by_hand
from approvals.services.decisions import AlreadyDecided, Closed, OpensAsForm
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.records import registry

from . import item_page, message_plates, way_plates
from .list_pane import ListState, next_after

COUNTDOWN = "#countdown"
# After these there is nothing left to type into.
OVER = (AlreadyDecided, Closed)
SAID = {
    Decision.Kind.APPROVE: "Approved",
    Decision.Kind.APPROVE_EDITED: "Approved with edits",
    Decision.Kind.APPROVE_SOME: "Approved in part",
    Decision.Kind.REJECT: "Rejected",
    Decision.Kind.ACCEPT_FORM: "Saved",
}


def _again(request: ReviewerRequest, refusal: Refused, suggestion_id: UUID) -> HttpResponse | None:
    """The item as it is now, with the refusal above it and the typed text where it was typed."""
    if isinstance(refusal, NotFound):
        return None
    state = ListState.posted(request.POST)
    mode = item_page.SHOW if isinstance(refusal, (*OVER, OpensAsForm)) else request.POST.get("mode", "")
    page = item_page.draw(request, state, suggestion_id, mode=mode, refusal=refusal)
    return push_url(page, state.of_item(suggestion_id))


@require_POST
@login_required
@refusals_on(_again)
def approve(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Let exactly what was shown be done: all, what is ticked, or with edits."""
    shown = Shown.read(request.POST, thing=suggestion_id, user=request.user)
    taken = request.POST.getlist("take") if "takes" in request.POST else None
    decision = decisions.approve(
        suggestion_id=suggestion_id,
        seen_digest=shown.digest,
        reviewer=request.user,
        at=timezone.now(),
        shown_at=shown.at,
        attention=attention_of(request.POST),
        taken=taken,
        edits=_typed(request, suggestion_id, taken),
        note=request.POST.get("note", ""),
        read_again=request.POST.get("read_again", ""),
    )
    return _decided(request, decision)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def reject(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Say no with a reason; without a script the reason is asked on the page of this address."""
    if request.method != "POST":
        return item_page.draw(request, ListState.read(request.GET), suggestion_id, mode=item_page.REJECT)
    shown = Shown.read(request.POST, thing=suggestion_id, user=request.user)
    decision = decisions.reject(
        suggestion_id=suggestion_id,
        seen_digest=shown.digest,
        reviewer=request.user,
        at=timezone.now(),
        shown_at=shown.at,
        attention=attention_of(request.POST),
        reason_code=request.POST.get("reason_code", ""),
        note=request.POST.get("note", ""),
    )
    return _decided(request, decision)


@require_POST
@login_required
@refusals_on(_again)
def accept(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Save the prefilled form of level suggest: the change is the person's own."""
    shown = Shown.read(request.POST, thing=suggestion_id, user=request.user)
    taken = request.POST.getlist("take")
    decision = decisions.accept_form(
        suggestion_id=suggestion_id,
        seen_digest=shown.digest,
        reviewer=request.user,
        at=timezone.now(),
        shown_at=shown.at,
        attention=attention_of(request.POST),
        values=_typed(request, suggestion_id, taken),
        checked=[field for field in request.POST.getlist("checked") if field in taken],
        note=request.POST.get("note", ""),
    )
    return _decided(request, decision)


@require_POST
@login_required
@refusals_on(_again)
def sent(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Keep that a person sent the message of level suggest from their own mailbox."""
    shown = Shown.read(request.POST, thing=suggestion_id, user=request.user)
    decision = sent_by_hand.told(
        suggestion_id=suggestion_id,
        seen_digest=shown.digest,
        reviewer=request.user,
        at=timezone.now(),
        shown_at=shown.at,
        attention=attention_of(request.POST),
        note=request.POST.get("note", ""),
    )
    return _decided(request, decision)


def _typed(request: ReviewerRequest, suggestion_id: UUID, taken: list[str] | None) -> dict[str, object]:
    """What stands in the controls of the fields taken, where the page had any."""
    if taken is None or request.POST.get("mode") not in (item_page.EDIT, item_page.FORM):
        return {}
    suggestion = items.find(request.user, suggestion_id)
    known = set(suggestion.items.values_list("field", flat=True))
    writes = actions.of(suggestion).writes(suggestion.record_type)
    return typed(request.POST, record_type=writes, taken=known.intersection(taken))


def _taken(decision: Decision) -> str:
    """What of it was taken where that is not all; the title names all that was proposed."""
    if decision.kind in (Decision.Kind.APPROVE, Decision.Kind.REJECT):
        return ""
    suggestion = decision.suggestion
    items = list(suggestion.items.order_by("position"))
    if all(item.taken is not False for item in items):
        return ""
    record_type = actions.of(suggestion).writes(suggestion.record_type)
    labels = [registry.label(record_type, item.field) for item in items if item.taken]
    first, *rest = labels or [""]
    return listed([first, *(label[:1].lower() + label[1:] for label in rest)])


def _decided(request: ReviewerRequest, decision: Decision) -> HttpResponse:
    """On to the next, with a word about this one."""
    suggestion = decision.suggestion
    said = SAID[Decision.Kind(decision.kind)]
    words = f"{said}: {_taken(decision) or suggestion.title}, {suggestion.record_label}."
    state = ListState.posted(request.POST)
    undo = way_plates.undo_of(decision.kind, suggestion, state)
    if message_plates.is_message(suggestion):
        words, undo = _leaving(decision, words, undo)
    # It is advice, not a lock: deciding all the same is allowed, and told. The row let go of who had it, this has not.
    if other := way_plates.held_by(request.user, suggestion, decision.decided_at):
        words = f"{words} {other}"
    messages.success(request, words, extra_tags=undo)
    return redirect(next_after(request.user, state, suggestion, timezone.now()))


def _leaving(decision: Decision, words: str, undo: str) -> tuple[str, str]:
    """What is said of a message, and the address that takes it back while it can be."""
    suggestion = decision.suggestion
    if decision.kind == Decision.Kind.REJECT:
        return words, undo
    if decision.kind == Decision.Kind.ACCEPT_FORM:
        return f"Kept as sent by you: {suggestion.title}, {suggestion.record_label}.", undo
    # The toast stays as long as it can be taken back (components/toast.html).
    return f"{words} {message_plates.leaves_at(decision)}", f"{undo}{COUNTDOWN}"
