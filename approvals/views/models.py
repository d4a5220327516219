"""Models: which judge what, how far each may be believed per segment, and who put it in use."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.forms.agents import Refusable
from approvals.forms.models import ReviewForm, WhyForm
from approvals.http import ReviewerRequest, posted_from, refusals, refusals_on
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from scoring.models import Score, TrainedModel
from scoring.selectors import trained as plates
from scoring.services import trained, trainings

from . import model_charts, model_words
from .readers import oversees

WRONG = "Some of it cannot stand so. What is wrong stands beside it."


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """What judges churn, leads and deals today, and every version that was trained."""
    return _list(request)


@require_safe
@login_required
@refusals
def model(request: ReviewerRequest, model_id: UUID) -> HttpResponse:
    """The card of one version."""
    return _page(request, _found(request.user, model_id))


@require_safe
@login_required
@refusals
def card(request: ReviewerRequest, model_id: UUID) -> HttpResponse:
    """The same as one JSON object, for whoever computes with it."""
    found = _found(request.user, model_id)
    answer = JsonResponse(found.card, json_dumps_params={"indent": 1, "allow_nan": False})
    answer["Content-Disposition"] = f'attachment; filename="{found.kind}-{found.version}.json"'
    return answer


def _on_list(request: ReviewerRequest, refusal: Refused, question: str) -> HttpResponse | None:
    if isinstance(refusal, NotFound) or not may(request.user, Act.ADMINISTER):
        return None
    return _list(request, refusal)


@posted_from("approvals:models")
@login_required
@refusals_on(_on_list)
def train(request: ReviewerRequest, question: str) -> HttpResponse:
    """Let a worker train a new version on the own records."""
    if question not in {one["command"] for one in model_words.KINDS.values()}:
        raise NotFound("There is nothing of that name to train.")
    trainings.ask(question=question, user=request.user, at=timezone.now())
    messages.success(
        request, "A training waits for a worker. It takes a minute or two, and stands here with its progress."
    )
    return redirect("approvals:models")


def _on_page(request: ReviewerRequest, refusal: Refused, model_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotFound) or not may(request.user, Act.ADMINISTER):
        return None
    return _page(request, _found(request.user, model_id), refusal)


@posted_from("approvals:model", "model_id")
@login_required
@refusals_on(_on_page)
def use(request: ReviewerRequest, model_id: UUID) -> HttpResponse:
    """From the next run on its scores count."""
    why = request.POST.get("why", "")
    kept = trained.put_in_use(model_id=model_id, why=why, user=request.user, at=timezone.now())
    messages.success(request, f"{kept} is in use. The next run scores everybody with it.")
    return redirect("approvals:model", model_id)


@posted_from("approvals:model", "model_id")
@login_required
@refusals_on(_on_page)
def beside(request: ReviewerRequest, model_id: UUID) -> HttpResponse:
    """It scores in shadow and is compared."""
    kept = trained.put_beside(model_id=model_id, user=request.user, at=timezone.now())
    messages.success(request, f"{kept} scores in shadow from the next run on. Nobody sees its scores.")
    return redirect("approvals:model", model_id)


@posted_from("approvals:model", "model_id")
@login_required
@refusals_on(_on_page)
def retire(request: ReviewerRequest, model_id: UUID) -> HttpResponse:
    """Its scores no longer count."""
    why = request.POST.get("why", "")
    kept = trained.retire(model_id=model_id, why=why, user=request.user, at=timezone.now())
    messages.success(request, f"{kept} is retired. Its scores stay on record and no longer count.")
    return redirect("approvals:model", model_id)


@posted_from("approvals:model", "model_id")
@login_required
@refusals_on(_on_page)
def review(request: ReviewerRequest, model_id: UUID) -> HttpResponse:
    """Who looks after it, what for, and when somebody looks again."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Admins decide who looks after a model.")
    form = ReviewForm(request.POST)
    if not form.is_valid():
        raise Invalid(WRONG)
    given = form.cleaned_data
    trained.review(
        model_id=model_id,
        until=given["review_due"],
        owner=given["owner"],
        purpose=given["purpose"],
        limits=given["limits"],
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, "Kept. Whoever looks after it reads it again on that day.")
    return redirect("approvals:model", model_id)


