"""How freely AI may act: the policy version in force and the earlier ones, to read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.models import PolicyVersion
from approvals.rules.bands import ANY
from approvals.rules.policy import Policy
from approvals.selectors import policies
from approvals.selectors.inbox import WORDS
from approvals.templatetags import phrases
from crmgov.kernel.refusals import NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may


@require_safe
@login_required
@refusals
def in_force(request: ReviewerRequest) -> HttpResponse:
    """The version everything is judged by now."""
    _require_reader(request.user)
    versions = policies.versions()
    return _page(request, versions[0] if versions else None, versions)


@require_safe
@login_required
@refusals
def version(request: ReviewerRequest, number: int) -> HttpResponse:
    """One version, for whoever reads why something was held then."""
    _require_reader(request.user)
    found = policies.numbered(number)
    if found is None:
        raise NotFound(f"There is no policy {number}.")
    return _page(request, found, policies.versions())


def _page(
    request: ReviewerRequest, shown: PolicyVersion | None, versions: list[PolicyVersion]
) -> HttpResponse:
    context: dict[str, Any] = {"now": timezone.now(), "shown": shown, "versions": versions}
    if shown is not None:
        policy = Policy.from_json(shown.document, version=shown.number)
        context |= {
            "is_in_force": shown.number == versions[0].number,
            "by": _published(shown),
            "limits": _limits(policy),
            "levels": _levels(policy),
            "bands": _bands(policy),
            "order": _order(policy),
            "steps": _steps(policy),
            "most_hours": policy.most_hours,
        }
    return render(request, "records/policy.html", context)


def _require_reader(user: User) -> None:
    if not (may(user, Act.ADMINISTER) or (user.is_active and user.role == Role.AUDITOR)):
        raise NotAllowed(
            "Admins and auditors read the policy. Why something was held stands on the item itself."
        )


def _published(shown: PolicyVersion) -> str:
    if shown.published_by is None:
        return "As shipped"
    alone = ", as the sole admin" if shown.sole_admin else ""
    drafted = f"written by {shown.drafted_by}, " if shown.drafted_by not in (None, shown.published_by) else ""
    said = f"{drafted}published by {shown.published_by}{alone}"
    return said[:1].upper() + said[1:]


def _limits(policy: Policy) -> list[dict[str, str]]:
    return [
        _key("A person decides above", phrases.money(policy.high_value, policy.reporting_currency)),
        _key("Workflows not named below", f"at most {policy.default_level}"),
        _key("Without a signed grant", f"at most {policy.without_evidence}"),
        _key("An agent's own confidence counts", f"at most {_share(policy.confidence_cap)}"),
        _key("… and only after", f"{policy.outcomes_needed} checked outcomes"),
        _key("Regulated industries", ", ".join(policy.regulated_industries) or "none named"),
        _key("Strategic segments", ", ".join(policy.strategic_segments) or "none named"),
        _key("Protected besides the floor in code", ", ".join(policy.protected_fields) or "none"),
        _key("Each workflow is reviewed", f"every {policy.review_every_days} days"),
    ]


def _levels(policy: Policy) -> list[dict[str, str]]:
    return [
        {
            "workflow": line.workflow,
            "agent": _any(line.agent),
            "version": _any(line.version),
            "level": str(line.level),
            "review": line.review_due,
        }
        for line in policy.workflows
    ]


def _bands(policy: Policy) -> list[dict[str, str]]:
    return [
        {
            "workflow": _any(line.workflow),
            "action": _any(line.action).replace("_", " "),
            "group": _any(line.group).replace("_", " "),
            "segment": _any(line.segment),
            "auto": "never" if line.auto is None else f"from {_share(line.auto)}",
            "floor": f"below {_share(line.floor)}" if line.floor else "never",
        }
        for line in policy.bands
    ]


def _order(policy: Policy) -> list[dict[str, str]]:
    """What is decided sooner: hours to decide and hours moved up, per rule that held it."""
    hours = {line.rule: line.hours for line in policy.sla}
    up = {line.rule: line.hours for line in policy.risk_hours}
    return [
        {
            "rule": rule,
            "words": WORDS.get(rule, rule.replace("_", " ")),
            "hours": f"{hours[rule]} h" if rule in hours else "as its queue",
            "up": f"{up[rule]} h" if rule in up else "–",
        }
        for rule in dict.fromkeys([*hours, *up])
    ]


def _steps(policy: Policy) -> list[str]:
    return [
        f"from {phrases.money(step.amount, policy.reporting_currency)}: {step.hours} h"
        for step in policy.value_steps
    ]


def _key(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _any(name: str) -> str:
    return "any" if name == ANY else name


def _share(share: float) -> str:
    return f"{(Decimal(str(share)) * 100).normalize():f} %"
