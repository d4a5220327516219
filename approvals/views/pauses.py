"""The kill switch: what is paused, pausing, lifting."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from approvals.forms.pauses import PauseForm
from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.selectors import pauses as lines
from approvals.services import pauses
from crmgov.kernel.refusals import NotAllowed, Refused
from crmgov.people.policy import Act, may


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    return None if isinstance(refusal, NotAllowed) else _page(request, _form(request), refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def pause(request: ReviewerRequest) -> HttpResponse:
    """What is paused now; a POST pauses one thing more."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin pauses AI or lifts a pause.")
    form = _form(request)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    scope, target = form.scope_and_target
    pauses.pause(
        scope=scope,
        target=target,
        cause=form.cleaned_data["cause"],
        reason=form.cleaned_data["reason"],
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, "Paused. What is approved waits until the pause is lifted.")
    return redirect("approvals:pause")


@require_POST
@login_required
@refusals
def lift(request: ReviewerRequest, pause_id: int) -> HttpResponse:
    """Let it run again."""
    pauses.lift(pause_id=pause_id, user=request.user, at=timezone.now())
    messages.success(request, "Lifted. What waited runs within seconds.")
    return redirect("approvals:pause")


def _form(request: ReviewerRequest) -> PauseForm:
    return PauseForm(
        request.POST if request.method == "POST" else None,
        agents=lines.agent_names(),
        workflows=lines.workflow_names(),
    )


def _page(
    request: ReviewerRequest, form: PauseForm, refusal: Refused | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "now": timezone.now(),
        "form": form,
        "refusal": refusal,
        "running": lines.running(),
        "lifted": lines.lifted(),
    }
    return render(request, "approvals/pause.html", context, status=status)
