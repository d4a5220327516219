"""Writing one custom rule: a draft of the policy that adds, changes or removes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from approvals.forms.custom_rules import RemovalForm, RuleForm
from approvals.http import ReviewerRequest, number_of, refusals_on
from approvals.models import PolicyDraft
from approvals.rules.cel_names import ELEMENT_ROOTS, ELEMENTS, NAMES, Name
from approvals.rules.custom_rules import CustomRule
from approvals.rules.policy import Policy
from approvals.selectors import policies as plates
from approvals.services import policies
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.policy import Act, may

NOT_SO = "Some of it cannot stand so. What is wrong stands beside it."


@dataclass(frozen=True, slots=True)
class Start:
    """The policy the draft begins with, the rule it is about (None for a new one), and the draft it goes on with."""

    policy: Policy
    rule: CustomRule | None
    against: int
    draft: PolicyDraft | None

    def form(self, data: Any = None) -> RuleForm:
        taken = frozenset(rule.name for rule in self.policy.custom_rules)
        return RuleForm(
            data, rule=self.rule, taken=taken, rationale=self.draft.rationale if self.draft else ""
        )


def _again(request: ReviewerRequest, refusal: Refused, word: str = "") -> HttpResponse | None:
    """The form once more, with what was typed and with what is wrong."""
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    start = _start(request, word)
    form = start.form(request.POST)
    form.is_valid()
    return _page(request, start, form, refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def write(request: ReviewerRequest, word: str = "") -> HttpResponse:
    """The form; a POST keeps a draft with the rule as written, or without it."""
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin drafts or publishes a policy.")
    start = _start(request, word)
    if request.method != "POST":
        return _page(request, start, start.form())
    policy, rationale = _removed(request, start) if "remove" in request.POST else _changed(request, start)
    kept = policies.draft(
        document=policy.to_json(),
        rationale=rationale,
        user=request.user,
        at=timezone.now(),
        against=start.against,
        instead_of=start.draft.pk if start.draft and start.draft.is_open else None,
    )
    messages.success(request, "The draft is kept. Nothing changes until it is published.")
    return redirect("approvals:policy_draft", kept.pk)


def _changed(request: ReviewerRequest, start: Start) -> tuple[Policy, str]:
    form = start.form(request.POST)
    if not form.is_valid():
        raise Invalid(NOT_SO)
    rule = form.rule()
    if rule == start.rule:
        raise Invalid("Nothing differs from the rule as it stands. Change something first.")
    return _with(start, rule), form.cleaned_data["rationale"]


def _with(start: Start, rule: CustomRule) -> Policy:
    """In its place where it is known, else behind the others."""
    rules = start.policy.custom_rules
    if start.rule is None:
        return replace(start.policy, custom_rules=(*rules, rule))
    return replace(start.policy, custom_rules=tuple(rule if one == start.rule else one for one in rules))


def _removed(request: ReviewerRequest, start: Start) -> tuple[Policy, str]:
    """The hours that hang on the rule go with it."""
    form = RemovalForm(request.POST)
    if start.rule is None or not form.is_valid():
        raise Invalid(NOT_SO)
    policy, gone = start.policy, start.rule
    without = replace(
        policy,
        custom_rules=tuple(one for one in policy.custom_rules if one != gone),
        sla=tuple(line for line in policy.sla if line.rule != gone.word),
        risk_hours=tuple(line for line in policy.risk_hours if line.rule != gone.word),
    )
    return without, form.cleaned_data["rationale"]


def _start(request: ReviewerRequest, word: str) -> Start:
    in_force = plates.in_force()
    if in_force is None:
        raise NotFound("No policy is in force yet, so there is nothing to change.")
    policy, draft = Policy.from_json(in_force.document, version=0), None
    if raw := request.GET.get("draft", ""):
        draft = plates.draft(number_of(raw) or 0)
        if draft is None:
            raise NotFound("There is no policy draft of this number.")
        policy = policies.rebased(draft, in_force).policy
    rule = next((one for one in policy.custom_rules if one.word == word), None)
    if word and rule is None:
        raise NotFound(f"There is no rule “{word[:60]}” here.")
    return Start(policy, rule, in_force.number, draft)


def _page(
    request: ReviewerRequest, start: Start, form: RuleForm, refusal: Refused | None = None
) -> HttpResponse:
    back = (
        reverse("approvals:policy_draft", args=[start.draft.pk])
        if start.draft
        else reverse("approvals:policy_rule", args=[start.rule.word])
        if start.rule
        else reverse("approvals:policy_rules")
    )
    context = {
        "start": start,
        "form": form,
        "here": request.get_full_path(),
        "refusal": refusal,
        "back": back,
        "names": [_name(name) for name in NAMES],
        "offered": [name.path for name in NAMES if name.root not in ELEMENT_ROOTS],
        "snippets": SNIPPETS,
        "currency": start.policy.reporting_currency,
    }
    return render(request, "policies/rule_write.html", context)


# What stands inside exists(one, …), as it is typed.
SNIPPETS = (
    *(f"one.{name.path.partition('.')[2]}" for name in NAMES if name.root in ELEMENT_ROOTS),
    "items.exists(one, one.field == )",
    "tickets.exists(one, one.escalated)",
    "has(account.annual_value) && ",
    "has(account.industry) && ",
)


def _name(name: Name) -> dict[str, Any]:
    kind = f"{name.kind}: exists(one, …)" if name.kind in ELEMENTS else name.kind
    inside = name.root in ELEMENT_ROOTS
    return {
        "path": f"one.{name.path.partition('.')[2]}" if inside else name.path,
        "of": f"of {name.root}s" if inside else "",
        "kind": kind,
        "means": name.means,
        "may_lack": name.may_lack,
    }
