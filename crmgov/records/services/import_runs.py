"""A confirmed import at work: chunk after chunk, each row once, whatever dies in between.

A chunk, its remarks and how far it came are one transaction. Whoever takes an import up reads again what was
committed, to know what stood in those rows, and goes on behind it. A chunk is written only where the last one ended,
so that even two workers that believe to be alone write no row twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records.imports.catalog import plan_of
from crmgov.records.imports.files import CsvFile, RawRow
from crmgov.records.imports.reports import Report
from crmgov.records.imports.steps import Bundle, Step
from crmgov.records.models import Import, ImportFile, ImportRun

from . import trouble
from .edits import person
from .import_access import forget_preview, locked, require_admin
from .import_batches import Context
from .import_bundles import bundle_of, fits, steps_of
from .import_passes import FirstPass, SecondPass, chunks, restored, store
from .import_turns import turn
from .signals import import_confirmed

# Rows per transaction: large enough that the statements are what costs, small enough to see it move.
CHUNK = 2000
# A task hands over to the next one after writing so long: a message should not stay unanswered for 15 minutes.
SECONDS_AT_A_TIME = 600.0
ROWS, REFERENCES = "rows", "references"


class OutOfStep(Refused):
    """Another worker is at this import."""


class FilesGone(Refused):
    """Its files were deleted 30 days after it stopped. Import them again: what is written already stays as it is."""


class ReadOtherwise(Refused):
    """Its files are read differently since it was previewed, for crmgov was updated meanwhile. Put back what was
    written, and import the files again."""


class Clock:
    """The time of a long piece of work: when it began, moved on by what it took since."""

    def __init__(self, at: datetime) -> None:
        self.at, self.began = at, monotonic()

    @property
    def seconds(self) -> float:
        return monotonic() - self.began

    @property
    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)


@dataclass(slots=True)
class _Work:
    """An import taken up. Its time begins with the first chunk it writes: reading again what was committed may take
    longer than that, and would otherwise use it up each time."""

    parent: Import
    clock: Clock
    writes_since: float | None = None

    @property
    def is_over(self) -> bool:
        if self.writes_since is None:
            self.writes_since = self.clock.seconds
            return False
        return self.clock.seconds - self.writes_since > SECONDS_AT_A_TIME


def go_on(*, import_id: UUID, at: datetime) -> bool:
    """Take a confirmed import up and write what is left of it, for ten minutes at most (and one chunk at
    least); is it finished?

    False also when there is nothing to do, and while another import of the same source is at work; it is rung for
    again. A file or a step that cannot be read any more stops it (failed, with the reason); what was written stays
    and can be put back.
    """
    parent = (
        Import.objects.filter(pk=import_id, status=Import.Status.RUNNING).select_related("source").first()
    )
    if parent is None:
        return False
    with turn(parent.source) as ours:
        if not ours:
            return False
        # Somebody may have finished it while we came.
        parent = (
            Import.objects.filter(pk=import_id, status=Import.Status.RUNNING)
            .select_related("source", "confirmed_by")
            .first()
        )
        return parent is not None and _work(_Work(parent, Clock(at)))


def go_on_all(*, at: datetime) -> int:
    """Take up every confirmed import in the order they were confirmed; return how many were finished."""
    waiting = Import.objects.filter(status=Import.Status.RUNNING).order_by("confirmed_at", "pk")
    return sum(go_on(import_id=key, at=at) for key in waiting.values_list("pk", flat=True))


@transaction.atomic(durable=True)
def try_again(*, import_id: UUID, user: User, at: datetime) -> Import:
    """Let a stopped import go on where it stopped. Raises NotAllowed, NotFound, WrongState, FilesGone."""
    require_admin(user)
    parent = locked(import_id, Import.Status.FAILED)
    if ImportFile.objects.filter(parent=parent, blocks=None).exists():
        raise FilesGone
    parent.status, parent.problem, parent.beat_at, parent.finished_at = Import.Status.RUNNING, "", None, None
    parent.save(update_fields=["status", "problem", "beat_at", "finished_at"])
    ImportRun.objects.filter(parent=parent, status=ImportRun.Status.FAILED).update(
        status=ImportRun.Status.RUNNING
    )
    import_confirmed.send(sender=Import, import_id=parent.pk)
    return parent


def _work(work: _Work) -> bool:
    _beat(work)
    try:
        with bundle_of(work.parent) as bundle:
            done = _steps(work, bundle)
    except OutOfStep:
        return False
    except Refused as refused:
        _fail(work, refused.say)
        return False
    except Exception as error:
        # When the database went away, or others held the same rows the other way round, it is taken up again.
        if not trouble.of_the_database(error):
            _fail(work, f"It broke down: {type(error).__name__}: {trouble.first_line(error)}")
        raise
    if done:
        _finish(work)
    else:
        import_confirmed.send(sender=Import, import_id=work.parent.pk)
    return done


def _steps(work: _Work, bundle: Bundle) -> bool:
    """Write step after step; False when the time is over before the last one."""
    steps = steps_of(work.parent, bundle)
    runs = list(ImportRun.objects.filter(parent=work.parent).select_related("source").order_by("position"))
    if not fits(runs, steps):
        raise ReadOtherwise
    for run, step in zip(runs, steps, strict=True):
        if run.status != ImportRun.Status.DONE and not _step(work, bundle, run, step):
            return False
    return True


def _step(work: _Work, bundle: Bundle, run: ImportRun, step: Step) -> bool:
    """Write what is left of one step; False when the time is over."""
    plan, user = plan_of(run.object), work.parent.confirmed_by
    if user is None:
        raise Refused("Nobody confirmed this import.")
    report, file = restored(plan, run), bundle.files[step.file]
    context = Context(plan, run, work.parent.source, person(user), work.clock.now, report)
    first = FirstPass(step, file, context)
    if run.status == ImportRun.Status.WAITING:
        _begin(work, run)
    if run.phase == ROWS:
        if not _pass(work, run, first, file):
            return False
        if first.leaves_some:
            _turn_to_references(run)
    if run.phase == REFERENCES and not _pass(work, run, SecondPass(first), file):
        return False
    _close(work, run, report)
    return True


def _pass(work: _Work, run: ImportRun, one: FirstPass | SecondPass, file: CsvFile) -> bool:
    """Read again what was committed, then write chunk by chunk; False when the time is over."""
    rows = file.rows()
    for raw_rows in chunks(islice(rows, run.rows_done), CHUNK):
        one.replay(raw_rows)
        _beat(work)
    for raw_rows in chunks(rows, CHUNK):
        if work.is_over:
            return False
        _chunk(work, run, one, raw_rows)
    return True


@transaction.atomic(durable=True)
def _chunk(work: _Work, run: ImportRun, one: FirstPass | SecondPass, raw_rows: list[RawRow]) -> None:
    """One chunk, written only where the last one ended. Raises OutOfStep."""
    here = ImportRun.objects.select_for_update(no_key=True).filter(
        pk=run.pk, status=ImportRun.Status.RUNNING, phase=run.phase, rows_done=run.rows_done
    )
    if not here:
        raise OutOfStep
    one.take(raw_rows)
    report = one.context.report
    store(run, report.drain())
    run.rows_done += len(raw_rows)
    run.counts = report.counts()
    run.save(update_fields=["rows_done", "counts"])
    moved = len(raw_rows) if run.phase == ROWS else 0
    _move(work, rows_done=F("rows_done") + moved)


@transaction.atomic(durable=True)
def _begin(work: _Work, run: ImportRun) -> None:
    """The report of the run takes the place of its preview."""
    forget_preview(run)
    run.status, run.phase, run.started_at = ImportRun.Status.RUNNING, ROWS, work.clock.now
    run.confirmed_by = work.parent.confirmed_by or run.confirmed_by
    run.save(update_fields=["status", "phase", "started_at", "confirmed_by"])


@transaction.atomic(durable=True)
def _turn_to_references(run: ImportRun) -> None:
    run.phase, run.rows_done = REFERENCES, 0
    run.save(update_fields=["phase", "rows_done"])


@transaction.atomic(durable=True)
def _close(work: _Work, run: ImportRun, report: Report) -> None:
    run.status, run.finished_at, run.counts = ImportRun.Status.DONE, work.clock.now, report.counts()
    run.save(update_fields=["status", "finished_at", "counts"])


@transaction.atomic(durable=True)
def _finish(work: _Work) -> None:
    _move(work, status=Import.Status.DONE, finished_at=work.clock.now)


@transaction.atomic(durable=True)
def _fail(work: _Work, say: str) -> None:
    _move(work, status=Import.Status.FAILED, finished_at=work.clock.now, problem=say[:500])
    ImportRun.objects.filter(parent=work.parent, status=ImportRun.Status.RUNNING).update(
        status=ImportRun.Status.FAILED
    )


@transaction.atomic(durable=True)
def _beat(work: _Work) -> None:
    _move(work)


def _move(work: _Work, **columns: Any) -> None:
    """Show that somebody is at it. Raises OutOfStep when it no longer runs."""
    running = Import.objects.filter(pk=work.parent.pk, status=Import.Status.RUNNING)
    if not running.update(beat_at=work.clock.now, **columns):
        raise OutOfStep
