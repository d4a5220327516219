"""Several alike decided with one press: each in full on the page, some of them read first, one outcome each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.forms.rejections import RejectionForm
from approvals.forms.shown_together import ShownTogether
from approvals.http import ReviewerRequest, address_of, refusals, refusals_on
from approvals.models import Bulk, BulkItem
from approvals.rules import in_sight
from approvals.selectors import accounts_seen, items
from approvals.selectors import bulks as selector
from approvals.selectors.items import ItemLine
from approvals.selectors.subjects import as_uuid
from approvals.services import bulks
from approvals.services.desk import Look
from crmgov.kernel.refusals import Invalid, NotFound, Refused

from . import items as plates
from . import quotes
from .list_pane import ListState
from .reasons import reasons_of

PICK, LOOKED = "pick", "looked"
NOT_YOURS = "No longer yours to see"


@require_safe
@login_required
@refusals
def together(request: ReviewerRequest) -> HttpResponse:
    """Each of the chosen in full, and what goes together; nothing is decided by looking."""
    chosen = _ids(request.GET)
    if not chosen:
        raise Invalid("Choose suggestions in the inbox first, by the boxes in front of them.")
    return _draw(request, chosen, ListState.read(request.GET))


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    return _drawn_again(request, refusal, rejecting=False)


def _again_rejecting(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    return _drawn_again(request, refusal, rejecting=True)


def _drawn_again(request: ReviewerRequest, refusal: Refused, *, rejecting: bool) -> HttpResponse | None:
    """The page as it is now, with what was ticked and typed kept."""
    chosen = _ids(request.POST)
    if isinstance(refusal, NotFound) or not chosen:
        return None
    return _draw(request, chosen, ListState.posted(request.POST), refusal, rejecting=rejecting)


@require_POST
@login_required
@refusals_on(_again)
def approve(request: ReviewerRequest) -> HttpResponse:
    """Approve each as it was shown."""
    return _press(request, Bulk.Kind.APPROVE)


@require_POST
@login_required
@refusals_on(_again_rejecting)
def reject(request: ReviewerRequest) -> HttpResponse:
    """Turn each down, for one reason."""
    return _press(request, Bulk.Kind.REJECT)


@require_safe
@login_required
@refusals
def outcome(request: ReviewerRequest, bulk_id: UUID) -> HttpResponse:
    """What became of each."""
    bulk = selector.find(request.user, bulk_id)
    found = selector.items_of(bulk)
    seen = selector.visible_of(request.user, found)
    lines = [_outcome_line(item) if item.suggestion_id in seen else _hidden_line(item) for item in found]
    decided = sum(line["decided"] for line in lines)
    left = sum(item.decision is not None and not item.undone for item in found)
    context = {
        "now": timezone.now(),
        "bulk": bulk,
        "lines": lines,
        "decided": decided,
        "rest": len(lines) - decided,
        "left": left,
        "may_undo": bool(left) and bulks.may_undo(request.user, bulk),
    }
    return render(request, "approvals/bulk.html", context)


@require_POST
@login_required
@refusals
def undo(request: ReviewerRequest, bulk_id: UUID) -> HttpResponse:
    """Take the whole press back."""
    bulks.undo(bulk_id=bulk_id, user=request.user, at=timezone.now())
    return redirect("approvals:bulk", bulk_id)


def _press(request: ReviewerRequest, kind: Bulk.Kind) -> HttpResponse:
    shown = ShownTogether.read(request.POST, request.user)
    looked = [key for raw in request.POST.getlist(LOOKED) if (key := as_uuid(raw)) is not None]
    bulk = bulks.decide(
        user=request.user,
        kind=kind,
        seen=shown.seen,
        sample=shown.sample,
        looked_at=looked,
        at=timezone.now(),
        shown_at=shown.at,
        note=request.POST.get("note", ""),
        reason_code=request.POST.get("reason_code", ""),
    )
    return redirect("approvals:bulk", bulk.pk)


def _draw(
    request: ReviewerRequest,
    chosen: list[UUID],
    state: ListState,
    refusal: Refused | None = None,
    *,
    rejecting: bool = False,
) -> HttpResponse:
    at = timezone.now()
    gathered = bulks.gather(request.user, chosen, at)
    keys = [look.suggestion.pk for look in gathered.together]
    sample = _sample(request, keys) or bulks.pick_sample(gathered.together)
    seen = {look.suggestion.pk: look.digest for look in gathered.together}
    looked = set(request.POST.getlist(LOOKED))
    first = sorted(gathered.together, key=lambda look: look.suggestion.pk not in sample)
    lines = plates.lines_of_all(request.user, first, items.imported())
    seen_accounts = accounts_seen.among(request.user, (look.suggestion.account_id for look in first))
    context = {
        "now": at,
        "plates": [
            _plate(
                look,
                rows,
                sampled=look.suggestion.pk in sample,
                looked=str(look.suggestion.pk) in looked,
                sees_account=look.suggestion.account_id in {None, *seen_accounts},
            )
            for look, rows in zip(first, lines, strict=True)
        ],
        "alone": [_left_out(look, said, state) for look, said in gathered.alone],
        "count": len(keys),
        "sampled": len(sample),
        "what": _what(gathered.together[0]) if gathered.together else "",
        "shown": ShownTogether(seen, sample, at).sign(request.user),
        "list": state.query(),
        "back_url": state.of_list(),
        "refusal": refusal,
        "rejection": _rejection(request, rejecting=rejecting),
        "rejecting": rejecting,
    }
    return render(request, "approvals/together.html", context)


def _plate(
    look: Look, lines: Sequence[ItemLine], *, sampled: bool, looked: bool, sees_account: bool
) -> dict[str, Any]:
    suggestion = look.suggestion
    by = str(suggestion.agent or suggestion.proposed_by)
    return {
        "id": suggestion.pk,
        "number": suggestion.number,
        "title": suggestion.title,
        "label": suggestion.record_label,
        "url": address_of("suggestion", suggestion.pk),
        "lines": lines,
        "reasons": reasons_of(look.findings if sees_account else in_sight.told(look.findings, look.facts)),
        "quotes": quotes.quotes_of(suggestion.reason, by, lines),
        "sampled": sampled,
        "looked": looked,
    }


def _left_out(look: Look, said: str, state: ListState) -> dict[str, str]:
    suggestion = look.suggestion
    return {
        "label": f"{suggestion.record_label}: {suggestion.title}",
        "url": state.of_item(suggestion.pk),
        "say": said,
    }


def _what(look: Look) -> str:
    suggestion = look.suggestion
    return f"{suggestion.agent or suggestion.proposed_by}, {suggestion.workflow_version}"


def _sample(request: ReviewerRequest, keys: list[UUID]) -> list[UUID]:
    """The same ones again after a refusal, as long as they still go together: no new draw until it suits."""
    if request.method != "POST":
        return []
    try:
        shown = ShownTogether.read(request.POST, request.user)
    except Refused:
        return []
    return list(shown.sample) if shown.sample and set(shown.sample) <= set(keys) else []


def _rejection(request: ReviewerRequest, *, rejecting: bool) -> RejectionForm:
    """What was typed stays; what is missing is said only to who pressed Reject."""
    typed = {name: request.POST.get(name, "") for name in ("reason_code", "note")}
    form = RejectionForm(typed) if rejecting else RejectionForm(initial=typed)
    form.fields["reason_code"].widget.attrs.pop("autofocus", None)
    for field in form.fields.values():
        field.widget.attrs["form"] = "together"
    return form


def _outcome_line(item: BulkItem) -> dict[str, Any]:
    suggestion, decision = item.suggestion, item.decision
    return {
        "label": f"{suggestion.record_label}: {suggestion.title}",
        "url": address_of("suggestion", suggestion.pk),
        "decided": decision is not None,
        "say": item.undone or item.say or (decision.get_kind_display() if decision else ""),
        "execution": selector.execution_said(suggestion) if decision and not item.undone else "",
    }


def _hidden_line(item: BulkItem) -> dict[str, Any]:
    """Whether it was decided, and nothing of what it was: a refusal's sentence may name the record."""
    decision = item.decision
    return {
        "label": NOT_YOURS,
        "url": "",
        "decided": decision is not None,
        "say": decision.get_kind_display() if decision else "Not decided",
        "execution": "",
    }


def _ids(data: QueryDict) -> list[UUID]:
    found = [key for raw in data.getlist(PICK) if (key := as_uuid(raw)) is not None]
    return list(dict.fromkeys(found))
