"""A promotion is offered with its evidence and what it would cost; one person signs, or declines."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from approvals.models import Cell, CellEvent, Grant, Offer
from approvals.rules import forecasts
from approvals.rules.earning import Earned, Terms
from approvals.rules.policy import Policy
from approvals.rules.vocabulary import Level
from approvals.selectors import cells
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import admins, policy
from crmgov.people.models import User

from . import demotions, gate, grants

# Where nobody else may sign, the owner of the agent may after so long on screen (DESIGN §4).
# How far quality falls in the forecasts, and after how many good automatic actions in the late one.
FALL, LATE = 0.10, 1_000
RUNS = forecasts.RUNS
LONGEST_REASON = 300
Kind = CellEvent.Kind


class OfferClosed(Refused):
    """This offer was signed, declined or withdrawn a moment ago."""


class SecondPersonNeeded(Refused):
    """You own the agent, so another admin signs."""

    status = 403


class NoLongerProven(Refused):
    """What was decided or put back since speaks against it now, so there is nothing to sign."""


class PolicyGoesNoFurther(Refused):
    """The policy does not let this workflow run by itself, so a signature would change nothing."""


def make(cell: Cell, earned: Earned, *, since: datetime, version_id: int, at: datetime) -> None:
    """Offer the cell, unless that stands already; a standing offer keeps its evidence. Joins the transaction."""
    terms = earned.terms
    _, made = Offer.objects.get_or_create(
        cell=cell,
        status=Offer.Status.OPEN,
        defaults={
            "policy_version_id": version_id,
            "target": terms.target,
            "alpha": terms.alpha,
            "kept": earned.kept,
            "failed": earned.failed,
            "e_value": earned.e_value,
            "proven_after": earned.proven_at or earned.counted,
            "since": since,
            "made_at": at,
            "fall_to": round(terms.target - FALL, 4),
        },
    )
    if made:
        why = f"{earned.kept} of {earned.counted} kept unchanged prove {terms.target * 100:g} %."
        demotions.note([cell], Kind.OFFERED, why, at=at)


def forecast_missing() -> int:
    """Work out what each open offer would cost if quality fell: a second each, outside any transaction."""
    plan = gate.current_policy()[1].plan
    open_ones = Offer.objects.filter(status=Offer.Status.OPEN, late_actions=None).order_by("pk")
    count = 0
    for offer in open_ones:
        terms = Terms(target=offer.target, alpha=offer.alpha)
        early, late = (
            forecasts.forecast(plan, rate=offer.fall_to, after=after, terms=terms, runs=RUNS)
            for after in (0, LATE)
        )
        count += Offer.objects.filter(pk=offer.pk).update(
            early_actions=early.actions,
            early_wrong=early.wrong,
            late_actions=late.actions,
            late_wrong=late.wrong,
        )
    return count


@transaction.atomic(durable=True)
def sign(*, offer_id: int, user: User, at: datetime, reason: str = "") -> Grant:
    """Let the cell run by itself from now on, read afterwards as its probation says.

    Of two admins one signs. Raises NotAllowed, NotFound, OfferClosed, SecondPersonNeeded, PolicyGoesNoFurther,
    NoLongerProven, grants.AlreadyGranted.
    """
    _require_admin(user)
    offer = _locked(offer_id)
    sole = _require_another(offer, user, at)
    if lacks := lacking(offer.cell, gate.current_policy()[1]):
        raise PolicyGoesNoFurther(lacks)
    _require_still_proven(offer)
    evidence = f"{offer.kept} of {offer.kept + offer.failed} kept unchanged."
    grant = grants.earned(
        cell=offer.cell,
        level=Level.EXECUTE,
        reason=f"{evidence} {reason.strip()}".strip()[:LONGEST_REASON],
        user=user,
        at=at,
    )
    offer.grant, offer.sole_admin = grant, sole
    _close(offer, Offer.Status.SIGNED, user, at, reason)
    Cell.objects.filter(pk=offer.cell_id).update(moved_at=at)
    alone = " Signed as the sole admin." if sole else ""
    demotions.note([offer.cell], Kind.SIGNED, f"{grant.reason}{alone}", at=at, user=user)
    return grant


@transaction.atomic(durable=True)
def decline(*, offer_id: int, user: User, at: datetime, reason: str) -> Offer:
    """Leave it to people; the evidence begins anew. Raises NotAllowed, NotFound, OfferClosed, Invalid."""
    _require_admin(user)
    offer = _locked(offer_id)
    if not reason.strip():
        raise Invalid("Say why you decline, for whoever asks later.", {"reason": "Say why."})
    _close(offer, Offer.Status.DECLINED, user, at, reason)
    demotions.restart(offer.cell, at=at)
    demotions.note([offer.cell], Kind.DECLINED, offer.reason, at=at, user=user)
    return offer


def lacking(cell: Cell, document: Policy) -> str:
    """What keeps the cell from running by itself though it is signed; empty for nothing."""
    version, agent = cell.workflow_version, cell.agent
    if agent.deactivated_at is not None:
        return f"The agent {agent.name} is switched off, so nothing it proposes is executed."
    workflow = version.workflow.name
    allowed = document.level_of(workflow=workflow, agent=agent.name, version=version.version)
    if not allowed.runs_alone:
        return (
            f"The policy lets the workflow “{workflow}” go no further than {allowed}. "
            "Set it to execute in a policy draft first; the offer stays."
        )
    return ""


def other_signer(offer: Offer, user: User) -> User | None:
    """Another admin than the owner of the agent, who could sign; None where there is none."""
    return admins.other_than(offer.cell.agent.owner_id)


def _require_another(offer: Offer, user: User, at: datetime) -> bool:
    """Return whether the owner of the agent signs alone, which only the sole admin may, after a day."""
    if refused := why_not(offer, user, at):
        raise SecondPersonNeeded(refused)
    return user.pk == offer.cell.agent.owner_id


def why_not(offer: Offer, user: User, at: datetime) -> str:
    """Why this admin does not sign it, or not yet; empty where they may."""
    agent = offer.cell.agent
    if user.pk != agent.owner_id:
        return ""
    if other := other_signer(offer, user):
        return f"{agent} is yours, so another admin signs: {other} may."
    ripe = offer.made_at + admins.SOLE_ADMIN_WAITS
    if at < ripe:
        return f"{agent} is yours and nobody else may sign: you may from {ripe:%d %b %H:%M} UTC."
    return ""


def _require_still_proven(offer: Offer) -> None:
    """As the rows say it now: whoever follows cells takes the offer back a moment later."""
    kept, failed = cells.decided_of(offer.cell)
    if Earned(Terms(target=offer.target, alpha=offer.alpha), kept, failed).e_value < 1.0:
        raise NoLongerProven


def _locked(offer_id: int) -> Offer:
    """The open offer, its cell locked first, as whoever follows cells locks it."""
    cell = Cell.objects.select_for_update().filter(offers=offer_id).first()
    offer = (
        Offer.objects.select_for_update(of=("self",))
        .select_related("cell__agent", "cell__workflow_version__workflow", "closed_by")
        .filter(pk=offer_id)
        .first()
    )
    if cell is None or offer is None:
        raise NotFound("There is no offer of this number.")
    if offer.status != Offer.Status.OPEN:
        by = f" by {offer.closed_by}" if offer.closed_by else ""
        raise OfferClosed(f"This offer was {offer.get_status_display().lower()}{by} a moment ago.")
    return offer


def _close(offer: Offer, status: str, user: User, at: datetime, reason: str) -> None:
    offer.status, offer.closed_by, offer.closed_at = status, user, at
    offer.reason = reason.strip()[:LONGEST_REASON]
    offer.save(update_fields=["status", "closed_by", "closed_at", "reason", "grant", "sole_admin"])


def _require_admin(user: User) -> None:
    if not policy.may(user, policy.Act.ADMINISTER):
        raise NotAllowed("Only an admin signs or declines autonomy.")
