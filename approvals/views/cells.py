"""Where each cell stands: the list, the page of one, its rows, and signing or declining what is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, address_of, number_of, refusals, refusals_on
from approvals.models import Cell, CellOutcome, Offer
from approvals.rules import courses as rules
from approvals.rules.ceilings import ceiling
from approvals.rules.policy import Policy
from approvals.selectors import cells as plates
from approvals.selectors.cells import STATES
from approvals.services import autonomy, gate, offers
from approvals.services.autonomy import Followed
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may

from . import cell_words, courses
from .plates import address


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """Every cell that this person sees, the newest first, narrowed by where it stands and by agent."""
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    agent = number_of(request.GET.get("agent", ""))
    workflow = number_of(request.GET.get("workflow", ""))
    page = plates.page_for(
        request.user, state=state, agent=agent, workflow=workflow, cursor=request.GET.get("from", "")
    )
    asked = {"agent": agent, "workflow": workflow}
    kept = {name: str(number) for name, number in asked.items() if number}
    context = {
        "now": timezone.now(),
        "views": [
            {"name": words, "url": _url("autonomy", **kept, state=key), "current": key == state}
            for key, words in ({"": "All"} | STATES).items()
        ],
        "only": _only(page.rows, agent=agent, workflow=workflow),
        "clear_url": _url("autonomy", state=state),
        "cells": [line(cell) for cell in page.rows],
        "newer_url": _url("autonomy", **kept, state=state, **{"from": page.newer}) if page.newer else "",
        "older_url": _url("autonomy", **kept, state=state, **{"from": page.older}) if page.older else "",
        "narrowed": bool(state or kept),
    }
    return render(request, "autonomy/list.html", context)


def _only(rows: Sequence[Cell], *, agent: int | None, workflow: int | None) -> list[str]:
    """The agent and workflow it is narrowed to, as their rows name them."""
    first = next(iter(rows), None)
    return [
        *([str(first.agent) if first else "one agent"] if agent else []),
        *([str(first.workflow_version.workflow) if first else "one workflow"] if workflow else []),
    ]


@require_safe
@login_required
@refusals
def cell(request: ReviewerRequest, cell_id: int) -> HttpResponse:
    """One cell: its evidence, what is offered or signed, and what became of it."""
    return _page(request, _found(request.user, cell_id))


@require_safe
@login_required
@refusals
def rows(request: ReviewerRequest, cell_id: int) -> HttpResponse:
    """The outcomes behind a figure."""
    found = _found(request.user, cell_id)
    way = request.GET.get("way", "")
    way = way if way in CellOutcome.Way.values else ""
    raw = request.GET.get("label")
    label = raw if raw in CellOutcome.Label.values else None
    counted = "counted" in request.GET
    page = plates.rows_for(
        request.user, found, way=way, label=label, counted=counted, cursor=request.GET.get("from", "")
    )
    asked = {
        "way": way,
        **({"label": label} if label is not None else {}),
        **({"counted": "1"} if counted else {}),
    }
    context = {
        "now": timezone.now(),
        "cell": found,
        "title": cell_words.name(found),
        "tags": _tags(found, asked),
        "rows": [_row(one) for one in page.rows],
        "newer_url": _rows_url(found, **asked, **{"from": page.newer}) if page.newer else "",
        "older_url": _rows_url(found, **asked, **{"from": page.older}) if page.older else "",
    }
    return render(request, "autonomy/rows.html", context)


def _again(request: ReviewerRequest, refusal: Refused, offer_id: int) -> HttpResponse | None:
    """The refusal on the page of the cell, for whoever may sign."""
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    return _page(request, _offered(request.user, offer_id).cell, refusal)


@require_POST
@login_required
@refusals_on(_again)
def sign(request: ReviewerRequest, offer_id: int) -> HttpResponse:
    """Let the cell run by itself."""
    found = _offered(request.user, offer_id).cell
    offers.sign(
        offer_id=offer_id, user=request.user, at=timezone.now(), reason=request.POST.get("reason", "")
    )
    messages.success(request, "Signed. What comes in now may run by itself, and all of the first is read.")
    return redirect("approvals:cell", found.pk)


@require_POST
@login_required
@refusals_on(_again)
def decline(request: ReviewerRequest, offer_id: int) -> HttpResponse:
    """Leave it to people."""
    found = _offered(request.user, offer_id).cell
    offers.decline(
        offer_id=offer_id, user=request.user, at=timezone.now(), reason=request.POST.get("reason", "")
    )
    messages.success(request, "Declined. People go on deciding, and the evidence begins again.")
    return redirect("approvals:cell", found.pk)


def line(one: Cell) -> dict[str, Any]:
    """One line of a list of cells; a workflow's page draws the same."""
    standing, tally = getattr(one, "standing", None), getattr(one, "tally", None)
    return {
        "url": address("cell", one.pk),
        "agent": str(one.agent),
        "agent_url": _url("autonomy", agent=str(one.agent_id)),
        "workflow": str(one.workflow_version),
        "model": one.workflow_version.model,
        "about": cell_words.about(one),
        "state": cell_words.STATES[getattr(one, "state", plates.PROVING)],
        "ceiling": ceiling(action=one.action, group=one.field_group),
        "standing": standing,
        "decided": standing.kept + standing.failed if standing else 0,
        "odds": cell_words.odds(standing.e_value) if standing else "",
        "ran": tally.ran if tally else 0,
        "read": standing.drawn - standing.waiting if standing else 0,
    }


