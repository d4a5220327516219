"""Whole imports of files on disk, through every service a person would use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from crmgov.records.models import Import
from crmgov.records.services import import_checks, import_confirmations, import_files, import_runs
from tests.imports.files import an_admin
from tests.world import NOW


def bring(paths: Sequence[Path], adapter: str, *, source: str = "", at: datetime = NOW) -> Import:
    """Import the files and return the finished import."""
    user = an_admin()
    parent = import_files.start(user=user, source_name=source or adapter, adapter=adapter, at=at)
    for path in paths:
        with path.open("rb") as stream:
            import_files.add_file(import_id=parent.pk, user=user, name=path.name, stream=stream, at=at)
    import_checks.ask_check(import_id=parent.pk, user=user, at=at)
    import_checks.check(import_id=parent.pk, at=at)
    parent.refresh_from_db()
    assert parent.status == Import.Status.READY, parent.problem
    import_confirmations.confirm(import_id=parent.pk, user=user, seen_fingerprint=parent.fingerprint, at=at)
    import_runs.go_on(import_id=parent.pk, at=at)
    parent.refresh_from_db()
    assert parent.status == Import.Status.DONE, parent.problem
    return parent


def outcomes(parent: Import) -> dict[str, dict[str, tuple[int, int, int, int, dict[str, int]]]]:
    """Return file -> step -> read, new, changed, unchanged, refused by reason."""
    found: dict[str, dict[str, tuple[int, int, int, int, dict[str, int]]]] = {}
    for run in parent.runs.order_by("position"):
        counts = run.counts
        four = (counts["read"], counts["new"], counts["changed"], counts["unchanged"])
        assert counts["read"] == sum(four[1:]) + sum(counts["refused"].values()), (run.step, counts)
        found.setdefault(run.file_name, {})[run.step] = (*four, counts["refused"])
    return found
