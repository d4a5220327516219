"""One page with every change of the system itself."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from approvals.http import ReviewerRequest, address_of, cursor_of, refusals
from approvals.selectors import system
from approvals.selectors.system import Change

from .policies import require_reader

# What the filters say: words, and the kinds behind them.
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("All", tuple(system.SOURCES)),
    "policies": ("Policies", ("published", "discarded")),
    "pauses": ("Pauses", ("paused", "lifted")),
    "grants": ("Grants", ("granted", "taken_back")),
    "contracts": ("Contracts", ("contract", "cost")),
    "experiments": ("Experiments", ("experiment", "experiment_ended")),
    "stewards": ("Stewards", ("steward",)),
    "contacting": ("Contacting", ("contact_rules", "unsuppressed")),
    "queues": ("Queues", ("queue",)),
    "keys": ("Keys", ("issued", "revoked")),
}
ICONS = {
    "published": "sliders",
    "discarded": "x",
    "paused": "pause",
    "lifted": "check",
    "granted": "sparkcheck",
    "taken_back": "undo",
    "contract": "flow",
    "cost": "deal",
    "experiment": "swap",
    "experiment_ended": "check",
    "steward": "user",
    "contact_rules": "mail",
    "unsuppressed": "check",
    "queue": "users",
    "issued": "key",
    "revoked": "lock",
}


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """Newest first, narrowed by kind."""
    require_reader(request.user)
    kind = request.GET.get("kind", "")
    kind = kind if kind in VIEWS else ""
    after = cursor_of(request, length=system.CURSOR_LENGTH)
    found, older = system.page_for(VIEWS[kind][1], after=after)
    context = {
        "now": timezone.now(),
        "views": [
            {"name": name, "url": _url(kind=key), "current": key == kind} for key, (name, _) in VIEWS.items()
        ],
        "rows": [{"change": one, "icon": ICONS[one.kind], "url": _leads_to(one)} for one in found],
        "newest_url": _url(kind=kind) if after else "",
        "older_url": _url(kind=kind, **{"from": str(older)}) if older else "",
    }
    return render(request, "policies/system.html", context)


def _leads_to(one: Change) -> str:
    return address_of(one.about, one.about_number) if one.about else ""


def _url(**state: str) -> str:
    query = urlencode({name: said for name, said in state.items() if said})
    path = reverse("approvals:system")
    return f"{path}?{query}" if query else path