def _page(request: ReviewerRequest, found: Cell, refusal: Refused | None = None) -> HttpResponse:
    policy = gate.current_policy()[1]
    (one,) = autonomy.look_at([found], policy)
    state = plates.state_of(found)
    most = ceiling(action=found.action, group=found.field_group)
    manages = may(request.user, Act.ADMINISTER)
    context = {
        "now": timezone.now(),
        "refusal": refusal,
        "typed": request.POST.get("reason", ""),
        "cell": found,
        "name": cell_words.name(found),
        "state": cell_words.STATES[state],
        "sentence": cell_words.sentence(one, state, most),
        "target": cell_words.share(one.standing.earned.terms.target),
        "earning": _earning(one),
        "keeping": _keeping(one) if one.grant is not None else None,
        "outcomes": [_outcome(found, counted) for counted in plates.counts_of(found)],
        "counted_url": _rows_url(found, counted="1"),
        "events": found.events.order_by("-at", "-pk"),
        "parents": [_parent(parent) for parent in plates.parents_of(found)],
        "alarms": one.alarms,
        "alarms_say": f"{one.alarms} were put back, contested or typed over. That is no evidence, and worth a look.",
        "manages": manages,
        "grant": _grant(one) if one.grant is not None else None,
        "stages": list(cell_words.stages(policy.plan, _ran(found))),
        "ran": _ran(found),
        "daily": policy.daily_actions,
        "audits_url": _url("audits", view="all", cell=str(found.pk)),
        "offer": _offer(found, policy, request.user),
    }
    return render(request, "autonomy/cell.html", context)


def _earning(one: Followed) -> dict[str, Any]:
    earned = one.standing.earned
    points = rules.earned(one.decided, earned.terms)
    title = f"{earned.kept} of {earned.counted} kept unchanged: {cell_words.odds(earned.e_value)}"
    return courses.chart(
        points,
        enough=1 / earned.terms.alpha,
        what="Decided one by one",
        title=title,
        nothing="Nothing is counted yet: only what was decided alone, with nothing but the level against it.",
    )


def _keeping(one: Followed) -> dict[str, Any]:
    kept = one.standing.kept
    points = rules.kept(one.ran, kept.terms)
    title = f"{kept.failed} of {kept.counted} drawn by chance were wrong: {cell_words.odds(kept.e_value)}"
    enough = 1 / kept.terms.demotion_alpha
    return courses.chart(
        points,
        enough=enough,
        what="Drawn by chance",
        title=title,
        nothing="Nothing has run by itself since the signature.",
    )


