"""Imports for whoever oversees them: the list, one with its files and steps, its rows, and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User
from crmgov.people.policy import sees_everything
from crmgov.records.models import (
    Import,
    ImportFate,
    ImportRefusal,
    ImportRevert,
    ImportRun,
    RememberedMapping,
    Source,
)

from .cursors import Cursor
from .keyset import Order, Page, page_of

NEWEST = Order(("made_at", "id"), descending=True)
BY_LINE = Order(("line", "id"))
ROWS = 50
# Rows of a download that are in memory at a time.
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows of all steps; `step` is the one at work, "" between two; `at_work` while a worker is or should be at it."""

    rows_done: int
    rows_total: int
    percent: int
    step: str
    at_work: bool


def page_of_imports(
    *, user: User, cursor: Cursor | None, status: str = "", source_id: int | None = None
) -> Page[Import]:
    """Return imports with their files, newest first. Raises NotFound for whoever may not see them."""
    _require_overseer(user)
    found = Import.objects.select_related("source", "made_by").prefetch_related("files")
    if status:
        found = found.filter(status=status)
    if source_id is not None:
        found = found.filter(source_id=source_id)
    return page_of(found, order=NEWEST, cursor=cursor)


def import_of(*, import_id: UUID, user: User) -> Import:
    """Return one import with source, people, files and steps. Raises NotFound."""
    _require_overseer(user)
    found = (
        Import.objects.select_related("source", "made_by", "confirmed_by")
        .prefetch_related("files", "runs")
        .filter(pk=import_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such import.")
    return found


def sources() -> QuerySet[Source]:
    """Return the sources that have imports, by name."""
    return Source.objects.filter(pk__in=Import.objects.values("source_id")).order_by("name")


def fates(*, run: ImportRun, fate: str = "", cursor: Cursor | None = None) -> Page[ImportFate]:
    """Return what would become of a step's rows, by line; of one fate when it is named."""
    rows = ImportFate.objects.filter(run=run)
    return page_of(rows.filter(fate=fate) if fate else rows, order=BY_LINE, cursor=cursor, size=ROWS)


def conflict_rows(found: Import) -> dict[UUID, int]:
    """Return by step how many rows of the preview hold a conflict."""
    rows = ImportFate.objects.filter(run__parent=found, fate=ImportFate.Fate.CONFLICT)
    return dict(rows.values_list("run_id").annotate(rows=Count("pk")))


def remarks(
    *, run: ImportRun, cursor: Cursor | None = None, refused_only: bool = False, taken_only: bool = False
) -> Page[ImportRefusal]:
    """Return what a step remarked, by line: on rows it refused, on single values of rows it took, or both."""
    rows = ImportRefusal.objects.filter(run=run)
    if refused_only or taken_only:
        rows = rows.filter(row_taken=taken_only)
    return page_of(rows, order=BY_LINE, cursor=cursor, size=ROWS)


def refused_rows(*, run: ImportRun) -> Iterator[ImportRefusal]:
    """Return every refused row of a step, by line, for a download."""
    rows = ImportRefusal.objects.filter(run=run, row_taken=False).order_by("line", "id")
    return rows.iterator(chunk_size=CHUNK)


def progress(found: Import) -> Progress:
    """Return how far an import is."""
    running = next((run for run in found.runs.all() if run.status == ImportRun.Status.RUNNING), None)
    total = found.rows_total
    percent = min(100, found.rows_done * 100 // total) if total else 0
    at_work = found.status in {Import.Status.CHECKING, Import.Status.RUNNING, Import.Status.REVERTING}
    return Progress(found.rows_done, total, percent, running.step if running else "", at_work)


def remembered(*, source: Source, object_name: str) -> RememberedMapping | None:
    """Return how the source's last file of this object was mapped, and by whom."""
    return RememberedMapping.objects.select_related("by").filter(source=source, object=object_name).first()


def last_revert(found: Import) -> ImportRevert | None:
    """Return the newest plan to put it back, whatever became of it."""
    reverts = ImportRevert.objects.filter(parent=found).select_related("proposed_by", "confirmed_by")
    return reverts.order_by("-proposed_at", "-pk").first()


def put_back(runs: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these runs were put back; one query at most."""
    if not runs:
        return frozenset()
    gone = ImportRun.objects.filter(pk__in=runs, status=ImportRun.Status.REVERTED)
    return frozenset(gone.values_list("pk", flat=True))


def put_back_by(run_id: UUID) -> User:
    """Return who put this run back: who confirmed it for a whole import, else who did it for the single file."""
    run = ImportRun.objects.select_related("confirmed_by").get(pk=run_id)
    whole = ImportRevert.objects.filter(parent=run.parent_id, status=ImportRevert.Status.DONE)
    plan = whole.select_related("proposed_by", "confirmed_by").order_by("-pk").first()
    if plan is not None:
        return plan.confirmed_by or plan.proposed_by
    alone = User.objects.filter(pk=run.counts.get("reverted_by")).first()
    return alone or run.confirmed_by


def _require_overseer(user: User) -> None:
    if not sees_everything(user):
        raise NotFound("There is no such import.")
