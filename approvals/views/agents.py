"""Agents, their keys and what they may do by themselves."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.forms.agents import AgentForm, GrantForm, KeyForm, Refusable
from approvals.forms.pauses import ReasonForm
from approvals.http import ReviewerRequest, posted_from, refusals, refusals_on
from approvals.models import Grant, PauseSwitch
from approvals.selectors import agents as plates
from approvals.selectors import pauses as stops
from approvals.selectors.agents import AgentCard
from approvals.services import agents, grants, pauses
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may

from . import reliability

FormT = TypeVar("FormT", bound=Refusable)
# The hidden field that names a drawn form, and where a session keeps the last of those that have issued a key.
FORM, ISSUED, FORMS_KNOWN = "form", "forms_that_issued_a_key", 20
STATES = {
    "active": {"text": "Active", "tone": "ok", "icon": "check"},
    "expiring": {"text": "Expires soon", "tone": "warn", "icon": "clock"},
    "expired": {"text": "Expired", "tone": "", "icon": "clock"},
    "revoked": {"text": "Revoked", "tone": "danger", "icon": "stop"},
}


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """Every agent for an admin or auditor, one's own for others."""
    at = timezone.now()
    context = {
        "now": at,
        "cards": plates.page_for(request.user, at),
        "manages": may(request.user, Act.ADMINISTER),
    }
    return render(request, "agents/list.html", context)


@require_safe
@login_required
@refusals
def agent(request: ReviewerRequest, agent_id: int) -> HttpResponse:
    """One agent: keys, grants, workflows it named."""
    return _page(request, _card(request.user, agent_id))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals
def create(request: ReviewerRequest) -> HttpResponse:
    """Draw the form of a new agent, or register it."""
    _require_admin(request.user)
    if request.method == "POST":
        return _create(request)
    return render(request, "agents/new.html", {"form": AgentForm()})


def _create_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    form = AgentForm(request.POST)
    _show(form, refusal)
    return render(request, "agents/new.html", {"form": form})


