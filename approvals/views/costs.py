"""Saying what a workflow costs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from approvals.forms.costs import CostForm
from approvals.http import ReviewerRequest, refusals_on
from approvals.models import Workflow
from approvals.selectors import returns, workflows
from approvals.services import workflow_costs
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.policy import Act, may


def _again(request: ReviewerRequest, refusal: Refused, workflow_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    form = CostForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _form(request, _workflow(workflow_id), form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def write(request: ReviewerRequest, workflow_id: int) -> HttpResponse:
    """The form, filled in with what counts now; a POST keeps the next row."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin says what a workflow costs.")
    workflow = _workflow(workflow_id)
    if request.method != "POST":
        return _form(request, workflow, CostForm(last=returns.newest(workflow)))
    form = CostForm(request.POST)
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid. What is wrong stands beside it.")
    workflow_costs.save(workflow_id=workflow_id, **form.cleaned_data, user=request.user, at=timezone.now())
    messages.success(request, f"The return of {workflow} is counted by these from now on.")
    return redirect(f"{reverse('approvals:workflow', args=[workflow_id])}#return")


def _workflow(workflow_id: int) -> Workflow:
    found = workflows.find(workflow_id)
    if found is None:
        raise NotFound("There is no such workflow.")
    return found


def _form(request: ReviewerRequest, workflow: Workflow, form: CostForm) -> HttpResponse:
    context = {
        "now": timezone.now(),
        "workflow": workflow,
        "form": form,
        "currency": returns.currency(),
        "earlier": returns.earlier(workflow),
    }
    return render(request, "workflows/cost.html", context)
