"""One change set as a page, and putting it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, number_of, refusals, refusals_on
from approvals.selectors import about
from crmgov.kernel.refusals import Invalid, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may
from crmgov.records import registry
from crmgov.records.models import AuthorityKind, ChangeSet, FieldChange
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import change_sets
from crmgov.records.selectors.change_sets import ChangePage
from crmgov.records.selectors.records import currency_of
from crmgov.records.selectors.standing import standing_to
from crmgov.records.services import reverts
from crmgov.records.services.reverts import PlannedField

from . import plates
from .list_pane import ListState

WHOLE_IMPORT = (
    "It is part of an import. Its fields can be put back one by one, from the history of each field."
)
# In the address of a change set: this person undoes their decision, so one press is to put back what it wrote.
TO_UNDO = {"undo": "1"}
UNDONE = "Undone by the person who decided it."
NEEDS_REASON = "Say why: the reason stands in the ledger beside the revert."


@require_safe
@login_required
@refusals
def change_set(request: ReviewerRequest, change_set_id: UUID) -> HttpResponse:
    """What one change set wrote, by what authority, and how it stands now."""
    return _page(request, change_set_id)


def _again(request: ReviewerRequest, refusal: Refused, change_set_id: UUID) -> HttpResponse | None:
    """The same page with the refusal on it: the three values stand there, and the reason typed is kept."""
    if refusal.status not in (409, 422):
        return None
    return _page(request, change_set_id, refusal=refusal)


@require_POST
@login_required
@refusals_on(_again)
def revert(request: ReviewerRequest, change_set_id: UUID) -> HttpResponse:
    """Put one change back: the fields named, or all; on the record named, or on all it wrote."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Invalid(NEEDS_REASON, {"reason": NEEDS_REASON})
    field, record_id = request.POST.get("field", ""), _id(request.POST.get("record_id", ""))
    original = ChangeSet.objects.filter(pk=change_set_id).first()
    if original is None:
        raise NotFound
    put_back = reverts.revert(
        change_set_id=change_set_id,
        user=request.user,
        reason=reason,
        at=timezone.now(),
        fields=[field] if field else None,
        record_id=record_id,
        decided_it=bool(about.decided_by(request.user, [original])),
    )
    if _undoes(request):
        messages.success(
            request, f"Undone: {_label_of(put_back)} {_how_it_is(put_back)}. The ledger has both."
        )
        return redirect(ListState.carried(request).of_list())
    messages.success(request, "Put back. The revert is a change of its own and can be reverted, too.")
    return redirect(_back_to(put_back, field))


def _back_to(put_back: ChangeSet, field: str) -> str:
    """To the field it was asked from, or to the page of the revert."""
    first = put_back.field_changes.order_by("pk").first()
    url = plates.record_url(first.record_type, first.record_id) if first and field else ""
    return f"{url}?field={field}#field-{field}" if url else plates.address("change_set", put_back.pk)


def _undoes(request: ReviewerRequest) -> bool:
    return bool(request.POST.get("undo") or request.GET.get("undo"))


def _label_of(put_back: ChangeSet) -> str:
    first = put_back.field_changes.order_by("pk").first()
    return first.record_label if first else "the record"


def _how_it_is(put_back: ChangeSet) -> str:
    is_made = put_back.field_changes.filter(field="archived_at").exists()
    return "is archived" if is_made else "is as it was before"


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw) if raw else None
    except ValueError as error:
        raise NotFound from error


def _page(request: ReviewerRequest, change_set_id: UUID, refusal: Refused | None = None) -> HttpResponse:
    after = number_of(request.GET.get("from", "")) or 0
    found = change_sets.page_for(change_set_id=change_set_id, user=request.user, after=after)
    if found is None:
        raise NotFound
    planned = _planned(found, request.user)
    context = {
        "now": timezone.now(),
        "change_set": found.change_set,
        "title": _title(found),
        "p": {"actor": plates.actor_of(found.change_set), "who": plates.by_whom(found.change_set)},
        "facts": _facts(found.change_set),
        "lines": [_line(change, found.records[change.record_id], planned) for change in found.changes],
        "reverted_by": [
            {"url": plates.address("change_set", one.pk), "by": one.actor_label, "at": one.at}
            for one in found.reverted_by
        ],
        "next_url": f"?from={found.after}" if found.after else "",
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
        **_offer(found, planned, request.user),
    }
    if _undoes(request):
        context |= _undo(request, found, may_revert=context["may_revert"])
    return render(request, "records/change_set.html", context)


