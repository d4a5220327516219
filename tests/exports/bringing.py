"""Files of an export brought back as a person would: handed in, checked, confirmed, run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path

from crmgov.records.models import Import, ImportRun
from crmgov.records.services import import_checks, import_confirmations, import_files, import_runs
from tests.imports.files import an_admin
from tests.world import NOW

# File -> step -> read, new, changed, unchanged, and refused by reason.
Outcomes = dict[str, dict[str, tuple[int, int, int, int, dict[str, int]]]]


def bring(files: Path | Mapping[str, str], adapter: str, *, source: str, at: datetime = NOW) -> Import:
    """Import a folder, or texts by file name, and return the import, done."""
    user = an_admin()
    whole = import_files.start(user=user, source_name=source, adapter=adapter, at=at)
    for name, content in _contents(files):
        import_files.add_file(import_id=whole.pk, user=user, name=name, stream=BytesIO(content), at=at)
    import_checks.ask_check(import_id=whole.pk, user=user, at=at)
    import_checks.check(import_id=whole.pk, at=at)
    whole.refresh_from_db()
    assert whole.status == Import.Status.READY, whole.problem
    import_confirmations.confirm(import_id=whole.pk, user=user, seen_fingerprint=whole.fingerprint, at=at)
    assert import_runs.go_on(import_id=whole.pk, at=at)
    whole.refresh_from_db()
    assert whole.status == Import.Status.DONE, whole.problem
    return whole


def outcomes(whole: Import) -> Outcomes:
    """What became of the rows of each file and step; and that they add up."""
    found: Outcomes = {}
    for run in ImportRun.objects.filter(parent=whole).order_by("position"):
        refused = run.counts.get("refused", {})
        read, new, changed, unchanged = (
            run.counts.get(name, 0) for name in ("read", "new", "changed", "unchanged")
        )
        assert read == new + changed + unchanged + sum(refused.values()), (run.file_name, run.step)
        found.setdefault(run.file_name, {})[run.step] = (read, new, changed, unchanged, refused)
    return found


def _contents(files: Path | Mapping[str, str]) -> list[tuple[str, bytes]]:
    if isinstance(files, Path):
        return [(path.name, path.read_bytes()) for path in sorted(files.iterdir())]
    return [(name, text.encode()) for name, text in files.items()]
