"""From rows of ours to cells of a source's file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from crmgov.records.imports.adapters.sheets import Column, Sheet, joined, neutral
from crmgov.records.models import Source
from crmgov.records.rules.contactability import ANY, holding

from .export_queries import Questions, keys_of, stream


def text_of(value: Any) -> str:
    """Return the value as a file says it: plain numbers, ISO dates and times in UTC, lists separated by ";"."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple():
            return joined([text_of(one) for one in value])
    return str(value)


def cell(value: Any) -> str:
    """The cell of a value: numbers untouched, and no text that a spreadsheet would run."""
    return neutral(text_of(value)) if isinstance(value, str | list) else text_of(value)


class SheetRows:
    """One file: its headings, and its rows as cells."""

    def __init__(self, sheet: Sheet, source: Source, rows: QuerySet[Any]) -> None:
        self.sheet, self.rows = sheet, rows.order_by("pk")
        self.column = sheet.plan.rest.removesuffix(".")
        self.columns = [column for column in sheet.columns if column.written]
        # What is told of an activity has keys that its senders made up: all of them stand in one cell.
        self.whole = sheet.plan.append_only and rows.exclude(**{self.column: {}}).exists()
        self.keys = keys_of(rows, self.column) if self.column and not sheet.plan.append_only else []
        self.wanted = self._wanted(Questions(sheet, source))
        self.headings = [
            *sheet.identity[:1],
            *(column.heading for column in self.columns),
            *(sheet.own_heading(name) for name in sheet.own_fields),
            *(sheet.extra_heading(key) for key in self.keys),
            *([sheet.whole_heading] if self.whole else []),
        ]

    def cells(self) -> Iterator[list[str]]:
        """Yield the cells of each row."""
        names = list(self.wanted)
        for values in stream(self.rows, self.wanted):
            yield self._row(dict(zip(names, values, strict=True)))

    def _wanted(self, ask: Questions) -> dict[str, Any]:
        wanted: dict[str, Any] = {"identity": ask.identity()} if self.sheet.identity else {}
        wanted |= {f"field {name}": ask.field(name) for name in self.sheet.plan.fields}
        for column in self.columns:
            if column.value:
                wanted[f"value {column.heading}"] = ask.value(column.value, column.field)
        if self.column:
            wanted["rest"] = F(self.column)
        if self.sheet.object == "consents":
            wanted["said of any"] = ask.said_of_any()
        return wanted

    def _row(self, said: dict[str, Any]) -> list[str]:
        if "said of any" in said:
            purpose, state = said["field purpose"], said["field state"]
            said["field state"] = holding(purpose, {purpose: state, ANY: said["said of any"]})
        native = {column.heading: self._native(column, said) for column in self.columns}
        extra: dict[str, Any] = dict(said.get("rest") or {})
        ours = [self._ours(name, said[f"field {name}"], native) for name in self.sheet.own_fields]
        identity = [cell(said["identity"])] if self.sheet.identity else []
        rest = [cell(extra.get(key)) for key in self.keys]
        if self.whole:
            rest.append(json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else "")
        return [*identity, *(cell(value) for value in native.values()), *ours, *rest]

    def _native(self, column: Column, said: dict[str, Any]) -> Any:
        value = said[f"value {column.heading}" if column.value else f"field {column.field}"]
        return column.words.get(value, value) if isinstance(value, str) else value

    def _ours(self, name: str, value: Any, native: dict[str, Any]) -> str:
        """Our own column of a field: empty where the format's columns say the same."""
        for column in self.sheet.native.get(name, ()):
            there = native.get(column.heading)
            if there not in (None, ""):
                same = column.ours.get(there, there) == value if isinstance(there, str) else there == value
                return "" if same else cell(value)
        return cell(value)
