"""Undo after a decision: each its own POST, with the right to decide."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import push_url

from approvals.http import ReviewerRequest, address_of, refusals_on
from approvals.models import Suggestion
from approvals.services import undoing
from crmgov.kernel.refusals import NotFound, Refused

from . import item_page, reverts
from .list_pane import ListState


def _again(request: ReviewerRequest, refusal: Refused, suggestion_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotFound):
        return None
    state = ListState.carried(request)
    page = item_page.draw(request, state, suggestion_id, refusal=refusal)
    return push_url(page, state.of_item(suggestion_id))


@require_POST
@login_required
@refusals_on(_again)
def take_back(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Cancel what was approved and put the question again; where it is written already, on to the revert."""
    undone = undoing.take_back(suggestion_id=suggestion_id, user=request.user, at=timezone.now())
    if undone.again is None:
        # It runs within a second of the decision, so this is the usual end of an undo: one press there puts it back.
        written = address_of("change_set", undone.change_set_id)
        return redirect(ListState.carried(request).carried_by(written, **reverts.TO_UNDO))
    said = "It counts as not sent" if undone.not_sent else "Taken back. Nothing was written"
    return _put_again(request, undone.again, said)


@require_POST
@login_required
@refusals_on(_again)
def ask_again(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Put the question of a rejected one again."""
    again = undoing.ask_again(suggestion_id=suggestion_id, user=request.user, at=timezone.now())
    return _put_again(request, again, "Put again")


def _put_again(request: ReviewerRequest, again: Suggestion, said: str) -> HttpResponse:
    waits = "waits" if again.is_open else f"is {again.get_status_display().lower()}"
    messages.success(request, f"{said}; suggestion {again.number} {waits}.")
    return redirect(ListState.carried(request).of_item(again.pk))
