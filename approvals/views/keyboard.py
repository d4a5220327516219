"""The page on which a person switches the keys of the desk on and off and says which key does what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.rules import keys as rules
from approvals.selectors.keyboard import Keys, keys_of
from approvals.services import keyboard as service
from crmgov.kernel.refusals import Invalid, Refused

PREFIX = "key-"


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    """What was typed, with what is wrong beside it."""
    errors = refusal.errors if isinstance(refusal, Invalid) else {}
    typed = Keys("enabled" in request.POST, {**rules.DEFAULTS, **_typed(request)})
    return _page(request, typed, errors, refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def page(request: ReviewerRequest) -> HttpResponse:
    """The keys as they are; a POST changes them."""
    if request.method != "POST":
        return _page(request, keys_of(request.user), {})
    service.arrange(user=request.user, enabled="enabled" in request.POST, typed=_typed(request))
    messages.success(request, "Your keys are saved.")
    return redirect("approvals:keyboard")


@require_POST
@login_required
@refusals
def reset(request: ReviewerRequest) -> HttpResponse:
    """Back to the usual keys."""
    service.reset(user=request.user)
    messages.success(request, "The usual keys are back.")
    return redirect("approvals:keyboard")


def _typed(request: ReviewerRequest) -> dict[str, str]:
    named = {verb: request.POST.get(f"{PREFIX}{verb}") for verb in rules.VERBS}
    return {verb: key for verb, key in named.items() if key is not None}


def _page(
    request: ReviewerRequest, shown: Keys, errors: dict[str, str], refusal: Refused | None = None
) -> HttpResponse:
    rows: list[dict[str, Any]] = [
        {
            "name": f"{PREFIX}{line.verb}",
            "key": line.key,
            "does": line.does,
            "usual": rules.cap(rules.DEFAULTS[line.verb]),
            "error": errors.get(line.verb, ""),
        }
        for line in shown.lines
    ]
    context = {"enabled": shown.enabled, "rows": rows, "refusal": refusal}
    return render(request, "approvals/keyboard.html", context)
