"""Away and mail: when one is not here, who decides meanwhile, and what one wants by mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from approvals.forms.away import AbsenceForm, MailForm
from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.selectors import away as plates
from approvals.services import letters
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.policy import Act, may
from crmgov.people.services import absences

FOLDER = "django.core.mail.backends.filebased.EmailBackend"


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    if not isinstance(refusal, Invalid):
        return None
    form = _form(request)
    form.refuse(refusal.errors)
    return _page(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_again)
def away(request: ReviewerRequest) -> HttpResponse:
    """Who is away; a POST plans an absence."""
    form = _form(request)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    absence = absences.plan(
        user=form.who,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        delegate=form.cleaned_data["delegate"],
        note=form.cleaned_data["note"],
        actor=request.user,
        at=form.at,
    )
    who = "You are" if absence.user_id == request.user.pk else f"{absence.user} is"
    messages.success(request, f"{who} away until {phrases.moment(absence.ends_at)}.")
    return redirect("approvals:away")


@require_POST
@login_required
@refusals
def end(request: ReviewerRequest, absence_id: int) -> HttpResponse:
    """They are back early, or it fell through."""
    absence = plates.find(request.user, absence_id)
    absences.end(absence_id=absence.pk, actor=request.user, at=timezone.now())
    who = "your" if absence.user_id == request.user.pk else f"{absence.user}’s"
    messages.success(request, f"Ended {who} absence. What waits comes back within a minute.")
    return redirect("approvals:away")


@require_POST
@login_required
@refusals
def mail(request: ReviewerRequest) -> HttpResponse:
    """Choose what comes by mail."""
    form = MailForm(request.POST)
    form.is_valid()
    letters.choose(user=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("approvals:away")


def _form(request: ReviewerRequest) -> AbsenceForm:
    posted = request.POST if request.method == "POST" else None
    return AbsenceForm(posted, user=request.user, at=timezone.now())


def _page(request: ReviewerRequest, form: AbsenceForm, *, status: int = 200) -> HttpResponse:
    in_folder = settings.EMAIL_BACKEND == FOLDER
    context = {
        "now": form.at,
        "form": form,
        "lines": plates.lines(request.user, form.at),
        "standing_in": plates.standing_in(request.user, form.at),
        "mail": MailForm.of(letters.choice_of(request.user)),
        "in_folder": in_folder,
        "folder": settings.EMAIL_FILE_PATH if in_folder and may(request.user, Act.ADMINISTER) else "",
    }
    return render(request, "approvals/away.html", context, status=status)
