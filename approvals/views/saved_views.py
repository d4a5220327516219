"""The views of the inbox a person has named: saving the present one, and the page where they are arranged."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.selectors import inbox
from approvals.selectors import saved_views as found
from approvals.services import saved_views
from approvals.templatetags import phrases
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.policy import Act, may

from . import list_pane
from .list_pane import ListState


@require_safe
@login_required
@refusals
def counts(request: ReviewerRequest) -> HttpResponse:
    """The numbers on all tabs, which the list asks for anew while it is looked at."""
    return render(
        request, "approvals/_counts.html", {"counts": list_pane.counts(request.user, timezone.now())}
    )


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """One's views with what each lists, to rename, move, share and delete."""
    return _page(request)


def _save_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    typed = {"name": request.POST.get("name", ""), "list": ListState.posted(request.POST).query()}
    return _page(request, refusal=refusal, unsaved=typed)


@require_POST
@login_required
@refusals_on(_save_again)
def save(request: ReviewerRequest) -> HttpResponse:
    """Name what the list shows now, and go back to it."""
    state = ListState.posted(request.POST)
    saved = saved_views.save(
        user=request.user,
        name=request.POST.get("name", ""),
        view=state.view,
        order=state.order,
        filters=state.narrowed,
    )
    messages.success(request, f"Saved as “{saved.name}”.")
    return redirect(ListState.of_saved(saved).of_list())


def _rename_again(request: ReviewerRequest, refusal: Refused, view_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotFound):
        return None
    return _page(request, refusal=refusal, renaming={view_id: request.POST.get("name", "")})


@require_POST
@login_required
@refusals_on(_rename_again)
def rename(request: ReviewerRequest, view_id: int) -> HttpResponse:
    """Give it another name."""
    saved = saved_views.rename(view_id=view_id, name=request.POST.get("name", ""), user=request.user)
    messages.success(request, f"It is called “{saved.name}” now.")
    return redirect("approvals:saved_views")


@require_POST
@login_required
@refusals
def move(request: ReviewerRequest, view_id: int) -> HttpResponse:
    """One place up or down."""
    saved_views.move(view_id=view_id, up=request.POST.get("to") == "up", user=request.user)
    return redirect("approvals:saved_views")


@require_POST
@login_required
@refusals
def share(request: ReviewerRequest, view_id: int) -> HttpResponse:
    """Show it to everybody, or no longer."""
    shared = request.POST.get("shared") == "yes"
    saved = saved_views.share(view_id=view_id, shared=shared, user=request.user)
    said = "Everybody sees" if shared else "Only you see"
    messages.success(request, f"{said} “{saved.name}”.")
    return redirect("approvals:saved_views")


@require_POST
@login_required
@refusals
def delete(request: ReviewerRequest, view_id: int) -> HttpResponse:
    """Drop the name; what it listed goes on waiting."""
    name = saved_views.delete(view_id=view_id, user=request.user)
    messages.success(request, f"“{name}” is deleted. What it listed goes on waiting.")
    return redirect("approvals:saved_views")


def _page(
    request: ReviewerRequest,
    *,
    refusal: Refused | None = None,
    unsaved: dict[str, str] | None = None,
    renaming: dict[int, str] | None = None,
) -> HttpResponse:
    user, at = request.user, timezone.now()
    shown, named = found.shown_to(user), list_pane.offered()
    _, numbers = found.counts(user, shown, at=at)
    lines: list[dict[str, Any]] = [
        {
            "id": row.pk,
            "name": row.name,
            "typed": (renaming or {}).get(row.pk, row.name),
            "wrong": row.pk in (renaming or {}),
            "url": ListState.of_saved(row).of_list(),
            "lists": list_pane.described(
                found.view_of(row), found.order_of(row), found.filters_of(row), named
            ),
            "count": phrases.counted(number, inbox.COUNTED),
            "shared": row.shared,
            "owner": "" if row.owner_id == user.pk else str(row.owner),
        }
        for row, number in zip(shown, numbers, strict=True)
    ]
    own = [line for line in lines if not line["owner"]]
    context = {
        "own": own,
        "others": [line for line in lines if line["owner"]],
        "says": f"{len(own)} of {found.MOST}",
        "shares": may(user, Act.ADMINISTER),
        "refusal": refusal,
        "unsaved": unsaved,
    }
    return render(request, "approvals/views.html", context)
