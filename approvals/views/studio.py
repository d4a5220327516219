"""The threshold studio: what two thresholds would have done with what is recorded, and a policy draft from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.forms.studio import PRICES, SLICE, StudioForm
from approvals.http import ReviewerRequest, number_of, refusals, refusals_on
from approvals.models import PolicyVersion
from approvals.rules.bands import ANY, Band, BandLine, most_specific, narrower, with_line
from approvals.rules.policy import Policy
from approvals.rules.studio import NEVER, Thresholds
from approvals.selectors import policies as plates_of_policies
from approvals.selectors import studio
from approvals.services import audit_draws, policies
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins
from crmgov.people.models import User
from crmgov.people.policy import Act, may

from . import plates, studio_board, studio_charts
from .policies import require_reader
from .policy_words import words


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """The studio; everything asked of it stands in the address."""
    require_reader(request.user)
    return _page(request, request.GET.dict())


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    """The studio with what was typed, for whoever may read it."""
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    return _page(request, request.POST.dict(), refusal)


@require_POST
@login_required
@refusals_on(_again)
def draft(request: ReviewerRequest) -> HttpResponse:
    """Keep the policy in force with the band of this slice as a draft; a second person publishes it."""
    _require_admin(request.user)
    version, policy = in_force()
    form = _checked(request, policy)
    line = band_line(form)
    if line in policy.bands:
        raise Invalid("These thresholds are in force for exactly this already. Move one of them first.")
    kept = policies.draft(
        document=replace(policy, bands=with_line(policy.bands, line)).to_json(),
        rationale=request.POST.get("rationale", ""),
        user=request.user,
        at=timezone.now(),
        against=version.number,
    )
    messages.success(request, "The draft is kept. Nothing changes until it is published.")
    return redirect("approvals:policy_draft", kept.pk)


@require_POST
@login_required
@refusals_on(_again)
def draw(request: ReviewerRequest) -> HttpResponse:
    """Draw some of what ran by itself and nobody looked at, to be read."""
    _require_admin(request.user)
    _, policy = in_force()
    form = _checked(request, policy)
    drawn = audit_draws.draw(
        slice_=form.slice,
        thresholds=thresholds_of(form, policy),
        number=number_of(request.POST.get("number", "")) or 0,
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"{len(drawn)} drawn at random. They wait to be read.")
    return redirect(f"{plates.address('studio')}{form.query()}")


def in_force() -> tuple[PolicyVersion, Policy]:
    """Raises NotFound."""
    version = plates_of_policies.in_force()
    if version is None:
        raise NotFound("No policy is in force yet, so there is nothing to compare with.")
    return version, Policy.from_json(version.document, version=version.number)


def asked(given: Mapping[str, str], policy: Policy) -> tuple[StudioForm, Band]:
    """What is asked, and the band that holds there now."""
    choices = studio.choices()
    names = {name: words(name) for name in (*choices.actions, *choices.groups)}
    # Asked only where the address leaves it open: a dragged handle never does.
    start = () if given.keys() >= {"workflow", "action", "group"} else studio.fullest() or ()
    form = StudioForm(given, start=start, choices=choices, words=names)
    workflow, action, group, segment = (str(form.data.get(name, "")) for name in SLICE[:4])
    band = most_specific(policy.bands, (workflow, action, group, segment or ANY))
    form.with_band(band)
    return form, band


def thresholds_of(form: StudioForm, policy: Policy) -> Thresholds:
    """Of a valid form."""
    return Thresholds(form.floor_at, form.auto_at, studio_board.cap_of(policy))


def band_line(form: StudioForm) -> BandLine:
    """The line of a policy that says these thresholds of this slice; of a valid form."""
    given = form.slice
    auto = None if form.auto_at >= NEVER else form.auto_at / 100
    return BandLine(given.workflow, given.action, given.group, given.segment, auto, form.floor_at / 100)


def _checked(request: ReviewerRequest, policy: Policy) -> StudioForm:
    form, _ = asked(request.POST.dict(), policy)
    if not form.is_valid():
        wrong = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
        raise Invalid(" ".join(wrong.values()), wrong)
    return form


def _page(request: ReviewerRequest, given: Mapping[str, str], refusal: Refused | None = None) -> HttpResponse:
    version, policy = in_force()
    form, band = asked(given, policy)
    manages = may(request.user, Act.ADMINISTER)
    context: dict[str, Any] = {
        "now": timezone.now(),
        "form": form,
        "version": version,
        "refusal": refusal,
        "manages": manages,
        "currency": policy.reporting_currency,
        "slice_fields": [form[name] for name in SLICE],
        "price_fields": [form[name] for name in PRICES],
        "is_empty": not form.fields["workflow"].choices,  # type: ignore[attr-defined]
    }
    is_valid = form.is_valid()
    if is_valid:
        board = studio_board.build(form, version, policy, band, context["now"])
        wanted = number_of(given.get("number", "")) or studio_board.DRAW
        context |= drawn(board, min(wanted, audit_draws.MOST))
        context["narrower"] = [one.segment for one in narrower(policy.bands, band_line(form))]
        context["waiting"] = studio.waiting(form.slice)
        left = studio.unread(request.user, form.slice, board.at, at=context["now"])
        context["may_draw"] = manages and left.exists()
        context["audits_url"] = plates.address("audits")
    if manages and not request.htmx:
        context["next"], context["rationale"] = version.number + 1, given.get("rationale", "")
        context["second"] = _second(request.user)
    name = "studio/_board.html" if request.htmx else "studio/page.html"
    status = 200 if is_valid or context["is_empty"] else 422
    return render(request, name, context, status=status)


def _second(user: User) -> str:
    """Who publishes what this person drafts."""
    other = admins.other_than(user.pk)
    return (
        f"{other} or another admin publishes it."
        if other
        else "As the sole admin you publish it a day later."
    )


def _require_admin(user: User) -> None:
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin drafts a policy, or draws what people read afterwards.")


def drawn(board: studio_board.Board, wanted: int) -> dict[str, Any]:
    """Everything below the choice of the slice."""
    across = studio_charts.Across(board)
    return {
        "board": board,
        "total": f"{board.ground.total.all:,}",
        "worst_url": board.rows_url(worst="1"),
        "today": studio_board.today(board),
        "tiles": studio_board.tiles(board),
        "against": studio_board.against(board),
        "unknown": studio_board.unknown(board, wanted),
        "notes": list(studio_board.notes(board)),
        "cheapest": studio_board.cheapest(board),
        "handles": studio_charts.handles(board, across),
        "plot": studio_charts.histogram(board, across),
        "table": studio_charts.table(board),
        "costs": studio_charts.costs(board, across),
    }
