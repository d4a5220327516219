"""A whole folder imported at once, without a browser: the same files in, preview, confirmation and run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User
from crmgov.records.models import Import, ImportFile, ImportRun, Source

from . import import_checks, import_choices, import_confirmations, import_files, import_runs
from .import_access import require_admin

SUFFIXES = {".csv", ".tsv", ".txt"}
# While another import of the source is at work, or a worker took this one up before us.
SECONDS_BETWEEN_LOOKS = 0.5
STEPS = tuple[str, str, str, dict[str, Any]]


class DidNotWork(Refused):
    """The import could not be made ready, or it stopped. The reason stands with it."""


@dataclass(frozen=True, slots=True)
class Brought:
    """`parent` is None after a dry run. `steps`: file, step, object, counts, in the order of writing.

    `left_out`: file -> why it was not read.
    """

    parent: Import | None
    steps: list[STEPS]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def objects(self) -> dict[str, dict[str, Any]]:
        """Counts summed per object."""
        found: dict[str, dict[str, Any]] = {}
        for _, _, name, counts in self.steps:
            found[name] = _added(found[name], counts) if name in found else dict(counts)
        return found

    @property
    def files(self) -> dict[str, dict[str, dict[str, Any]]]:
        """File -> step -> counts."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for file, step, _, counts in self.steps:
            found.setdefault(file, {})[step] = counts
        return found


def bring(
    *,
    folder: Path,
    adapter: str,
    source_name: str,
    user: User,
    at: datetime,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda said: None,
) -> Brought:
    """Import every CSV file of a folder that the adapter knows; with `dry_run` up to the preview, and keep nothing.

    Files of plain CSV that are called like an object (accounts.csv) hold that object. Waits while another import of
    the source is at work. Raises NotAllowed, Invalid (no such folder, nothing in it to import), DidNotWork.
    """
    require_admin(user)
    paths = _paths(folder)
    was_there = Source.objects.filter(name=source_name).exists()
    parent = import_files.start(user=user, source_name=source_name, adapter=adapter, at=at)
    try:
        left_out = _add_all(parent, paths, user, at)
        _check(parent, user, at, say)
    except BaseException:
        _forget(parent, was_there)
        raise
    if dry_run:
        steps = _steps(parent, preview=True)
        _forget(parent, was_there)
        return Brought(None, steps, left_out)
    import_confirmations.confirm(import_id=parent.pk, user=user, seen_fingerprint=parent.fingerprint, at=at)
    _run(parent, at, say)
    return Brought(parent, _steps(parent, preview=False), left_out)


def _paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder}.")
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES)
    if not paths:
        raise Invalid(f"There is no CSV file in {folder}.")
    return paths


def _add_all(parent: Import, paths: list[Path], user: User, at: datetime) -> dict[str, str]:
    """Take the files in; return those that are left out and why."""
    left_out = {}
    for path in paths:
        try:
            with path.open("rb") as stream:
                file = import_files.add_file(
                    import_id=parent.pk, user=user, name=path.name, stream=stream, at=at
                )
        except Invalid as refused:
            left_out[path.name] = refused.say
            continue
        if parent.adapter == Import.Adapter.CSV and path.stem in import_choices.OBJECTS:
            _choose(parent, file, path.stem, user, at)
    if len(left_out) == len(paths):
        raise Invalid(f"Nothing here can be imported. {next(iter(left_out.values()))}")
    return left_out


def _choose(parent: Import, file: ImportFile, object_name: str, user: User, at: datetime) -> None:
    import_choices.choose(
        import_id=parent.pk,
        file_id=file.pk,
        user=user,
        object_name=object_name,
        mapping=import_choices.suggest_mapping(file=file, object_name=object_name),
        reading={},
        at=at,
    )


def _check(parent: Import, user: User, at: datetime, say: Callable[[str], None]) -> None:
    import_checks.ask_check(import_id=parent.pk, user=user, at=at)
    _until(parent, Import.Status.CHECKING, lambda: import_checks.check(import_id=parent.pk, at=at), say)
    if parent.status != Import.Status.READY:
        raise DidNotWork(parent.problem)


def _run(parent: Import, at: datetime, say: Callable[[str], None]) -> None:
    _until(parent, Import.Status.RUNNING, lambda: import_runs.go_on(import_id=parent.pk, at=at), say)
    if parent.status != Import.Status.DONE:
        raise DidNotWork(
            f"{parent.problem} {parent.rows_done} of {parent.rows_total} rows are written; "
            f"import_crm --revert {parent.pk} puts them back."
        )


def _until(parent: Import, over: Import.Status, work: Callable[[], bool], say: Callable[[str], None]) -> None:
    """Work until the import has left a state; where somebody else is at it, wait for them."""
    waited = False
    while True:
        work()
        parent.refresh_from_db()
        if parent.status != over:
            return
        if not waited:
            say(f"Another import from {parent.source} is at work, or a worker took this one: waiting.")
            waited = True
        sleep(SECONDS_BETWEEN_LOOKS)


def _steps(parent: Import, *, preview: bool) -> list[STEPS]:
    runs = ImportRun.objects.filter(parent=parent).order_by("position")
    return [
        (run.file_name, run.step, run.object, _counts(run.preview if preview else run.counts)) for run in runs
    ]


def _counts(found: dict[str, Any]) -> dict[str, Any]:
    """The counts of a preview without what only the preview needs."""
    return {name: value for name, value in found.items() if name not in {"rows", "digest", "mark"}}


@transaction.atomic(durable=True)
def _forget(parent: Import, source_was_there: bool) -> None:
    """Leave nothing of a dry run, or of an import that could not be made ready."""
    ImportRun.objects.filter(parent=parent).delete()
    Import.objects.filter(pk=parent.pk).delete()
    if not source_was_there:
        try:
            with transaction.atomic():
                parent.source.delete()
        except ProtectedError:
            pass  # somebody imports from it by now


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for name, value in one.items():
        if isinstance(value, dict):
            total[name] = dict(Counter(value) + Counter(other[name]))
        elif isinstance(value, list):
            total[name] = [*value, *(item for item in other[name] if item not in value)]
        else:
            total[name] = value + other[name]
    return total
