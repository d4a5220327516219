"""What the old CRM exported, night by night, imported as anybody would: files of one object each."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from crmgov.people.models import User
from crmgov.records.services import imports

SOURCE = "CRM export"
Row = dict[str, Any]


class DemoImportFailed(RuntimeError):
    """A row of the story was refused: the story and the rules no longer fit."""


@dataclass(slots=True)
class Exports:
    """A folder for the files, and the admin who confirms them."""

    folder: Path
    confirmed_by: User
    imported: dict[str, int] = field(default_factory=dict)

    def take(self, objects: str, rows: Sequence[Row], at: datetime, *, name: str = "") -> None:
        """Import rows of one object as of `at`. Raises DemoImportFailed when one is refused."""
        if not rows:
            return
        path = self.folder / (name or f"{objects}-{at:%Y-%m-%d}.csv")
        _write(path, rows)
        done = imports.run(
            source_name=SOURCE,
            object_name=objects,
            path=path,
            mapping=None,
            confirmed_by=self.confirmed_by,
            at=at,
        )
        _require_clean(path, done)
        self.imported[objects] = self.imported.get(objects, 0) + len(rows)


def _write(path: Path, rows: Sequence[Row]) -> None:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _require_clean(path: Path, done: imports.Imported) -> None:
    refusals = list(done.run.refusals.exclude(reason="conflict").order_by("line")[:3]) if done.run else []
    if refusals:
        said = "; ".join(f"line {one.line}, {one.column}: {one.say}" for one in refusals)
        counts = json.dumps(done.report.counts())
        raise DemoImportFailed(f"{path.name}: {said} ({counts})")
