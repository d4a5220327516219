"""The verbs on the way to a decision. Each is its own POST, none decides, a refusal keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import push_url

from approvals.forms.on_the_way import until_of
from approvals.http import ReviewerRequest, number_of, refusals_on
from approvals.models import Suggestion
from approvals.selectors import items
from approvals.services import asks, escalations, leases, reassignments, snoozes
from approvals.services.recording import AlreadyDecided, Closed
from approvals.templatetags.phrases import moment
from crmgov.kernel.refusals import NotFound, Refused

from . import item_page, way_plates
from .list_pane import ListState, next_after

Do = Callable[[ReviewerRequest, UUID, datetime], tuple[Suggestion, str]]


def _again(request: ReviewerRequest, refusal: Refused, suggestion_id: UUID) -> HttpResponse | None:
    """The item with the refusal above it; the form with what was typed, unless there is nothing left to type for."""
    if isinstance(refusal, NotFound):
        return None
    state = ListState.posted(request.POST)
    over = isinstance(refusal, (AlreadyDecided, Closed))
    mode = item_page.SHOW if over else request.POST.get("mode", "")
    page = item_page.draw(request, state, suggestion_id, mode=mode, refusal=refusal)
    return push_url(page, state.of_item(suggestion_id))


def _verb(mode: str, do: Do) -> Callable[..., HttpResponse]:
    """A page that asks, and its POST that does it and goes on to the next."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @login_required
    @refusals_on(_again)
    def view(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
        if request.method != "POST":
            return item_page.draw(request, ListState.read(request.GET), suggestion_id, mode=mode)
        at = timezone.now()
        suggestion, said = do(request, suggestion_id, at)
        messages.success(request, f"{said}: {suggestion.title}, {suggestion.record_label}.")
        return redirect(next_after(request.user, ListState.posted(request.POST), suggestion, at))

    return view


def _ask(request: ReviewerRequest, suggestion_id: UUID, at: datetime) -> tuple[Suggestion, str]:
    question = request.POST.get("text", "")
    found = asks.ask(suggestion_id=suggestion_id, user=request.user, question=question, at=at)
    return found, "Asked back"


def _snooze(request: ReviewerRequest, suggestion_id: UUID, at: datetime) -> tuple[Suggestion, str]:
    until, text = until_of(request.POST, at), request.POST.get("text", "")
    found = snoozes.snooze(suggestion_id=suggestion_id, user=request.user, until=until, text=text, at=at)
    return found, f"Snoozed until {moment(until)}"


def _escalate(request: ReviewerRequest, suggestion_id: UUID, at: datetime) -> tuple[Suggestion, str]:
    reason = request.POST.get("text", "")
    found = escalations.escalate(suggestion_id=suggestion_id, user=request.user, reason=reason, at=at)
    return found, "Escalated"


def _reassign(request: ReviewerRequest, suggestion_id: UUID, at: datetime) -> tuple[Suggestion, str]:
    found = reassignments.reassign(
        suggestion_id=suggestion_id,
        user=request.user,
        queue_id=number_of(request.POST.get("queue", "")),
        text=request.POST.get("text", ""),
        at=at,
    )
    return found, f"Passed on to {found.queue}"


def _answer(request: ReviewerRequest, suggestion_id: UUID, at: datetime) -> tuple[Suggestion, str]:
    text = request.POST.get("text", "")
    return asks.answer(suggestion_id=suggestion_id, user=request.user, text=text, at=at), "Answered"


ask = _verb("ask", _ask)
snooze = _verb("snooze", _snooze)
escalate = _verb("escalate", _escalate)
reassign = _verb("reassign", _reassign)
answer = _verb("answer", _answer)


@require_POST
@login_required
@refusals_on(_again)
def wake(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Bring a snoozed one back before its time."""
    snoozes.wake(suggestion_id=suggestion_id, user=request.user, at=timezone.now())
    return redirect(ListState.posted(request.POST).of_item(suggestion_id))


@require_POST
@login_required
@refusals_on(_again)
def take(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Take it, whoever has it."""
    leases.take_over(suggestion_id=suggestion_id, user=request.user, at=timezone.now())
    return redirect(ListState.posted(request.POST).of_item(suggestion_id))


def _told(request: ReviewerRequest, refusal: Refused, suggestion_id: UUID) -> HttpResponse | None:
    """A sentence for the page that stays open: who took it over, or who decided it."""
    if isinstance(refusal, NotFound):
        return None
    suggestion = items.find(request.user, suggestion_id)
    said = way_plates.held_by(request.user, suggestion, timezone.now()) if suggestion.is_open else ""
    return HttpResponse(said or refusal.say, content_type="text/plain; charset=utf-8")


@require_POST
@login_required
@refusals_on(_told)
def claim(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """An open page says that somebody looks; 204 when it is theirs now, 409 and a sentence when it is another's."""
    leases.claim(suggestion_id=suggestion_id, user=request.user, at=timezone.now())
    return HttpResponse(status=204)
