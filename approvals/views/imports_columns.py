"""The columns of one file of a plain CSV import: what its rows are, and which column becomes which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from approvals.forms import import_columns
from approvals.forms.import_columns import ColumnsForm, field_hint, field_label
from approvals.http import ReviewerRequest, refusals, refusals_on
from approvals.templatetags import phrases
from approvals.templatetags.phrases import visible
from crmgov.kernel.refusals import Invalid, NotFound, Refused
from crmgov.records.imports.catalog import FieldPlan, plan_of
from crmgov.records.imports.likely import likely_object
from crmgov.records.models import Import, ImportFile
from crmgov.records.selectors import imports as selector
from crmgov.records.services import import_choices

from . import imports_words as words
from .imports import require_admin

# A sample is there to be recognised, not to be read.
LONGEST_SAMPLE = 80
SAMPLES = 5
QUESTIONS = {
    import_columns.DATES: (
        "How are dates written?",
        "Nothing in the file says whether the day or the month comes first in {columns}.",
    ),
    import_columns.NUMBERS: (
        "How are numbers written?",
        "Nothing in the file says whether “,” or “.” begins the decimals in {columns}.",
    ),
}
# By name, for a form posts no bare tab.
DELIMITERS = {word: sign for sign, word in words.DELIMITERS.items()}
ANSWERS = {
    import_columns.DATES: (
        (import_columns.DAY_FIRST, "The day first:"),
        (import_columns.MONTH_FIRST, "The month first:"),
    ),
    import_columns.NUMBERS: ((".", "A decimal point:"), (",", "A decimal comma:")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals
def columns(request: ReviewerRequest, import_id: UUID, file_id: int) -> HttpResponse:
    """Draw the columns of a file, or use what was chosen for them."""
    require_admin(request.user)
    if request.method == "POST":
        return _choose(request, import_id, file_id)
    found, file = _file(request, import_id, file_id)
    return _page(request, found, file, _form(file, request.GET.get("object", ""), found))


def _again(request: ReviewerRequest, refusal: Refused, import_id: UUID, file_id: int) -> HttpResponse | None:
    if not isinstance(refusal, Invalid):
        return None
    found, file = _file(request, import_id, file_id)
    form = _form(file, request.POST.get("object", ""), found, posted=request.POST.dict())
    form.mapping()
    form.errors.update(refusal.errors)
    return _page(request, found, file, form, refusal)


@refusals_on(_again)
def _choose(request: ReviewerRequest, import_id: UUID, file_id: int) -> HttpResponse:
    found, file = _file(request, import_id, file_id)
    form = _form(file, request.POST.get("object", ""), found, posted=request.POST.dict())
    mapping = form.mapping()
    if form.errors:
        raise Invalid("Some columns need another look.")
    import_choices.choose(
        import_id=import_id,
        file_id=file_id,
        user=request.user,
        object_name=form.plan.name,
        mapping=mapping,
        reading=form.reading(),
        at=timezone.now(),
    )
    messages.success(
        request, f"{visible(file.name)} is read as {words.object_words(form.plan.name).lower()}."
    )
    return redirect("approvals:import", import_id)


def _read_again(
    request: ReviewerRequest, refusal: Refused, import_id: UUID, file_id: int
) -> HttpResponse | None:
    if not isinstance(refusal, Invalid):
        return None
    found, file = _file(request, import_id, file_id)
    return _page(request, found, file, _form(file, "", found), refusal)


@require_POST
@login_required
@refusals_on(_read_again)
def read_as(request: ReviewerRequest, import_id: UUID, file_id: int) -> HttpResponse:
    """Read the file with another encoding or delimiter than it looks to have."""
    import_choices.read_as(
        import_id=import_id,
        file_id=file_id,
        user=request.user,
        encoding=request.POST.get("encoding", ""),
        delimiter=DELIMITERS.get(request.POST.get("delimiter", ""), ""),
        at=timezone.now(),
    )
    return redirect("approvals:import_columns", import_id, file_id)


@require_POST
@login_required
@refusals
def leave_out(request: ReviewerRequest, import_id: UUID, run_id: UUID) -> HttpResponse:
    """Take back what was chosen for a file."""
    import_choices.leave_out(import_id=import_id, run_id=run_id, user=request.user, at=timezone.now())
    messages.success(request, "The choice is taken back.")
    return redirect("approvals:import", import_id)


def _file(request: ReviewerRequest, import_id: UUID, file_id: int) -> tuple[Import, ImportFile]:
    found = selector.import_of(import_id=import_id, user=request.user)
    file = next((one for one in found.files.all() if one.pk == file_id), None)
    if file is None or found.adapter != Import.Adapter.CSV:
        raise NotFound("There is no such file in this import.")
    return found, file


def _form(
    file: ImportFile, object_name: str, found: Import, posted: Mapping[str, str] | None = None
) -> ColumnsForm:
    chosen = [run for run in found.runs.all() if run.file_id == file.pk]
    if object_name not in import_choices.OBJECTS:
        object_name = chosen[0].object if chosen else likely_object(file.name, file.headings)
    before = next((run for run in chosen if run.object == object_name), None)
    base = before.mapping if before else import_choices.suggest_mapping(file=file, object_name=object_name)
    return ColumnsForm(plan_of(object_name), file, base, posted)


def _page(
    request: ReviewerRequest,
    found: Import,
    file: ImportFile,
    form: ColumnsForm,
    refusal: Refused | None = None,
) -> HttpResponse:
    rows = import_choices.first_rows(file, SAMPLES)
    others = [
        words.object_words(run.object).lower()
        for run in found.runs.all()
        if run.file_id == file.pk and run.object != form.plan.name
    ]
    context = {
        "now": timezone.now(),
        "h": words.head(found, manages=True),
        "refusal": refusal,
        "import_id": found.pk,
        "file": {"id": file.pk, "name": visible(file.name), "facts": _facts(file)},
        "remembered": _remembered(found, form) if form.posted is None else None,
        "object": form.plan.name,
        "objects": [{"name": one, "label": words.object_words(one)} for one in import_choices.OBJECTS],
        "others": others,
        "encodings": [
            {"value": one, "label": words.ENCODINGS[one], "checked": one == file.reading.get("encoding")}
            for one in import_choices.ENCODINGS
        ],
        "delimiters": [
            {"value": word, "label": word.capitalize(), "checked": sign == file.reading.get("delimiter")}
            for word, sign in DELIMITERS.items()
        ],
        "questions": [_question(form, name, rows) for name in QUESTIONS if name in form.asked],
        "identity": _identity(form),
        "columns": [_column(form, heading, rows) for heading in form.headings],
        "counted": words.counted(len(form.headings), "column"),
        "places": _places(form),
        "fields": _fields(form),
    }
    return render(request, "imports/columns.html", context)


def _facts(file: ImportFile) -> list[str]:
    why = str(file.guesses.get("why", ""))
    return [fact for fact in (f"{words.reads(file)}. {why}".strip(), words.size(file.size)) if fact]


def _remembered(found: Import, form: ColumnsForm) -> dict[str, str] | None:
    """Say whose columns these are, when the source's last file of this object was mapped by a person."""
    if any(run.file_id == form.file.pk and run.object == form.plan.name for run in found.runs.all()):
        return None
    known = selector.remembered(source=found.source, object_name=form.plan.name)
    if known is None:
        return None
    fresh = [visible(one) for one in form.headings if one not in known.headings]
    gone = [visible(one) for one in known.headings if one not in form.headings]
    said = [
        f"New since then: {', '.join(fresh)}." if fresh else "",
        f"No longer there: {', '.join(gone)}." if gone else "",
        "" if fresh or gone else "The file has the same columns.",
    ]
    what = words.object_words(form.plan.name).lower()
    return {
        "title": f"Set as {known.by} did for the last {what} of this source, {phrases.day(known.at)}.",
        "text": " ".join(one for one in said if one),
    }


