"""Signing for every message of a template version, and ending that."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from approvals.forms.templates import StandingForm
from approvals.http import ReviewerRequest, number_of, posted_from, refusals, refusals_on
from approvals.selectors import templates as plates
from approvals.services import standing_approvals
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.policy import Act, may

from . import template_pages
from .templates import WRONG, found


def _again(request: ReviewerRequest, refusal: Refused, template_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotFound) or not may(request.user, Act.ADMINISTER):
        return None
    form = StandingForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return template_pages.page(request, found(request, template_id), form)


@posted_from("approvals:template", "template_id")
@login_required
@refusals_on(_again)
def sign(request: ReviewerRequest, template_id: int) -> HttpResponse:
    """Let messages of the version on screen out without a person looking at each."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin signs for a template.")
    kept = found(request, template_id)
    shown = plates.version(kept, number_of(request.POST.get("number", "")) or 0)
    form = StandingForm(request.POST)
    if shown is None or not form.is_valid():
        raise Invalid(WRONG)
    approval = standing_approvals.sign(
        version_id=shown.pk,
        segments=form.cleaned_data["segments"],
        lifecycles=form.cleaned_data["lifecycles"],
        until=form.until_at(),
        why=form.cleaned_data["why"],
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"Messages of {approval.version} go out by themselves to this audience.")
    return redirect("approvals:template", template_id)


@posted_from("approvals:templates")
@login_required
@refusals
def end(request: ReviewerRequest, approval_id: int) -> HttpResponse:
    """From now on each waits for a person again."""
    approval = standing_approvals.end(approval_id=approval_id, user=request.user, at=timezone.now())
    messages.success(request, "Ended. Messages of this template wait for a person from now on.")
    return redirect("approvals:template", approval.version.template_id)
