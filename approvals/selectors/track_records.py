"""What became of suggestions like this one: how many people kept unchanged, of how many they said anything about.

Like it are those of the same cell (agent, workflow version, action, field group, segment) whose confidence lay within
five hundredths of its own; of what came without a confidence, those that did, too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from approvals.models import Suggestion
from approvals.rules.intervals import ENOUGH

from .together import Rows, Sql, together

# Hundredths to both sides: narrow enough to be alike, wide enough to be fifty.
NEAR = 5
# By suggestion and field group. The confidence of a group is the lowest of its fields, as its outcome has it.
LIKE = """
SELECT i.suggestion_id AS suggestion, i.field_group, coalesce(sum(r.unchanged), 0)::int AS kept,
  coalesce(sum(r.unchanged + r.edited + r.rejected + r.undone), 0)::int AS known
FROM (
  SELECT n.suggestion_id, n."group" AS field_group, s.agent_id, s.workflow_version_id, s.action, s.segment,
    CASE WHEN bool_and(coalesce(n.confidence, s.confidence) IS NOT NULL)
         THEN floor(min(coalesce(n.confidence, s.confidence)) * 100)::int END AS hundredth
  FROM approvals_suggestionitem n JOIN approvals_suggestion s ON s.id = n.suggestion_id
  WHERE s.id = ANY({which}) AND s.agent_id IS NOT NULL
  GROUP BY n.suggestion_id, n."group", s.agent_id, s.workflow_version_id, s.action, s.segment) i
LEFT JOIN approvals_cell c USING (agent_id, workflow_version_id, action, field_group, segment)
LEFT JOIN approvals_outcomerollup r ON r.cell_id = c.id AND CASE WHEN i.hundredth IS NULL THEN r.hundredth = -1
  ELSE r.hundredth BETWEEN greatest(i.hundredth - {near}, 0) AND i.hundredth + {near} END
GROUP BY i.suggestion_id, i.field_group"""

OF_SUGGESTIONS = LIKE.format(which="%s", near=NEAR)
# What wrote each of these fields last, and what became of those like it.
OF_FIELDS = f"""
WITH wrote AS MATERIALIZED (
  SELECT DISTINCT ON (n.field) n.field, n."group" AS field_group, n.suggestion_id AS suggestion
  FROM approvals_suggestionitem n JOIN approvals_execution x ON x.suggestion_id = n.suggestion_id
  WHERE n.record_id = %s AND n.field = ANY(%s) AND x.status = 'succeeded' ORDER BY n.field, x.finished_at DESC)
SELECT wrote.field, like_it.kept, like_it.known
FROM wrote JOIN ({LIKE.format(which="ARRAY(SELECT suggestion FROM wrote)", near=NEAR)}) like_it
  USING (suggestion, field_group)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What people said of similar ones: `rate` kept unchanged, of `of` they said something about; None without any."""

    rate: float | None
    of: int


NONE = TrackRecord(None, 0)


def track_records(suggestions: Collection[Suggestion]) -> dict[object, TrackRecord]:
    """By the key of each; one query."""
    return told(suggestions, together(cells=asked(suggestions))["cells"])


def asked(suggestions: Collection[Suggestion]) -> Sql:
    """What they rest on, to be asked together with something else; `told` reads the answers."""
    return Sql(OF_SUGGESTIONS, [[one.pk for one in suggestions]])


def told(suggestions: Collection[Suggestion], rows: Rows) -> dict[object, TrackRecord]:
    """By the key of each, by these answers; of several field groups the one that says least for it."""
    found: dict[str, list[TrackRecord]] = {}
    for row in rows:
        found.setdefault(row["suggestion"], []).append(_record(row))
    return {one.pk: min(found.get(str(one.pk), [NONE]), key=_says) for one in suggestions}


def of_fields(record_id: UUID, fields: Collection[str]) -> dict[str, TrackRecord]:
    """By field that AI wrote last, as of the suggestion that wrote it; one query, none without fields."""
    if not fields:
        return {}
    rows = together(fields=Sql(OF_FIELDS, [record_id, [*fields]]))["fields"]
    return {row["field"]: _record(row) for row in rows}


def _record(row: dict[str, Any]) -> TrackRecord:
    return TrackRecord(row["kept"] / row["known"] if row["known"] else None, row["known"])


def _says(record: TrackRecord) -> tuple[bool, float]:
    return record.of >= ENOUGH, record.rate or 0.0
