"""Imports: the list, and starting one from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals.forms.imports import AddFilesForm, NewImportForm
from approvals.http import TOO_LARGE, TOO_MUCH, ReviewerRequest, cursor_of, number_of, refusals, refusals_on
from approvals.models import Steward
from approvals.selectors import stewards
from approvals.templatetags.phrases import visible
from crmgov.kernel.refusals import Invalid, NotAllowed, Refused
from crmgov.people.models import Role, User
from crmgov.people.policy import Act, may
from crmgov.records.models import Import, Source
from crmgov.records.selectors import imports as selector
from crmgov.records.services import import_files
from crmgov.records.services.import_access import IMPORTED_FROM

from . import imports_words as words
from .plates import address
from .record_tabs import pager_of


@require_safe
@login_required
@refusals
def listing(request: ReviewerRequest) -> HttpResponse:
    """Every import, newest first."""
    require_reader(request.user)
    status = request.GET.get("status", "")
    status = status if status in Import.Status.values else ""
    source = number_of(request.GET.get("source", ""))
    page = selector.page_of_imports(
        user=request.user, cursor=cursor_of(request, length=2), status=status, source_id=source
    )
    here = f"{address('imports')}?status={status}&source={source or ''}"
    context = {
        "now": timezone.now(),
        "manages": manages(request.user),
        "rows": [_row(one) for one in page.rows],
        "pager": pager_of(here, page.newer, page.older) if page.newer or page.older else None,
        "is_filtered": bool(status or source),
        "status": status,
        "statuses": [(key, words.STATUSES[key]["text"]) for key in Import.Status.values],
        "source": source,
        "sources": selector.sources(),
        "steward": stewards.of(Steward.Duty.DATA_QUALITY),
    }
    return render(request, "imports/list.html", context)


def _row(found: Import) -> dict[str, Any]:
    names = [file.name for file in found.files.all()]
    return {
        "url": address("import", found.pk),
        "files": words.files_words(names),
        "source": visible(found.source.name),
        "kind": found.get_adapter_display(),
        "status": words.STATUSES[found.status],
        "count": f"{found.rows_total:,}" if found.rows_total else "–",
        "by": str(found.made_by),
        "at": found.made_at,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals
def create(request: ReviewerRequest) -> HttpResponse:
    """Draw the form of a new import, or start it with the files handed in."""
    require_admin(request.user)
    if request.method == "POST":
        return _create(request)
    return render(request, "imports/new.html", {"form": _new_form(request)})


def _new_form(request: ReviewerRequest, *data: Any) -> NewImportForm:
    sources = Source.objects.filter(kind__in=IMPORTED_FROM).order_by("name")
    return NewImportForm(*data, sources=list(sources), **_around(request))


def _around(request: ReviewerRequest) -> dict[str, Any]:
    """What a form with files has to know: the folder of the server, and uploads that were too large to be kept."""
    return {
        "folder": import_files.folder_files(user=request.user),
        "too_large": request.META.get(TOO_LARGE, ()),
        "too_much": request.META.get(TOO_MUCH, ()),
    }


def _create_again(request: ReviewerRequest, refusal: Refused) -> HttpResponse | None:
    form = _new_form(request, request.POST, request.FILES)
    if form.is_valid():
        form.refuse(refusal.say, refusal.errors if isinstance(refusal, Invalid) else {})
    return render(request, "imports/new.html", {"form": form})


@refusals_on(_create_again)
def _create(request: ReviewerRequest) -> HttpResponse:
    form = _new_form(request, request.POST, request.FILES)
    if not form.is_valid():
        raise Invalid("Some of it is missing.")
    made = import_files.start(
        user=request.user,
        source_name=form.cleaned_data["source_name"],
        adapter=form.cleaned_data["adapter"],
        at=timezone.now(),
    )
    take_in(request, made.pk, form)
    return redirect("approvals:import", made.pk)


@require_POST
@login_required
@refusals
def add(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """Take more files in."""
    require_admin(request.user)
    found = selector.import_of(import_id=import_id, user=request.user)
    form = AddFilesForm(request.POST, request.FILES, **_around(request))
    if form.is_valid():
        take_in(request, found.pk, form)
    else:
        messages.error(request, " ".join(str(said) for errors in form.errors.values() for said in errors))
    return redirect("approvals:import", found.pk)


def take_in(request: ReviewerRequest, import_id: UUID, form: AddFilesForm) -> None:
    """Add each file by itself; one that cannot be read is said and keeps none of the others out."""
    uploads = cast("Sequence[UploadedFile[Any]]", form.cleaned_data["uploads"])
    given: dict[str, Any] = {"import_id": import_id, "user": request.user, "at": timezone.now()}
    for upload in uploads:
        try:
            import_files.add_file(name=upload.name or "", stream=cast("BinaryIO", upload), **given)
        except Invalid as refusal:
            messages.error(request, visible(refusal.say))
    for name in form.named():
        try:
            import_files.add_from_folder(name=name, **given)
        except Refused as refusal:
            messages.error(request, visible(refusal.say))


@require_POST
@login_required
@refusals
def remove(request: ReviewerRequest, import_id: UUID, file_id: int) -> HttpResponse:
    """Take a file out again."""
    import_files.remove_file(import_id=import_id, file_id=file_id, user=request.user, at=timezone.now())
    messages.success(request, "The file is taken out.")
    return redirect("approvals:import", import_id)


@require_POST
@login_required
@refusals
def discard(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """Give an import up before it was confirmed."""
    import_files.discard(import_id=import_id, user=request.user, at=timezone.now())
    messages.success(request, "Discarded. Nothing of it was written.")
    return redirect("approvals:imports")


def manages(user: User) -> bool:
    return may(user, Act.ADMINISTER)


def require_admin(user: User) -> None:
    if not manages(user):
        raise NotAllowed("Only an admin imports and exports.")


def require_reader(user: User) -> None:
    if not (manages(user) or (user.is_active and user.role == Role.AUDITOR)):
        raise NotAllowed("Admins and auditors see imports.")
