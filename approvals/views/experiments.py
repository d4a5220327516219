"""Experiments: which of two texts of a letter is answered more, and what the letter itself is worth."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from approvals.forms.experiments import EndForm, ExperimentForm
from approvals.http import ReviewerRequest, posted_from, refusals, refusals_on
from approvals.models import Experiment
from approvals.selectors import experiments as plates
from approvals.services import experiments
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from scoring.arms import Arm

from . import experiment_words as words
from .readers import oversees

WRONG = "Some of it cannot stand so. What is wrong stands beside it."


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """Every experiment, the newest first."""
    _require_reader(request.user)
    context = {
        "now": timezone.now(),
        "lines": [{"entry": entry, "tag": words.STATES[entry.one.state]} for entry in plates.listed()],
        "manages": experiments.may_run(request.user),
    }
    return render(request, "experiments/list.html", context)


@require_safe
@login_required
@refusals
def experiment(request: ReviewerRequest, experiment_id: int) -> HttpResponse:
    """One of them; `?arm=` narrows its people to one arm."""
    return _page(request, _found(request.user, experiment_id))


def _new_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed):
        return None
    form = ExperimentForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_new_again)
def new(request: ReviewerRequest) -> HttpResponse:
    """The form of a plan; a POST keeps it for somebody else to start."""
    if not experiments.may_run(request.user):
        raise NotAllowed("Admins and the steward of experiments draft experiments.")
    if request.method != "POST":
        return _form(request, ExperimentForm())
    form = ExperimentForm(request.POST)
    if not form.is_valid():
        raise Invalid(WRONG)
    kept = experiments.draft(plan=form.plan(), user=request.user, at=timezone.now())
    messages.success(request, f"{kept} is drafted. Nobody gets another text until somebody else starts it.")
    return redirect("approvals:experiment", kept.pk)


def _on_page(request: ReviewerRequest, refusal: Refused, experiment_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotFound) or not experiments.may_run(request.user):
        return None
    return _page(request, _found(request.user, experiment_id), refusal)


@posted_from("approvals:experiment", "experiment_id")
@login_required
@refusals_on(_on_page)
def start(request: ReviewerRequest, experiment_id: int) -> HttpResponse:
    """From now on the workflow writes by it."""
    kept = experiments.start(experiment_id=experiment_id, user=request.user, at=timezone.now())
    messages.success(request, f"{kept} runs. Whoever the letter is due for from now on is in it.")
    return redirect("approvals:experiment", experiment_id)


@posted_from("approvals:experiment", "experiment_id")
@login_required
@refusals_on(_on_page)
def end(request: ReviewerRequest, experiment_id: int) -> HttpResponse:
    """Everybody gets the letter as it was again."""
    why = request.POST.get("why", "")
    kept = experiments.end(experiment_id=experiment_id, why=why, user=request.user, at=timezone.now())
    said = "ended. Everybody gets the letter as it was from now on." if kept.started_at else "withdrawn."
    messages.success(request, f"{kept} is {said}")
    return redirect("approvals:experiment", experiment_id)


def _page(request: ReviewerRequest, kept: Experiment, refusal: Refused | None = None) -> HttpResponse:
    at, user = timezone.now(), request.user
    arms = plates.arms(kept, at)
    arm = request.GET.get("arm", "")
    if arm and arm not in list(Arm):
        raise NotFound("There is no such arm of this experiment.")
    manages = experiments.may_run(user)
    context: dict[str, Any] = {
        "now": at,
        "experiment": kept,
        "tag": words.STATES[kept.state],
        "keys": words.plan_keys(kept, linked=oversees(user)),
        "refusal": refusal if not isinstance(refusal, Invalid) else None,
        "uneven": _uneven(kept, at),
        "tiles": words.tiles(kept, arms) if kept.started_at else [],
        "verdict": words.verdict(kept, arms),
        "compared": words.compared(kept, arms),
        "lines": words.lines(kept, arms),
        "did": words.DID[Experiment.Goal(kept.goal)],
        "people": plates.people(kept, user, arm),
        "arm": words.ARMS[Arm(arm)] if arm else "",
        "starting": _starting(kept, user, at) if manages and kept.state == Experiment.State.DRAFT else None,
        "ending": _ending(request, refusal) if manages and kept.ended_at is None else None,
    }
    return render(request, "experiments/experiment.html", context)


def _uneven(kept: Experiment, at: Any) -> str:
    """That one text leaves by itself and the other waits for people: then more than the words differs."""
    if kept.ended_at is not None:
        return ""
    held = plates.standing_of(kept, at)
    if bool(held[Arm.CONTROL]) == bool(held[Arm.VARIANT]):
        return ""
    alone, waits = (kept.control, kept.variant) if held[Arm.CONTROL] else (kept.variant, kept.control)
    return (
        f"“{alone.template}” leaves under a standing approval, “{waits.template}” waits for a person. "
        "What is compared then is the wait too: sign for both or for none."
    )


def _starting(kept: Experiment, user: User, at: Any) -> dict[str, Any]:
    why_not = experiments.why_not(kept, user, at)
    if not why_not and experiments.has_old_text(kept):
        why_not = experiments.OldText().say
    alone = kept.drafted_by_id == user.pk
    return {"why_not": why_not, "says": "Nobody else could. The row will say so." if alone else ""}


def _ending(request: ReviewerRequest, refusal: Refused | None) -> EndForm:
    if not isinstance(refusal, Invalid):
        return EndForm()
    form = EndForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors)
    return form


def _form(request: ReviewerRequest, form: ExperimentForm) -> HttpResponse:
    return render(request, "experiments/write.html", {"now": timezone.now(), "form": form})


def _found(user: User, experiment_id: int) -> Experiment:
    _require_reader(user)
    kept = plates.find(experiment_id)
    if kept is None:
        raise NotFound("There is no such experiment.")
    return kept


def _require_reader(user: User) -> None:
    if not (oversees(user) or experiments.may_run(user)):
        raise NotAllowed("Admins, auditors and the steward of experiments read experiments.")