def _undo(request: ReviewerRequest, found: ChangePage, *, may_revert: bool) -> dict[str, Any]:
    """Who undoes their own decision finds the reason given; everybody the way back to the list they came from."""
    state = ListState.carried(request)
    back = {"undo": {"list": state.query(), "url": state.of_list()}}
    if not may_revert or "reason" in request.POST:
        return back
    own = about.decided_by(request.user, [found.change_set])
    return {**back, "reason": UNDONE} if own else back


def _planned(found: ChangePage, user: User) -> dict[int, PlannedField]:
    """What a revert would do, by field change; for an import nothing, for it is put back field by field."""
    if found.change_set.authority == AuthorityKind.IMPORT or found.after:
        return {}
    rows = reverts.plan(change_set_id=found.change_set.pk, user=user)
    return {row.change.pk: row for row in rows}


def _offer(found: ChangePage, planned: dict[int, PlannedField], user: User) -> dict[str, Any]:
    """The revert form where this person may and something can be put back, else a sentence why not."""
    if not planned:
        return {"may_revert": False, "why_not": WHOLE_IMPORT}
    blocked = [row for row in planned.values() if not row.possible]
    if blocked:
        return {"may_revert": False, "why_not": _why_not(blocked)}
    if not _may(found, user):
        return {"may_revert": False, "why_not": _who_may(found, user)}
    archives = any(row.archives for row in planned.values())
    return {"may_revert": True, "button": "Archive what it made" if archives else "Revert this change"}


def _who_may(found: ChangePage, user: User) -> str:
    """Not "who decided it" to somebody who did: an account manager reverts on the accounts they own."""
    if about.decided_by(user, [found.change_set]):
        return "You decided it, and the account is another's: its owner or an admin may revert it."
    return "Who decided it, the account's owner or an admin may revert it."


def _why_not(blocked: list[PlannedField]) -> str:
    names = ", ".join(registry.label(row.change.record_type, row.change.field) for row in blocked[:3])
    return f"{names}: {blocked[0].say[:1].lower()}{blocked[0].say[1:]} So nothing is put back as a whole."


def _may(found: ChangePage, user: User) -> bool:
    if about.decided_by(user, [found.change_set]) and may(
        user, Act.REVERT, Standing(in_team=True, decided_it=True)
    ):
        return True
    return all(may(user, Act.REVERT, standing_to(user, record)) for record in found.records.values())


def _title(found: ChangePage) -> str:
    labels = list(dict.fromkeys(change.record_label for change in found.changes))
    if len(labels) > 1:
        return f"{len(labels)}{'+' if found.after else ''} records changed"
    fields = [registry.label(change.record_type, change.field) for change in found.changes]
    return f"{labels[0]}: {fields[0] if len(fields) == 1 else f'{len(fields)} fields'}"


def _line(change: FieldChange, record: Governed, planned: dict[int, PlannedField]) -> dict[str, Any]:
    currency, plan = currency_of(record, change.field), planned.get(change.pk)
    now = registry.to_json(registry.get(record, change.field))
    same = now == change.new
    return {
        "record": change.record_label,
        "record_url": plates.record_url(change.record_type, change.record_id),
        "label": registry.label(change.record_type, change.field),
        "before": plates.old_words(change, currency),
        "wrote": plates.new_words(change, currency),
        "now": plates.new_words(change, currency) if same else _now_words(change, record, now, currency),
        "overtaken": not same,
        "source": change.source,
        "say": plan.say if plan else "",
    }


def _now_words(change: FieldChange, record: Governed, now: Any, currency: str) -> str:
    """A reference that moved on: its old name is in the ledger row, another one is named by the record."""
    if now == change.old:
        return plates.old_words(change, currency)
    reference = getattr(record, change.field, None) if change.new_label or change.old_label else None
    return plates.words(
        change.record_type, change.field, now, str(reference) if reference is not None else "", currency
    )


def _facts(change_set: ChangeSet) -> list[dict[str, str]]:
    """Who, by what authority and how one can look further; what does not apply is left out."""
    known = [
        ("Authority", change_set.authority_label),
        ("Reason", change_set.reason),
        ("Agent", change_set.agent_label),
        ("Workflow", f"{change_set.workflow} {change_set.workflow_version}".strip()),
        ("Model", change_set.model),
        ("Request", change_set.request_id),
        ("Change set", str(change_set.pk)),
    ]
    return [{"label": label, "value": value} for label, value in known if value]
