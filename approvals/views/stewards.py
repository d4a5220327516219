"""The three stewards, and naming one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from approvals.forms.stewards import StewardForm
from approvals.http import ReviewerRequest, refusals_on
from approvals.selectors import stewards as plates
from approvals.services import stewards
from crmgov.kernel.refusals import Invalid, NotAllowed, Refused
from crmgov.people.policy import Act, may

from .readers import require_reader

WHAT_FOR = {
    "data_quality": "Duplicates, stale values, and whether an import may go in.",
    "consent": "Who may be contacted for what, and every opt-out.",
    "experiments": "What is tried on whom, and when it ends.",
}


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed):
        return None
    form = StewardForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def page(request: ReviewerRequest) -> HttpResponse:
    """Who answers for what, and who did before; a POST names somebody."""
    require_reader(request.user)
    if request.method != "POST":
        return _page(request, StewardForm())
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin names stewards.")
    form = StewardForm(request.POST)
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid.")
    named = stewards.name(**form.cleaned_data, user=request.user, at=timezone.now())
    messages.success(request, f"{named.person} answers for {named.get_duty_display().lower()} from now on.")
    return redirect("approvals:stewards")


def _page(request: ReviewerRequest, form: StewardForm) -> HttpResponse:
    context = {
        "now": timezone.now(),
        "seats": [{"seat": seat, "what_for": WHAT_FOR[seat.duty]} for seat in plates.seats()],
        "history": plates.history(),
        "form": form if may(request.user, Act.ADMINISTER) else None,
    }
    return render(request, "workflows/stewards.html", context)
