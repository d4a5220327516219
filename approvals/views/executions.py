"""Did we? What was approved, and whether it was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, address_of, refusals
from approvals.models import Execution
from approvals.selectors import executions as outbox
from approvals.selectors.keyset import Page
from approvals.services import executions
from crmgov.people.policy import Act, may

from .outcomes import EXECUTION_ICONS

TONES = {
    Execution.Status.SUCCEEDED: "ok",
    Execution.Status.STALE: "warn",
    Execution.Status.CANCELLED: "warn",
    Execution.Status.FAILED: "danger",
    Execution.Status.UNKNOWN: "unknown",
}


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """What was approved, and whether it was done."""
    view = request.GET.get("view", "")
    view = view if view in outbox.VIEWS else outbox.TROUBLE
    page = outbox.page_for(request.user, view=view, cursor=request.GET.get("from", ""))
    context = _table(request, page, "approvals:executions", view, outbox.VIEWS, first=outbox.TROUBLE)
    return render(request, "approvals/executions.html", {**context, "view": view})


@require_POST
@login_required
@refusals
def retry(request: ReviewerRequest, execution_id: UUID) -> HttpResponse:
    """Put a failed one back into the outbox."""
    executions.retry(execution_id=execution_id, user=request.user, at=timezone.now())
    messages.success(request, "Put back. It runs within seconds.")
    return redirect("approvals:executions")


def _table(
    request: ReviewerRequest, page: Page[Any], address: str, view: str, views: dict[str, str], *, first: str
) -> dict[str, Any]:
    def url(**state: str) -> str:
        query = urlencode({name: said for name, said in state.items() if said and said != first})
        return f"{reverse(address)}?{query}" if query else reverse(address)

    return {
        "now": timezone.now(),
        "views": [
            {"name": name, "url": url(view=key), "current": key == view} for key, name in views.items()
        ],
        "rows": _rows(page.rows, retries=may(request.user, Act.ADMINISTER)),
        "newer_url": url(view=view, **{"from": page.newer}) if page.newer else "",
        "older_url": url(view=view, **{"from": page.older}) if page.older else "",
    }


def _rows(found: Sequence[outbox.Row], *, retries: bool) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "url": address_of("suggestion", row.suggestion_id),
            "record_url": address_of(row.record_type, row.record_id) if row.record_id else "",
            "change_url": address_of("change_set", row.change_set_id) if row.change_set_id else "",
            "tone": TONES.get(Execution.Status(row.status), ""),
            "icon": EXECUTION_ICONS[Execution.Status(row.status)],
            "retries": retries and row.may_retry,
        }
        for row in found
    ]
