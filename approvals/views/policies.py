"""How freely AI may act: the policy version in force and the earlier ones, to read."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, refusals
from approvals.models import PolicyVersion
from approvals.rules.policy import Policy
from approvals.selectors import policies
from approvals.templatetags import phrases
from crmgov.kernel.refusals import NotAllowed, NotFound
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may

from . import policy_words
from .policy_words import named, share, words


@require_safe
@login_required
@refusals
def in_force(request: ReviewerRequest) -> HttpResponse:
    """The version everything is judged by now."""
    require_reader(request.user)
    versions = policies.versions()
    return _page(request, versions[0] if versions else None, versions)


@require_safe
@login_required
@refusals
def version(request: ReviewerRequest, number: int) -> HttpResponse:
    """One version, for whoever reads why something was held then."""
    require_reader(request.user)
    found = policies.numbered(number)
    if found is None:
        raise NotFound(f"There is no policy {number}.")
    return _page(request, found, policies.versions())


def _page(
    request: ReviewerRequest, shown: PolicyVersion | None, versions: list[PolicyVersion]
) -> HttpResponse:
    context: dict[str, Any] = {
        "now": timezone.now(),
        "shown": shown,
        "versions": versions,
        "drafts": policies.drafts(),
        "manages": may(request.user, Act.ADMINISTER),
    }
    if shown is not None:
        policy = Policy.from_json(shown.document, version=shown.number)
        is_in_force = shown.number == versions[0].number
        context |= {
            "is_in_force": is_in_force,
            "after": _after(shown, is_in_force=is_in_force),
            "by": _published(shown),
            "limits": _limits(policy),
            "levels": _levels(policy),
            "bands": _bands(policy),
            "rules": _rules(policy, is_in_force=is_in_force),
            "order": _order(policy),
            "steps": _steps(policy),
            "most_hours": policy.most_hours,
        }
    return render(request, "policies/version.html", context)


def _after(version: PolicyVersion, *, is_in_force: bool) -> dict[str, int]:
    """What became of what was open when it was published."""
    done = policies.regating_of(version)
    left = policies.still_to_judge(version) if is_in_force else 0
    return {"held": done.held if done else 0, "blocked": done.blocked if done else 0, "left": left}


def require_reader(user: User) -> None:
    """Raises NotAllowed."""
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


def _limits(policy: Policy) -> list[policy_words.Line]:
    shown = [line for line in policy_words.lines(policy) if line.group == policy_words.LIMITS]
    return [line for line in shown if line.key[0] != "reporting_currency"]


def _levels(policy: Policy) -> list[dict[str, str]]:
    return [
        {
            "workflow": line.workflow,
            "agent": named(line.agent),
            "version": named(line.version),
            "level": str(line.level),
            "review": line.review_due,
        }
        for line in policy.workflows
    ]


def _bands(policy: Policy) -> list[dict[str, str]]:
    return [
        {
            "workflow": named(line.workflow),
            "action": words(line.action),
            "group": words(line.group),
            "segment": named(line.segment),
            "auto": "never" if line.auto is None else f"from {share(line.auto)}",
            "floor": f"below {share(line.floor)}" if line.floor else "never",
        }
        for line in policy.bands
    ]


def _rules(policy: Policy, *, is_in_force: bool) -> list[dict[str, str]]:
    """Those of an earlier version have no page: what they held is not counted any more."""
    return [
        {
            "name": rule.name,
            "expression": rule.expression,
            "sentence": rule.sentence,
            "does": policy_words.rule_does(rule),
            "url": reverse("approvals:policy_rule", args=[rule.word]) if is_in_force else "",
        }
        for rule in policy.custom_rules
    ]


def _order(policy: Policy) -> list[dict[str, str]]:
    """What is decided sooner: hours to decide and hours moved up, per rule that held it."""
    hours = {line.rule: line.hours for line in policy.sla}
    up = {line.rule: line.hours for line in policy.risk_hours}
    return [
        {
            "rule": rule,
            "words": policy_words.rule_words(rule),
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
