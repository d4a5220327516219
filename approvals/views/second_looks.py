"""Blind second looks: what somebody else would have decided, asked before they are told what was decided."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals import actions
from approvals.http import ReviewerRequest, address_of, refusals, refusals_on
from approvals.models import SecondLook
from approvals.rules.second_looks import ENOUGH, said
from approvals.selectors import second_looks as looks
from approvals.selectors.second_looks import QueueAgreement
from approvals.services import second_looks
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.policy import sees_everything

from .outcomes import did
from .prints import beside, line_of, quotes_in, relied_on
from .reasons import as_held, reasons_of


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """What waits for this person, and for those who oversee how each queue agrees."""
    oversees = sees_everything(request.user)
    context = {
        "waiting": looks.listed(request.user, at=timezone.now()),
        "oversees": oversees,
        "agreements": [_agreement(one) for one in looks.agreements()] if oversees else [],
        "enough": ENOUGH,
    }
    return render(request, "second_looks/list.html", context)


@require_safe
@login_required
@refusals
def look(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """One of them as it was when it was decided; what was decided stands there only once this person has said."""
    return _draw(request, suggestion_id)


def _agreement(one: QueueAgreement) -> dict[str, Any]:
    agreed = one.agreement
    interval = agreed.interval
    return {
        "queue": one.queue,
        "rate": _percent(agreed.rate) if agreed.is_enough and agreed.rate is not None else "",
        "low": _percent(interval.low),
        "high": _percent(interval.high),
        "asked": agreed.asked,
        "waiting": one.waiting,
    }


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _again(request: ReviewerRequest, refusal: Refused, suggestion_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotFound):
        return None
    return _draw(request, suggestion_id, refusal)


@require_POST
@login_required
@refusals_on(_again)
def answer(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """Keep what this person would have decided, then show what was."""
    second_looks.answer(
        suggestion_id=suggestion_id,
        user=request.user,
        answer=request.POST.get("answer", ""),
        note=request.POST.get("note", ""),
        at=timezone.now(),
    )
    messages.success(request, "Kept. Here is what was decided.")
    return redirect(address_of("second_look", suggestion_id))


def _draw(request: ReviewerRequest, suggestion_id: UUID, refusal: Refused | None = None) -> HttpResponse:
    row, found = looks.find(request.user, suggestion_id, at=timezone.now())
    suggestion = found.suggestion
    writes = actions.of(suggestion).writes(suggestion.record_type)
    # Only whoever answered is told: for everybody else the question stays blind.
    answered = row.person_id == request.user.pk
    context: dict[str, Any] = {
        "suggestion": suggestion,
        "by": str(suggestion.agent or suggestion.proposed_by),
        "queue": str(row.queue or ""),
        "lines": [line_of(found, writes, item) for item in found.items],
        "reasons": [_unlinked(one) for one in reasons_of(as_held(suggestion, found.findings))],
        "relied": relied_on(found, writes),
        "around": beside(found),
        "quotes": quotes_in(found),
        "answered": _told(row) if answered else None,
        "taken_by_other": bool(row.answer) and not answered,
        "problem": refusal.say if refusal else "",
        "note": request.POST.get("note", ""),
    }
    return render(request, "second_looks/look.html", context, status=refusal.status if refusal else 200)


def _unlinked(reason: dict[str, Any]) -> dict[str, Any]:
    """Without the way to the record, on which the first answer may be written by now."""
    said = [[{"text": part["text"]} for part in parts] for parts in reason["sentences"]]
    return {**reason, "sentences": said}


def _told(row: SecondLook) -> dict[str, Any]:
    decision = row.decision
    return {
        "mine": row.get_answer_display().lower(),
        "note": row.note,
        "first": f"{decision.decider_label} {did(decision)}",
        "why": decision.get_reason_code_display() if decision.reason_code else "",
        "first_note": decision.note,
        "same": row.answer == said(decision.kind),
        "url": address_of("suggestion", decision.suggestion_id),
    }
