"""What the owner of an account says of it: no AI contact until a day, and how it stands."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from approvals.http import ReviewerRequest, first_wrong, refusals, refusals_on
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.records.services import holds, owner_views

from . import records

BAD_DAY = "Type a day like 2026-03-31."


def _again(request: ReviewerRequest, refusal: Refused, record_id: UUID) -> HttpResponse | None:
    """The account's page with the form open and everything typed in it."""
    if refusal.status not in (409, 422):
        return None
    typed = {name: request.POST.get(name, "") for name in ("until", "until_day", "reason")}
    return records.drawn(
        request,
        "account",
        record_id,
        hold_refusal=refusal,
        hold_typed=typed,
        hold_focus=first_wrong(refusal, ("until", "reason")),
        open_form="hold",
    )


@require_POST
@login_required
@refusals_on(_again)
def place(request: ReviewerRequest, record_id: UUID) -> HttpResponse:
    """Keep agents away from the account until a day."""
    hold = holds.place(
        account_id=record_id,
        until=_day(_asked_day(request)),
        reason=request.POST.get("reason", ""),
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"No AI contact until {phrases.day(hold.until)}.")
    return redirect("approvals:account", record_id)


@require_POST
@login_required
@refusals
def lift(request: ReviewerRequest, hold_id: int) -> HttpResponse:
    """Let agents act on the account again."""
    hold = holds.lift(hold_id=hold_id, user=request.user, at=timezone.now())
    messages.success(request, "The hold is lifted. Agents may act here again.")
    return redirect("approvals:account", hold.account_id)


@require_POST
@login_required
@refusals
def view(request: ReviewerRequest, record_id: UUID) -> HttpResponse:
    """Write down how the owner sees the account."""
    owner_views.give(
        account_id=record_id,
        view=request.POST.get("view", ""),
        note=request.POST.get("note", ""),
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, "Your view is saved.")
    return redirect("approvals:account", record_id)


def _asked_day(request: ReviewerRequest) -> str:
    """The day typed, or else one of those offered: the first of these is chosen from the start."""
    return request.POST.get("until_day", "").strip() or request.POST.get("until", "")


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw.strip())
    except ValueError as error:
        raise Invalid(f"“{raw[:20]}” is not a day. {BAD_DAY}", {"until": BAD_DAY}) from error
