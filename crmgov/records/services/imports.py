"""Importing a file: one confirmed authority, one transaction, nothing half-imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import transaction

from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role, User
from crmgov.records.imports.catalog import ObjectPlan, plan_of
from crmgov.records.imports.files import CsvFile, digest_of, open_csv
from crmgov.records.imports.reports import Report
from crmgov.records.imports.steps import Step
from crmgov.records.models import ImportRun

from . import import_reverts
from .edits import person
from .import_access import UnfitSource, require_admin, source_named
from .import_batches import Context
from .import_passes import FirstPass, SecondPass, chunks, mapping_of, store
from .import_turns import wait_for

# Rows in memory at a time, and per call of the door.
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Imported:
    """`run` is None after a dry run, which left nothing behind."""

    run: ImportRun | None
    report: Report


class NobodyConfirms(Invalid):
    """An import needs the person who confirms it. Name an active admin by e-mail."""


def confirming_admin(email: str = "") -> User:
    """Return the admin who confirms an import: the one named, else the only one. Raises NobodyConfirms, NotAllowed."""
    if email:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise NobodyConfirms(f"Nobody here has the e-mail address {email}.")
        require_admin(user)
        return user
    admins = list(User.objects.filter(role=Role.ADMIN, is_active=True)[:2])
    if len(admins) != 1:
        raise NobodyConfirms(
            "There is no active admin who could confirm this import."
            if not admins
            else "There are several admins: name the one who confirms this import with --as E-MAIL."
        )
    return admins[0]


def run(
    *,
    source_name: str,
    object_name: str,
    path: Path,
    mapping: dict[str, Any] | None,
    confirmed_by: User,
    at: datetime,
    dry_run: bool = False,
    encoding: str = "",
) -> Imported:
    """Import the file, or with `dry_run` do the same and leave nothing behind.

    Raises Invalid (unreadable file, bad mapping, unfit source) and NotAllowed. When a file breaks in the middle,
    nothing of it is imported and the run is kept as failed.
    """
    require_admin(confirmed_by)
    plan = plan_of(object_name)
    file = open_csv(path, encoding=encoding)
    step = Step(plan.name, path.name, plan.name, mapping)
    mapping_of(step, plan, file)
    new = ImportRun(
        id=new_id(),
        object=plan.name,
        file_name=path.name[:300],
        file_sha256=digest_of(path),
        mapping=mapping or {},
        confirmed_by=confirmed_by,
        started_at=at,
    )
    try:
        return _import(new, source_name, plan, file, step, dry_run=dry_run)
    except UnfitSource:
        raise
    except Exception as error:
        if not dry_run:
            _keep_failure(new, source_name, error)
        raise


@transaction.atomic(durable=True)
def _import(
    new: ImportRun, source_name: str, plan: ObjectPlan, file: CsvFile, step: Step, *, dry_run: bool
) -> Imported:
    """The one transaction. Two imports of one source wait for each other."""
    began = monotonic()
    new.source = source_named(source_name)
    wait_for(new.source)
    new.save(force_insert=True)
    report = Report(plan.name)
    context = Context(plan, new, new.source, person(new.confirmed_by), new.started_at, report)
    first = FirstPass(step, file, context)
    passes: list[FirstPass | SecondPass] = [first, *([SecondPass(first)] if first.leaves_some else [])]
    for one in passes:
        for raw_rows in chunks(file.rows(), CHUNK):
            one.take(raw_rows)
            store(new, report.drain())
    new.status, new.counts = ImportRun.Status.DONE, report.counts()
    new.finished_at = new.started_at + timedelta(seconds=monotonic() - began)
    new.save(update_fields=["status", "finished_at", "counts"])
    if dry_run:
        transaction.set_rollback(True)
    return Imported(None if dry_run else new, report)


@transaction.atomic(durable=True)
def _keep_failure(run: ImportRun, source_name: str, error: Exception) -> None:
    """What was tried stays on record; of its rows nothing does."""
    run.source = source_named(source_name)
    run.status, run.finished_at = ImportRun.Status.FAILED, run.started_at
    run.counts = {"failed": str(error)[:500]}
    run.save(force_insert=True)


revert = import_reverts.revert
__all__ = ["Imported", "NobodyConfirms", "confirming_admin", "revert", "run"]
