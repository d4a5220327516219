"""Two claims on one field: the list, one conflict, and settling it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url

from approvals.forms.shown import Shown
from approvals.http import ReviewerRequest, number_of, refusals, refusals_on
from approvals.selectors import conflicts as selector
from approvals.services import conflicts
from crmgov.kernel.refusals import Invalid, NotFound, Refused

from . import conflict_plates
from .conflict_plates import Listed


def _again(request: ReviewerRequest, refusal: Refused, conflict_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotFound):
        return None
    return push_url(_draw(request, conflict_id, refusal), Listed.posted(request.POST).of(conflict_id))


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """What two sides claim, oldest first, with the first one open beside it on a wide screen."""
    return _draw(request, None)


@require_safe
@login_required
@refusals
def conflict(request: ReviewerRequest, conflict_id: UUID) -> HttpResponse:
    """The one address of a conflict, open or settled."""
    return _draw(request, conflict_id)


@require_POST
@login_required
@refusals_on(_again)
def settle(request: ReviewerRequest, conflict_id: UUID) -> HttpResponse:
    """Let the chosen claim win."""
    shown = Shown.read(request.POST, thing=conflict_id, user=request.user)
    claim = number_of(request.POST.get("claim", ""))
    if claim is None:
        raise Invalid("Choose one of the claims first.", {"claim": "Choose one."})
    settled = conflicts.settle(
        conflict_id=conflict_id,
        claim_id=claim,
        seen_digest=shown.digest,
        user=request.user,
        at=timezone.now(),
        note=request.POST.get("note", ""),
        shown_at=shown.at,
    )
    messages.success(request, f"Settled: {settled.record_label}.")
    return redirect(Listed.posted(request.POST).url())


def _draw(request: ReviewerRequest, conflict_id: UUID | None, refusal: Refused | None = None) -> HttpResponse:
    at = timezone.now()
    posted = request.method == "POST"
    listed = Listed.posted(request.POST) if posted else Listed.read(request.GET)
    page = selector.page_for(
        request.user, view=listed.view, cursor=request.GET.get("from", ""), import_id=listed.import_id
    )
    shown = conflict_id or (page.rows[0].id if page.rows else None)
    context: dict[str, Any] = {
        "now": at,
        "list": conflict_plates.pane(page, listed, current=shown),
        "open": "item" if conflict_id else "list",
        "two": True,
    }
    if shown is not None:
        context["item"] = _item(request, shown, at, refusal)
    return render(request, "approvals/conflicts.html", context)


def _item(
    request: ReviewerRequest, conflict_id: UUID, at: datetime, refusal: Refused | None
) -> dict[str, Any]:
    found = selector.item(request.user, conflict_id, at=at)
    chosen = request.POST.get("claim", "") if request.method == "POST" else ""
    return {
        **conflict_plates.plate(found, chosen=chosen, refusal=refusal),
        "shown": Shown(found.digest, at).sign(thing=conflict_id, user=request.user),
        "note": request.POST.get("note", "") if request.method == "POST" else "",
    }
