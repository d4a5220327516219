"""Nothing stands beneath itself: a parent that already stands beneath the record is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from django.db import connection, models

from crmgov.records import registry

from .patches import Patch

# UNION, not UNION ALL: a circle of older days ends the walk instead of going round for ever.
ABOVE = """
WITH RECURSIVE up (id, above) AS (
  SELECT id, {column} FROM {table} WHERE id = ANY(%s::uuid[])
  UNION SELECT t.id, t.{column} FROM {table} t JOIN up ON t.id = up.above)
SELECT id, above FROM up"""


def closing(record_type: str, patches: Sequence[Patch]) -> Iterator[tuple[Patch, str]]:
    """Yield the patches that would close a circle, with the field; in the order given, the last one closes it.

    One query where a reference to the own kind changes, none else.
    """
    for field in _own_references(record_type):
        wanted = [(patch, edit.new) for patch in patches for edit in patch.edits if edit.field == field]
        above = _above(record_type, field, {str(new) for _, new in wanted if new})
        for patch, new in wanted:
            if new and _beneath(str(new), str(patch.record_id), above):
                yield patch, field
            else:
                above[str(patch.record_id)] = str(new) if new else None


def _beneath(start: str, record_id: str, above: dict[str, str | None]) -> bool:
    """Is the record met on the way up from `start`?"""
    seen, at = set[str](), start
    while at and at not in seen:
        if at == record_id:
            return True
        seen.add(at)
        at = above.get(at) or ""
    return False


def _above(record_type: str, field: str, starts: set[str]) -> dict[str, str | None]:
    if not starts:
        return {}
    column = registry.column(record_type, field).column
    table = registry.model_of(record_type)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(ABOVE.format(column=column, table=table), [sorted(starts)])
        return {str(key): str(above) if above else None for key, above in cursor.fetchall()}


@cache
def _own_references(record_type: str) -> tuple[str, ...]:
    model = registry.model_of(record_type)
    return tuple(
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is model
    )
