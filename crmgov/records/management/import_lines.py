"""What import_crm prints about a whole folder and about putting it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmgov.records.models import ImportRevert
from crmgov.records.services.import_folders import Brought
from crmgov.records.services.import_outlooks import RevertPlan

MOST_RECORDS = 20


def folder_lines(brought: Brought, source: str, user: str) -> Iterator[str]:
    """Each step with its counts and its reasons, then what was left out."""
    tense = "would be confirmed" if brought.parent is None else "confirmed"
    yield f"source {source}, {tense} by {user}"
    for file, step, name, counts in brought.steps:
        refused = sum(counts["refused"].values())
        yield (
            f"{file} · {step} ({name.replace('_', ' ')}): {counts['read']} rows read, {counts['new']} new, "
            f"{counts['changed']} changed, {counts['unchanged']} unchanged, {refused} refused; "
            f"{counts['conflicts']} conflicts"
        )
        yield from _reasons("refused", counts["refused"])
        yield from _reasons("taken, and to be looked at", counts["reported"])
        if counts["columns_without_place"]:
            yield f"  not taken, for there is no place for them: {', '.join(counts['columns_without_place'])}"
    for file, why in brought.left_out.items():
        yield f"{file} was not read. {why}"
    if brought.parent is None:
        yield "A dry run: nothing was kept."
    else:
        yield f"To put it back: import_crm --revert {brought.parent.pk} --reason WHY"


def folder_json(brought: Brought) -> dict[str, Any]:
    return {
        "objects": brought.objects,
        "files": brought.files,
        "left_out": brought.left_out,
        "import": None if brought.parent is None else str(brought.parent.pk),
    }


def plan_lines(plan: RevertPlan) -> Iterator[str]:
    yield (
        f"{plan.counts['archive']} records would be archived, {plan.counts['put_back']} get values back, "
        f"{plan.counts['stay']} stay as they are"
    )
    for one in plan.outcomes[:MOST_RECORDS]:
        if one.say:
            yield f"  {one.label}: {one.result.replace('_', ' ')}. {one.say}"
    for kept in plan.lists:
        yield f"  {kept['say']}"


def revert_lines(made: ImportRevert) -> Iterator[str]:
    if made.status == ImportRevert.Status.PROPOSED:
        yield (
            f"These are {made.records} records, so another admin confirms it: the same command with --as E-MAIL. "
            "The only admin may confirm it after 24 hours."
        )
        return
    counts = made.outcome["counts"]
    yield f"{counts['archived']} archived, {counts['put_back']} put back, {counts['stayed']} stayed"
    for one in made.outcome.get("stayed", [])[:MOST_RECORDS]:
        yield f"  {one['label']}: {one['say']}"


def _reasons(title: str, counts: dict[str, int]) -> Iterator[str]:
    for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {title}: {count} × {reason}"
