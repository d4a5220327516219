"""One import at its one address: files, preview, progress and report follow its status; each transition is a POST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from approvals.forms.imports import AddFilesForm
from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.templatetags.phrases import visible
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.records.imports.adapters.own_sheets import object_of
from crmgov.records.models import Import, ImportFile, ImportRun
from crmgov.records.selectors import imports as selector
from crmgov.records.services import import_checks, import_confirmations, import_files, import_runs

from . import imports_reports as reports
from . import imports_words as words
from .imports import manages, require_reader
from .imports_steps import figures
from .plates import address

Status = Import.Status
AT_WORK = {Status.CHECKING, Status.RUNNING, Status.REVERTING}
DOING = {
    Status.CHECKING: "Every row is being read",
    Status.RUNNING: "Rows are being written",
    Status.REVERTING: "The import is being put back",
}
LEAVE = {
    Status.CHECKING: "Nothing is written yet. You can leave this page.",
    Status.RUNNING: "You can leave this page; it goes on by itself, and after a restart where it stopped.",
    Status.REVERTING: "You can leave this page; it goes on by itself.",
}
STEP_STATES: dict[str, dict[str, str]] = {
    ImportRun.Status.WAITING: {"text": "Waits", "icon": "clock", "tone": ""},
    ImportRun.Status.RUNNING: {"text": "Being written", "icon": "import", "tone": "accent"},
    ImportRun.Status.DONE: {"text": "Done", "icon": "check", "tone": "ok"},
    ImportRun.Status.FAILED: {"text": "Stopped", "icon": "alert", "tone": "danger"},
}
# A progress is spoken each time it passes a tenth, not every two seconds.
TENTH = 10


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """The import as it stands now."""
    require_reader(request.user)
    return _page(request, import_id)


@require_safe
@login_required
@refusals
def files(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """The files of an import that is being prepared, also after its preview."""
    require_reader(request.user)
    found = selector.import_of(import_id=import_id, user=request.user)
    if found.status != Status.READY:
        return redirect("approvals:import", import_id)
    return _draw(request, found, "imports/_prepare.html", prepare(request, found))


@require_safe
@login_required
@refusals
def progress(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """How far it is, as a piece of the page; once it is through the whole page is drawn anew."""
    require_reader(request.user)
    found = selector.import_of(import_id=import_id, user=request.user)
    if not request.htmx:
        return redirect("approvals:import", import_id)
    if found.status not in AT_WORK:
        return HttpResponseClientRefresh()
    return render(request, "imports/_progress.html", {"p": _progress(found, request.GET.get("said", ""))})


def _again(request: ReviewerRequest, refusal: Refused, import_id: UUID) -> HttpResponse | None:
    if isinstance(refusal, NotAllowed | NotFound):
        return None
    return _page(request, import_id, refusal)


@require_POST
@login_required
@refusals_on(_again)
def check(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """Have every row read, to see what would become of it."""
    import_checks.ask_check(import_id=import_id, user=request.user, at=timezone.now())
    return redirect("approvals:import", import_id)


@require_POST
@login_required
@refusals_on(_again)
def confirm(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """Write what the preview showed; what has changed since is a 409 with the page as it is now."""
    import_confirmations.confirm(
        import_id=import_id,
        user=request.user,
        seen_fingerprint=request.POST.get("seen", ""),
        at=timezone.now(),
    )
    return redirect("approvals:import", import_id)


@require_POST
@login_required
@refusals_on(_again)
def try_again(request: ReviewerRequest, import_id: UUID) -> HttpResponse:
    """Take a stopped import up where it stopped."""
    import_runs.try_again(import_id=import_id, user=request.user, at=timezone.now())
    messages.success(request, "Taken up again, where it stopped.")
    return redirect("approvals:import", import_id)


def _page(request: ReviewerRequest, import_id: UUID, refusal: Refused | None = None) -> HttpResponse:
    found = selector.import_of(import_id=import_id, user=request.user)
    if found.status == Status.OPEN:
        return _draw(request, found, "imports/_prepare.html", prepare(request, found), refusal)
    if found.status in AT_WORK:
        return _draw(request, found, "imports/_progress.html", {"p": _progress(found, "")}, refusal)
    if found.status == Status.READY:
        return _draw(request, found, "imports/_preview.html", reports.preview(request, found), refusal)
    return _draw(request, found, "imports/_report.html", reports.report(request, found), refusal)


def _draw(
    request: ReviewerRequest, found: Import, body: str, more: dict[str, Any], refusal: Refused | None = None
) -> HttpResponse:
    context = {
        "now": timezone.now(),
        "import_id": found.pk,
        "h": words.head(found, manages=manages(request.user)),
        "manages": manages(request.user),
        "body": body,
        "refusal": refusal,
        **more,
    }
    return render(request, "imports/import.html", context)


def prepare(request: ReviewerRequest, found: Import) -> dict[str, Any]:
    """Return what imports/_prepare.html needs."""
    by_hand = found.adapter == Import.Adapter.CSV
    all_files = list(found.files.all())
    chosen = {run.file_id for run in found.runs.all()}
    unsaid = [file for file in all_files if by_hand and file.pk not in chosen and not object_of(file.name)]
    folder = import_files.folder_files(user=request.user) if manages(request.user) else []
    return {
        "by_hand": by_hand,
        "files": [_file(found, file, by_hand=by_hand) for file in all_files],
        "adds": AddFilesForm(folder=folder),
        "problem": visible(found.problem),
        "why_not": _why_not(all_files, unsaid),
    }


def _why_not(all_files: list[ImportFile], unsaid: list[ImportFile]) -> str:
    if not all_files:
        return "Add a file first."
    if unsaid:
        names = ", ".join(visible(file.name) for file in unsaid[:3])
        more = f" and {len(unsaid) - 3} more" if len(unsaid) > 3 else ""
        return f"First say which columns become what in {names}{more}."
    return ""


def _file(found: Import, file: ImportFile, *, by_hand: bool) -> dict[str, Any]:
    own = object_of(file.name) if by_hand else ""
    runs = [run for run in found.runs.all() if run.file_id == file.pk and not own]
    here, kind = address("import_columns", found.pk, file.pk), found.get_adapter_display()
    choices = [
        {
            "text": words.object_words(run.object),
            "url": f"{here}?object={run.object}",
            "out": address("import_leave_out", found.pk, run.pk),
        }
        for run in runs
        if by_hand
    ]
    return {
        "name": visible(file.name),
        "size": words.size(file.size),
        "reads": words.reads(file),
        "columns": f"{len(file.headings):,}",
        "recognised": f"Our own {words.object_words(own).lower()}" if own else "" if by_hand else kind,
        "asks": bool((file.guesses or {}).get("asked")) and by_hand and not runs and not own,
        "choices": choices,
        "columns_url": here if by_hand and not own else "",
        "remove_url": address("import_remove", found.pk, file.pk),
    }


def _progress(found: Import, said: str) -> dict[str, Any]:
    """Only a run knows how far it is: a check is one transaction, and what goes back is counted at its end."""
    status, how_far = Status(found.status), selector.progress(found)
    known = status == Status.RUNNING and how_far.rows_total > 0
    tenth = how_far.percent // TENTH * TENTH if known else 0
    before = int(said) if said.isdecimal() and len(said) < 4 else 0
    return {
        "title": DOING[status],
        "figure": f"{how_far.rows_done:,} of {how_far.rows_total:,} rows" if known else "",
        "percent": how_far.percent if known else None,
        "say": LEAVE[status],
        "refused": _refused_so_far(found) if known else "",
        "announce": f"{tenth} % done" if tenth > before else "",
        "url": address("import", found.pk),
        "poll_url": f"{address('import_progress', found.pk)}?said={max(tenth, before)}",
        "steps": [_step(run) for run in sorted(found.runs.all(), key=lambda run: run.position)]
        if status == Status.RUNNING
        else [],
    }


def _refused_so_far(found: Import) -> str:
    number = sum(figures(run.counts or {}).refused for run in found.runs.all())
    return (
        f"{words.counted(number, 'row is', 'rows are')} refused so far."
        if number
        else "No row is refused so far."
    )


def _step(run: ImportRun) -> dict[str, Any]:
    """One line per step: waiting, at work with the rows it took, or done."""
    counted, rows = figures(run.counts or {}), int((run.preview or {}).get("rows", 0))
    done = f"{counted.read:,} of {rows:,}" if rows else f"{counted.read:,}"
    return {
        "name": words.step_name(run),
        "file": visible(run.file_name),
        "tag": STEP_STATES.get(run.status, STEP_STATES[ImportRun.Status.WAITING]),
        "rows": done,
        "refused": f"{counted.refused:,}",
    }
