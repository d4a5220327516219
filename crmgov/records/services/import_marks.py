"""What a preview was made of, and whether that still stands: files, mappings, fates, and our side."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from crmgov.records import registry
from crmgov.records.contracts import EXTRA
from crmgov.records.imports.catalog import plan_of
from crmgov.records.models import (
    ChangeSet,
    ExternalId,
    FieldChange,
    Import,
    ImportFate,
    ImportFile,
    ImportRun,
)
from crmgov.records.selectors.listed import listed

from .import_passes import chunks

# Our changes are looked for from so long before the preview on: a change bears the time its work began.
LOOK_BACK = timedelta(days=1)
CHUNK = 5000


def fingerprint_of(parent: Import) -> str:
    """Return the SHA-256 over files, how they are read, steps, mappings and the fates the preview found."""
    files = ImportFile.objects.filter(parent=parent).order_by("name")
    runs = ImportRun.objects.filter(parent=parent).order_by("position")
    facts = [
        [[file.name, file.size, file.sha256, file.reading] for file in files],
        [
            [run.step, run.object, run.file_name, run.file_sha256, run.mapping, run.preview.get("digest")]
            for run in runs
        ],
    ]
    return sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def mark_of(parent: Import, at: datetime) -> dict[str, Any]:
    """Return what is known of our side just before a preview begins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        (snapshot,) = cursor.fetchone()
    return {"at": at.isoformat(), "snapshot": snapshot, "others": _others(parent), "links": _links(parent)}


def moved(parent: Import) -> str:
    """Return the sentence that says what of ours changed since the preview; "" while its fates still stand."""
    runs = list(ImportRun.objects.filter(parent=parent).order_by("position"))
    mark = next((run.preview["mark"] for run in runs if "mark" in run.preview), None)
    if mark is None:
        return "There is no preview of this import any more."
    if _others(parent) != mark["others"]:
        return f"Another import from {parent.source} was at work since this preview."
    if _links(parent) != mark["links"] and _linked_since(parent, runs):
        return "Rows that were new in this preview are here by now."
    change = _changed_since(runs, mark)
    if change is None:
        return ""
    label = registry.label(change.record_type, change.field)
    return f"{change.record_label} was changed since this preview ({label})."


def _others(parent: Import) -> list[int]:
    """How many other imports of the source began to write, and how far they came."""
    began = ImportRun.objects.filter(source=parent.source).exclude(parent=parent)
    began = began.exclude(status=ImportRun.Status.WAITING)
    reverted = began.filter(status=ImportRun.Status.REVERTED).count()
    return [began.count(), began.aggregate(rows=Sum("rows_done"))["rows"] or 0, reverted]


def _links(parent: Import) -> int:
    """How many external ids the source has; none is ever taken away."""
    return ExternalId.objects.filter(source=parent.source).count()


def _linked_since(parent: Import, runs: list[ImportRun]) -> bool:
    """Asked in chunks: right after a preview Postgres knows nothing of these tables, and would go row by row."""
    for run in runs:
        new = ImportFate.objects.filter(run=run, fate=ImportFate.Fate.NEW).order_by()
        kind = plan_of(run.object).id_kind
        for values in chunks(new.values_list("external_id", flat=True).iterator(chunk_size=CHUNK), CHUNK):
            linked = ExternalId.objects.filter(source=parent.source, kind=kind)
            if linked.filter(value__in=listed(values, "text")).exists():
                return True
    return False


def _changed_since(runs: list[ImportRun], mark: dict[str, Any]) -> FieldChange | None:
    """A change of a field that the import reads, on a record that it found, which the preview did not see."""
    read: dict[str, set[str]] = {}
    for run in runs:
        read.setdefault(plan_of(run.object).record_type, {"archived_at"}).update(_fields(run))
    unseen = ChangeSet.objects.filter(at__gte=datetime.fromisoformat(mark["at"]) - LOOK_BACK).extra(
        where=["NOT pg_visible_in_snapshot(xact, %s::pg_snapshot)"], params=[mark["snapshot"]]
    )
    for change_sets in chunks(unseen.values_list("pk", flat=True).iterator(chunk_size=CHUNK), CHUNK):
        written = FieldChange.objects.filter(change_set__in=listed(change_sets, "uuid")).order_by()
        for part in chunks(written.iterator(chunk_size=CHUNK), CHUNK):
            matters = [
                one
                for one in part
                if one.field in read.get(one.record_type, ()) or one.field.startswith(EXTRA)
            ]
            found = _found({one.record_id for one in matters}, runs)
            if moved_one := next((one for one in matters if one.record_id in found), None):
                return moved_one
    return None


def _found(records: set[UUID], runs: list[ImportRun]) -> set[UUID]:
    """Those of the records that the preview found."""
    if not records:
        return set()
    fates = ImportFate.objects.filter(run__in=runs, record_id__in=listed(records, "uuid"))
    return {found for found in fates.values_list("record_id", flat=True).distinct() if found}


def _fields(run: ImportRun) -> set[str]:
    """The fields a step writes; without a mapping any of the object's."""
    return set(run.mapping.get("fields", {})) or set(plan_of(run.object).fields)