def _list(request: ReviewerRequest, refusal: Refused | None = None) -> HttpResponse:
    _require_reader(request.user)
    now = timezone.now()
    kinds = []
    last = plates.last_trainings()
    for kind in Score.Kind:
        lines = [model_words.line(one, now.date()) for one in plates.versions(kind)]
        kinds.append(
            {
                "kind": kind.value,
                **model_words.KINDS[kind],
                "lines": lines,
                "in_use": next(
                    (one for one in lines if one["one"].status == TrainedModel.Status.CHAMPION), None
                ),
                "training": model_words.training(last.get(kind)),
            }
        )
    trains = may(request.user, Act.ADMINISTER)
    return render(
        request, "models/list.html", {"now": now, "kinds": kinds, "trains": trains, "refusal": refusal}
    )


def _page(request: ReviewerRequest, found: TrainedModel, refusal: Refused | None = None) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "now": now,
        "model": found,
        "card": found.card,
        "tag": model_words.STATES[found.status],
        "kind": model_words.KINDS[found.kind],
        "refusal": refusal if not isinstance(refusal, Invalid) else None,
        "chance": found.card["metrics"]["no_better_than_chance"],
        "late": found.retired_at is None and found.review_due < now.date(),
        "tiles": model_words.tiles(found.card),
        "segments": model_words.segments(found, found.card, plates.standings(found)),
        "reliability": model_charts.reliability(found.card["reliability"]),
        "bins": model_words.bins(found.card),
        "tenths": model_words.tenths(found.card),
        "features": model_words.features(found.card),
        "gains": model_charts.gains(found.card["gains"], found.card["rate"]),
        "cost": model_charts.cost(found.card),
        "threshold": model_words.at_threshold(found.card),
        "splits": model_words.splits(found.card),
        "over_time": model_words.over_time(found.card),
        "candidates": model_words.candidates(found.card),
        "keys": model_words.keys(found, found.card),
        "watched": model_words.watched(plates.last_look(found)),
        "events": model_words.happened(plates.events(found)),
        "forms": _forms(request, found, refusal) if may(request.user, Act.ADMINISTER) else None,
    }
    return render(request, "models/model.html", context)


def _forms(request: ReviewerRequest, found: TrainedModel, refusal: Refused | None) -> dict[str, Any]:
    """What this admin may press here; a refused form comes back with what was typed."""
    typed = request.resolver_match.url_name if request.resolver_match and isinstance(refusal, Invalid) else ""
    status, errors = TrainedModel.Status(found.status), refusal.errors if isinstance(refusal, Invalid) else {}
    may_come = status in (
        TrainedModel.Status.CANDIDATE,
        TrainedModel.Status.CHALLENGER,
        TrainedModel.Status.RETIRED,
    )
    owner = found.owner_id or request.user.pk
    given = {"purpose": found.purpose, "limits": found.limits, "owner": owner, "review_due": found.review_due}
    return {
        "why_not": trained.NotBetterThanChance().say
        if trained.is_chance(found)
        else trained.why_not(found, request.user, timezone.now()),
        "use": _typed(WhyForm, request, errors) if typed == "model_use" else WhyForm() if may_come else None,
        "beside": status == TrainedModel.Status.CANDIDATE and not trained.is_chance(found),
        "retire": _typed(WhyForm, request, errors)
        if typed == "model_retire"
        else WhyForm()
        if status != TrainedModel.Status.RETIRED
        else None,
        "review": _typed(ReviewForm, request, errors)
        if typed == "model_review"
        else ReviewForm(initial=given),
    }


def _typed(form: type[Refusable], request: ReviewerRequest, errors: dict[str, str]) -> Refusable:
    again = form(request.POST)
    if again.is_valid():
        again.refuse(" ".join(errors.values()), errors)
    return again


def _found(user: User, model_id: UUID) -> TrainedModel:
    _require_reader(user)
    found = plates.one(model_id)
    if found is None:
        raise NotFound("There is no such model.")
    return found


def _require_reader(user: User) -> None:
    if not oversees(user):
        raise NotAllowed(
            "Admins and auditors read the cards of models. What a score stands on is beside the score."
        )
