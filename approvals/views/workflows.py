"""Workflows: what each is for, what it may touch, who answers for it, and stopping one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.forms.contracts import ContractForm
from approvals.forms.pauses import ReasonForm
from approvals.http import ReviewerRequest, number_of, posted_from, refusals, refusals_on
from approvals.models import PauseSwitch, WorkflowContract
from approvals.selectors import experiments, measures, runs, shadows, stewards
from approvals.selectors import workflows as plates
from approvals.selectors.cells import page_for as page_of_cells
from approvals.selectors.workflows import WorkflowLine
from approvals.services import contracts, pauses, workflow_retries
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may

from . import (
    cells,
    experiment_words,
    first_steps,
    return_words,
    run_words,
    shadow_words,
    workflow_running,
    workflow_words,
    writer_plates,
)
from .readers import require_reader


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """Every workflow that named itself."""
    require_reader(request.user)
    at = timezone.now()
    today = timezone.localdate(at)
    context = {
        "now": at,
        "lines": [{"line": line, "late": line.is_late(today)} for line in plates.lines(request.user, at)],
        "manages": may(request.user, Act.ADMINISTER),
        **first_steps.plate(),
        "seats": stewards.seats(),
        "stewards_url": reverse("approvals:stewards"),
    }
    return render(request, "workflows/list.html", context)


@require_safe
@login_required
@refusals
def workflow(request: ReviewerRequest, workflow_id: int) -> HttpResponse:
    """One workflow; `?revision=` shows an earlier contract."""
    return _page(request, _line(request.user, workflow_id))


def _write_again(request: ReviewerRequest, refusal: Refused, workflow_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    line = _line(request.user, workflow_id)
    form = ContractForm(request.POST, last=line.contract)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _form(request, line, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_write_again)
def write(request: ReviewerRequest, workflow_id: int) -> HttpResponse:
    """The form of the next revision; a POST puts it into force."""
    _require_admin(request.user)
    line = _line(request.user, workflow_id)
    if request.method != "POST":
        return _form(request, line, ContractForm(last=line.contract))
    form = ContractForm(request.POST, last=line.contract)
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid. What is wrong stands beside it.")
    saved = contracts.save(
        workflow_id=workflow_id,
        clauses=form.clauses(),
        against=form.cleaned_data["against"],
        why=form.cleaned_data["why"],
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"Revision {saved.number} is in force. What is open is judged again by it.")
    return redirect("approvals:workflow", workflow_id)


def _pause_again(request: ReviewerRequest, refusal: Refused, workflow_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    return _page(request, _line(request.user, workflow_id), refusal=refusal)


@posted_from("approvals:workflow", "workflow_id")
@login_required
@refusals_on(_pause_again)
def pause(request: ReviewerRequest, workflow_id: int) -> HttpResponse:
    """Stop what it does, within seconds."""
    _require_admin(request.user)
    line = _line(request.user, workflow_id)
    pauses.pause(
        scope="workflow",
        target=line.workflow.name,
        cause=request.POST.get("cause") or PauseSwitch.Cause.OTHER,
        reason=request.POST.get("reason", ""),
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"{line.workflow} is paused. What is approved waits until the pause is lifted.")
    return redirect("approvals:workflow", workflow_id)


def _failed_again(request: ReviewerRequest, refusal: Refused, failure_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    line = _line(request.user, workflow_retries.of(failure_id).workflow_id)
    return _page(request, line, broke=refusal)


@require_POST
@login_required
@refusals_on(_failed_again)
def failure_retry(request: ReviewerRequest, failure_id: UUID) -> HttpResponse:
    """Look once more at a record it broke over."""
    failure = workflow_retries.retry(failure_id=failure_id, user=request.user, at=timezone.now())
    messages.success(request, f"It went well for {failure.record_label or 'the record'}.")
    return redirect("approvals:workflow", failure.workflow_id)


def _line(user: User, workflow_id: int) -> WorkflowLine:
    require_reader(user)
    line = plates.line(user, workflow_id, timezone.now())
    if line is None:
        raise NotFound("There is no such workflow.")
    return line


def _page(
    request: ReviewerRequest,
    line: WorkflowLine,
    *,
    refusal: Refused | None = None,
    broke: Refused | None = None,
) -> HttpResponse:
    """`refusal` is of the pause, `broke` of another try."""
    at = timezone.now()
    revisions = plates.revisions(line.workflow)
    shown = _shown(request, revisions)
    selected = page_of_cells(request.user, workflow=line.workflow.pk)
    measured = measures.over(measures.of_contract(line.contract), at) if line.contract else None
    context: dict[str, Any] = {
        "now": at,
        "line": line,
        "late": line.is_late(timezone.localdate(at)),
        "manages": may(request.user, Act.ADMINISTER),
        "shown": shown,
        "keys": workflow_words.contract_keys(shown) if shown else [],
        "revisions": revisions,
        "tiles": workflow_words.tiles(line.contract, measured, line.counts),
        "runs": [{"line": one, "tag": run_words.tag_of(one.run)} for one in runs.of_workflow(line.workflow)],
        "running": workflow_running.plate(line.workflow, request.user, broke),
        "writer": writer_plates.calls_of(line.workflow, at),
        "shadow": shadow_words.plate(shadows.of(request.user, line.workflow, at)),
        "versions": plates.versions(line.workflow),
        "experiments": experiment_words.beside(experiments.of_workflow(line.workflow)),
        "returned": return_words.plate(line.workflow, line.contract, at),
        "cells": [cells.line(one) for one in selected.rows],
        "cells_url": f"{reverse('approvals:autonomy')}?workflow={line.workflow.pk}" if selected.older else "",
        "pause_form": _reason_form(request, refusal),
        "pause_url": reverse("approvals:workflow_pause", args=[line.workflow.pk]),
        "is_paused_itself": any(one.scope == "workflow" for one in line.paused),
    }
    return render(request, "workflows/workflow.html", context)


def _reason_form(request: ReviewerRequest, refusal: Refused | None) -> ReasonForm:
    form = ReasonForm(request.POST if refusal is not None else None)
    if refusal is not None and form.is_valid():
        form.add_error(None, refusal.say)
    return form


def _shown(request: ReviewerRequest, revisions: list[WorkflowContract]) -> WorkflowContract | None:
    """The revision asked for, else the one in force."""
    raw = request.GET.get("revision", "")
    if not raw:
        return revisions[0] if revisions else None
    found = next((one for one in revisions if one.number == number_of(raw)), None)
    if found is None:
        raise NotFound("There is no such revision of this contract.")
    return found


def _form(request: ReviewerRequest, line: WorkflowLine, form: ContractForm) -> HttpResponse:
    parts = [
        ("Who and when", ("owner", "trigger", "started_on", "review_due")),
        ("What it may touch", ("record_types", "actions", "segments", "excluded", "reads", "writes")),
        ("How it is watched", ("review_rule", "sla_hours", "rollback_rule", "needs_history")),
        ("What it is judged by", ("metric", "metric_field", "minutes_saved")),
    ]
    context = {
        "line": line,
        "form": form,
        "parts": [{"title": title, "fields": [form[name] for name in names]} for title, names in parts],
    }
    return render(request, "workflows/write.html", context)


def _require_admin(user: User) -> None:
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin writes the contract of a workflow, or pauses one.")
