"""Writing a policy draft: from the version in force, from an earlier one, or once more from another draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from approvals.forms.policies import KINDS, UP, WINDOWS, WITHIN, PolicyForms
from approvals.http import ReviewerRequest, number_of, refusals_on
from approvals.models import PolicyDraft, PolicyVersion
from approvals.rules.policy import Policy
from approvals.selectors import choices, pauses
from approvals.selectors import policies as plates
from approvals.services import policies
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may

from . import policy_words
from .policy_words import Difference


@dataclass(frozen=True, slots=True)
class Start:
    """Where a draft begins. `clashes`: what it changes and the version in force does too, otherwise."""

    in_force: PolicyVersion
    policy: Policy
    title: str
    rationale: str = ""
    source: PolicyVersion | None = None
    draft: PolicyDraft | None = None
    clashes: tuple[Difference, ...] = ()

    def forms(self, data: QueryDict | None = None) -> PolicyForms:
        _, segments = choices.agents_and_segments()
        adds = data.get("more", "") if data is not None else ""
        return PolicyForms(data, start=self.policy, segments=segments, rationale=self.rationale, adds=adds)


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    """The form once more, with what was typed and with what is wrong."""
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    start = _start(request)
    forms = start.forms(request.POST)
    if forms.is_valid():
        if isinstance(refusal, policies.BadDocument):
            forms.refuse(refusal.problems)
        elif isinstance(refusal, Invalid):
            forms.limits.refuse(refusal.say, refusal.errors)
    return _page(request, start, forms, refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def write(request: ReviewerRequest) -> HttpResponse:
    """The form; a POST keeps the draft, or adds a row to the form."""
    _require_admin(request.user)
    start = _start(request)
    if request.method != "POST":
        return _page(request, start, start.forms())
    forms = start.forms(request.POST)
    if request.POST.get("more", "") in KINDS:
        return _page(request, start, forms)
    against = number_of(request.POST.get("against", "")) or start.in_force.number
    kept = policies.draft(
        document=_checked(forms, against),
        rationale=forms.limits.cleaned_data["rationale"],
        user=request.user,
        at=timezone.now(),
        against=against,
        instead_of=start.draft.pk if start.draft and start.draft.is_open else None,
    )
    messages.success(request, "The draft is kept. Nothing changes until it is published.")
    return redirect("approvals:policy_draft", kept.pk)


def _checked(forms: PolicyForms, against: int) -> dict[str, Any]:
    if not forms.is_valid():
        raise Invalid("Some of it cannot stand so. What is wrong stands beside it.")
    document, base = forms.document(), plates.numbered(against)
    try:
        same = base is not None and not policy_words.differences(
            Policy.from_json(base.document, version=0), Policy.from_json(document, version=0)
        )
    except ValueError:
        # Unreadable: the service says what is wrong, at its place.
        same = False
    if same:
        raise Invalid(f"Nothing differs from policy {against}. Change something first.")
    return document


def _start(request: ReviewerRequest) -> Start:
    in_force = plates.in_force()
    if in_force is None:
        raise NotFound("No policy is in force yet, so there is nothing to change.")
    if raw := request.GET.get("again", ""):
        return _from_draft(plates.draft(number_of(raw) or 0), in_force)
    if raw := request.GET.get("from", ""):
        return _from_version(plates.numbered(number_of(raw) or 0), in_force)
    policy = Policy.from_json(in_force.document, version=0)
    return Start(in_force, policy, "Draft a policy")


def _from_version(source: PolicyVersion | None, in_force: PolicyVersion) -> Start:
    if source is None:
        raise NotFound("There is no policy of this number.")
    policy = Policy.from_json(source.document, version=0)
    return Start(in_force, policy, f"Put back policy {source.number}", source=source)


def _from_draft(draft: PolicyDraft | None, in_force: PolicyVersion) -> Start:
    if draft is None:
        raise NotFound("There is no policy draft of this number.")
    merged = policies.rebased(draft, in_force)
    theirs = Policy.from_json(in_force.document, version=0)
    mine = Policy.from_json(draft.document, version=0)
    clashes = [one for one in policy_words.differences(theirs, mine) if one.key in merged.clashes]
    title = f"Change draft {draft.pk}" if draft.against == in_force.number else f"Draft {draft.pk} again"
    return Start(
        in_force, merged.policy, title, rationale=draft.rationale, draft=draft, clashes=tuple(clashes)
    )


def _page(
    request: ReviewerRequest, start: Start, forms: PolicyForms, refusal: Refused | None = None
) -> HttpResponse:
    posted = number_of(request.POST.get("against", ""))
    context = {
        "start": start,
        "here": request.get_full_path(),
        "against": posted or start.in_force.number,
        "refusal": refusal,
        "forms": forms,
        "limits": [forms.limits[name] for name in LIMITS],
        "order": [
            {
                "rule": rule,
                "words": policy_words.rule_words(rule),
                "within": forms.limits[f"{WITHIN}{rule}"],
                "up": forms.limits[f"{UP}{rule}"],
            }
            for rule in forms.limits.rules
        ],
        "currency": start.policy.reporting_currency,
        "workflows": pauses.workflow_names(),
        "agents": pauses.agent_names(),
    }
    return render(request, "policies/write.html", context)


LIMITS = (
    "high_value",
    "default_level",
    "without_evidence",
    "confidence_cap",
    "outcomes_needed",
    "review_every_days",
    "audit_share",
    "daily_actions",
    "standing_approvals",
    *WINDOWS,
    "regulated_industries",
    "protected_fields",
    "strategic_segments",
)


def _require_admin(user: User) -> None:
    if not may(user, Act.ADMINISTER):
        raise NotAllowed("Only an admin drafts or publishes a policy.")
