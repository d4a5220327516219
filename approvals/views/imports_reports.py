"""An import as a preview before it is confirmed, and as a report after it ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from approvals.http import ReviewerRequest
from approvals.selectors import conflicts
from approvals.templatetags import phrases
from approvals.templatetags.phrases import visible
from crmgov.people.models import User
from crmgov.records.models import Import, ImportRevert, ImportRun
from crmgov.records.selectors import imports as selector
from crmgov.records.services.import_whole_reverts import REVERTIBLE

from . import imports_steps as steps
from . import imports_words as words
from .imports import manages
from .imports_steps import REPORTED, Sheet
from .imports_words import Fate, Status
from .plates import address, record_url

# Everything a preview can show rows of; "" are all.
PREVIEWED = ("", *Fate.values, REPORTED)
# After the run the ledger has what was written; of the rows, what was not taken is kept.
KEPT = (Fate.REFUSED, REPORTED)

# Of the records a revert left as they are so many stand on the page; the ledger has them all.
MOST_NAMED = 25
# News of the records are taken up to the desk every 15 s.
REACHING_THE_DESK = timedelta(minutes=1)


def preview(request: ReviewerRequest, found: Import) -> dict[str, Any]:
    """Return what imports/_preview.html needs."""
    sheet = steps.sheet(request, found, links=PREVIEWED, first="")
    return {
        **_steps(sheet),
        **steps.rows(request, sheet),
        "readings": _readings(sheet.run.preview),
        "bar": _bar(sheet) if manages(request.user) else None,
        "files_url": address("import_files", found.pk),
    }


def report(request: ReviewerRequest, found: Import) -> dict[str, Any]:
    """Return what imports/_report.html needs."""
    last = selector.last_revert(found)
    context: dict[str, Any] = {
        "who": _who(found),
        "stopped": _stopped(found, may=manages(request.user)),
        "revert": _revert(found, last),
        "may_revert": found.status in REVERTIBLE and not _is_open(last),
        "conflicts": _conflicts(request.user, found),
        "stayed": _stayed(last),
    }
    if not found.runs.all():
        return context
    sheet = steps.sheet(request, found, links=KEPT, first=Fate.REFUSED)
    return {
        **context,
        **_steps(sheet),
        **steps.rows(request, sheet),
        "reasons": _reasons([sheet.run]),
        "all_reasons": _reasons(sheet.runs) if len(sheet.runs) > 1 else [],
        "readings": _readings(sheet.run.counts),
    }


def _steps(sheet: Sheet) -> dict[str, Any]:
    return {
        "many": len(sheet.runs) > 1,
        "steps": steps.table(sheet),
        "step_count": len(sheet.runs),
        "heads": list(steps.HEADS.values()),
        "step": steps.head(sheet),
        "tiles": steps.tiles(sheet),
        "values": _values(sheet),
    }


def _values(sheet: Sheet) -> dict[str, Any] | None:
    """The link to single values that were left out or rewritten, of rows that are taken."""
    counted = sheet.figures()
    said = [
        f"{words.counted(counted.left_out, 'value')} left out" if counted.left_out else "",
        f"{words.counted(counted.rewritten, 'value')} rewritten" if counted.rewritten else "",
    ]
    if not any(said):
        return None
    return {
        "text": " and ".join(one for one in said if one),
        "url": f"{sheet.url(fate=REPORTED)}#rows",
        "current": sheet.fate == REPORTED,
    }


def _readings(counts: dict[str, Any]) -> list[dict[str, str]]:
    found: dict[str, int] = counts.get("readings") or {}
    return [{"say": visible(say), "count": f"{number:,}"} for say, number in found.items()]


def _bar(sheet: Sheet) -> dict[str, Any]:
    """Say what confirming would do, in rows of all steps."""
    counted = [sheet.figures(run) for run in sheet.runs]
    new, changed, conflict, refused = (
        sum(one.of(name) for one in counted) for name in ("new", "changed", "conflict", "refused")
    )
    would = [f"writes {words.counted(new, 'new record')}" if new else "", _changes(changed, conflict)]
    writes = " and ".join(one for one in would if one)
    said = [
        f"{writes[:1].upper()}{writes[1:]}"
        if writes
        else "Writes nothing: all is as the files say, or refused",
        f"{words.counted(refused, 'row is', 'rows are')} refused" if refused else "",
    ]
    return {"seen": sheet.found.fingerprint, "consequence": f"{'; '.join(one for one in said if one)}."}


def _changes(changed: int, conflict: int) -> str:
    if not changed + conflict:
        return ""
    waits = f", {conflict:,} of which hold a conflict for a person to settle" if conflict else ""
    return f"changes {changed + conflict:,}{waits}"


def _reasons(runs: Sequence[ImportRun]) -> list[dict[str, Any]]:
    """What was refused or left out in these steps, the most frequent first, refusals before values."""
    refused, reported = Counter[str](), Counter[str]()
    for run in runs:
        refused.update(run.counts.get("refused") or {})
        reported.update(run.counts.get("reported") or {})
    lines = [(reason, number, "") for reason, number in refused.most_common()]
    lines += [(reason, number, _taken(reason)) for reason, number in reported.most_common()]
    return [
        {
            "say": words.reason_words(visible(reason.removeprefix(steps.REWRITTEN))),
            "count": f"{number:,}",
            "taken": taken,
        }
        for reason, number, taken in lines
    ]


def _taken(reason: str) -> str:
    if reason == steps.CONFLICT:
        return "ours stands"
    return "value rewritten" if reason.startswith(steps.REWRITTEN) else "value left out"


def _who(found: Import) -> list[dict[str, str]]:
    known = [
        ("Started by", f"{found.made_by}, {phrases.moment(found.made_at)}"),
        (
            "Confirmed by",
            f"{found.confirmed_by}, {phrases.moment(found.confirmed_at)}" if found.confirmed_at else "",
        ),
        ("Finished", phrases.moment(found.finished_at) if found.finished_at else ""),
        ("Source", visible(found.source.name)),
        ("Files", ", ".join(visible(file.name) for file in found.files.all())),
    ]
    return [{"label": label, "value": value} for label, value in known if value]


def _stopped(found: Import, *, may: bool) -> dict[str, str] | None:
    if found.status == Status.DISCARDED:
        return {
            "title": "Discarded before anything was written.",
            "text": visible(found.problem),
            "tone": "info",
        }
    if found.status != Status.FAILED:
        return None
    return {
        "title": f"Stopped after {words.counted(found.rows_done, 'row')}. What is written stays and is counted.",
        "text": visible(found.problem),
        "tone": "danger",
        "again_url": address("import_again", found.pk) if may else "",
    }


def _is_open(last: ImportRevert | None) -> bool:
    return last is not None and last.status == ImportRevert.Status.PROPOSED


def _revert(found: Import, last: ImportRevert | None) -> dict[str, str] | None:
    """Say that it is to be put back, or what came of it."""
    if last is None or last.status == ImportRevert.Status.WITHDRAWN:
        return None
    if last.status == ImportRevert.Status.PROPOSED:
        return {
            "tone": "",
            "title": f"{last.proposed_by} proposed to put this import back.",
            "text": f"“{visible(last.reason)}” It waits for a second admin.",
            "url": address("import_revert", found.pk),
            "link": "Show the plan",
        }
    if last.status == ImportRevert.Status.FAILED:
        return words.stopped_revert(last)
    by = f"{last.proposed_by}" + (
        f" and {last.confirmed_by}" if last.confirmed_by not in (None, last.proposed_by) else ""
    )
    return {
        "tone": "info",
        "title": f"Put back by {by}.",
        "text": f"{_outcome(last)} “{visible(last.reason)}”",
    }


def _outcome(last: ImportRevert) -> str:
    counts: dict[str, int] = last.outcome.get("counts") or {}
    said = {"archived": "archived", "put_back": "put back", "stayed": "left as it is"}
    found = [f"{words.counted(number, 'record')} {said[key]}" for key, number in counts.items() if number]
    return f"{', '.join(found)}." if found else ""


def _stayed(last: ImportRevert | None) -> list[dict[str, str]]:
    """The first records that a revert left as they are, with why."""
    found: list[dict[str, Any]] = last.outcome.get("stayed") or [] if last else []
    return [
        {
            "label": visible(one["label"]),
            "say": visible(one["say"]),
            "url": record_url(one["record_type"], UUID(one["record_id"])),
        }
        for one in found[:MOST_NAMED]
    ]


def _conflicts(user: User, found: Import) -> dict[str, str] | None:
    """What of this import a person has still to settle."""
    met = sum(int(run.counts.get("conflicts", 0)) for run in found.runs.all())
    if not met or found.status not in {Status.DONE, Status.FAILED}:
        return None
    number, opened = conflicts.count_of_import(user, found.pk)
    if not opened and _just_finished(found):
        number = met
    if not number:
        return None
    return {
        "title": f"{words.counted(number, 'value is', 'values are')} in conflict with what people wrote here.",
        "url": f"{address('conflicts')}?import={found.pk}",
    }


def _just_finished(found: Import) -> bool:
    """Its conflicts may not have reached the desk yet."""
    return found.finished_at is not None and timezone.now() - found.finished_at < REACHING_THE_DESK
