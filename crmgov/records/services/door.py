"""The SQL of the door: one batch of patches of one record type, staged as arrays inside the statements.

No temporary tables: a decision on one field costs four short statements, 100,000 rows cost the same four. A column
whose values are all the same travels once. Everything named here comes from our own models; what people and
agents wrote travels as parameters only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, models

from crmgov.kernel.actors import ActorType
from crmgov.kernel.canonical import plain
from crmgov.records import registry
from crmgov.records.contracts import EXTRA, contract_for
from crmgov.records.models import FieldChange, RecordEvent
from crmgov.records.rules.values import Kind

from .patches import INHERITED, Edit, Mismatch, NewChangeSet, Patch, Refusal
from .references import as_key
from .staging import Staged, literal

UNATTENDED = {ActorType.AI, ActorType.SYSTEM}
# What a record is called in the ledger, from its own columns.
LABELS = {
    "account": "{name}",
    "contact": "coalesce(nullif(btrim({first_name} || ' ' || {last_name}), ''), nullif({email}, ''), "
    "'Unnamed contact')",
    "opportunity": "{name}",
    "buying_role": "'Buying role: ' || {role}",
    "ticket": "{subject}",
    "task": "{title}",
}
JSON = {
    Kind.TEXT: "to_jsonb({0}::text)",
    Kind.CHOICE: "to_jsonb({0}::text)",
    Kind.DECIMAL: "to_jsonb({0}::text)",
    Kind.DATE: "to_jsonb({0}::text)",
    Kind.INTEGER: "to_jsonb({0})",
    Kind.BOOLEAN: "to_jsonb({0})",
    Kind.TEXTS: "to_jsonb({0})",
    Kind.MOMENT: """to_jsonb(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00')""",
}


class Slot:
    """One field of the batch: its column in the table and its columns in the staged rows."""

    def __init__(self, record_type: str, field: str, place: int, *, always: bool) -> None:
        self.field, self.key, self.always = field, f"f{place}", always
        self.spec = registry.spec_of(record_type, field)
        contract = contract_for(record_type, field)
        self.recheck_days = contract.recheck_days if contract else 365
        self.in_extra = field.startswith(EXTRA)
        self.name = field.removeprefix(EXTRA)
        if self.in_extra:
            self.type, self.column = "text", "extra"
        else:
            column = registry.column(record_type, field)
            self.type, self.column = str(column.db_type(connection)), str(column.column)

    @property
    def given(self) -> str:
        return "true" if self.always else f"s.{self.key}_given"

    def now(self, table: str) -> str:
        """The current value; the name of an `extra` key is a parameter of the staged rows."""
        return f"({table}.extra ->> s.{self.key}_name)" if self.in_extra else f"{table}.{self.column}"

    def json(self, expression: str) -> str:
        if self.spec.kind is Kind.REFERENCE:
            return f"to_jsonb({expression}{'' if self.spec.integer_key else '::text'})"
        return JSON[self.spec.kind].format(expression)

    def canonical(self, expression: str) -> str:
        """Canonical text of a JSON value; only lists need the function, scalars print canonically by themselves."""
        if self.spec.kind is Kind.TEXTS:
            return f"crmgov_canonical({expression})"
        return f"coalesce(({expression})::text, 'null')"


