"""Whole imports for tests: files in, checked, confirmed, run, as the services do it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from crmgov.people.models import User
from crmgov.records.models import Import, ImportFate, ImportFile, ImportRun
from crmgov.records.services import (
    import_checks,
    import_choices,
    import_confirmations,
    import_files,
    import_runs,
)
from tests.imports.files import an_admin
from tests.world import NOW


def started(source: str = "crm", *, adapter: str = "csv", user: User | None = None) -> Import:
    return import_files.start(user=user or an_admin(), source_name=source, adapter=adapter, at=NOW)


def add(parent: Import, name: str, content: str | bytes) -> ImportFile:
    data = content.encode() if isinstance(content, str) else content
    return import_files.add_file(
        import_id=parent.pk, user=an_admin(), name=name, stream=io.BytesIO(data), at=NOW
    )


def choose(
    file: ImportFile,
    object_name: str,
    mapping: dict[str, Any] | None = None,
    reading: dict[str, Any] | None = None,
) -> ImportRun:
    return import_choices.choose(
        import_id=file.parent_id,
        file_id=file.pk,
        user=an_admin(),
        object_name=object_name,
        mapping=mapping or import_choices.suggest_mapping(file=file, object_name=object_name),
        reading=reading or {},
        at=NOW,
    )


def open_import(files: Mapping[str, str], *, source: str = "crm") -> Import:
    """Files by object name, mapped by their headings."""
    parent = started(source)
    for object_name, text in files.items():
        choose(add(parent, f"{object_name}.csv", text), object_name)
    return parent


def checked(parent: Import, *, at: datetime = NOW) -> Import:
    import_checks.ask_check(import_id=parent.pk, user=an_admin(), at=at)
    import_checks.check(import_id=parent.pk, at=at)
    parent.refresh_from_db()
    assert parent.status == Import.Status.READY, parent.problem
    return parent


def confirmed(parent: Import, *, at: datetime = NOW) -> Import:
    checked(parent, at=at)
    return import_confirmations.confirm(
        import_id=parent.pk, user=an_admin(), seen_fingerprint=parent.fingerprint, at=at
    )


def done(parent: Import, *, at: datetime = NOW) -> Import:
    confirmed(parent, at=at)
    assert import_runs.go_on(import_id=parent.pk, at=at)
    parent.refresh_from_db()
    assert parent.status == Import.Status.DONE, parent.problem
    return parent


def run_of(parent: Import, object_name: str) -> ImportRun:
    return ImportRun.objects.get(parent=parent, object=object_name)


def counted(counts: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """New, changed, unchanged, refused; and that they add up to what was read."""
    refused = sum(counts["refused"].values())
    assert counts["read"] == counts["new"] + counts["changed"] + counts["unchanged"] + refused
    return counts["new"], counts["changed"], counts["unchanged"], refused


def fates(run: ImportRun) -> dict[int, str]:
    return dict(ImportFate.objects.filter(run=run).values_list("line", "fate"))


def rows(path: Path) -> list[str]:
    return path.read_text().splitlines()