def _question(form: ColumnsForm, name: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    legend, say = QUESTIONS[name]
    concerned = list(form.asked.get(f"{name}_columns", ()))
    cells = [(one, cell) for one in concerned for row in rows if (cell := row.get(one, "").strip())]
    return {
        "name": name,
        "legend": legend,
        "say": say.format(columns=", ".join(f"“{visible(one)}”" for one in concerned)),
        "error": form.errors.get(name, ""),
        "options": [
            {
                "value": value,
                "label": label,
                "checked": form.answer(name) == value,
                "example": _example(form, name, place, cells),
            }
            for place, (value, label) in enumerate(ANSWERS[name])
        ],
    }


def _example(form: ColumnsForm, name: str, place: int, cells: Sequence[tuple[str, str]]) -> str:
    """Say what one of the first cells would be under that answer: "03/04/2026 is 3 Apr 2026"."""
    for heading, cell in cells:
        try:
            read = (
                _day(form, heading, cell, place)
                if name == import_columns.DATES
                else _number(form, cell, place)
            )
        except (ValueError, ArithmeticError):
            continue
        return f"{_sample(cell)} is {read}"
    return ""


def _day(form: ColumnsForm, heading: str, cell: str, place: int) -> str:
    pattern = form.file.guesses["columns"][heading]["choices"][place]
    return phrases.day(datetime.strptime(cell, pattern).date())  # noqa: DTZ007 (a date in a file has no zone)


def _number(form: ColumnsForm, cell: str, place: int) -> str:
    signs = form.asked[import_columns.NUMBERS][place]
    bare = cell.replace(signs["thousands"], "") if signs["thousands"] else cell
    return f"{Decimal(bare.replace(signs['decimal'], '.')).normalize():,f}"


def _identity(form: ColumnsForm) -> dict[str, Any]:
    options = [(form.control(heading), visible(heading)) for heading in form.headings]
    if form.plan.natural:
        by = " and ".join(field_label(form.plan, name).lower() for name in form.plan.natural)
        options.insert(0, (import_columns.NATURAL, f"None: known by {by}"))
    else:
        options.insert(0, (import_columns.NATURAL, "Choose a column"))
    kept = form.base.get("external_id")
    if kept and not isinstance(kept, str):
        parts = kept.get("columns", []) if isinstance(kept, dict) else kept
        options.insert(0, (import_columns.KEPT, " and ".join(visible(one) for one in parts)))
    return {
        "error": form.errors.get(import_columns.IDENTITY, ""),
        "options": [
            {"value": value, "label": label, "checked": value == form.identity} for value, label in options
        ],
    }


def _column(form: ColumnsForm, heading: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    name = form.control(heading)
    guess: Mapping[str, Any] = form.file.guesses.get("columns", {}).get(heading, {})
    return {
        "name": name,
        "heading": visible(heading),
        "note": "the id of a row" if form.identity == name else _looks(guess),
        "place": form.place_of(heading),
        "samples": [_sample(row.get(heading, "")) for row in rows],
        "is_identity": form.identity == name,
        "error": form.errors.get(name, ""),
    }


def _looks(guess: Mapping[str, Any]) -> str:
    """Say what a column's cells look like, where that is more than text."""
    kind, dates = str(guess.get("kind", "")), str(guess.get("dates", ""))
    if kind in ("date", "moment"):
        if guess.get("choices"):
            return "dates, asked above"
        return f"dates, {words.pattern(dates)}"
    return {"number": "numbers", "empty": "empty in the rows looked at"}.get(kind, "")


def _sample(cell: str) -> str:
    shown = visible(cell[:LONGEST_SAMPLE])
    return f"{shown}…" if len(cell) > LONGEST_SAMPLE else shown


def _places(form: ColumnsForm) -> list[dict[str, str]]:
    keep = {"value": import_columns.EXTRA, "label": "Keep as it is, in extra", "of_identity": "Only the id"}
    only = "Leave out" if form.plan.rest else "Only the id"
    drop = {"value": import_columns.IGNORE, "label": "Leave out", "of_identity": only}
    return [keep, drop] if form.plan.rest else [drop]


def _fields(form: ColumnsForm) -> list[dict[str, str]]:
    """The fields of the object, and those of the mapping that stand in extra under a name of their own."""
    found = [
        {
            "value": f"{import_columns.FIELD}{name}",
            "label": _field_words(field_label(form.plan, name), field_hint(known)),
        }
        for name, known in sorted(form.plan.fields.items(), key=lambda one: _order(form, *one))
    ]
    own = [name for name in form.fields if name not in form.plan.fields]
    return found + [
        {"value": f"{import_columns.FIELD}{name}", "label": f"{field_label(form.plan, name)} (in extra)"}
        for name in own
    ]


def _order(form: ColumnsForm, name: str, known: FieldPlan) -> tuple[bool, str]:
    """What a new row needs first, then by name."""
    return not known.required, field_label(form.plan, name).lower()


def _field_words(label: str, hint: str) -> str:
    return f"{label} ({hint})" if hint else label
