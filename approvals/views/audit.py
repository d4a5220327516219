"""The ledger searched by record, field, author and time, on screen and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.forms.audit import AuditForm
from approvals.http import ReviewerRequest, cursor_of, refusals
from approvals.selectors import audit, choices
from approvals.selectors.audit import Asked
from approvals.templatetags import phrases
from crmgov.people.models import Role, User
from crmgov.records import registry
from crmgov.records.models import ChangeSet, FieldChange
from crmgov.records.rules.values import Kind

from . import plates
from .lists import Echo, neutral
from .record_tabs import pager_of

# Whose changes stand here, by role: the page says it, so that nobody takes a part for the whole.
WHOSE = {
    Role.REVIEWER: "What you decided, on records you may see today.",
    Role.ACCOUNT_MANAGER: "What was written to your accounts and to what hangs on them.",
    Role.ADMIN: "Everything that was written to any record.",
    Role.AUDITOR: "Everything that was written to any record.",
}
# A value is shown so far; all of it stands in the change set and in the file.
LONGEST_SHOWN = 300
TOO_MANY = f"More than {audit.MOST_NAMED} records carry this name; {audit.MOST_NAMED} of each type are looked through."
COLUMNS = (
    "at", "record_type", "record_id", "record", "field", "old", "old_label", "new", "new_label",
    "actor_type", "actor_id", "actor", "authority", "authority_id", "authority_label", "reason", "agent",
    "workflow", "workflow_version", "model", "source", "confidence", "verified", "suggestion",
    "suggestion_id", "decision_id", "execution_id", "import_run_id", "reverses", "change_set_id", "id",
)  # fmt: skip


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """One page of the ledger; everything asked of it stands in the address."""
    form = _form(request)
    context: dict[str, Any] = {
        "now": timezone.now(),
        "form": form,
        "here": plates.address("audit"),
        "whose": WHOSE[Role(request.user.role)],
        "sources": choices.sources(),
    }
    if not form.is_valid():
        return render(request, "audit/page.html", context | {"is_refused": True}, status=422)
    asked, cut = _asked(form, request.user)
    cursor = cursor_of(request, length=audit.CURSOR_LENGTH)
    found = audit.page_for(request.user, asked, cursor)
    here = f"{plates.address('audit')}{_query(form)}"
    pager = pager_of(here, None, found.older)
    pager["newer_url"] = here if cursor else ""
    context |= {
        "rows": [_row(change) for change in found.rows],
        "tags": _tags(form),
        "cut": TOO_MANY if cut else "",
        "pager": pager if cursor or found.older else None,
        "export_url": f"{plates.address('audit_export')}{_query(form)}",
    }
    return render(request, "audit/page.html", context)


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponseBase:
    """All rows the filters leave as CSV, streamed, under the same rights; no cell of it is a formula."""
    asking = cast("ReviewerRequest", request)
    form = _form(asking)
    if not form.is_valid():
        return page(request)
    asked, _ = _asked(form, asking.user)
    lines = _lines(audit.exported(asking.user, asked))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate()}.csv"'
    return answer


def _form(request: ReviewerRequest) -> AuditForm:
    return AuditForm(
        request.GET,
        fields=choices.fields_by_type(),
        people=choices.people(),
        agents=choices.all_agents(),
        versions=choices.workflow_versions(),
    )


def _asked(form: AuditForm, user: User) -> tuple[Asked, bool]:
    """What a valid form asks, and whether its name stands for too many records."""
    said = form.said
    named = audit.records_named(user, said["record"]) if "record" in said else None
    record_type, _, field = said.get("field", "").partition(".")
    since, until = form.times
    asked = Asked(
        records=named.ids if named else None,
        field=(record_type, field) if field else None,
        person_id=said.get("person", ""),
        agent=said.get("agent", ""),
        workflow=form.versions[said["workflow"]] if "workflow" in said else None,
        source=said.get("source", ""),
        actor_type=said.get("actor_type", ""),
        since=since,
        until=until,
    )
    return asked, named is not None and named.cut


def _query(form: AuditForm, *, without: str = "") -> str:
    said = {name: value for name, value in form.said.items() if name != without}
    return f"?{urlencode(said)}" if said else ""


def _tags(form: AuditForm) -> list[dict[str, str]]:
    """Each filter that is set, with the address of the page without it."""
    return [
        {
            "text": f"{form.fields[name].label}: {_said(form, name, value)}",
            "remove_url": f"{plates.address('audit')}{_query(form, without=name)}",
        }
        for name, value in form.said.items()
    ]


def _said(form: AuditForm, name: str, value: Any) -> str:
    if name in ("since", "until"):
        return phrases.day(value)
    if name == "field":
        record_type, _, field = value.partition(".")
        return f"{record_type.replace('_', ' ')} {registry.label(record_type, field).lower()}"
    known: dict[str, str] = dict(getattr(form.fields[name], "choices", ()))
    return str(known.get(value, value))


def _row(change: FieldChange) -> dict[str, Any]:
    written = change.change_set
    return {
        "at": written.at,
        "record": change.record_label,
        "record_type": change.record_type.replace("_", " "),
        "record_url": plates.record_url(change.record_type, change.record_id),
        "field": registry.label(change.record_type, change.field),
        "old": plates.old_words(change)[:LONGEST_SHOWN],
        "new": plates.new_words(change)[:LONGEST_SHOWN],
        "actor": plates.actor_of(written),
        "by": plates.by_whom(written),
        "authority": written.authority_label,
        "source": change.source,
        "links": [*_links(written)],
    }


def _links(written: ChangeSet) -> Iterator[dict[str, str]]:
    yield {"url": plates.address("change_set", written.pk), "link": "change set"}
    if written.suggestion_id is not None:
        url = plates.address("suggestion", written.suggestion_id)
        yield {"url": url, "link": f"suggestion {written.suggestion_number}"}
        if written.decision_id is not None and (url := plates.address("decision", written.suggestion_id)):
            yield {"url": url, "link": "decision"}


def _lines(rows: Iterator[FieldChange]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in _cells(row)])


def _cells(change: FieldChange) -> list[Any]:
    """In the order of COLUMNS. Times are UTC."""
    written = change.change_set
    return [
        written.at.astimezone(UTC).isoformat(), change.record_type, str(change.record_id), change.record_label,
        change.field, _plain(change, change.old), change.old_label, _plain(change, change.new), change.new_label,
        written.actor_type, written.actor_id, written.actor_label, written.authority, written.authority_id,
        written.authority_label, written.reason, written.agent_label, written.workflow,
        written.workflow_version, written.model, change.source, change.confidence, change.verified,
        written.suggestion_number, written.suggestion_id, written.decision_id, written.execution_id,
        written.import_run_id, written.reverses, written.pk, change.pk,
    ]  # fmt: skip


def _plain(change: FieldChange, raw: Any) -> Any:
    """A ledger value as a cell: numbers as numbers, so that a minus sign stays one; lists by comma."""
    if isinstance(raw, list):
        return ", ".join(str(part) for part in raw)
    if raw is not None and not isinstance(raw, bool) and _is_number(change):
        return registry.restore(change.record_type, change.field, raw)
    return raw


def _is_number(change: FieldChange) -> bool:
    place = change.record_type, change.field
    return registry.is_known(*place) and registry.spec_of(*place).kind in (Kind.DECIMAL, Kind.INTEGER)
