"""The steps of an import on screen: counts as tiles and table, and one step's rows as asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from approvals.http import ReviewerRequest, cursor_of
from approvals.templatetags import phrases
from approvals.templatetags.phrases import visible
from crmgov.kernel.refusals import NotFound
from crmgov.records.imports.catalog import ObjectPlan, plan_of
from crmgov.records.models import Import, ImportFate, ImportRefusal, ImportRun
from crmgov.records.rules.values import Kind
from crmgov.records.selectors import imports as selector

from . import imports_words as words
from .imports_words import Fate
from .plates import address, record_url
from .record_tabs import pager_of

# Values of rows that were taken: left out, or stored in another form than the file's.
REPORTED = "reported"
REWRITTEN, CONFLICT = "normalized_", "conflict"
# Values that read otherwise than they are stored.
SPOKEN = {Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.MOMENT}
HEADS: dict[str, str] = {
    "read": "Read",
    Fate.NEW: "New",
    Fate.CHANGED: "Changed",
    Fate.CONFLICT: "Conflicts",
    Fate.UNCHANGED: "Unchanged",
    Fate.REFUSED: "Refused",
}
NOTES: dict[str, str] = {
    Fate.NEW: "records made",
    Fate.CHANGED: "fields written",
    Fate.CONFLICT: "a person settles them",
    Fate.UNCHANGED: "as they are",
    Fate.REFUSED: "not taken",
}
TONES: dict[str, str] = {Fate.REFUSED: "danger", Fate.CONFLICT: "warn"}
TITLES: dict[str, str] = {
    "": "All rows",
    Fate.NEW: "New rows",
    Fate.CHANGED: "Changed rows",
    Fate.CONFLICT: "Rows with a conflict",
    Fate.UNCHANGED: "Unchanged rows",
    Fate.REFUSED: "Refused rows",
    REPORTED: "Values left out, rewritten or in conflict",
}
NONE = {"icon": "check", "title": "No such row", "text": "No row of this step is among these."}
EMPTY: dict[str, dict[str, str]] = {
    Fate.REFUSED: {
        "icon": "check",
        "title": "No row is refused",
        "text": "Every row of this step can be taken.",
    },
    REPORTED: {
        "icon": "check",
        "title": "Every value is taken as it stands",
        "text": "Nothing of the rows that are taken is left out or rewritten.",
    },
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a step counts, in rows; `left_out` and `rewritten` in values."""

    read: int
    new: int
    changed: int
    # Rows of a preview, values of a report.
    conflict: int
    unchanged: int
    refused: int
    left_out: int
    rewritten: int

    def of(self, fate: str) -> int:
        number: int = getattr(self, fate)
        return number


@dataclass(frozen=True, slots=True)
class Sheet:
    """The steps of an import, the one a page is about and which of its rows.

    `links` are the rows that can be looked at; `conflicts` are rows by step, None once it ran.
    """

    found: Import
    runs: Sequence[ImportRun]
    run: ImportRun
    fate: str
    links: Sequence[str]
    conflicts: Mapping[UUID, int] | None

    def figures(self, run: ImportRun | None = None) -> Figures:
        """Read what a step counted, or while it has not run what the preview did."""
        run = run or self.run
        counts: Mapping[str, Any] = run.preview if self.found.status == Import.Status.READY else run.counts
        rows = None if self.conflicts is None else self.conflicts.get(run.pk, 0)
        return figures(counts or {}, conflict=rows)

    def url(self, run: ImportRun | None = None, fate: str = "") -> str:
        """Return the address of a step's rows."""
        asked = {"step": str((run or self.run).position), "fate": fate}
        query = urlencode({key: value for key, value in asked.items() if value})
        return f"{address('import', self.found.pk)}?{query}"


def figures(counts: Mapping[str, Any], *, conflict: int | None = None) -> Figures:
    """Read the counts of a run or of its preview; rows with a conflict are counted as changed there.

    `conflict` takes those rows out of the changed ones; without it conflicts are values, beside the rows.
    """
    reported: Mapping[str, int] = {
        reason: number for reason, number in (counts.get("reported") or {}).items() if reason != CONFLICT
    }
    rewritten = sum(number for reason, number in reported.items() if reason.startswith(REWRITTEN))
    return Figures(
        read=int(counts.get("read", 0)),
        new=int(counts.get("new", 0)),
        changed=int(counts.get("changed", 0)) - (conflict or 0),
        conflict=int(counts.get("conflicts", 0)) if conflict is None else conflict,
        unchanged=int(counts.get("unchanged", 0)),
        refused=sum((counts.get("refused") or {}).values()),
        left_out=sum(reported.values()) - rewritten,
        rewritten=rewritten,
    )


def sheet(request: ReviewerRequest, found: Import, *, links: Sequence[str], first: str) -> Sheet:
    """Read which step and rows are asked for; without a word the first step and its `first` rows."""
    runs = sorted(found.runs.all(), key=lambda run: run.position)
    if not runs:
        raise NotFound("This import has no step.")
    step, fate = request.GET.get("step", ""), request.GET.get("fate", "")
    chosen = next((run for run in runs if str(run.position) == step), runs[0])
    conflicts = selector.conflict_rows(found) if found.status == Import.Status.READY else None
    return Sheet(found, runs, chosen, fate if fate in links else first, links, conflicts)


