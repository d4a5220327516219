"""Scores of one chunk against those that are there: what differs is written, what it replaces no longer counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.kernel.ids import new_id
from scoring.models import TrainedModel

# One chunk of fresh scores.
FRESH = """
CREATE TEMPORARY TABLE fresh_scores (id uuid, record_id uuid, segment text, value numeric(5,4), reasons jsonb)
ON COMMIT DROP"""
SAME = """
DELETE FROM fresh_scores f USING scoring_score s
WHERE s.record_id = f.record_id AND s.kind = %(kind)s AND s.model = %(model)s AND s.model_version = %(version)s
  AND s.current AND (s.value, s.reasons, s.segment) = (f.value, f.reasons, f.segment)"""
REPLACED = """
UPDATE scoring_score s SET current = false FROM fresh_scores f
WHERE s.record_id = f.record_id AND s.kind = %(kind)s AND s.model = %(model)s AND s.model_version = %(version)s
  AND s.current"""
WRITTEN = """
INSERT INTO scoring_score (id, kind, record_type, record_id, segment, value, reasons, model, model_version, trained_id,
  scored_at, current)
SELECT id, %(kind)s, %(type)s, record_id, segment, value, reasons, %(model)s, %(version)s, %(trained)s, %(at)s, true
FROM fresh_scores ORDER BY record_id"""


def write(
    *,
    model: TrainedModel,
    record_type: str,
    rows: Sequence[tuple[UUID, str, float, list[dict[str, Any]]]],
    as_of: datetime,
) -> int:
    """Keep (record, segment, share, reasons) where they differ from what counts; return how many did. Joins."""
    named: dict[str, Any] = {
        "kind": model.kind, "model": model.name, "version": str(model.version), "type": record_type,
        "trained": model.pk, "at": as_of,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS fresh_scores")
        cursor.execute(FRESH)
        with cursor.copy("COPY fresh_scores (id, record_id, segment, value, reasons) FROM STDIN") as copy:
            for row in _lines(rows):
                copy.write_row(row)
        cursor.execute("ANALYZE fresh_scores (record_id)")
        cursor.execute(SAME, named)
        cursor.execute(REPLACED, named)
        cursor.execute(WRITTEN, named)
        return int(cursor.rowcount)


def _lines(rows: Sequence[tuple[UUID, str, float, list[dict[str, Any]]]]) -> Iterator[tuple[str, ...]]:
    for record_id, segment, share, reasons in rows:
        # What a column of four digits holds; the same on every machine.
        yield (
            str(new_id()), str(record_id), segment, f"{share:.4f}", json.dumps(reasons, ensure_ascii=False),
        )  # fmt: skip
