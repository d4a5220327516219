"""The preview of a whole import: everything is done, looked at and taken back.

While it runs, other imports of the source wait, and so does whoever would change a record that the import changes
(or make a row with the same natural key): such rows stay locked until everything is taken back
(hand edits and the executor wait a few seconds and then try later, see `trouble`). Rows that the import
only reads, or finds as they are, are let go after each chunk. Nothing else waits. Numbers drawn from sequences
meanwhile are lost, which leaves gaps and no trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records.imports.catalog import plan_of
from crmgov.records.imports.reports import Report
from crmgov.records.imports.steps import Bundle, Step
from crmgov.records.models import Import, ImportFile, ImportRun

from . import trouble
from .edits import person
from .import_access import PREPARING, WrongState, forget_all, forget_preview, locked, require_admin
from .import_batches import Context
from .import_bundles import bundle_of, steps_of, stored
from .import_fates import Spool, fates_of
from .import_marks import fingerprint_of, mark_of
from .import_passes import FirstPass, SecondPass, chunks, store
from .import_turns import turn
from .signals import check_asked

# Rows in memory at a time.
CHUNK = 2000
# Places are moved out of the way while steps are put into their order.
ASIDE = 1_000_000


@dataclass(slots=True)
class _Step:
    """One step of the dry run: the row it is kept under, and what was found."""

    run: ImportRun
    step: Step
    spool: Spool
    report: Report
    rows: int = 0
    counts: dict[str, Any] = field(default_factory=dict)


@transaction.atomic(durable=True)
def ask_check(*, import_id: UUID, user: User, at: datetime) -> Import:
    """Ask for the preview; a worker makes it. Raises NotAllowed, NotFound, WrongState, Refused (no files yet)."""
    require_admin(user)
    parent = locked(import_id, *PREPARING)
    if not ImportFile.objects.filter(parent=parent).exists():
        raise Refused("This import has no files yet.")
    parent.status, parent.problem, parent.beat_at = Import.Status.CHECKING, "", at
    parent.save(update_fields=["status", "problem", "beat_at"])
    check_asked.send(sender=Import, import_id=parent.pk)
    return parent


def check(*, import_id: UUID, at: datetime) -> bool:
    """Make the preview of an import that waits for it; is it ready to confirm?

    Afterwards every row has its fate, and every step its counts; or the import is open again and says its problem.
    False also while another import of the same source is at work; it is rung for again.
    """
    parent = Import.objects.filter(pk=import_id).select_related("source").first()
    if parent is None or parent.status not in {Import.Status.CHECKING, Import.Status.DISCARDED}:
        return False
    with turn(parent.source) as ours:
        if not ours:
            return False
        if not _still_waits(parent):
            _forget_discarded(parent)
            return False
        try:
            _check(parent, at)
        except WrongState:
            _forget_discarded(parent)
            return False
        except Refused as refused:
            _give_up(parent, refused.say)
            return False
        except Exception as error:
            # When the database went away, or others hold the same rows the other way round, it is rung for again.
            if not trouble.of_the_database(error):
                _give_up(parent, f"The check broke down: {trouble.first_line(error)}")
            raise
    return True


def _still_waits(parent: Import) -> bool:
    """Somebody may have made the preview while we came."""
    return Import.objects.filter(pk=parent.pk, status=Import.Status.CHECKING).exists()


@transaction.atomic(durable=True)
def _forget_discarded(parent: Import) -> None:
    """Who discarded it while it was checked left its files to us."""
    if discarded := Import.objects.filter(pk=parent.pk, status=Import.Status.DISCARDED).first():
        forget_all(discarded)


def _check(parent: Import, at: datetime) -> None:
    mark = mark_of(parent, at)
    with bundle_of(parent) as bundle, ExitStack() as stack:
        steps = [
            _Step(run, step, stack.enter_context(Spool()), Report(step.object))
            for run, step in _runs(parent, steps_of(parent, bundle), at)
        ]
        _dry_run(parent, bundle, steps, at)
        _keep(parent, steps, mark)


def _runs(parent: Import, steps: Sequence[Step], at: datetime) -> list[tuple[ImportRun, Step]]:
    """A row for each step: for plain CSV what a person chose, where somebody did, else a new one."""
    chosen = {(run.file_name, run.object): run for run in ImportRun.objects.filter(parent=parent)}
    plain = parent.adapter == Import.Adapter.CSV
    files = {file.name: file for file in ImportFile.objects.filter(parent=parent)}
    runs = []
    for position, step in enumerate(steps, start=1):
        known = chosen.get((step.file, step.object)) if plain else None
        run = known or ImportRun(id=new_id(), parent=parent)
        run.source, run.object, run.step, run.position = parent.source, step.object, step.name[:60], position
        run.file, run.file_name, run.file_sha256 = files[step.file], step.file, files[step.file].sha256
        run.mapping, run.status, run.started_at = stored(step), ImportRun.Status.WAITING, at
        run.confirmed_by, run.counts = parent.made_by, {}
        runs.append((run, step))
    return runs


@transaction.atomic(durable=True)
def _dry_run(parent: Import, bundle: Bundle, steps: Sequence[_Step], at: datetime) -> None:
    """Do everything and take it back."""
    _replace_runs(parent, [one.run for one in steps])
    for one in steps:
        plan = plan_of(one.step.object)
        file = bundle.files[one.step.file]
        context = Context(plan, one.run, parent.source, person(parent.made_by), at, one.report)
        first = FirstPass(one.step, file, context)
        for raw_rows in chunks(file.rows(), CHUNK):
            one.rows += len(raw_rows)
            _look(one, first, raw_rows)
        if first.leaves_some:
            second = SecondPass(first)
            for raw_rows in chunks(file.rows(), CHUNK):
                _look(one, second, raw_rows)
        one.counts = one.report.counts()
    transaction.set_rollback(True)


def _look(one: _Step, a_pass: FirstPass | SecondPass, raw_rows: Sequence[Any]) -> None:
    """Write a chunk, and take back at once what found everything as it is: its locks end with it."""
    with transaction.atomic():
        taken = a_pass.take(raw_rows)
        if not taken.batch.written:
            transaction.set_rollback(True)
    remarks = one.report.drain()
    store(one.run, remarks)
    fates = fates_of(a_pass.context.plan, taken, remarks)
    one.spool.add(fates, remarks, again=isinstance(a_pass, SecondPass))


@transaction.atomic(durable=True)
def _keep(parent: Import, steps: Sequence[_Step], mark: dict[str, Any]) -> None:
    """Store what was found, now that nothing of it is there any more."""
    parent = locked(parent.pk, Import.Status.CHECKING)
    forget_preview(*ImportRun.objects.filter(parent=parent))
    for one in steps:
        one.run.preview = {**one.counts, "rows": one.rows, "digest": one.spool.digest, "mark": mark}
    _replace_runs(parent, [one.run for one in steps])
    for one in steps:
        ImportFile.objects.filter(runs=one.run).update(rows=one.rows)
        one.spool.store(one.run)
        for remarks in chunks(one.spool.stored_remarks(), CHUNK):
            store(one.run, remarks)
    parent.status, parent.problem, parent.rows_done = Import.Status.READY, "", 0
    parent.rows_total = sum(one.rows for one in steps)
    parent.fingerprint = fingerprint_of(parent)
    parent.save(update_fields=["status", "problem", "rows_done", "rows_total", "fingerprint"])


def _replace_runs(parent: Import, runs: Sequence[ImportRun]) -> None:
    """Put the steps in their places; those of an earlier preview go."""
    ImportRun.objects.filter(parent=parent).exclude(pk__in=[run.pk for run in runs]).delete()
    ImportRun.objects.filter(parent=parent).update(position=F("position") + ASIDE)
    for run in runs:
        run.save()


@transaction.atomic(durable=True)
def _give_up(parent: Import, say: str) -> None:
    """Back to where files and mappings can be changed, with the reason."""
    parent = locked(parent.pk, Import.Status.CHECKING)
    forget_preview(*ImportRun.objects.filter(parent=parent))
    parent.status, parent.problem, parent.fingerprint = Import.Status.OPEN, say.replace("\x00", "␀")[:500], ""
    parent.save(update_fields=["status", "problem", "fingerprint"])
