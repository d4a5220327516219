"""The outbox: messages to customers on their way, and what a person says of those nobody knows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, posted_from, refusals
from approvals.models import Settlement
from approvals.selectors import outbox
from approvals.services import executions, settling
from approvals.templatetags.phrases import counted

from . import outbox_plates

SAID = {
    Settlement.Choice.DELIVERED: "Noted as delivered.",
    Settlement.Choice.SEND_AGAIN: "It leaves again within seconds.",
    Settlement.Choice.LEAVE: "Left as it is. It is not sent again.",
}

MOVING = (outbox.WAITING, outbox.TRYING)


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """Messages by where they stand; without a choice the first place where there are any."""
    found = outbox.counts(request.user)
    view = _view(request.GET.get("view", ""), found)
    page = outbox.page_for(request.user, view=view, cursor=request.GET.get("from", ""))
    at = timezone.now()
    context: dict[str, Any] = {
        "now": at,
        "view": view,
        "views": [
            {
                "name": name,
                "url": _url(key),
                "count": counted(found[key], outbox.COUNTED),
                "current": key == view,
            }
            for key, name in outbox.VIEWS.items()
        ],
        "lines": outbox_plates.lines(page.rows, request.user, at),
        "newer_url": _url(view, page.newer) if page.newer else "",
        "older_url": _url(view, page.older) if page.older else "",
        "no_server": not settings.MESSAGES.host,
        "sentence": outbox_plates.sentence(view, page.rows),
        # What waits moves by itself, so the page asks again.
        "again_url": _url(view, request.GET.get("from", "")) if view in MOVING else "",
    }
    return render(request, "outbox/list.html", context)


@require_safe
@login_required
@refusals
def message(request: ReviewerRequest, execution_id: UUID) -> HttpResponse:
    """One message as it leaves, and every try of it."""
    at = timezone.now()
    found = outbox.opened(request.user, execution_id)
    context = {
        "now": at,
        "item": outbox_plates.plate(found, request.user, at),
        "no_server": not settings.MESSAGES.host,
    }
    return render(request, "outbox/message.html", context)


@posted_from("approvals:outbox_message", "execution_id")
@login_required
@refusals
def settle(request: ReviewerRequest, execution_id: UUID) -> HttpResponse:
    """Say what became of one that nobody knows of."""
    settlement = settling.settle(
        execution_id=execution_id,
        choice=request.POST.get("choice", ""),
        user=request.user,
        at=timezone.now(),
        note=request.POST.get("note", ""),
    )
    messages.success(request, SAID[Settlement.Choice(settlement.choice)])
    return redirect("approvals:outbox_message", execution_id)


@posted_from("approvals:outbox_message", "execution_id")
@login_required
@refusals
def hold_back(request: ReviewerRequest, execution_id: UUID) -> HttpResponse:
    """Cancel one that a policy let out, before it leaves."""
    settling.hold_back(execution_id=execution_id, user=request.user, at=timezone.now())
    messages.success(request, "Held back. It is not sent.")
    return redirect("approvals:outbox_message", execution_id)


@posted_from("approvals:outbox_message", "execution_id")
@login_required
@refusals
def retry(request: ReviewerRequest, execution_id: UUID) -> HttpResponse:
    """Put a refused one back."""
    executions.retry(execution_id=execution_id, user=request.user, at=timezone.now())
    messages.success(request, "Put back. It leaves within seconds.")
    return redirect("approvals:outbox_message", execution_id)


def _view(asked: str, found: dict[str, int]) -> str:
    if asked in outbox.VIEWS:
        return asked
    first = (outbox.UNKNOWN, outbox.WAITING, outbox.TRYING)
    return next((view for view in first if found[view]), outbox.SENT)


def _url(view: str, cursor: str = "") -> str:
    said = {"view": view, **({"from": cursor} if cursor else {})}
    return f"{reverse('approvals:outbox')}?{urlencode(said)}"