def _offer(found: Cell, policy: Policy, user: User) -> dict[str, Any] | None:
    offer = found.offers.filter(status=Offer.Status.OPEN).first()
    if offer is None:
        return None
    lacks = offers.lacking(found, policy)
    return {
        "row": offer,
        "target": cell_words.share(offer.target),
        "odds": cell_words.odds(offer.e_value),
        "enough": cell_words.odds(1 / offer.alpha),
        "counted": offer.kept + offer.failed,
        "early": cell_words.forecast(
            offer.fall_to, "on the day it is signed", offer.early_actions, offer.early_wrong
        ),
        "late": cell_words.forecast(
            offer.fall_to, "after 1,000 good ones", offer.late_actions, offer.late_wrong
        ),
        "lacks": lacks,
        "policy_url": address("policy_write") if lacks and may(user, Act.ADMINISTER) else "",
        "why_not": offers.why_not(offer, user, timezone.now()) if may(user, Act.ADMINISTER) else "",
        "alone": found.agent.owner_id == user.pk,
        "sign_url": address("offer_sign", offer.pk),
        "decline_url": address("offer_decline", offer.pk),
    }


def _grant(one: Followed) -> dict[str, Any]:
    grant = one.grant
    assert grant is not None  # noqa: S101 (asked of cells that run by themselves)
    is_own = grant.cell_id is not None
    return {
        "row": grant,
        "is_own": is_own,
        "revoke_url": address("revoke_grant", grant.pk) if is_own else "",
        "agent_url": address("agent", grant.agent_id),
    }


def _parent(parent: Cell) -> dict[str, Any]:
    standing = getattr(parent, "standing", None)
    version = parent.workflow_version
    return {
        "url": address("cell", parent.pk),
        "version": f"{version}{f', {version.model}' if version.model else ''}",
        "kept": standing.kept if standing else 0,
        "counted": standing.kept + standing.failed if standing else 0,
    }


def _outcome(found: Cell, counted: plates.Counted) -> dict[str, Any]:
    return {
        "way": cell_words.WAYS.get(counted.way, counted.way),
        "label": cell_words.LABELS.get(counted.label, counted.label),
        "number": counted.number,
        "url": _rows_url(found, way=counted.way, label=counted.label),
    }


def _row(one: CellOutcome) -> dict[str, Any]:
    return {
        "row": one,
        "url": address_of("suggestion", one.suggestion_id),
        "said": cell_words.outcome(one.way, one.label),
        "counts": (one.way == "decided" and one.only_level and one.one_by_one) or one.drawn == "uniform",
        "held": one.get_held_display() if one.held else "",
    }


def _tags(found: Cell, asked: dict[str, str]) -> list[dict[str, str]]:
    """Each filter with the way to take it off."""
    return [
        {
            "text": _said(name, value),
            "remove_url": _rows_url(found, **{key: kept for key, kept in asked.items() if key != name}),
        }
        for name, value in asked.items()
        if value or name == "label"
    ]


def _said(name: str, value: str) -> str:
    words = {"way": cell_words.WAYS, "label": cell_words.LABELS}.get(name)
    return words[value] if words is not None else "what is evidence"


def _found(user: User, cell_id: int) -> Cell:
    found = plates.by_number(user, cell_id)
    if found is None:
        raise NotFound
    return found


def _offered(user: User, offer_id: int) -> Offer:
    offer = Offer.objects.filter(pk=offer_id, cell__in=plates.for_user(user)).first()
    if offer is None:
        raise NotFound
    offer.cell = _found(user, offer.cell_id)
    return offer


def _ran(found: Cell) -> int:
    tally = getattr(found, "tally", None)
    return tally.ran if tally else 0


def _rows_url(found: Cell, **asked: str) -> str:
    said = {name: value for name, value in asked.items() if value or name == "label"}
    path = address("cell_rows", found.pk)
    return f"{path}?{urlencode(said)}" if said else path


def _url(name: str, **asked: str) -> str:
    said = {name: value for name, value in asked.items() if value}
    return f"{address(name)}?{urlencode(said)}" if said else address(name)