@refusals_on(_create_again)
def _create(request: ReviewerRequest) -> HttpResponse:
    form = _checked(AgentForm(request.POST))
    made = agents.create_agent(
        name=form.cleaned_data["name"],
        owner=form.cleaned_data["owner"],
        teams=form.cleaned_data["teams"],
        description=form.cleaned_data["description"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"{made} is registered. Issue a key, and it may propose.")
    return redirect("approvals:agent", made.pk)


def _key_again(request: ReviewerRequest, refusal: Refused, agent_id: int) -> HttpResponse | None:
    form = KeyForm(request.POST)
    _show(form, refusal)
    return _page(request, _card(request.user, agent_id), key_form=form)


@posted_from("approvals:agent", "agent_id")
@never_cache
@login_required
@refusals_on(_key_again)
def issue_key(request: ReviewerRequest, agent_id: int) -> HttpResponse:
    """Issue a key; its secret stands in this answer and nowhere else."""
    card = _card(request.user, agent_id)
    form = _checked(KeyForm(request.POST))
    _require_first(request)
    issued = agents.issue_key(
        agent=card.agent,
        expires_at=form.expires_at(),
        scopes=form.cleaned_data["scopes"],
        by=request.user,
        at=timezone.now(),
    )
    request.session[ISSUED] = [*request.session.get(ISSUED, ()), request.POST.get(FORM, "")][-FORMS_KNOWN:]
    return render(request, "agents/issued.html", {"agent": card.agent, "issued": issued})


def _require_first(request: ReviewerRequest) -> None:
    """Loading the page of a new key again posts its form again: that issues no second key."""
    form = request.POST.get(FORM, "")
    if form and form in request.session.get(ISSUED, ()):
        raise Refused(
            "This form has issued its key, which was shown once. To issue another, use the form below."
        )


@require_POST
@login_required
@refusals
def revoke_key(request: ReviewerRequest, key_id: int) -> HttpResponse:
    """Refuse the next request with this key."""
    key = agents.revoke(key_id=key_id, by=request.user, at=timezone.now())
    messages.success(request, f"Key {key} is revoked. The next request with it is refused.")
    return redirect("approvals:agent", key.agent_id)


@require_POST
@login_required
@refusals
def deactivate(request: ReviewerRequest, agent_id: int) -> HttpResponse:
    """Refuse every key of the agent from now on."""
    card = _card(request.user, agent_id)
    agents.deactivate(agent=card.agent, by=request.user, at=timezone.now())
    messages.success(request, f"{card.agent} is deactivated. What it proposed stays.")
    return redirect("approvals:agent", agent_id)


def _pause_again(request: ReviewerRequest, refusal: Refused, agent_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    form = ReasonForm(request.POST)
    if form.is_valid():
        form.add_error(None, refusal.say)
    return _page(request, _card(request.user, agent_id), pause_form=form)


@posted_from("approvals:agent", "agent_id")
@login_required
@refusals_on(_pause_again)
def pause(request: ReviewerRequest, agent_id: int) -> HttpResponse:
    """Stop everything the agent does, within seconds."""
    card = _card(request.user, agent_id)
    pauses.pause(
        scope="agent",
        target=card.agent.name,
        cause=request.POST.get("cause") or PauseSwitch.Cause.OTHER,
        reason=request.POST.get("reason", ""),
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"{card.agent} is paused. What is approved waits until the pause is lifted.")
    return redirect("approvals:agent", agent_id)


def _grant_again(request: ReviewerRequest, refusal: Refused, agent_id: int) -> HttpResponse | None:
    card = _card(request.user, agent_id)
    form = GrantForm(card.agent, request.POST)
    _show(form, refusal)
    return _page(request, card, grant_form=form)


@posted_from("approvals:agent", "agent_id")
@login_required
@refusals_on(_grant_again)
def grant(request: ReviewerRequest, agent_id: int) -> HttpResponse:
    """Sign that a cell may act up to a level."""
    card = _card(request.user, agent_id)
    form = _checked(GrantForm(card.agent, request.POST))
    made = grants.grant(agent=card.agent, user=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(request, f"Signed: {made}.")
    return redirect("approvals:agent", agent_id)


@require_POST
@login_required
@refusals
def revoke_grant(request: ReviewerRequest, grant_id: int) -> HttpResponse:
    """Take a grant back; what is pending under it is asked again."""
    reason = request.POST.get("reason", "")
    taken = grants.revoke(grant_id=grant_id, user=request.user, at=timezone.now(), reason=reason)
    messages.success(request, "The grant is taken back. What it allowed waits for a person again.")
    if taken.cell_id is not None:
        return redirect("approvals:cell", taken.cell_id)
    return redirect("approvals:agent", taken.agent_id)


def _card(user: User, agent_id: int) -> AgentCard:
    card = plates.card_for(user, agent_id, timezone.now())
    if card is None:
        raise NotFound
    return card


def _page(
    request: ReviewerRequest,
    card: AgentCard,
    *,
    key_form: KeyForm | None = None,
    grant_form: GrantForm | None = None,
    pause_form: ReasonForm | None = None,
) -> HttpResponse:
    manages = may(request.user, Act.ADMINISTER) and card.agent.deactivated_at is None
    context = {
        "now": timezone.now(),
        "card": card,
        "manages": manages,
        "oversees": may(request.user, Act.ADMINISTER) or request.user.role == Role.AUDITOR,
        "keys": [{"line": line, "tag": STATES[line.state]} for line in card.keys],
        "grants": [_grant_line(grant) for grant in card.grants],
        "cells_url": f"{reverse('approvals:autonomy')}?agent={card.agent.pk}",
        "versions": plates.versions_of(card.agent),
        "paused": (paused := stops.on_agent(card.agent.name)),
        "is_paused_itself": any(one.scope == "agent" for one in paused),
        "pause_url": reverse("approvals:agent_pause", args=[card.agent.pk]),
        "pause_form": (pause_form or ReasonForm()) if manages else None,
        "diagrams": reliability.diagrams(card.agent),
        "key_form": key_form or KeyForm() if manages and not card.agent.built_in else None,
        "form_id": new_id(),
        "grant_form": grant_form or GrantForm(card.agent) if manages else None,
    }
    return render(request, "agents/agent.html", context)


def _grant_line(grant: Grant) -> dict[str, Any]:
    """A row whose signature does not fit counts for nothing, and the page says so."""
    return {
        "grant": grant,
        "fields": grant.field_group.replace("_", " "),
        "action": grant.action.replace("_", " "),
        "valid": grants.is_valid(grant),
    }


def _checked(form: FormT) -> FormT:
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid.")
    return form


def _show(form: Refusable, refusal: Refused) -> None:
    """What the form finds itself it says itself; a sentence of the service is added."""
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})


def _require_admin(user: User) -> None:
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin manages agents and their keys.")
