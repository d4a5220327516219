"""Recording what a contact said about being contacted."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from approvals.http import ReviewerRequest, first_wrong, refusals_on
from crmgov.kernel.refusals import Refused
from crmgov.records.models import Consent
from crmgov.records.rules.contactability import ANY
from crmgov.records.services import consents_by_hand

from . import plates, records

# In the order in which they stand in the form.
TYPED = ("state", "channel", "purpose", "evidence")


def _again(request: ReviewerRequest, refusal: Refused, record_id: UUID) -> HttpResponse | None:
    """The contact's page with the form open and everything typed in it."""
    if refusal.status not in (409, 422):
        return None
    typed = {name: request.POST.get(name, "") for name in TYPED}
    return records.drawn(
        request,
        "contact",
        record_id,
        consent_refusal=refusal,
        consent_typed=typed,
        consent_focus=first_wrong(refusal, TYPED),
        open_form="consent",
    )


@require_POST
@login_required
@refusals_on(_again)
def take_down(request: ReviewerRequest, record_id: UUID) -> HttpResponse:
    """Write down an opt-in or an opt-out."""
    given = {name: request.POST.get(name, "") for name in TYPED}
    words = consents_by_hand.take_down(contact_id=record_id, user=request.user, at=timezone.now(), **given)
    messages.success(request, _said(words[0]))
    return redirect(plates.record_url("contact", record_id))


def _said(word: Consent) -> str:
    about = "every purpose" if word.purpose == ANY else word.purpose
    return f"Recorded: {word.get_state_display().lower()}, {word.get_channel_display()}, {about}."
