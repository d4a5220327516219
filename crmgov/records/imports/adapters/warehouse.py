"""Tables as a warehouse connector (Fivetran) lands them: what all sources have in common.

A table is a mapping in data; what a row of it needs from other tables is added by small functions, one row at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made_by
from functools import partial
from pathlib import PurePath
from typing import Any

from crmgov.records.imports.catalog import LOOKUPS, plan_of
from crmgov.records.imports.files import CsvFile, RawRow
from crmgov.records.imports.steps import Bundle, RowRefused, Step
from crmgov.records.rules.values import Kind

from .side_tables import Cells, Kept, SideTable, by

# Adds cells to those of a row, None where the row is not of this step. Raises RowRefused.
Add = Callable[[Cells], Cells | None]
# Columns of the connector itself: they change whenever it looks, and say nothing about the row.
TECHNICAL = re.compile(r"_(fivetran|dlt|airbyte|sdc)_")
TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2}):(\d{2})(\.\d+)?\s*(UTC|Z|[+-]\d{2}:?\d{2})?")
DELETED = ("_fivetran_deleted", "is_deleted", "property_archived", "archived")


def true(text: str) -> bool:
    return text.strip().lower() in {"true", "t", "yes", "1"}


def time(text: str) -> str:
    """Return a time of a warehouse as ISO; any other text as it stands. Some write the hour with one digit."""
    found = TIME.fullmatch(text.strip())
    if found is None:
        return text
    day, hour, minute, second, part, zone = found.groups()
    return f"{day}T{hour:0>2}:{minute}:{second}{part or ''}{'' if zone in (None, 'UTC', 'Z') else zone}"


def first(cells: Mapping[str, str], *names: str) -> str:
    """Return the first of these cells that says something, or ""."""
    return next((text for name in names if (text := cells.get(name, "").strip())), "")


@dataclass
class Tables:
    """The files of a bundle by the name of their table, and the side tables looked up in, each made once."""

    bundle: Bundle
    named: Callable[[str], str]
    _sides: dict[tuple[Any, ...], SideTable] = made_by(default_factory=dict)

    def find(self, table: str) -> tuple[str, CsvFile] | None:
        """Return the name and the file of a table, the first of several that have its name."""
        return next((found for found in self.bundle.files.items() if self.named(found[0]) == table), None)

    def file(self, table: str) -> CsvFile | None:
        found = self.find(table)
        return found[1] if found else None

    def headings(self, table: str) -> Sequence[str]:
        """Return the headings of a table; none of one that is not there."""
        file = self.file(table)
        return file.headings if file else ()

    def side(self, table: str, key: str | tuple[str, ...], *keep: str, at: str = "") -> SideTable:
        wanted = (table, key, keep, at)
        if wanted not in self._sides:
            self._sides[wanted] = by(key, self.file(table), keep=keep, at=at)
        return self._sides[wanted]

    def made(self, name: str, rows: Callable[[], Iterable[Kept]]) -> SideTable:
        """Return a side table of rows that several tables give."""
        return self._sides.setdefault((name,), SideTable(rows))

    def step(self, name: str, table: str, object_name: str, **more: Any) -> list[Step]:
        """Return the step that reads this table, none when the bundle has no such file."""
        found = self.find(table)
        return [] if found is None else [_step(name, *found, object_name, **more)]

    def names_only(self, table: str, used_for: str) -> list[Step]:
        """Return a step that refuses each row: the table names things, and says so."""
        refuse = _refusing("names_only", f"This table only names things: {used_for}")
        return self.step(table, table, "names", fields={}, add=(refuse,), deleted="", keep=False)


def table_name(file_name: str, prefixes: Sequence[str]) -> str:
    """Return the table a file is of: contact_data.csv, hubspot_contact.csv and contact.csv are all `contact`."""
    stem = PurePath(file_name).stem.lower().removesuffix("_data")
    return next((stem.removeprefix(prefix) for prefix in prefixes if stem.startswith(prefix)), stem)


def _step(
    name: str,
    file_name: str,
    file: CsvFile,
    object_name: str,
    *,
    fields: Mapping[str, Any],
    id: str = "",
    added: tuple[str, ...] = (),
    add: tuple[Add, ...] = (),
    keep: bool = True,
    read: tuple[str, ...] = (),
    country: tuple[str, ...] = (),
    deleted: str = "row",
) -> Step:
    """Return the step. `fields` is a mapping's, but a column may be several: the first that the file has is read.

    `add` are run in order and give the `added` cells. `keep`: columns without a field go to extra, but those that
    `add` has `read`. `country` are columns that say by which rules a phone number is read. `deleted`: what a deleted
    row is called in its refusal, "" where deleted rows are read like any other.
    """
    headings = (*file.headings, *added)
    plan = plan_of(object_name)
    found = {field: entry for field, said in fields.items() if (entry := _entry(said, headings))}
    for field, entry in found.items():
        if field in plan.fields and "external_id" in LOOKUPS.get(plan.fields[field].refers, ()):
            entry.setdefault("by", "external_id")
    found = found or {"name": {"column": headings[0]}}
    used = {entry["column"] for entry in found.values() if "column" in entry}
    mapping = {
        "object": object_name,
        "external_id": id or headings[0],
        "fields": found,
        "unmapped": "extra" if keep else "ignore",
        "ignore": [head for head in headings if _unwanted(head, (*added, *read)) and head not in used],
        **_country(country, headings),
    }
    present = (partial(not_deleted, deleted), partial(current, deleted)) if deleted else ()
    chain = (*present, *add, _timed(object_name, found))
    return Step(name, file_name, object_name, mapping, added, partial(_prepare, chain))


def _entry(said: Any, headings: Sequence[str]) -> dict[str, Any] | None:
    """One field of the mapping, or None where the file has none of its columns."""
    entry = {"column": said} if isinstance(said, str | tuple) else dict(said)
    if "column" not in entry:
        return entry
    columns = (entry["column"],) if isinstance(entry["column"], str) else entry["column"]
    column = next((name for name in columns if name in headings), None)
    return None if column is None else entry | {"column": column}


def _country(columns: Sequence[str], headings: Sequence[str]) -> dict[str, Any]:
    column = next((name for name in columns if name in headings), "")
    return {"country": {"column": column}} if column else {}


def _unwanted(name: str, said: Sequence[str]) -> bool:
    return name in said or name in DELETED or TECHNICAL.match(name) is not None


def _prepare(chain: Sequence[Add], raw: RawRow) -> RawRow | None:
    cells: Cells | None = dict(raw.cells)
    for add in chain:
        cells = add(cells) if cells is not None else None
    return None if cells is None else replace(raw, cells=cells)


def _timed(object_name: str, found: Mapping[str, dict[str, Any]]) -> Add:
    """Bring the times among the mapped columns into ISO, and those of dates to their day (UTC)."""
    plan = plan_of(object_name)
    kinds = {
        entry["column"]: plan.fields[name].spec.kind
        for name, entry in found.items()
        if "column" in entry and name in plan.fields
    }
    moments = [column for column, kind in kinds.items() if kind is Kind.MOMENT]
    days = [column for column, kind in kinds.items() if kind is Kind.DATE]

    def add(cells: Cells) -> Cells:
        for column in (*moments, *days):
            said = cells.get(column, "")
            iso = time(said)
            cells[column] = iso[:10] if column in days and TIME.fullmatch(said.strip()) else iso
        return cells

    return add


def not_deleted(what: str, cells: Cells) -> Cells:
    """Refuse what the source deleted."""
    for column in DELETED:
        if true(cells.get(column, "")):
            raise RowRefused(
                "deleted_at_source",
                f"The source deleted this {what}, so it is not taken. What stands here stays until you archive it.",
                column,
                cells[column],
            )
    return cells


def current(what: str, cells: Cells) -> Cells:
    """Refuse what a connector in history mode keeps as an earlier version of the row."""
    if cells.get("_fivetran_active", "").strip().lower() == "false":
        raise RowRefused(
            "earlier_version",
            f"This is an earlier version of the {what}; the current one is another row.",
            "_fivetran_active",
            cells["_fivetran_active"],
        )
    return cells


def still_here(cells: Cells) -> Cells:
    """People who left stay as deactivated users: what they owned still names them."""
    left = any(true(cells.get(column, "")) for column in DELETED)
    inactive = first(cells, "is_active", "active").lower() in {"false", "f", "0", "no"}
    return cells | {"still_here": "false" if left or inactive else "true"}


def opted_out(contact: str, channel: str, purpose: str, **more: Any) -> dict[str, Any]:
    """Return the fields of a consent that says no."""
    return {
        "contact": {"column": contact, "required": True, **more},
        "channel": {"constant": channel},
        "purpose": {"constant": purpose},
        "state": {"constant": "opted_out"},
    }


def only(is_one: Callable[[Cells], bool]) -> Add:
    """Leave the rows that are not of this step to another."""
    return lambda cells: cells if is_one(cells) else None


def _refusing(reason: str, say: str) -> Add:
    def refuse(cells: Cells) -> Cells:
        raise RowRefused(reason, say)

    return refuse


def unknown_tables(tables: Tables, read: Iterable[Step], source: str) -> list[Step]:
    """Return a step per file that nothing reads: its rows are refused, so that no row is lost in silence."""
    taken = {step.file for step in read}
    refuse = _refusing("unknown_table", f"No table of {source} that we know has this name and these columns.")
    return [
        _step(
            f"unknown table {name}"[:60],
            name,
            file,
            "names",
            fields={},
            add=(refuse,),
            deleted="",
            keep=False,
        )
        for name, file in tables.bundle.files.items()
        if name not in taken
    ]
