"""What an import made and has to stay when the import is put back: records that stay hang on it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection, models, transaction

from crmgov.records import registry

# `ours` are the change sets of the import, `back` those that took parts of it back before: nobody else's.
OURS = """
ours AS MATERIALIZED (SELECT id FROM records_changeset WHERE import_run_id = ANY(%(runs)s)),
back AS MATERIALIZED (
  SELECT id FROM records_changeset WHERE reverses IN (SELECT id FROM ours) AND authority = 'revert')"""


def _links() -> str:
    """Every present record and what it hangs on, by way of which field."""
    return " UNION ALL ".join(
        f"SELECT id AS child, '{name}' AS kind, '{field.name}' AS field, {field.column} AS parent "  # noqa: S608
        f"FROM {model._meta.db_table} WHERE archived_at IS NULL AND {field.column} IS NOT NULL"
        for name, model in registry.MODELS.items()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model in registry.MODELS.values()
    )


# `free` are records that the import made and nobody else wrote: they go to the archive, if nothing is in the way.
# A reference that the import wrote goes back with its record, unless the import made that too: it stays as it is.
HELD = f"""
free AS MATERIALIZED (
  SELECT DISTINCT e.record_id FROM records_recordevent e
  WHERE e.kind = 'created' AND e.change_set_id IN (SELECT id FROM ours) AND NOT EXISTS (
    SELECT FROM records_fieldchange c WHERE c.record_id = e.record_id
    AND c.change_set_id NOT IN (SELECT id FROM ours) AND c.change_set_id NOT IN (SELECT id FROM back))),
hangs AS MATERIALIZED (
  SELECT h.child, h.kind, h.field, h.parent, f.record_id IS NOT NULL AS is_free
  FROM ({_links()}) h JOIN free p ON p.record_id = h.parent LEFT JOIN free f ON f.record_id = h.child),
held(record_id, kind) AS (
  SELECT h.parent, h.kind FROM hangs h
  LEFT JOIN LATERAL (
    SELECT c.change_set_id FROM records_fieldchange c WHERE c.record_id = h.child AND c.field = h.field
    ORDER BY c.id DESC LIMIT 1) w ON true
  WHERE NOT h.is_free AND (
    w.change_set_id IS NULL OR w.change_set_id NOT IN (SELECT id FROM ours) OR EXISTS (
      SELECT FROM records_recordevent e
      WHERE e.record_id = h.child AND e.kind = 'created' AND e.change_set_id IN (SELECT id FROM ours)))
  UNION
  SELECT h.parent, h.kind FROM held JOIN hangs h ON h.child = held.record_id),
kept AS MATERIALIZED (
  SELECT record_id, array_agg(DISTINCT kind ORDER BY kind) AS kinds FROM held GROUP BY record_id)"""  # noqa: S608


def held(runs: Collection[UUID]) -> dict[UUID, str]:
    """Return the records that have to stay, and why in a sentence."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Set by set: right after a large import the statistics know nothing of it, and loops would be quadratic.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            f"WITH RECURSIVE {OURS}, {HELD} SELECT record_id, kinds FROM kept",  # noqa: S608 (our own names)
            {"runs": list(runs)},
        )
        found = {record_id: say(kinds) for record_id, kinds in cursor.fetchall()}
        cursor.execute("SET LOCAL enable_nestloop = on")
        return found


def say(kinds: Collection[str]) -> str:
    """Return why a record stays that records of these types hang on."""
    names = ", ".join(kind.replace("_", " ") for kind in sorted(kinds))
    return f"It was made by the import, and what stays hangs on it ({names}), so it stays."
