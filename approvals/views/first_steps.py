"""What an admin does first in an installation; stands on the page of workflows until it is done."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.selectors import first_steps, stewards

from .readers import require_reader


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """All four, done or not."""
    require_reader(request.user)
    context = {**plate(), "seats": stewards.seats(), "stewards_url": reverse("approvals:stewards")}
    return render(request, "workflows/first_steps.html", context)


def plate() -> dict[str, Any]:
    """The steps with their addresses, and how many are done."""
    found = first_steps.steps(timezone.localdate())
    return {
        "steps": [{"one": step, "url": reverse(f"approvals:{step.address}")} for step in found],
        "done": sum(step.is_done for step in found),
    }
