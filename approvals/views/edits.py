"""A person edits a record, vouches for a value as it stands, or takes a lock off."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from approvals.forms.records import MINE, THEIRS, RecordForm, Typed, editable, raw_of
from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.selectors import choices
from crmgov.kernel.refusals import Invalid, NotAllowed, Refused
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import Kind
from crmgov.records.selectors import lookups, records
from crmgov.records.services import edits, verifications

from . import plates
from .records import found
from .rights import rights_of

UNSETTLED = "Choose which value stands."


def _again(
    request: ReviewerRequest, refusal: Refused, record_type: str, record_id: UUID
) -> HttpResponse | None:
    """The form with the refusal on it; what was typed stays in its controls."""
    if refusal.status == 404:
        return None
    return _form(request, found(request.user, record_type, record_id), refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals
def edit(request: ReviewerRequest, record_type: str, record_id: UUID) -> HttpResponse:
    """Draw the form, or save it."""
    if request.method == "POST":
        return _save(request, record_type, record_id)
    record = found(request.user, record_type, record_id)
    if not rights_of(request.user, record).edit:
        raise NotAllowed
    return _form(request, record)


@refusals_on(_again)
def _save(request: ReviewerRequest, record_type: str, record_id: UUID) -> HttpResponse:
    record = found(request.user, record_type, record_id)
    typed = _record_form(request, record).typed()
    saved = edits.save(
        record_type=record_type,
        record_id=record_id,
        seen=typed.seen,
        values=_values(record_type, typed, request.user),
        user=request.user,
        reason=request.POST.get("reason", "").strip(),
        at=timezone.now(),
    )
    if saved is None:
        messages.info(request, "Nothing was changed, so nothing was saved.")
    else:
        names = ", ".join(registry.label(record_type, field) for field in typed.texts)
        messages.success(request, f"Saved and verified: {names}.")
    return redirect(plates.record_url(record_type, record_id))


@require_POST
@login_required
@refusals
def verify(request: ReviewerRequest, record_type: str, record_id: UUID) -> HttpResponse:
    """Keep a value as it stands and lock it."""
    field = request.POST.get("field", "")
    verifications.verify(
        record_type=record_type,
        record_id=record_id,
        field=field,
        seen=_json(request.POST.get("seen", "")),
        user=request.user,
        reason=request.POST.get("reason", "").strip(),
        at=timezone.now(),
    )
    messages.success(request, f"{registry.label(record_type, field)} is verified and locked.")
    return redirect(f"{plates.record_url(record_type, record_id)}?field={field}#field-{field}")


@require_POST
@login_required
@refusals
def unlock(request: ReviewerRequest, record_type: str, record_id: UUID) -> HttpResponse:
    """Let agents and imports change a value again, as its contract allows."""
    field = request.POST.get("field", "")
    verifications.unlock(
        record_type=record_type,
        record_id=record_id,
        field=field,
        user=request.user,
        reason=request.POST.get("reason", "").strip(),
        at=timezone.now(),
    )
    messages.success(request, f"{registry.label(record_type, field)} is no longer locked.")
    return redirect(f"{plates.record_url(record_type, record_id)}?field={field}#field-{field}")


def _json(raw: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("This page lost the value it showed. Open the record again.") from error


def _values(record_type: str, typed: Typed, user: User) -> dict[str, Any]:
    """Texts as the service reads them; names of records become their ids. Raises Invalid naming each field."""
    values, errors = {}, dict.fromkeys(typed.unsettled, UNSETTLED)
    for name, text in typed.texts.items():
        spec = registry.spec_of(record_type, name)
        if spec.kind is Kind.REFERENCE and spec.refers_to in registry.MODELS and text:
            try:
                values[name] = _meant(spec.refers_to, text, user)
            except Invalid as refusal:
                errors[name] = refusal.say
        else:
            values[name] = raw_of(record_type, name, text)
    if errors:
        raise Invalid("Some of what you typed cannot be saved yet.", errors)
    return values


def _meant(record_type: str, text: str, user: User) -> str:
    known = lookups.meant_by(record_type=record_type, typed=text, user=user)
    if len(known) == 1:
        return str(known[0].pk)
    if not known:
        raise Invalid(f"There is no {record_type} called “{text[:60]}” that you can see.")
    raise Invalid(f"Several are called “{text[:60]}”: paste the address of the one you mean.")


def _record_form(request: ReviewerRequest, record: Governed) -> RecordForm:
    record_type, groups = registry.type_of(record), records.groups_of(record, at=timezone.now())
    fields = editable(record_type, groups, administer=rights_of(request.user, record).administer)
    return RecordForm(
        record_type=record_type,
        groups=groups,
        fields=fields,
        references=choices.references(record_type, fields),
        data=request.POST if request.method == "POST" else None,
    )


def _form(request: ReviewerRequest, record: Governed, refusal: Refused | None = None) -> HttpResponse:
    form, overtaken = _record_form(request, record), dict[str, Any]()
    if isinstance(refusal, Invalid):
        form.refuse(refusal.errors)
    if isinstance(refusal, edits.Overtaken):
        overtaken = dict(refusal.facts.get("fields") or {})  # type: ignore[call-overload]
    record_type = registry.type_of(record)
    context = {
        "now": timezone.now(),
        "title": f"Edit {record}",
        "record": record,
        "back_url": plates.record_url(record_type, record.pk),
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
        "groups": _groups(record_type, form, overtaken),
        "mine": MINE,
        "theirs": THEIRS,
    }
    return render(request, "records/edit.html", context)


def _groups(record_type: str, form: RecordForm, overtaken: dict[str, Any]) -> list[dict[str, Any]]:
    """The controls in the order of the page, with the three values where somebody was faster."""
    groups = []
    for name, fields in records.layout(record_type, ()).items():
        lines = [_line(form, field, field in overtaken) for field in fields if field in form.fields]
        if lines:
            groups.append({"name": name, "lines": lines})
    return groups


def _saw(form: RecordForm, name: str) -> str:
    """What the form had shown, in words; a reference by the name it showed."""
    plate = form.plates[name]
    label = form.shown(name) if plate.kind == Kind.REFERENCE else ""
    return plates.words(form.record_type, name, form.seen(name), label, plate.currency)


def _line(form: RecordForm, name: str, overtaken: bool) -> dict[str, Any]:
    plate, contested = form.plates[name], overtaken or form.is_contested(name)
    return {
        "name": name,
        "field": form[name],
        "was": form.shown(name),
        "seen": form.seen_json(name, now=contested),
        "contested": contested,
        "stands": form.data.get(f"stands:{name}", "") if form.is_bound else "",
        "now": plates.words(form.record_type, name, plate.value, plate.words, plate.currency),
        "saw": _saw(form, name),
    }