class Stage:
    """Patches of one type, all creating or all changing."""

    def __init__(
        self,
        record_type: str,
        patches: Sequence[Patch],
        known: Mapping[UUID, NewChangeSet],
        *,
        creates: bool,
        at: datetime,
        labels: Mapping[str, Mapping[Any, str]],
    ) -> None:
        self.record_type, self.patches, self.known = record_type, patches, known
        self.creates, self.at, self.labels = creates, at, labels
        self.model = registry.model_of(record_type)
        self.table = self.model._meta.db_table
        names = sorted({edit.field for patch in patches for edit in patch.edits})
        often = {
            name: sum(1 for patch in patches if any(e.field == name for e in patch.edits)) for name in names
        }
        self.slots = [
            Slot(record_type, name, place, always=often[name] == len(patches))
            for place, name in enumerate(names)
        ]

    @cached_property
    def staged(self) -> Staged:
        staged = Staged()
        staged.add("id", "uuid", [str(patch.record_id) for patch in self.patches])
        staged.add("cs", "uuid", [str(patch.change_set) for patch in self.patches])
        staged.add("unattended", "boolean", [self._unattended(patch) for patch in self.patches])
        staged.add(
            "chain",
            "uuid[]",
            [literal([str(i) for i in self.known[p.change_set].chain]) for p in self.patches],
        )
        by_field = [{edit.field: edit for edit in patch.edits} for patch in self.patches]
        for slot in self.slots:
            self._stage(staged, slot, [edits.get(slot.field) for edits in by_field])
        return staged

    def _stage(self, staged: Staged, slot: Slot, edits: Sequence[Edit | None]) -> None:
        key, labels = slot.key, self.labels.get(slot.field, {})
        if not slot.always:
            staged.add(f"{key}_given", "boolean", ["true" if edit else "false" for edit in edits])
        if slot.in_extra:
            staged.add(f"{key}_name", "text", [slot.name] * len(edits))
        staged.add(f"{key}_old", slot.type, [literal(edit.old) if edit else None for edit in edits])
        staged.add(f"{key}_new", slot.type, [literal(edit.new) if edit else None for edit in edits])
        if slot.spec.kind is Kind.REFERENCE:
            staged.add(
                f"{key}_old_label",
                "text",
                [labels.get(as_key(edit.old), "") if edit else None for edit in edits],
            )
            staged.add(
                f"{key}_new_label",
                "text",
                [labels.get(as_key(edit.new), "") if edit else None for edit in edits],
            )
        staged.add(f"{key}_source", "text", [edit.source if edit else None for edit in edits])
        staged.add(
            f"{key}_confidence", "numeric", [literal(edit.confidence) if edit else None for edit in edits]
        )
        staged.add(
            f"{key}_verified", "boolean", [literal(edit is not None and edit.verified) for edit in edits]
        )
        staged.add(f"{key}_prov", "jsonb", list(self._provenance(edits)))

    def _provenance(self, edits: Sequence[Edit | None]) -> Iterable[str | None]:
        """The provenance entry as JSON text; few are different, so each is made once."""
        made: dict[tuple[str, bool, UUID], str] = {}
        for edit, patch in zip(edits, self.patches, strict=True):
            if edit is None:
                yield None
                continue
            key = (edit.source, edit.verified, patch.change_set)
            if key not in made:
                made[key] = self._entry(edit, self.known[patch.change_set])
            yield made[key]

    def _entry(self, edit: Edit, change_set: NewChangeSet) -> str:
        entry = {
            "source": edit.source,
            "actor": change_set.actor.type.value,
            "label": change_set.agent_label or change_set.actor.label,
            "at": plain(self.at),
        }
        if change_set.actor.type is ActorType.HUMAN_APPROVED_AI:
            entry["approved_by"] = change_set.actor.label
        if edit.verified:
            entry |= {"verified_by": change_set.actor.label, "verified_at": plain(self.at), "locked": True}
        return literal(entry) or "{}"

    def _unattended(self, patch: Patch) -> str:
        return "true" if self.known[patch.change_set].actor.type in UNATTENDED else "false"

    def lock_and_compare(self) -> list[Refusal]:
        """Lock the rows in the order of their ids and return the patches that do not fit what stands there."""
        found = self._run(self._existing_sql() if self.creates else self._compare_sql())
        return [self._refusal(row) for row in found]

    def _existing_sql(self) -> str:
        return f"SELECT s.n, 'exists' FROM s JOIN {self.table} t ON t.id = s.id"  # noqa: S608 (our own names)

    def _compare_sql(self) -> str:
        fits = [
            f"(NOT {slot.given} OR {slot.now('t')} IS NOT DISTINCT FROM s.{slot.key}_old)"
            for slot in self.slots
        ]
        held = [self._held(slot) for slot in self.slots]
        alive = "true" if self._touches_archived else "t.archived_at IS NULL"
        now = "".join(f", {slot.json(slot.now('t'))} AS {slot.key}" for slot in self.slots)
        return f"""
        , locked AS MATERIALIZED (
          SELECT s.n, {alive} AS alive, {" AND ".join(fits)} AS fits, {" OR ".join(held)} AS held{now}
          FROM s JOIN {self.table} t ON t.id = s.id ORDER BY t.id FOR UPDATE OF t)
        SELECT s.n, CASE WHEN l.alive IS NOT TRUE THEN 'gone' WHEN NOT l.fits THEN 'stale' ELSE 'locked' END
               {"".join(f", l.{slot.key}" for slot in self.slots)}
        FROM s LEFT JOIN locked l ON l.n = s.n
        WHERE l.alive IS NOT TRUE OR NOT l.fits OR l.held ORDER BY s.n"""  # noqa: S608

    @property
    def _touches_archived(self) -> bool:
        """Archiving and restoring do, and so does a team: who may see a record is asked of archived ones too."""
        follows = all(edit.source == INHERITED for patch in self.patches for edit in patch.edits)
        return follows or any(slot.field == "archived_at" for slot in self.slots)

    def _held(self, slot: Slot) -> str:
        """A person verified it, not too long ago, and no person stands behind this change."""
        entry = f"(t.provenance -> {_quoted(slot.field)})" if not slot.in_extra else "'{}'::jsonb"
        return (
            f"(s.unattended AND {slot.given} AND {entry} ->> 'locked' = 'true' AND "
            f"({entry} ->> 'verified_at')::timestamptz > s.at - interval '{slot.recheck_days} days')"
        )

    def _refusal(self, row: tuple[Any, ...]) -> Refusal:
        patch, kind = self.patches[row[0] - 1], row[1]
        now = dict(zip((slot.field for slot in self.slots), (_from_json(v) for v in row[2:]), strict=False))
        values = tuple(
            Mismatch(edit.field, plain(edit.old), now[edit.field])
            for edit in patch.edits
            if kind == "stale" and now[edit.field] != plain(edit.old)
        )
        return Refusal(patch, kind, _say(kind, values), values)

    def write(self) -> None:
        """Value, ledger row, snapshot and event in one statement; it closes the door behind itself."""
        self._run(f"""
        , {self._insert_sql() if self.creates else self._update_sql()}
        , ledger AS ({self._ledger_sql()})
        , snapshot AS ({self._snapshot_sql()})
        , event AS ({self._event_sql()})
        SELECT set_config('crmgov.change_set', '', true) FROM (SELECT count(*) FROM done) AS counted""")  # noqa: S608

    def _update_sql(self) -> str:
        sets = [
            f"{slot.column} = {f's.{slot.key}_new' if slot.always else self._kept(slot)}"
            for slot in self.slots
            if not slot.in_extra
        ]
        sets.append("provenance = t.provenance" + "".join(self._merged(slot) for slot in self.slots))
        sets.append("updated_at = s.at")
        if any(slot.in_extra for slot in self.slots):
            sets.append(f"extra = t.extra{self._extra()}")
        return f"""done AS (UPDATE {self.table} t SET {", ".join(sets)} FROM s WHERE t.id = s.id
          RETURNING t.*, {self._carried()})"""  # noqa: S608

    def _kept(self, slot: Slot) -> str:
        return f"CASE WHEN {slot.given} THEN s.{slot.key}_new ELSE t.{slot.column} END"

    def _merged(self, slot: Slot) -> str:
        entry = f"jsonb_build_object({self._name(slot)}, s.{slot.key}_prov)"
        return f" || {entry}" if slot.always else f" || CASE WHEN {slot.given} THEN {entry} ELSE '{{}}' END"

    def _extra(self) -> str:
        return "".join(
            f" || CASE WHEN {slot.given} THEN jsonb_build_object(s.{slot.key}_name, s.{slot.key}_new) ELSE '{{}}' END"
            for slot in self.slots
            if slot.in_extra
        )

    def _name(self, slot: Slot) -> str:
        return f"'extra.' || s.{slot.key}_name" if slot.in_extra else _quoted(slot.field)

    def _carried(self) -> str:
        """The staged columns beside the written row, under names of their own."""
        return ", ".join(f"s.{name} AS s_{name}" for name in self.staged.names)

    def _insert_sql(self) -> str:
        given = {slot.column: slot for slot in self.slots if not slot.in_extra}
        columns, values = [], []
        for field in self.model._meta.concrete_fields:
            columns.append(str(field.column))
            values.append(self._initial(field, given.get(str(field.column))))
        return f"""made AS (INSERT INTO {self.table} ({", ".join(columns)})
          SELECT {", ".join(values)} FROM s ORDER BY s.n RETURNING *)
          , done AS (SELECT t.*, {self._carried()} FROM made t JOIN s ON s.id = t.id)"""  # noqa: S608

    def _initial(self, field: models.Field[Any, Any], slot: Slot | None) -> str:
        match field.name:
            case "id":
                return "s.id"
            case "created_at" | "updated_at":
                return "s.at"
            case "provenance":
                return "'{}'::jsonb" + "".join(self._merged(slot) for slot in self.slots)
            case "extra":
                return f"'{{}}'::jsonb{self._extra()}"
        default = f"{_quoted(literal(field.get_default()))}::{field.db_type(connection)}"
        if slot is None:
            return default
        return (
            f"s.{slot.key}_new"
            if slot.always
            else f"CASE WHEN {slot.given} THEN s.{slot.key}_new ELSE {default} END"
        )

    def _ledger_sql(self) -> str:
        rows = " UNION ALL ".join(self._ledger_rows(slot) for slot in self.slots)
        return f"""INSERT INTO {FieldChange._meta.db_table}
            (change_set_id, record_type, record_id, record_label, team_id, field, old, new, old_label, new_label,
             source, confidence, verified, at, salt, commitment)
          SELECT cs, '{self.record_type}', id, left(label, 300), team_id, field, old, new, left(old_label, 300),
                 left(new_label, 300), source, confidence, verified, at, salt,
                 sha256(salt || '\\x1f'::bytea || convert_to(old_canonical, 'UTF8')
                             || '\\x1f'::bytea || convert_to(new_canonical, 'UTF8'))
          FROM ({rows} OFFSET 0) AS rows"""  # noqa: S608

    def _ledger_rows(self, slot: Slot) -> str:
        old = "NULL::jsonb" if self.creates else slot.json(f"d.s_{slot.key}_old")
        new = slot.json(f"d.s_{slot.key}_new")
        labelled = slot.spec.kind is Kind.REFERENCE
        name = f"'extra.' || d.s_{slot.key}_name" if slot.in_extra else _quoted(slot.field)
        label = LABELS[self.record_type].format_map(_Columns())
        return f"""SELECT d.s_cs AS cs, d.id, {label} AS label, d.team_id, {name} AS field, {old} AS old, {new} AS new,
            {slot.canonical(old)} AS old_canonical, {slot.canonical(new)} AS new_canonical,
            {f"d.s_{slot.key}_old_label" if labelled else "''"} AS old_label,
            {f"d.s_{slot.key}_new_label" if labelled else "''"} AS new_label,
            d.s_{slot.key}_source AS source, d.s_{slot.key}_confidence AS confidence,
            d.s_{slot.key}_verified AS verified, d.s_at AS at,
            uuid_send(gen_random_uuid()) AS salt
          FROM done d WHERE {"true" if slot.always else f"d.s_{slot.key}_given"}"""  # noqa: S608

    def _snapshot_sql(self) -> str:
        history = self.model.history.model  # type: ignore[attr-defined]
        kept = [field.column for field in history.tracked_fields]
        columns = [*kept, "history_date", "history_type", "change_set_id"]
        sign = "+" if self.creates else "~"
        values = [*(f"d.{column}" for column in kept), "d.s_at", f"'{sign}'", "d.s_cs"]
        return f"INSERT INTO {history._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM done d"  # noqa: S608

    def _event_sql(self) -> str:
        kind = RecordEvent.Kind.CREATED if self.creates else RecordEvent.Kind.CHANGED
        fields = ", ".join(
            f"CASE WHEN {'true' if slot.always else f'd.s_{slot.key}_given'} THEN "
            + (f"'extra.' || d.s_{slot.key}_name" if slot.in_extra else _quoted(slot.field))
            + " END"
            for slot in self.slots
        )
        return f"""INSERT INTO {RecordEvent._meta.db_table}
            (kind, record_type, record_id, change_set_id, fields, data, chain, at)
          SELECT '{kind.value}', '{self.record_type}', d.id, d.s_cs, array_remove(ARRAY[{fields}]::varchar[], NULL),
                 '{{}}'::jsonb, d.s_chain, d.s_at FROM done d"""  # noqa: S608

    def _run(self, rest: str) -> list[tuple[Any, ...]]:
        head, params = self.staged.sql(self.at)
        with connection.cursor() as cursor:
            cursor.execute(head + rest.replace("%", "%%"), params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


class _Columns(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"d.{key}"


def _from_json(value: Any) -> Any:
    """A jsonb column comes as text from Django's cursor."""
    return json.loads(value) if isinstance(value, str) else value


def _quoted(text: str | None) -> str:
    """An SQL literal of one of our own names or defaults."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def _say(kind: str, values: Sequence[Any]) -> str:
    if kind == "stale":
        moved = "; ".join(f"{v.field} was {v.expected!r} and is now {v.now!r}" for v in values)
        return f"The record has changed meanwhile: {moved}."
    return {
        "gone": "The record is archived or no longer there.",
        "locked": "A person verified this value, so only a person may replace it.",
        "exists": "A record with this id is already there.",
    }[kind]
