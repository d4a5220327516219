"""The rows behind every number of the threshold studio: a list, the worst of them, and a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals.forms.studio import StudioForm, shown
from approvals.http import ReviewerRequest, refusals
from approvals.models import CellOutcome
from approvals.rules.policy import Policy
from approvals.rules.studio import NOT_GIVEN, TOP
from approvals.selectors import studio
from approvals.selectors.studio import BAD, BLOCKED, GOOD, RAN, REVIEWED, UNKNOWN, Asked
from approvals.templatetags import phrases
from crmgov.kernel.refusals import Invalid

from . import plates
from .lists import Echo, neutral
from .policies import require_reader
from .policy_words import words
from .studio import asked, in_force, thresholds_of

WOULD = {RAN: "would run by itself", REVIEWED: "would be reviewed", BLOCKED: "would be blocked"}
KNOWN = {GOOD: "known good", BAD: "known bad", UNKNOWN: "unknown"}
LABELS = {
    "": {"text": "nobody said", "tone": "unknown", "icon": "help"},
    "unchanged": {"text": "kept", "tone": "ok", "icon": "check"},
    "edited": {"text": "edited", "tone": "warn", "icon": "note"},
    "rejected": {"text": "rejected", "tone": "danger", "icon": "x"},
    "reverted": {"text": "put back", "tone": "danger", "icon": "undo"},
    "contested": {"text": "found wrong", "tone": "danger", "icon": "undo"},
    "corrected": {"text": "typed over", "tone": "danger", "icon": "note"},
}
COLUMNS = ("at", "suggestion", "suggestion_id", "record", "title", "agent", "workflow", "workflow_version", "action",
           "field_group", "segment", "confidence", "held", "way", "label", "value_at_stake")  # fmt: skip


@require_safe
@login_required
@refusals
def page(request: ReviewerRequest) -> HttpResponse:
    """The rows that are asked for, the newest first; or the worst that would run by themselves."""
    form, policy, narrowed = _read(request)
    at, is_worst = timezone.now(), request.GET.get("worst") == "1"
    if is_worst:
        rows, newer, older = studio.worst_for(request.user, form.slice, narrowed.thresholds, at=at), "", ""
    else:
        found = studio.page_for(request.user, form.slice, narrowed, at=at, cursor=request.GET.get("from", ""))
        rows, newer, older = list(found.rows), found.newer, found.older
    state = _state(request)
    context = {
        "now": at,
        "rows": [_row(row, policy) for row in rows],
        "is_worst": is_worst,
        "most": studio.WORST,
        "slice": _slice(form),
        "tags": _tags(form, state, narrowed),
        "studio_url": f"{plates.address('studio')}{form.query()}",
        "export_url": "" if is_worst else _url("studio_export", form, state),
        "newer_url": _url("studio_rows", form, {**state, "from": newer}) if newer else "",
        "older_url": _url("studio_rows", form, {**state, "from": older}) if older else "",
    }
    return render(request, "studio/rows.html", context)


@require_safe
@login_required
@refusals
def export(request: ReviewerRequest) -> HttpResponse:
    """The same rows, all of them, as CSV; no cell of it is a formula."""
    form, _, narrowed = _read(request)
    rows = studio.exported(request.user, form.slice, narrowed, at=timezone.now())
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="studio-{timezone.localdate()}.csv"'
    # It has a status and headers like any other answer; only its lines come one by one.
    return cast("HttpResponse", answer)


def _read(request: ReviewerRequest) -> tuple[StudioForm, Policy, Asked]:
    """What the address asks. Raises NotAllowed, and Invalid for what the studio could not have linked."""
    require_reader(request.user)
    _, policy = in_force()
    form, _ = asked(request.GET.dict(), policy)
    if not form.is_valid():
        wrong = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
        raise Invalid(" ".join(wrong.values()), wrong)
    state = _state(request)
    narrowed = Asked(
        thresholds=thresholds_of(form, policy),
        would=state.get("would", ""),
        known=state.get("known", ""),
        first=int(state["first"]) if "first" in state else None,
        last=int(state["last"]) if "last" in state else None,
    )
    return form, policy, narrowed


def _state(request: ReviewerRequest) -> dict[str, str]:
    """What narrows the list, each only as far as it means something."""
    hundredths = {str(at) for at in range(NOT_GIVEN, TOP + 1)}
    allowed = {"would": WOULD, "known": KNOWN, "first": hundredths, "last": hundredths}
    return {name: value for name, values in allowed.items() if (value := request.GET.get(name, "")) in values}


def _url(name: str, form: StudioForm, state: dict[str, str]) -> str:
    return f"{plates.address(name)}{form.query(**state)}"


def _slice(form: StudioForm) -> str:
    given = form.slice
    segment = f", {given.segment}" if given.segment != "*" else ""
    return f"{given.workflow}, {words(given.action)}, {words(given.group)}{segment}, last {given.weeks} weeks"


def _tags(form: StudioForm, state: dict[str, str], narrowed: Asked) -> list[dict[str, str]]:
    """What the list is narrowed by, each with the address of the list without it."""
    texts = {}
    if narrowed.would:
        auto = shown(form.auto_at) or "never"
        texts["would"] = f"{WOULD[narrowed.would]} ({shown(form.floor_at)} and {auto})"
    if narrowed.known:
        texts["known"] = KNOWN[narrowed.known]
    if narrowed.first == NOT_GIVEN:
        texts["first"] = "no confidence given"
    elif narrowed.first is not None:
        texts["first"] = f"confidence from {shown(narrowed.first)}"
    if narrowed.last is not None:
        texts["last"] = f"confidence up to {shown(narrowed.last)}"
    return [
        {
            "text": text,
            "remove_url": _url(
                "studio_rows", form, {key: said for key, said in state.items() if key != name}
            ),
        }
        for name, text in texts.items()
    ]


def _row(row: CellOutcome, policy: Policy) -> dict[str, Any]:
    suggestion, held = row.suggestion, CellOutcome.Held(row.held)
    stake = suggestion.value_at_stake
    return {
        "at": row.at,
        "title": suggestion.title,
        "record": suggestion.record_label,
        "url": plates.address("suggestion", suggestion.pk),
        "agent": str(row.cell.agent),
        "version": str(row.cell.workflow_version),
        "confidence": "none given" if row.confidence is None else f"{row.confidence:.2f}",
        "way": row.get_way_display(),
        "held": held.label if held else "",
        "stake": phrases.money(stake, policy.reporting_currency) if stake else "–",
        "label": LABELS[row.label],
    }


def _lines(rows: Iterable[CellOutcome]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in _cells(row)])


def _cells(row: CellOutcome) -> list[Any]:
    """In the order of COLUMNS. Times are UTC."""
    suggestion, cell = row.suggestion, row.cell
    return [
        row.at.astimezone(UTC).isoformat(), suggestion.number, suggestion.pk, suggestion.record_label, suggestion.title,
        str(cell.agent), str(cell.workflow_version.workflow), cell.workflow_version.version, cell.action,
        cell.field_group, cell.segment, row.confidence, row.held, row.way, row.label, suggestion.value_at_stake,
    ]  # fmt: skip
