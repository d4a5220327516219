"""Templates of messages: writing the next version, reading what changed, and seeing one filled in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from approvals.forms.templates import NewTemplateForm, TextForm
from approvals.http import ReviewerRequest, number_of, refusals, refusals_on
from approvals.models import MessageTemplate, TemplateVersion
from approvals.selectors import templates as plates
from approvals.services import merge_values, templates_kept
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.policy import Act, may

from . import template_pages
from .previews import alone, drawn

WRONG = "Some of it cannot stand so. What is wrong stands beside it."


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """Every template, and what stands signed for it."""
    template_pages.require_reader(request.user)
    at = timezone.now()
    context = {"now": at, "lines": plates.listed(at), "manages": may(request.user, Act.ADMINISTER)}
    return render(request, "messages/templates.html", context)


@require_safe
@login_required
@refusals
def template(request: ReviewerRequest, template_id: int) -> HttpResponse:
    """One template; `?version=` shows an earlier text, `?contact=` fills it in."""
    return template_pages.page(request, found(request, template_id))


@alone
@require_safe
@login_required
@refusals
def preview(request: ReviewerRequest, template_id: int) -> HttpResponse:
    """The inside of the frame: a version, filled in where a contact is named."""
    kept = found(request, template_id)
    version = template_pages.version_asked(request, kept)
    contact, _ = template_pages.contact_asked(request)
    return drawn(request, templates_kept.filled(version, contact.pk if contact else None).body_html)


def _new_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed):
        return None
    return _form(request, _refused(NewTemplateForm(request.POST), refusal), None)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_new_again)
def new(request: ReviewerRequest) -> HttpResponse:
    """The form of a new template; a POST keeps it."""
    _require_admin(request)
    if request.method != "POST":
        return _form(request, NewTemplateForm(), None)
    form = NewTemplateForm(request.POST)
    if not form.is_valid():
        raise Invalid(WRONG)
    given = {name: form.cleaned_data[name] for name in ("name", "purpose", "subject", "body", "why")}
    kept = templates_kept.make(**given, user=request.user, at=timezone.now())
    messages.success(
        request, f"{kept} is kept. Messages of it wait for a person until somebody signs for it."
    )
    return redirect("approvals:template", kept.template_id)


def _write_again(request: ReviewerRequest, refusal: Refused, template_id: int) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    kept = found(request, template_id)
    return _form(request, _refused(TextForm(request.POST), refusal), kept)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_on(_write_again)
def write(request: ReviewerRequest, template_id: int) -> HttpResponse:
    """The form of the next version; a POST keeps it, and ends what was signed for the last."""
    _require_admin(request)
    kept = found(request, template_id)
    if request.method != "POST":
        return _form(request, TextForm(last=plates.versions_of(kept)[0]), kept)
    form = TextForm(request.POST)
    if not form.is_valid():
        raise Invalid(WRONG)
    version = templates_kept.save(
        template_id=template_id, **form.cleaned_data, user=request.user, at=timezone.now()
    )
    messages.success(
        request, f"Version {version.number} is kept. What was signed for the one before has ended."
    )
    return redirect("approvals:template", template_id)


def found(request: ReviewerRequest, template_id: int) -> MessageTemplate:
    """Raises NotAllowed, NotFound."""
    template_pages.require_reader(request.user)
    kept = plates.find(template_id)
    if kept is None:
        raise NotFound("There is no such template.")
    return kept


def _refused(form: TextForm, refusal: Refused) -> TextForm:
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return form


def _form(request: ReviewerRequest, form: TextForm, kept: MessageTemplate | None) -> HttpResponse:
    newest: TemplateVersion | None = plates.versions_of(kept)[0] if kept else None
    against = number_of(request.POST.get("against", ""))
    context: dict[str, Any] = {
        "now": timezone.now(),
        "form": form,
        "template": kept,
        "newest": newest,
        "overtaken": newest if newest and against is not None and against != newest.number else None,
        "fields": merge_values.FIELDS.items(),
    }
    return render(request, "messages/template_write.html", context)


def _require_admin(request: ReviewerRequest) -> None:
    if not may(request.user, Act.ADMINISTER):
        raise NotAllowed("Only an admin writes a template.")
