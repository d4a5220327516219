"""Putting a whole import back: the plan, its proposal, the second admin's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.templatetags.phrases import visible
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.records.models import ImportRevert
from crmgov.records.selectors import imports as selector
from crmgov.records.services import import_whole_reverts
from crmgov.records.services.import_outlooks import RevertPlan
from crmgov.records.services.import_reverts import FOUR_EYES_ABOVE, Outcome

from . import imports_words as words
from .imports import manages, require_reader
from .plates import address, record_url

NEEDS_REASON = "Say why: the reason stands in the ledger beside the revert."
RESULTS = {
    "archive": {"text": "Archived", "icon": "log", "tone": ""},
    "put_back": {"text": "Put back", "icon": "undo", "tone": "ok"},
    "stay": {"text": "Stays", "icon": "lock", "tone": "warn"},
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals
def revert(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """Show what putting it back would do, or propose it."""
    require_reader(request.user)
    if request.method == "POST":
        return _propose(request, import_id)
    return _page(request, import_id)


def _again(request: ReviewerRequest, refusal: Refused, import_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    return _page(request, import_id, refusal)


@refusals_on(_again)
def _propose(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid(NEEDS_REASON, {"reason": NEEDS_REASON})
    made = import_whole_reverts.propose(
        import_id=import_id, user=request.user, reason=reason, at=timezone.now()
    )
    if made.status == ImportRevert.Status.PROPOSED:
        messages.success(request, "Proposed. Another admin has to confirm it.")
        return redirect("approvals:import_revert", import_id)
    return redirect("approvals:import", import_id)


@require_POST
@login_required
@refusals
def confirm(request: ReviewerRequest, revert_id: int) -> HttpResponse:
    """The second admin's word: it runs."""
    confirmed = import_whole_reverts.confirm(revert_id=revert_id, user=request.user, at=timezone.now())
    return redirect("approvals:import", confirmed.parent_id)


@require_POST
@login_required
@refusals
def withdraw(request: ReviewerRequest, revert_id: int) -> HttpResponse:
    """Take the proposal back: nothing is put back."""
    withdrawn = import_whole_reverts.withdraw(revert_id=revert_id, user=request.user, at=timezone.now())
    messages.success(request, "Withdrawn. Everything stays as it is.")
    return redirect("approvals:import_revert", withdrawn.parent_id)


def _page(request: ReviewerRequest, import_id: UUID, refusal: Refused | None = None) -> HttpResponse:
    found = selector.import_of(import_id=import_id, user=request.user)
    if found.status not in import_whole_reverts.REVERTIBLE:
        return redirect("approvals:import", import_id)
    after = _uuid(request.GET.get("from", ""))
    plan = import_whole_reverts.plan(import_id=import_id, user=request.user, after=after)
    last = selector.last_revert(found)
    waiting = last if last and last.status == ImportRevert.Status.PROPOSED else None
    here = address("import_revert", found.pk)
    context = {
        "now": timezone.now(),
        "import_id": found.pk,
        "h": words.head(found, manages=True),
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
        "tiles": _tiles(plan.counts),
        "outcomes": [_outcome(one) for one in plan.outcomes],
        "first_url": here if after else "",
        "next_url": f"{here}?from={plan.after}" if plan.after else "",
        "lists": [_list(one) for one in plan.lists],
        "proposed": _proposed(waiting) if waiting else None,
        "stopped": words.stopped_revert(last) if last else None,
        "proposes": _proposes(plan) if manages(request.user) and not waiting else None,
        "confirms": _confirms(waiting, request.user) if manages(request.user) and waiting else None,
    }
    return render(request, "imports/revert.html", context)


def _uuid(raw: str) -> UUID | None:
    """Where the plan goes on; whatever is no id is its start."""
    try:
        return UUID(raw)
    except ValueError:
        return None


def _tiles(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    kinds = (
        ("archive", "Archived", "log", "made by it, untouched since", ""),
        ("put_back", "Put back", "undo", "changed by it", ""),
        ("stay", "Stay", "lock", "changed since by others", "warn"),
    )
    return [
        {
            "name": name,
            "icon": icon,
            "figure": f"{counts.get(key, 0):,}",
            "unit": "record" if counts.get(key) == 1 else "records",
            "note": note,
            "tone": tone if counts.get(key) else "",
        }
        for key, name, icon, note, tone in kinds
    ]


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "label": visible(one.label),
        "kind": words.object_words(one.record_type).lower(),
        "url": record_url(one.record_type, one.record_id),
        "tag": RESULTS[one.result],
        "say": visible(one.say),
    }


def _list(one: dict[str, Any]) -> dict[str, str]:
    return {
        "title": words.object_words(str(one["object"])),
        "say": visible(one["say"]),
        "rows": words.counted(int(one["rows"]), "row"),
    }


def _proposes(plan: RevertPlan) -> dict[str, str] | None:
    if not plan.records:
        return None
    archive, back = plan.counts.get("archive", 0), plan.counts.get("put_back", 0)
    would = [
        f"archives {words.counted(archive, 'record')}" if archive else "",
        f"puts {words.counted(back, 'record')} back" if back else "",
    ]
    said = " and ".join(one for one in would if one).capitalize()
    if plan.records > FOUR_EYES_ABOVE:
        return {
            "consequence": f"{said}, once another admin has confirmed it: {plan.records:,} records need two people.",
            "button": "Propose to put it back",
        }
    return {"consequence": f"{said}, at once.", "button": "Put it back"}


def _proposed(waiting: ImportRevert) -> dict[str, Any]:
    return {
        "title": f"{waiting.proposed_by} proposed to put it back. A second admin has to confirm.",
        "text": f"“{visible(waiting.reason)}”",
    }


def _confirms(waiting: ImportRevert, viewer: User) -> dict[str, str]:
    """The second admin's button; who proposed it gets one only as the sole admin, after a day."""
    why_not = import_whole_reverts.why_not_confirm(waiting, viewer, at=timezone.now())
    return {
        "consequence": why_not or f"Puts {words.counted(waiting.records, 'record')} back, as planned below.",
        "url": "" if why_not else address("revert_confirm", waiting.pk),
        "button": "Confirm and put it back",
        "withdraw_url": address("revert_withdraw", waiting.pk),
    }
