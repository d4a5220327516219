"""The page of one template: its text filled in, its versions, and what stands signed for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from approvals.forms.templates import StandingForm
from approvals.http import ReviewerRequest, address_of, number_of
from approvals.models import Message, MessageTemplate, StandingApproval, TemplateVersion
from approvals.rules import merge_fields, message_html, word_diff
from approvals.selectors import experiments
from approvals.selectors import templates as plates
from approvals.services import merge_values, standing_approvals, templates_kept
from crmgov.kernel.refusals import NotAllowed, NotFound
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import Contact
from crmgov.records.models.accounts import Lifecycle
from crmgov.records.selectors import lookups

from . import experiment_words
from .message_plates import found_in, height
from .outcomes import EXECUTION_ICONS
from .readers import oversees


def require_reader(user: User) -> None:
    """Raises NotAllowed."""
    if not oversees(user):
        raise NotAllowed("Admins write templates and sign for them, and auditors read them.")


def page(request: ReviewerRequest, kept: MessageTemplate, form: StandingForm | None = None) -> HttpResponse:
    """Draw it; `form` is the one of signing with what is wrong in it."""
    at, user = timezone.now(), request.user
    versions = plates.versions_of(kept)
    newest, shown = versions[0], version_asked(request, kept)
    contact, problem = contact_asked(request)
    filled = templates_kept.filled(shown, contact.pk if contact else None)
    approval = number_of(request.GET.get("standing", ""))
    cleaned = message_html.clean(filled.body_html)
    context: dict[str, Any] = {
        "now": at,
        "template": kept,
        "shown": shown,
        "is_newest": shown.pk == newest.pk,
        "manages": may(user, Act.ADMINISTER),
        "contact": contact,
        "contact_typed": request.GET.get("contact", ""),
        "contact_problem": problem,
        "filled": filled,
        "missing": _missing(filled.missing, contact),
        "preview_url": _preview_url(kept, shown, contact),
        "m": found_in(cleaned, filled.subject),
        "held_for": " ".join(templates_kept.leads_astray(shown)),
        "height": height(cleaned.text),
        "fields": _fields(shown),
        "versions": _versions(versions),
        "standing": [_standing(one, at, kept) for one in plates.standing_of(kept)],
        "sent": [_sent(one) for one in plates.sent_under(user, kept, approval)],
        "sent_of": approval,
        "experiments": experiment_words.beside(experiments.of_template(kept)),
        "signing": _signing(newest, user, at, form) if may(user, Act.ADMINISTER) else None,
    }
    return render(request, "messages/template.html", context)


def version_asked(request: ReviewerRequest, kept: MessageTemplate) -> TemplateVersion:
    """The one asked for, else the newest. Raises NotFound."""
    raw = request.GET.get("version", "")
    if not raw:
        return plates.versions_of(kept)[0]
    shown = plates.version(kept, number_of(raw) or 0)
    if shown is None:
        raise NotFound("There is no such version of this template.")
    return shown


def contact_asked(request: ReviewerRequest) -> tuple[Contact | None, str]:
    """Whom to fill it in for, of those this person sees; else why that is nobody."""
    typed = request.GET.get("contact", "").strip()
    if not typed:
        return None, ""
    known = lookups.contacts_like(typed, user=request.user)
    if len(known) == 1:
        return known[0], ""
    if not known:
        return None, f"There is no contact with “{typed[:60]}” in name or address that you can see."
    named = ", ".join(f"{one} ({one.email or 'no address'})" for one in known)
    return None, f"It may be several. Type the address of the one you mean: {named}."


def _missing(missing: tuple[str, ...], contact: Contact | None) -> str:
    if not missing or contact is None:
        return ""
    named = ", ".join(missing)
    return f"{contact} has no value for {named}, so nothing would be sent."


def _preview_url(kept: MessageTemplate, shown: TemplateVersion, contact: Contact | None) -> str:
    query = {"version": str(shown.number), **({"contact": str(contact.pk)} if contact else {})}
    return f"{reverse('approvals:template_preview', args=[kept.pk])}?{urlencode(query)}"


def _fields(version: TemplateVersion) -> list[tuple[str, str]]:
    named = dict.fromkeys((*merge_fields.fields_of(version.subject), *merge_fields.fields_of(version.body)))
    return [(name, merge_values.FIELDS.get(name, name)) for name in named]


def _versions(versions: list[TemplateVersion]) -> list[dict[str, Any]]:
    """Each with what it changed in the one before it."""
    found = []
    for place, one in enumerate(versions):
        before = versions[place + 1] if place + 1 < len(versions) else None
        runs = word_diff.runs(_text(before), _text(one)) if before else ()
        found.append(
            {
                "version": one,
                "runs": runs,
                "url": f"{address_of('template', one.template_id)}?version={one.number}",
            }
        )
    return found


def _text(version: TemplateVersion) -> str:
    return f"{version.subject}\n\n{version.body}"


def _standing(one: StandingApproval, at: Any, kept: MessageTemplate) -> dict[str, Any]:
    here = address_of("template", kept.pk)
    return {
        "approval": one,
        "tag": _tag(one, at),
        "audience": _audience(one),
        "open": one.ended_at is None,
        "sent": getattr(one, "sent", None) or 0,
        "sent_url": f"{here}?standing={one.pk}#sent",
        "end_url": reverse("approvals:standing_end", args=[one.pk]),
    }


def _tag(one: StandingApproval, at: Any) -> dict[str, str]:
    if one.ended_at is not None:
        return {"text": "ended", "tone": "", "icon": "x"}
    if one.until <= at:
        return {"text": "its day has passed", "tone": "warn", "icon": "clock"}
    return {"text": "stands", "tone": "ok", "icon": "check"}


def _audience(one: StandingApproval) -> str:
    stages = dict(Lifecycle.choices)
    segments = ", ".join(one.segments) or "every segment"
    said = ", ".join(str(stages.get(stage, "no stage")) for stage in one.lifecycles) or "every stage"
    return f"{segments}; {said}"


def _sent(message: Message) -> dict[str, Any]:
    execution = getattr(message.suggestion, "execution", None)
    return {
        "message": message,
        "url": address_of("suggestion", message.suggestion_id),
        "status": execution.get_status_display() if execution else "",
        "icon": EXECUTION_ICONS[execution.status] if execution else "help",
    }


def _signing(newest: TemplateVersion, user: User, at: Any, form: StandingForm | None) -> dict[str, Any]:
    """The form, and why this admin may not; the sole admin is told that the row will say so."""
    why_not = standing_approvals.why_not(newest, user, at)
    alone = newest.saved_by_id == user.pk
    return {
        "form": form or StandingForm(),
        "why_not": why_not,
        "says": "You are the only admin. The row will say so." if alone else f"{newest.saved_by} wrote it.",
        "number": newest.number,
    }
