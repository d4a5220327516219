"""The linter: what in the policy and around it cannot mean what somebody thinks, each with what to change."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, address_of, refusals
from approvals.rules import linting
from approvals.rules.linting import Lint
from approvals.rules.policy import Policy
from approvals.selectors import linting as grounds
from approvals.selectors import policies
from crmgov.people.policy import Act, may

from .policies import require_reader

NAMES = {
    linting.FIGHT: ("Write fights", "Values that two writers keep changing back, by the ledger of 90 days."),
    linting.TWO_WRITERS: ("Two writers on one field", "Workflows that wrote the same field in 90 days."),
    linting.REVIEW: ("Past their review date", "Workflows somebody should look at again."),
    linting.SHADOWED: ("Shadowed", "Rules and lines that hold nothing another one does not hold already."),
    linting.NEVER_FIRES: ("Never fires", "Thresholds and names that no suggestion can meet."),
    linting.NO_CONTRACT: ("Fields without contract", "Nobody said whose word is true and what AI may do."),
}
RULE = "custom_rules."
# Parts of the form of a policy; its headings carry the same names.
SECTIONS = ("limits", "workflows", "bands", "order", "value_steps")


@require_safe
@login_required
@refusals
def lint(request: ReviewerRequest) -> HttpResponse:
    """Of the policy in force."""
    require_reader(request.user)
    manages = may(request.user, Act.ADMINISTER)
    version = policies.in_force()
    policy = Policy.from_json(version.document, version=version.number) if version else Policy()
    found = linting.found(policy, grounds.around_for(request.user, at=timezone.now()))
    groups = [
        {
            "kind": kind,
            "name": NAMES[kind][0],
            "means": NAMES[kind][1],
            "lines": [_line(one, manages=manages) for one in found if one.kind == kind],
        }
        for kind in linting.KINDS
    ]
    context = {
        "version": version,
        "groups": [group for group in groups if group["lines"]],
        "clean": [group for group in groups if not group["lines"]],
        "count": len(found),
        "now": timezone.now(),
    }
    return render(request, "policies/lint.html", context)


def _line(one: Lint, *, manages: bool) -> dict[str, str]:
    url, link = _change(one, manages=manages)
    return {"says": one.says, "do": one.do, "url": url, "link": link}


def _change(one: Lint, *, manages: bool) -> tuple[str, str]:
    """Where it is put right, for whom may; else where it is read."""
    if one.key:
        return address_of(one.at, one.key), "Open the record"
    if one.at.startswith(RULE):
        word = f"custom:{one.at.removeprefix(RULE)}"
        step = "policy_rule_edit" if manages else "policy_rule"
        return reverse(f"approvals:{step}", args=[word]), "Change the rule" if manages else "Read the rule"
    if one.at in SECTIONS:
        if manages:
            return f"{reverse('approvals:policy_write')}#{one.at}", "Draft a change"
        return reverse("approvals:policy"), "Read the policy"
    return "", ""
