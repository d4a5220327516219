"""What a source says happened to a field before it came to us: told in the field's story, never replayed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.kernel.canonical import plain
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.imports.catalog import GOVERNED, HISTORY_OF
from crmgov.records.imports.references import Lookup, References
from crmgov.records.imports.rows import Row, Unusable
from crmgov.records.models import ChangeSet, EarlierChange
from crmgov.records.rules.values import Kind, ValueProblem, empty

from .import_batches import Change, Context
from .import_lists import ListKeeper
from .references import labels_for

# HubSpot writes times as milliseconds since 1970 in its histories.
MILLISECONDS = 13
# More rows than a batch has.
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class _Told:
    """One field of one history row; values as they stand in a ledger, of references the id in the source."""

    field: str
    old: Any
    new: Any


class EarlierChangeKeeper(ListKeeper):
    """A row says what one record's fields became at one time, and (`before`) what they were.

    `changes` is JSON: {"after": {field: text}, "before": {field: text}}. A field that did not change is left out;
    what came `before` may be seen differently by a later file, so it does not tell two rows apart.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        # What the last rows said, by line: (what is told, what could not be read).
        self.said: dict[int, tuple[list[_Told], list[tuple[str, str, str]]]] = {}

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        """Changes this ledger holds itself: we exported them, and a file that comes back tells nothing new.

        Their ids begin with the change set, or the import run that told them.
        """
        told_by = {row.external_id: found for row in rows if (found := _leading_id(row.external_id))}
        ours = set(ChangeSet.objects.filter(pk__in=told_by.values()).values_list("pk", flat=True))
        runs = EarlierChange.objects.filter(import_run_id__in=set(told_by.values()) - ours)
        ours |= set(runs.values_list("import_run_id", flat=True).distinct())
        return {external_id: key for external_id, key in told_by.items() if key in ours}

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        return {}

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        return {}

    def unfit(self, row: Row) -> Unusable | None:
        about = [name for name in HISTORY_OF if row.values.get(name)]
        said = json.loads(row.values.pop("changes", "") or "{}")
        after, before = said.get("after") or {}, said.get("before") or {}
        row.values["changes"] = json.dumps(after, sort_keys=True, ensure_ascii=False)
        if len(about) != 1:
            return Unusable("about_nothing", "It names no record, or several, so it is nobody's history.")
        if not after:
            named = row.values.get("property") or ""
            return Unusable(
                "unknown_field",
                f"“{named[:80]}” is no field here. What it was earlier is not kept; what it is now stands in extra.",
                "",
                named,
            )
        return self._read(row, about[0], after, before)

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        keys: dict[str, Any] = {}
        for row in rows:
            self._report(row)
        for name in HISTORY_OF:
            about = [row for row in rows if row.values.get(name)]
            if about:
                _write(self.context, name, [(row, self.said.pop(row.line)[0]) for row in about])
            keys |= {row.external_id: row.values[name] for row in about}
        return keys, {}

    def _read(
        self, row: Row, record_type: str, after: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Unusable | None:
        """Read what changed. What cannot be read is left out and reported; as an old value it stands as written."""
        told, unread = [], []
        for field, text in after.items():
            try:
                new = _parsed(record_type, field, text)
            except ValueProblem as problem:
                unread.append((field, str(text), str(problem)))
                continue
            try:
                old = _parsed(record_type, field, before.get(field, ""))
            except ValueProblem:
                old = before[field]
            told.append(_Told(field, old, new))
        told = [one for one in told if one.old != one.new]
        if told:
            self._keep(row.line, told, unread)
            return None
        if unread:
            field, value, say = unread[0]
            return Unusable(f"invalid_{field}", say, field, value)
        return Unusable("nothing_changed", "None of the fields kept here changed with it.")

    def _keep(self, line: int, told: list[_Told], unread: list[tuple[str, str, str]]) -> None:
        """Rows that are recorded already never come to be written: the oldest make room."""
        if len(self.said) == MOST_KEPT:
            del self.said[next(iter(self.said))]
        self.said[line] = (told, unread)

    def _report(self, row: Row) -> None:
        for field, value, say in self.said[row.line][1]:
            self.context.report.remark(
                line=row.line, reason=f"invalid_{field}", say=say, column=field, value=value
            )


def _leading_id(external_id: str) -> UUID | None:
    try:
        return UUID(external_id.partition("/")[0])
    except ValueError:
        return None


def _parsed(record_type: str, field: str, text: str | list[str]) -> Any:
    """The value as a ledger holds it; a list for a field of several texts. Raises ValueProblem."""
    if isinstance(text, list):
        return plain(registry.restore(record_type, field, text)) or None
    spec = registry.spec_of(record_type, field)
    text = text.strip()
    if not text:
        return None
    if spec.kind is Kind.REFERENCE:
        return text
    if spec.kind in {Kind.DATE, Kind.MOMENT}:
        text = _time(text, day=spec.kind is Kind.DATE)
    # Judged as a type only: the rules about values are for what stands here now.
    value = plain(registry.restore(record_type, field, text))
    return None if empty(value) else value


def _time(text: str, *, day: bool) -> str:
    if len(text) == MILLISECONDS and text.isascii() and text.isdigit():
        text = datetime.fromtimestamp(int(text) / 1000, UTC).isoformat()
    return text[:10] if day else text


def _write(context: Context, record_type: str, rows: Sequence[tuple[Row, list[_Told]]]) -> None:
    records = registry.model_of(record_type).objects.in_bulk([row.values[record_type] for row, _ in rows])
    names = _Names(context.source.name, record_type, (one for _, told in rows for one in told))
    made = [
        {
            "record_id": str(record.pk),
            "record_label": str(record)[:300],
            "team_id": record.team_id,
            "field": one.field,
            "old": names.of(one.field, one.old),
            "new": names.of(one.field, one.new),
            "by": row.values.get("by") or "",
            "at": plain(row.values["at"]),
        }
        for row, told in rows
        for one in told
        if (record := records[row.values[record_type]])
    ]
    table = EarlierChange._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {table} (import_run_id, record_type, record_id, record_label, team_id, field, old, new,
                  source, by, at, taken_at, salt, commitment)
                SELECT %s, %s, record_id, record_label, team_id, field, old, new, %s, by, at, %s, salt,
                  crmgov_commitment(salt, old, new)
                FROM (SELECT made.*, uuid_send(gen_random_uuid()) AS salt
                      FROM jsonb_to_recordset(%s::jsonb) AS made(record_id uuid, record_label text, team_id bigint,
                        field text, old jsonb, new jsonb, by text, at timestamptz) OFFSET 0) AS salted""",  # noqa: S608
            [context.run.pk, record_type, context.source.name, context.at, json.dumps(made)],
        )


class _Names:
    """What a reference is called today, where we know what the source's id stands for; else the id as written."""

    def __init__(self, source_name: str, record_type: str, told: Iterable[_Told]) -> None:
        self.known: dict[tuple[str, str], str] = {}
        wanted: dict[str, set[str]] = {}
        for one in told:
            if registry.spec_of(record_type, one.field).kind is Kind.REFERENCE:
                wanted.setdefault(one.field, set()).update(text for text in (one.old, one.new) if text)
        for field, texts in wanted.items():
            lookup = _lookup(source_name, record_type, field)
            if lookup is None:
                continue
            found = References()
            found.load(lookup, texts)
            labels = labels_for(record_type, field, [found.key(lookup, text) for text in texts])
            for text in texts:
                self.known[field, text] = labels.get(_key(found.key(lookup, text)), text)

    def of(self, field: str, value: Any) -> Any:
        return self.known.get((field, value), value) if isinstance(value, str) else value


def _lookup(source_name: str, record_type: str, field: str) -> Lookup | None:
    """How the source's ids of this reference are looked up; None for names, which say themselves what they are."""
    model = registry.column(record_type, field).related_model
    refers = next(
        (name for name, known in GOVERNED.items() if known is model), "users" if model is User else ""
    )
    return Lookup(refers, ("external_id",), source_name) if refers else None


def _key(key: Any) -> Any:
    return str(key) if isinstance(key, UUID) else key
