"""Reading our own files back: objects in our headings, and the history of fields."""

from __future__ import annotations

import json
from collections.abc import Sequence

from crmgov.records import registry
from crmgov.records.imports.catalog import HISTORY_OF
from crmgov.records.imports.files import CsvFile, RawRow
from crmgov.records.imports.steps import RowRefused, Step, Unprepared
from crmgov.records.rules.values import Kind

from .own_sheets import ARCHIVED, ARCHIVED_AT, HISTORY_HEADINGS, ID, archived_sheet, object_of, own_sheet
from .readers import Reader
from .sheets import as_written, listed

CHANGES = "changes"
ABOUT = {record_type: f"about {record_type}" for record_type in HISTORY_OF}


def steps(name: str, file: CsvFile) -> list[Step]:
    """Return the one step that reads a file of ours. Raises Unprepared when it lacks columns."""
    what = object_of(name)
    if what == "history":
        return [_history(name, file)]
    archived = what.startswith(ARCHIVED)
    what = what.removeprefix(ARCHIVED)
    reader = Reader(archived_sheet(what) if archived else own_sheet(what), file.headings)
    if not reader.columns:
        raise Unprepared(f"{name} has no column of {what}: it has {', '.join(file.headings)[:200]}.")
    found = [Step(f"{what} from {name}"[:60], name, what, reader.mapping(), reader.added, reader.prepare)]
    return [*found, *([_archived(name, file, reader)] if archived else [])]


def _history(name: str, file: CsvFile) -> Step:
    """Each row is one change of one field, with its own time; ours and earlier ones alike."""
    _require(name, file.headings, HISTORY_HEADINGS)
    fields = {
        **{record_type: {"column": heading, "by": "external_id"} for record_type, heading in ABOUT.items()},
        "at": "at", "by": "by", "property": "field", "changes": CHANGES,
    }  # fmt: skip
    mapping = {"external_id": "id", "unmapped": "ignore", "fields": fields}
    return Step(
        f"history from {name}"[:60], name, "earlier_changes", mapping, (*ABOUT.values(), CHANGES), _told
    )


def _told(raw: RawRow) -> RawRow:
    cells = {heading: as_written(text) for heading, text in raw.cells.items()}
    record_type, field = cells["record_type"], cells["field"]
    if record_type not in ABOUT:
        raise RowRefused(
            "unknown_record_type",
            f"“{record_type[:40]}” is none of {', '.join(ABOUT)}.",
            "record_type",
            record_type,
        )
    about = dict.fromkeys(ABOUT.values(), "") | {ABOUT[record_type]: cells["record"]}
    said = {}
    if _is_field(record_type, field):
        old, new = (_value(record_type, field, cells[name]) for name in ("old", "new"))
        said = {"before": {field: old}, "after": {field: new}}
    return RawRow(raw.line, {**cells, **about, CHANGES: json.dumps(said, ensure_ascii=False)})


def _is_field(record_type: str, field: str) -> bool:
    try:
        registry.spec_of(record_type, field)
    except registry.UnknownField:
        return False
    return True


def _value(record_type: str, field: str, text: str) -> str | list[str]:
    """Several texts stand in one cell."""
    return listed(text) if registry.spec_of(record_type, field).kind is Kind.TEXTS else text


def _archived(name: str, file: CsvFile, reader: Reader) -> Step:
    """What was archived when it was exported is archived again, once it is there."""
    _require(name, file.headings, (ID, ARCHIVED_AT))
    plan = reader.sheet.plan
    mapping = {"external_id": ID, "unmapped": "ignore", "fields": {ARCHIVED_AT: ARCHIVED_AT}}
    return Step(f"archived in {name}"[:60], name, f"archived_{plan.id_kind}", mapping)


def _require(name: str, headings: Sequence[str], wanted: Sequence[str]) -> None:
    missing = [heading for heading in wanted if heading not in headings]
    if missing:
        raise Unprepared(f"{name} lacks {', '.join(missing)}: it is not as crmgov exported it.")
