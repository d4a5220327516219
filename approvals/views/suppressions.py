"""Whom nobody writes to: the list, adding one, and the two steps of lifting one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from approvals.forms.contacting import LiftForm, SuppressionForm
from approvals.http import ReviewerRequest, cursor_of, posted_from, refusals, refusals_on
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may
from crmgov.records.models import Suppression
from crmgov.records.selectors import suppressions as listed
from crmgov.records.services import suppressions

VIEWS = {"standing": "In force", "asked": "Asked to lift", "over": "Over"}


def require_reader(user: User) -> None:
    """Raises NotAllowed."""
    if not (may(user, Act.ADMINISTER) or (user.is_active and user.role == Role.AUDITOR)):
        raise NotAllowed(
            "Admins and auditors read this. Why a contact is not written to stands on the item itself."
        )


def _list_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed):
        return None
    form = SuppressionForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _list(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_list_again)
def page(request: ReviewerRequest) -> HttpResponse:
    """Those in force, newest first; a POST adds one."""
    require_reader(request.user)
    if request.method != "POST":
        return _list(request, SuppressionForm())
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed
    form = SuppressionForm(request.POST)
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid.")
    added = suppressions.add_by_hand(
        target=form.target(),
        reason=form.cleaned_data["reason"],
        until=form.until(),
        user=request.user,
        at=timezone.now(),
    )
    whom = f"{added.value} by e-mail" if added.value else added.account
    messages.success(request, f"Nobody writes to {whom} from now on.")
    return redirect("approvals:suppressions")


def _again(request: ReviewerRequest, refusal: Refused, suppression_id: int) -> HttpResponse | None:
    if refusal.status not in (409, 422):
        return None
    form = LiftForm(request.POST)
    form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _one(request, suppression_id, form=form, refusal=refusal)


@require_safe
@login_required
@refusals
def suppression(request: ReviewerRequest, suppression_id: int) -> HttpResponse:
    """One, with whoever asks to lift it."""
    require_reader(request.user)
    return _one(request, suppression_id, form=LiftForm())


@posted_from("approvals:suppression", "suppression_id")
@login_required
@refusals_on(_again)
def ask(request: ReviewerRequest, suppression_id: int) -> HttpResponse:
    """Ask the other admins to lift it."""
    suppressions.ask_to_lift(
        suppression_id=suppression_id,
        reason=request.POST.get("reason", ""),
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, "Asked. It holds until another admin lifts it.")
    return redirect("approvals:suppression", suppression_id)


@posted_from("approvals:suppression", "suppression_id")
@login_required
@refusals_on(_again)
def lift(request: ReviewerRequest, suppression_id: int) -> HttpResponse:
    """The second person's yes."""
    lifted = suppressions.confirm_lift(suppression_id=suppression_id, user=request.user, at=timezone.now())
    messages.success(request, f"Lifted: {lifted.value or lifted.account}.")
    return redirect("approvals:suppression", suppression_id)


@posted_from("approvals:suppression", "suppression_id")
@login_required
@refusals_on(_again)
def keep(request: ReviewerRequest, suppression_id: int) -> HttpResponse:
    """The second person's no."""
    suppressions.keep(suppression_id=suppression_id, user=request.user, at=timezone.now())
    messages.success(request, "It stays in force.")
    return redirect("approvals:suppression", suppression_id)


def _list(request: ReviewerRequest, form: SuppressionForm) -> HttpResponse:
    at = timezone.now()
    view = request.GET.get("view", "")
    view, query = view if view in VIEWS else "standing", request.GET.get("q", "")[:100]
    cursor = cursor_of(request, length=len(listed.ORDER.columns))
    found = listed.page_for(view, query=query, at=at, cursor=cursor)
    context = {
        "now": at,
        "rows": found.rows,
        "view": view,
        "q": query,
        "views": [
            {"name": name, "url": _url(view=key, q=query), "current": key == view}
            for key, name in VIEWS.items()
        ],
        "newer_url": _url(view=view, q=query, **{"from": str(found.newer)}) if found.newer else "",
        "older_url": _url(view=view, q=query, **{"from": str(found.older)}) if found.older else "",
        "form": form if may(request.user, Act.ADMINISTER) else None,
    }
    return render(request, "contacting/suppressions.html", context)


def _one(
    request: ReviewerRequest, suppression_id: int, *, form: LiftForm, refusal: Refused | None = None
) -> HttpResponse:
    require_reader(request.user)
    rows = Suppression.objects.select_related("account", "lift_asked_by", "lifted_by")
    found = rows.filter(pk=suppression_id).first()
    if found is None:
        raise NotFound("There is no such suppression.")
    at = timezone.now()
    stands = found.lifted_at is None and (found.until is None or found.until > at)
    context: dict[str, Any] = {"now": at, "one": found, "stands": stands, "refusal": refusal}
    if stands and may(request.user, Act.ADMINISTER):
        asked = found.lift_asked_by is not None
        context |= {"form": None if asked else form, "decides": asked}
        context["why_not"] = suppressions.why_not_confirm(found, request.user, at=at) if asked else ""
    return render(request, "contacting/suppression.html", context)


def _url(**state: str) -> str:
    query = urlencode({name: said for name, said in state.items() if said and said != "standing"})
    path = reverse("approvals:suppressions")
    return f"{path}?{query}" if query else path
