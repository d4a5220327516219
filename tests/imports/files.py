"""Small CSV files and imports of them, for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from crmgov.people.models import Role, User
from crmgov.records.services import imports
from crmgov.records.services.imports import Imported
from tests.world import NOW, a_user

MAPPINGS = Path(__file__).parents[2] / "docs" / "mappings" / "sales_crm"


def an_admin() -> User:
    return a_user("Ada Admin", Role.ADMIN)


def write(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def take(
    path: Path,
    object_name: str,
    mapping: dict[str, Any] | None = None,
    *,
    source: str = "csv",
    at: datetime = NOW,
    dry_run: bool = False,
    encoding: str = "",
) -> Imported:
    return imports.run(
        source_name=source,
        object_name=object_name,
        path=path,
        mapping=mapping,
        confirmed_by=an_admin(),
        at=at,
        dry_run=dry_run,
        encoding=encoding,
    )


def mapping_for(name: str) -> dict[str, Any]:
    found = json.loads((MAPPINGS / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def four(imported: Imported) -> tuple[int, int, int, int]:
    """New, changed, unchanged, refused; and that they add up to what was read."""
    report = imported.report
    assert report.read == report.new + report.changed + report.unchanged + report.refused.total()
    return report.new, report.changed, report.unchanged, report.refused.total()
