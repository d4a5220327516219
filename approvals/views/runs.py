"""One run: its sample, how it stands, and what becomes of the rest once it stopped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.models import Decision, Run, Suggestion
from approvals.selectors import runs as plates
from approvals.services import runs
from crmgov.kernel.refusals import NotFound
from crmgov.people.policy import Act, may

from . import run_words
from .readers import require_reader


@require_safe
@login_required
@refusals
def run(request: ReviewerRequest, run_id: int) -> HttpResponse:
    """The sample with what became of each, and where the rest is."""
    require_reader(request.user)
    line = plates.one(run_id)
    if line is None:
        raise NotFound("There is no such run.")
    context: dict[str, Any] = {
        "now": timezone.now(),
        "line": line,
        "tag": run_words.tag_of(line.run),
        "says": run_words.says(line),
        "sample": [
            {"suggestion": one, "said": _became(one)} for one in plates.sample_of(request.user, line.run)
        ],
        "manages": may(request.user, Act.ADMINISTER),
        "is_stopped": line.run.status == Run.Status.STOPPED,
    }
    return render(request, "workflows/run.html", context)


@require_POST
@login_required
@refusals
def withdraw(request: ReviewerRequest, run_id: int) -> HttpResponse:
    """Close what a stopped run holds."""
    count = runs.withdraw(run_id=run_id, user=request.user, at=timezone.now())
    messages.success(request, f"Withdrawn: {count:,}. Nothing of it was written.")
    return redirect("approvals:run", run_id)


@require_POST
@login_required
@refusals
def give_to_people(request: ReviewerRequest, run_id: int) -> HttpResponse:
    """Put what a stopped run holds into the queues."""
    runs.give_to_people(run_id=run_id, user=request.user, at=timezone.now())
    messages.success(
        request, "What is left goes to its queues within half a minute. Nothing of it runs by itself."
    )
    return redirect("approvals:run", run_id)


def _became(suggestion: Suggestion) -> str:
    decision: Decision | None = getattr(suggestion, "decision", None)
    if decision is None:
        return str(suggestion.get_status_display())
    return f"{decision.get_kind_display()} by {decision.decider_label}"
