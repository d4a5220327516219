"""Rows as arrays: what a batch carries into a statement, column by column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crmgov.kernel.canonical import plain


def literal(value: Any) -> str | None:
    """Return the text by which Postgres reads the value; lists as array literals, maps as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "{" + ",".join(_quoted(literal(item)) for item in value) + "}"
    return str(plain(value))


def _quoted(text: str | None) -> str:
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Staged:
    """Columns of equal length. A column with one value throughout is sent once."""

    def __init__(self) -> None:
        self.names: list[str] = ["n", "at"]
        self._arrays: list[tuple[str, str, str]] = []
        self._constants: list[tuple[str, str, str | None]] = []

    def add(self, name: str, sql_type: str, values: Sequence[str | None]) -> None:
        self.names.append(name)
        # The id stays an array whatever its values, so that there is always a row per patch.
        if name != "id" and all(value == values[0] for value in values):
            self._constants.append((name, sql_type, values[0]))
        else:
            self._arrays.append((name, sql_type, "{" + ",".join(map(_quoted, values)) + "}"))

    def sql(self, at: datetime) -> tuple[str, list[Any]]:
        """Return the head of a statement, `WITH s AS (...)`, one row per patch with its place `n`, and parameters.

        An array type travels as text and is cast per row, for Postgres has no arrays of arrays of any length.
        """
        outer = ["u.n", "%s::timestamptz AS at"]
        outer += [f"u.{name}::{kind} AS {name}" for name, kind, _ in self._arrays]
        outer += [f"%s::{kind} AS {name}" for name, kind, _ in self._constants]
        columns = ", ".join(["%s::uuid[]" if kind == "uuid" else "%s::text[]" for _, kind, _ in self._arrays])
        names = ", ".join(name for name, _, _ in self._arrays)
        head = (
            f"WITH s AS MATERIALIZED (SELECT {', '.join(outer)} "  # noqa: S608 (our own names and types)
            f"FROM unnest({columns}) WITH ORDINALITY AS u({names}, n))"
        )
        return head, [at, *(value for _, _, value in self._constants), *(text for _, _, text in self._arrays)]
