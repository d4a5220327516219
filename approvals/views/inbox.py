"""What waits: the inbox, and one suggestion beside it. Nothing here changes anything."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.selectors import first_steps
from crmgov.people.policy import Act, may

from . import item_page
from .list_pane import ListState


@require_safe
@login_required
def home(request: ReviewerRequest) -> HttpResponse:
    """Where one comes in: what waits; where nothing was ever proposed, an admin's first steps."""
    begins = may(request.user, Act.ADMINISTER) and not first_steps.has_begun()
    return redirect("approvals:first_steps" if begins else "approvals:inbox")


@require_safe
@login_required
@refusals
def inbox(request: ReviewerRequest) -> HttpResponse:
    """The list, with its first suggestion open beside it on a wide screen."""
    return item_page.draw(request, ListState.read(request.GET), None)


@require_safe
@login_required
@refusals
def suggestion(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """The one address of a suggestion, before and after it is decided."""
    return item_page.draw(request, ListState.read(request.GET), suggestion_id)


@require_safe
@login_required
@refusals
def edit(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """The proposed values as controls, to change before approving."""
    return item_page.draw(request, ListState.read(request.GET), suggestion_id, mode=item_page.EDIT)


@require_safe
@login_required
@refusals
def form(request: ReviewerRequest, suggestion_id: UUID) -> HttpResponse:
    """The prefilled form of level suggest."""
    return item_page.draw(request, ListState.read(request.GET), suggestion_id, mode=item_page.FORM)
