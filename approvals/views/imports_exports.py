"""Exports: all records, or what changed since the last one, as files in a CRM's own headings."""

from __future__ import annotations

import tempfile
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from approvals.forms.imports import ExportForm
from approvals.http import ReviewerRequest, cursor_of, refusals, refusals_on
from approvals.templatetags.phrases import visible
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User
from crmgov.records.models import Export, Source
from crmgov.records.selectors import exports as selector
from crmgov.records.services import exports
from crmgov.records.services.import_access import IMPORTED_FROM

from . import imports_words as words
from .imports import require_admin
from .plates import address
from .record_tabs import pager_of

# A zip up to this size stays in memory, a larger one is written to a temporary file.
IN_MEMORY = 8 * 1024 * 1024


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals
def export(request: ReviewerRequest) -> HttpResponse:
    """Draw the form with the earlier exports, or hand the files out as one zip."""
    require_admin(request.user)
    if request.method == "POST":
        return _export(request)
    return _page(request, _form())


def _again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    form = _form(request.POST)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return _page(request, form)


@refusals_on(_again)
def _export(request: ReviewerRequest) -> HttpResponse:
    form = _form(request.POST)
    if not form.is_valid():
        raise Invalid("Some of it is missing.")
    # Closed by the answer, once it is sent.
    whole = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    made = _write(whole, form, request.user)
    whole.seek(0)
    name = f"crmgov-{made.format}-{timezone.localtime(made.made_at):%Y-%m-%d-%H%M}.zip"
    answer = FileResponse(whole, as_attachment=True, filename=name, content_type="application/zip")
    return cast("HttpResponse", answer)


def _write(whole: Any, form: ExportForm, user: User) -> Export:
    return exports.export(
        export_format=form.cleaned_data["format"],
        source_name=form.cleaned_data["source_name"],
        user=user,
        at=timezone.now(),
        into=whole,
        only_changes=form.only_changes(),
    )


def _form(*data: Any) -> ExportForm:
    return ExportForm(*data, sources=list(Source.objects.filter(kind__in=IMPORTED_FROM).order_by("name")))


def _page(request: ReviewerRequest, form: ExportForm) -> HttpResponse:
    page = selector.page_of_exports(user=request.user, cursor=cursor_of(request, length=2))
    here = address("imports_export")
    context = {
        "now": timezone.now(),
        "form": form,
        "exports": [_row(one) for one in page.rows],
        "pager": pager_of(here, page.newer, page.older) if page.newer or page.older else None,
    }
    return render(request, "imports/export.html", context)


def _row(one: Export) -> dict[str, Any]:
    return {
        "format": one.get_format_display(),
        "source": visible(one.source.name) if one.source else "",
        "what": "What changed since the one before" if one.only_changes else "All records",
        "rows": f"{sum(one.counts.values()):,}",
        "files": words.counted(len(one.counts), "file"),
        "by": str(one.made_by),
        "at": one.made_at,
    }
