"""What hangs on what in HubSpot: there on many, here on one."""

from __future__ import annotations

from functools import partial

from crmgov.records.imports.steps import RowRefused

from .side_tables import Cells
from .warehouse import Add, Tables

# The column of an association -> the table and column it names.
NAMED = {
    "company_id": ("company", "id"),
    "contact_id": ("contact", "id"),
    "deal_id": ("deal", "deal_id"),
    "ticket_id": ("ticket", "id"),
}
# Types of association that HubSpot itself calls the primary one: deal and ticket to company.
PRIMARY = {"5", "26"}


def hangs_on(tables: Tables, table: str, key: str, column: str, number: str) -> str:
    """Return the one that counts: the primary one, else the first that has a row of its own, else the first."""
    rows = tables.side(table, key, column, "type_id").all(number.strip())
    if primary := next((row for row in rows if row.get("type_id") in PRIMARY), None):
        return primary.get(column, "").strip()
    known = tables.side(*NAMED[column], NAMED[column][1])
    named = [row.get(column, "").strip() for row in rows]
    return next((name for name in named if name in known), named[0] if named else "")


def only_one(tables: Tables, table: str, key: str, column: str) -> Add:
    """Refuse what hangs on a further one."""
    return partial(_only_one, tables, table, key, column)


def _only_one(tables: Tables, table: str, key: str, column: str, cells: Cells) -> Cells:
    counts = hangs_on(tables, table, key, column, cells[key])
    if cells[column].strip() != counts:
        what = column.removesuffix("_id")
        raise RowRefused(
            "hangs_on_one_only",
            f"Here it hangs on one {what}, which is {counts}. A further {what} has no place.",
            column,
            cells[column],
        )
    return cells