def table(of: Sheet) -> list[dict[str, Any]]:
    """Return imports/_steps.html's lines, the sum of all first; a figure is a link where its rows can be seen."""
    steps = [
        {
            "name": words.step_name(run),
            "file": visible(run.file_name),
            "url": f"{of.url(run)}#rows",
            "current": run.pk == of.run.pk,
            "figures": [_figure(of, run, key, label) for key, label in HEADS.items()],
        }
        for run in of.runs
    ]
    return [_sum(of), *steps]


def _sum(of: Sheet) -> dict[str, Any]:
    counted = [of.figures(run) for run in of.runs]
    totals = {key: sum(one.of(key) for one in counted) for key in HEADS}
    return {
        "name": "All steps",
        "is_sum": True,
        "figures": [
            {"label": label, "text": f"{totals[key]:,}", "tone": TONES.get(key, "") if totals[key] else ""}
            for key, label in HEADS.items()
        ],
    }


def _figure(of: Sheet, run: ImportRun, key: str, label: str) -> dict[str, str]:
    number = of.figures(run).of(key)
    return {
        "label": label,
        "text": f"{number:,}",
        "tone": TONES.get(key, "") if number else "",
        "url": f"{of.url(run, key)}#rows" if number and key in of.links else "",
    }


def tiles(of: Sheet) -> list[dict[str, Any]]:
    """Return the five figures of a step; those whose rows can be looked at are links."""
    return [_tile(of, fate, of.figures().of(fate)) for fate in NOTES]


def _tile(of: Sheet, fate: str, number: int) -> dict[str, Any]:
    return {
        "name": HEADS[fate],
        "icon": words.FATES[fate]["icon"],
        "figure": f"{number:,}",
        "unit": _unit(of, fate, number),
        "note": NOTES[fate],
        "tone": words.FATES[fate]["tone"] if number else "",
        "url": f"{of.url(fate=fate)}#rows" if number and fate in of.links else "",
        "current": of.fate == fate,
    }


def _unit(of: Sheet, fate: str, number: int) -> str:
    one = "value" if fate == Fate.CONFLICT and of.conflicts is None else "row"
    return one if number == 1 else f"{one}s"


def rows(request: ReviewerRequest, of: Sheet) -> dict[str, Any]:
    """Return the page of rows that was asked for, as imports/_rows.html needs it."""
    cursor = cursor_of(request, length=2)
    if of.fate in (Fate.REFUSED, REPORTED):
        refused = of.fate == Fate.REFUSED
        remarks = selector.remarks(run=of.run, cursor=cursor, refused_only=refused, taken_only=not refused)
        drawn: dict[str, Any] = {"remarks": [_remark(one) for one in remarks.rows]}
        newer, older = remarks.newer, remarks.older
    else:
        fates = selector.fates(run=of.run, fate=of.fate, cursor=cursor)
        drawn = {"fates": [_fate(one, of.run) for one in fates.rows]}
        newer, older = fates.newer, fates.older
    pager = pager_of(of.url(fate=of.fate), newer, older) if newer or older else None
    return {**drawn, "pager": pager, "shown": _shown(of)}


def _shown(of: Sheet) -> dict[str, Any]:
    download = address("import_refused", of.found.pk, of.run.pk)
    return {
        "title": TITLES[of.fate],
        "all_url": f"{of.url()}#rows" if of.fate and "" in of.links else "",
        "download_url": download if of.figures().refused else "",
        "empty": EMPTY.get(of.fate, NONE),
    }


def _remark(one: ImportRefusal) -> dict[str, Any]:
    return {
        "line": f"{one.line:,}",
        "column": visible(one.column),
        "value": visible(one.value),
        "reason": one.reason,
        "say": visible(one.say),
        "tag": _remark_tag(one),
    }


def _remark_tag(one: ImportRefusal) -> dict[str, str]:
    """Say what became of the row."""
    if not one.row_taken:
        return words.FATES[Fate.REFUSED]
    if one.reason == CONFLICT:
        return words.FATES[Fate.CONFLICT]
    said = "Taken, rewritten" if one.reason.startswith(REWRITTEN) else "Taken without it"
    return {"text": said, "icon": "check", "tone": ""}


def _fate(one: ImportFate, run: ImportRun) -> dict[str, Any]:
    plan = plan_of(run.object)
    return {
        "line": f"{one.line:,}",
        "label": visible(one.label or one.external_id or "No name"),
        "id": visible(one.external_id),
        "url": record_url(plan.record_type, one.record_id),
        "tag": words.FATES[one.fate],
        "is_new": one.fate == Fate.NEW,
        "say": visible(one.say),
        "moves": [_move(change, plan) for change in one.changes],
    }


def _move(change: Mapping[str, Any], plan: ObjectPlan) -> dict[str, Any]:
    known = plan.fields.get(change.get("field", ""))
    kind = known.spec.kind if known and known.spec.kind in SPOKEN else ""
    return {
        "label": visible(change.get("label", "")),
        "old": visible(phrases.value(change.get("ours") or "", kind)),
        "new": visible(phrases.value(change.get("theirs") or "", kind)),
        "conflict": bool(change.get("conflict")),
    }


def head(of: Sheet) -> dict[str, str]:
    """Return the name of the step the page is about, and of what."""
    read = words.counted(of.figures().read, "row")
    return {"title": words.step_name(of.run), "say": f"{visible(of.run.file_name)}, {read} read"}
