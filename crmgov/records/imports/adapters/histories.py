"""What a source tells about earlier values: snapshots of whole rows, or one property per row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from crmgov.records.imports.files import CsvFile
from crmgov.records.imports.steps import Step

from .side_tables import Cells, Kept, key_of, rows_of
from .warehouse import Add, Tables, first, not_deleted, time


@dataclass(frozen=True)
class History:
    """What became of the fields of one object earlier.

    `about` is the field that names the record, `id` its column, `at` the columns of the time (the first that says
    something), `columns` our field -> column of a snapshot, `words` field -> how a text is said here.
    """

    table: str
    about: str
    id: str
    at: tuple[str, ...]
    columns: Mapping[str, str]
    words: Mapping[str, Callable[[str], str]]


ADDED_BY_HISTORY = ("change_key", "changed_at", "changes", "said_by")


def snapshots(tables: Tables, history: History) -> list[Step]:
    """Return the step that reads whole rows as they were from a time on: what differs from the one before changed."""
    file = tables.file(history.table)
    kept = [column for column in history.columns.values() if file and column in file.headings]

    def rows() -> Iterable[Kept]:
        for cells in rows_of(file):
            yield Kept(
                key_of(cells[history.id]),
                time(first(cells, *history.at)),
                {name: cells[name] for name in kept},
            )

    earlier = tables.made(f"earlier {history.table}", rows)

    def add(cells: Cells) -> Cells:
        at = time(first(cells, *history.at))
        before = earlier.before(key_of(cells[history.id]), at)
        return cells | {
            "change_key": "|".join((history.about, cells[history.id], at)),
            "changed_at": at,
            "said_by": "",
            "changes": _changes(history, {name: cells.get(name, "") for name in kept}, before),
        }

    return tables.step(history.table, history.table, "earlier_changes", **as_history(history, add))


def _changes(history: History, after: Mapping[str, str], before: Mapping[str, str]) -> str:
    """All fields as they were, and as they were before: what differs is for the keeper to say."""
    said = {
        field: (_word(history, field, after[column]), _word(history, field, before.get(column, "")))
        for field, column in history.columns.items()
        if column in after
    }
    return json.dumps(
        {
            "after": {field: new for field, (new, _) in said.items()},
            "before": {field: old for field, (_, old) in said.items()},
        }
    )


def properties(tables: Tables, history: History, *, name: str = "name", source: str = "source") -> list[Step]:
    """Return the step that reads one property per row; `columns` is our field -> the property's name."""
    fields = {column: field for field, column in history.columns.items()}
    earlier = tables.made(
        f"earlier {history.table}", partial(_by_property, tables.file(history.table), history, name)
    )

    def add(cells: Cells) -> Cells:
        at, said = time(first(cells, *history.at)), cells.get(name, "").strip()
        before = earlier.before(key_of(cells[history.id], said), at)
        return cells | {
            "change_key": "|".join((history.about, cells[history.id], said, at)),
            "changed_at": at,
            "said_by": first(cells, source)[:200],
            "changes": property_change(
                history, fields.get(said, ""), cells.get("value", ""), before.get("value", "")
            ),
        }

    return tables.step(history.table, history.table, "earlier_changes", **as_history(history, add, name))


def property_change(history: History, field: str, value: str, before: str) -> str:
    """Return the cell `changes` of one property; empty where it is no field of ours."""
    if not field:
        return ""
    after, before = _word(history, field, value), _word(history, field, before)
    return json.dumps({"after": {field: after}, "before": {field: before}})


def _by_property(file: CsvFile | None, history: History, name: str) -> Iterable[Kept]:
    for cells in rows_of(file):
        key = key_of(cells[history.id], cells.get(name, ""))
        yield Kept(key, time(first(cells, *history.at)), {"value": cells.get("value", "")})


def _word(history: History, field: str, text: str) -> str:
    return history.words[field](text) if field in history.words and text else text


def as_history(history: History, add: Add, name: str = "") -> dict[str, Any]:
    return {
        "id": "change_key",
        "added": ADDED_BY_HISTORY,
        # Earlier versions are what a history is about.
        "deleted": "",
        "add": (partial(not_deleted, "record"), add),
        "keep": False,
        "fields": {
            history.about: {"column": history.id, "required": True},
            "at": "changed_at",
            "by": "said_by",
            "changes": "changes",
            **({"property": name} if name else {}),
        },
    }
