"""How often and when anybody may be written to, over all senders."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from approvals.forms.contacting import ContactRulesForm
from approvals.http import ReviewerRequest, number_of, refusals_on
from crmgov.kernel.refusals import Invalid, NotAllowed, Refused
from crmgov.people.policy import Act, may
from crmgov.records.rules.contact_rules import OFF, Cap
from crmgov.records.selectors import contact_rules as kept
from crmgov.records.services import contact_rules

from .suppressions import require_reader


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed):
        return None
    form = ContactRulesForm(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def page(request: ReviewerRequest) -> HttpResponse:
    """What is in force and who changed it; a POST puts other rules into force."""
    require_reader(request.user)
    if request.method != "POST":
        return _page(request, ContactRulesForm.of(kept.in_force(), kept.number_in_force()))
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed
    form = ContactRulesForm(request.POST)
    if not form.is_valid():
        raise Invalid("Some of it is missing or not valid.")
    contact_rules.save(
        rules=form.rules(),
        why=form.cleaned_data["why"],
        against=form.cleaned_data["against"],
        user=request.user,
        at=timezone.now(),
    )
    messages.success(request, "These rules hold for every sender from now on.")
    return redirect("approvals:contact_rules")


def _page(request: ReviewerRequest, form: ContactRulesForm) -> HttpResponse:
    rules = kept.in_force()
    quiet = rules.quiet
    keys = [
        ("To one contact", _cap(rules.contact)),
        ("To one account", _cap(rules.account)),
        ("Quiet hours", "none" if quiet.start == quiet.end else f"{quiet.start:%H:%M} to {quiet.end:%H:%M}"),
        ("Where nobody knows the zone", rules.time_zone),
    ]
    said_by = [(row, kept.said_by(row)) for row in kept.history()]
    number, against = kept.number_in_force(), number_of(request.POST.get("against", ""))
    context = {
        "now": timezone.now(),
        "keys": keys,
        "history": [
            {"row": row, "contact": _cap(said.contact), "account": _cap(said.account)}
            for row, said in said_by
        ],
        "overtaken": number if against is not None and against != number else None,
        "form": form if may(request.user, Act.ADMINISTER) else None,
    }
    return render(request, "contacting/rules.html", context)


def _cap(cap: Cap) -> str:
    if cap.limit == OFF:
        return "as often as one likes"
    if cap.limit == 0:
        return "nobody may be written to"
    days = "a day" if cap.days == 1 else f"{cap.days} days"
    return f"{cap.most} in {days}{', the default' if cap.limit is None else ''}"
