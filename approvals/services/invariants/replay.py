"""F1, in SQL: the ledger replayed must be the table, for every governed field of every record."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from crmgov.records import registry
from crmgov.records.contracts import fields_of
from crmgov.records.rules.values import Kind
from crmgov.records.services.door import JSON

from .kinds import MOST_EXAMPLES, broken_in

# The last value the ledger gives each field; a missing one is the column's default, which is what an insert
# without the field writes.
VALUES = """
SELECT t.id AS record_id, v.field, v.value, v.initial FROM {table} t
CROSS JOIN LATERAL (VALUES {rows}) AS v(field, value, initial)
UNION ALL
SELECT t.id, 'extra.' || e.key, e.value, NULL FROM {table} t CROSS JOIN LATERAL jsonb_each(t.extra) AS e"""
LAST = """
SELECT DISTINCT ON (record_id, field) record_id, field, nullif(new, 'null'::jsonb) AS value
FROM records_fieldchange WHERE record_type = '{record_type}' ORDER BY record_id, field, id DESC"""
DIFFERENT = """
SELECT '{record_type} ' || coalesce(v.record_id, l.record_id) || '.' || coalesce(v.field, l.field)
       || ': table ' || coalesce(v.value::text, 'null')
       || CASE WHEN v.record_id IS NULL THEN ' (no such row)' ELSE '' END
       || ', ledger ' || coalesce(l.value::text, 'null') || CASE WHEN l.record_id IS NULL THEN ' (no row)' ELSE '' END
FROM ({values}) v FULL JOIN ({last}) l ON l.record_id = v.record_id AND l.field = v.field
WHERE CASE WHEN l.record_id IS NULL THEN nullif(v.value, 'null'::jsonb) IS DISTINCT FROM v.initial
           WHEN v.record_id IS NULL THEN l.value IS NOT NULL
           ELSE nullif(v.value, 'null'::jsonb) IS DISTINCT FROM l.value END"""
TWICE = """
SELECT record_type || ' ' || record_id || '.' || field || ': ' || count(*) || ' rows in one change set'
FROM records_fieldchange GROUP BY change_set_id, record_type, record_id, field HAVING count(*) > 1"""


def run() -> tuple[int, int, Sequence[str]]:
    rows, violations, examples = 0, *broken_in(TWICE)
    for record_type in registry.MODELS:
        values, last = _values(record_type), LAST.format(record_type=record_type)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({values}) v")  # noqa: S608 (our own names)
            rows += cursor.fetchone()[0]
        count, found = broken_in(DIFFERENT.format(record_type=record_type, values=values, last=last))
        violations, examples = violations + count, [*examples, *found][:MOST_EXAMPLES]
    return rows, violations, examples


def _values(record_type: str) -> str:
    rows = ", ".join(_row(record_type, field) for field in fields_of(record_type))
    return VALUES.format(table=registry.model_of(record_type)._meta.db_table, rows=rows)


def _row(record_type: str, field: str) -> str:
    column = registry.column(record_type, field)
    value = _as_json(record_type, field, f"t.{column.column}")
    return f"('{field}', {value}, {_initial(record_type, field)})"


def _as_json(record_type: str, field: str, expression: str) -> str:
    spec = registry.spec_of(record_type, field)
    if spec.kind is Kind.REFERENCE:
        return f"to_jsonb({expression}{'' if spec.integer_key else '::text'})"
    return JSON[spec.kind].format(expression)


def _initial(record_type: str, field: str) -> str:
    """What a column holds that no change ever named."""
    column = registry.column(record_type, field)
    default = column.get_default()
    if default is None:
        return "NULL::jsonb"
    if default == []:
        return "'[]'::jsonb"
    return _as_json(record_type, field, f"'{default}'::{column.db_type(connection)}")
