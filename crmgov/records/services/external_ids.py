"""What a source calls our records: new names, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.records.models import ExternalId, Source

from .staging import Staged, literal

INSERT = """
INSERT INTO {table} (source_id, kind, value, record_type, record_id, last_seen, last_seen_at)
SELECT %s, kind, id, record_type, record_id, last_seen, at FROM s"""


def add(
    names: Sequence[tuple[str, UUID, Mapping[str, Any]]],
    *,
    source: Source,
    kind: str,
    record_type: str,
    at: datetime,
) -> None:
    """Keep (external id, record, what the source said) in one statement; joins the caller's transaction.

    Raises IntegrityError when one is there already.
    """
    if not names:
        return
    staged = Staged()
    staged.add("id", "text", [value for value, _, _ in names])
    staged.add("record_id", "uuid", [str(record_id) for _, record_id, _ in names])
    staged.add("last_seen", "jsonb", [literal(dict(said)) for _, _, said in names])
    staged.add("kind", "text", [kind] * len(names))
    staged.add("record_type", "text", [record_type] * len(names))
    head, params = staged.sql(at)
    with connection.cursor() as cursor:
        cursor.execute(head + INSERT.format(table=ExternalId._meta.db_table), [*params, source.pk])
