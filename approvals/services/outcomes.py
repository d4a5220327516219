"""What became of suggestions, told cell by cell and kept up to date (models/outcome.py).

One statement tells it from the rows. Triggers write down whose outcome is to be told again, in the transaction of what
changed; the clock takes that in turn, one taker at a time, so that nothing older is written over something newer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from approvals.models import Cell, CellOutcome
from approvals.rules.findings import BELOW_FLOOR, OF_CONFIDENCE_AND_LEVEL, VERDICTS
from approvals.rules.vocabulary import Verdict

from . import rollups

# Suggestions in one turn: a second's work.
BATCH = 5_000
# One taker, for the length of its transaction; the number is this module's own.
LOCK = "SELECT pg_advisory_xact_lock(71_300_511)"

TAKE = """
DELETE FROM approvals_outcomedue WHERE id IN (SELECT id FROM approvals_outcomedue ORDER BY id LIMIT %s)
RETURNING suggestion_id"""

# A suggestion has an outcome once it is closed and, where the policy let it run, once it ran. `%(some)s` null: all.
# Put back counts for the field group whose fields were put back; what was created is put back as a whole. Of what ran
# by itself another value that a person types over it within a week says that it was wrong. A decision that was taken
# back says nothing, and neither does a plain yes that came to nothing. One that ended a conflict chose between claims.
TOLD = """
SELECT s.id AS suggestion_id, i.field_group, s.agent_id, s.workflow_version_id, s.action, s.segment, i.confidence,
  CASE WHEN u.undone THEN 'closed' WHEN d.person_id IS NOT NULL THEN 'decided'
       WHEN d.id IS NOT NULL AND x.status = 'succeeded' THEN 'ran'
       WHEN s.status IN ('blocked', 'shadowed') THEN s.status ELSE 'closed' END AS way,
  CASE WHEN u.undone THEN '' WHEN c.id IS NOT NULL OR a.verdict = 'wrong' THEN 'contested'
       WHEN r.put_back THEN 'reverted'
       WHEN d.person_id IS NOT NULL THEN
         CASE WHEN d.kind = 'reject' OR i.left_out THEN 'rejected' WHEN i.was_edited THEN 'edited' ELSE 'unchanged' END
       WHEN a.verdict = 'right' THEN 'unchanged' WHEN t.typed_over THEN 'corrected' ELSE '' END AS label,
  CASE WHEN others.rules && %(blocking)s::text[]
         OR (s.verdict = 'block' AND NOT %(below_floor)s = ANY(s.rules)) THEN 'block'
       WHEN cardinality(others.rules) > 0 THEN 'queue' ELSE '' END AS held,
  s.rules = ARRAY['level']::varchar[]
    AND NOT EXISTS (SELECT 1 FROM approvals_claim k WHERE k.suggestion_id = s.id) AS only_level,
  b.id IS NULL AS one_by_one, coalesce(a.drawn, '') AS drawn, coalesce(d.decided_at, s.closed_at, s.made_at) AS at
FROM approvals_suggestion s
JOIN LATERAL (
  SELECT "group" AS field_group,
    CASE WHEN bool_and(coalesce(n.confidence, s.confidence) IS NOT NULL)
         THEN min(coalesce(n.confidence, s.confidence)) END AS confidence,
    bool_or(n.taken IS FALSE) AS left_out, bool_or(n.was_edited) AS was_edited, array_agg(n.field) AS fields
  FROM approvals_suggestionitem n WHERE n.suggestion_id = s.id GROUP BY "group") i ON true
CROSS JOIN LATERAL (
  SELECT array(SELECT unnest(s.rules::text[]) EXCEPT SELECT unnest(%(soft)s::text[])) AS rules) others
LEFT JOIN approvals_decision d ON d.suggestion_id = s.id
LEFT JOIN approvals_bulkitem b ON b.decision_id = d.id
LEFT JOIN approvals_execution x ON x.suggestion_id = s.id
CROSS JOIN LATERAL (
  SELECT d.person_id IS NOT NULL AND (
    coalesce(x.status IN ('cancelled', 'stale', 'failed') AND NOT i.was_edited AND NOT i.left_out, false)
    OR EXISTS (SELECT 1 FROM approvals_suggestion n JOIN approvals_note q ON q.suggestion_id = n.id
               WHERE n.supersedes_id = s.id AND q.kind = 'take_back')) AS undone) u
LEFT JOIN approvals_contestedchange c ON c.execution_id = x.id
LEFT JOIN approvals_auditsample a ON a.execution_id = x.id
LEFT JOIN LATERAL (
  SELECT true AS put_back FROM records_changeset z
  WHERE z.reverses = x.change_set_id AND (s.action LIKE 'create%%' OR EXISTS (
    SELECT 1 FROM records_fieldchange f WHERE f.change_set_id = z.id AND f.field = ANY(i.fields)))
  LIMIT 1) r ON true
LEFT JOIN LATERAL (
  SELECT true AS typed_over FROM records_fieldchange f
  JOIN records_fieldchange h ON h.record_id = f.record_id AND h.field = f.field AND h.id > f.id AND h.old = f.new
    AND h.at <= f.at + interval '7 days'
  JOIN records_changeset e ON e.id = h.change_set_id AND e.authority = 'hand_edit'
  WHERE d.person_id IS NULL AND f.change_set_id = x.change_set_id AND f.field = ANY(i.fields)
  LIMIT 1) t ON true
WHERE s.agent_id IS NOT NULL AND s.status <> 'queued' AND (%(some)s::uuid[] IS NULL OR s.id = ANY(%(some)s))
  AND (s.status <> 'approved' OR d.person_id IS NOT NULL OR x.status NOT IN ('pending', 'failed', 'unknown'))"""

CELLS = f"""
INSERT INTO approvals_cell (agent_id, workflow_version_id, action, field_group, segment)
SELECT DISTINCT agent_id, workflow_version_id, action, field_group, segment FROM ({TOLD}) told
ON CONFLICT (agent_id, workflow_version_id, action, field_group, segment) DO NOTHING"""  # noqa: S608

KEPT = ("cell_id", "confidence", "way", "label", "held", "only_level", "one_by_one", "drawn", "at")
COLUMNS = ", ".join(KEPT)
STORE = f"""
INSERT INTO approvals_celloutcome AS o (suggestion_id, field_group, {COLUMNS})
SELECT told.suggestion_id, told.field_group, cell.id, {", ".join(f"told.{name}" for name in KEPT[1:])}
FROM ({TOLD}) told JOIN approvals_cell cell USING (agent_id, workflow_version_id, action, field_group, segment)
ON CONFLICT (suggestion_id, field_group) DO UPDATE
SET ({COLUMNS}) = ({", ".join(f"excluded.{name}" for name in KEPT)})
WHERE ({", ".join(f"o.{name}" for name in KEPT)}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in KEPT)})
RETURNING o.cell_id"""  # noqa: S608

# What stands there and is not told so by the rows, or the other way round.
DIFFERS = f"""
WITH told AS MATERIALIZED ({TOLD}), stored AS (
  SELECT o.suggestion_id, o.field_group, c.agent_id, c.workflow_version_id, c.action, c.segment, o.confidence, o.way,
    o.label, o.held, o.only_level, o.one_by_one, o.drawn, o.at
  FROM approvals_celloutcome o JOIN approvals_cell c ON c.id = o.cell_id)
SELECT count(*) FROM (
  (SELECT * FROM told EXCEPT SELECT * FROM stored) UNION ALL (SELECT * FROM stored EXCEPT SELECT * FROM told)) other
WHERE NOT EXISTS (SELECT 1 FROM approvals_outcomedue due WHERE due.suggestion_id = other.suggestion_id)"""  # noqa: S608

RULES: dict[str, Any] = {
    "soft": sorted(OF_CONFIDENCE_AND_LEVEL),
    "blocking": sorted(
        rule for rule, verdict in VERDICTS.items() if verdict is Verdict.BLOCK and rule != BELOW_FLOOR
    ),
    "below_floor": BELOW_FLOOR,
}


def take(*, at: datetime) -> int:
    """Tell again what changed; return how many suggestions. Ringing twice does no harm."""
    taken = 0
    while count := _take_some(at):
        taken += count
    return taken


@transaction.atomic(durable=True)
def rebuild(*, at: datetime) -> int:
    """Tell everything anew; return how many rows stand there then. Cells stay, with what was signed for them."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute("DELETE FROM approvals_celloutcome")
    _tell(None, at)
    rollups.rebuild()
    return CellOutcome.objects.count()


def differing() -> int:
    """Rows that are stored otherwise than the rows below say, but for what waits to be told; 0 when all is well.

    What the studio reads is added up from them, and counts as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(DIFFERS, {**RULES, "some": None})
        return int(cursor.fetchone()[0]) + rollups.differing()


@transaction.atomic(durable=True)
def _take_some(at: datetime) -> int:
    with connection.cursor() as cursor:
        # What others committed before the lock was given is seen by the statements after it.
        cursor.execute(LOCK)
        cursor.execute(TAKE, [BATCH])
        due = {row[0] for row in cursor.fetchall()}
    if due:
        rollups.take_off(due)
        _tell(due, at)
        rollups.put_on(due)
    return len(due)


def _tell(suggestion_ids: Collection[UUID] | None, at: datetime) -> None:
    asked: dict[str, Any] = {
        **RULES,
        "some": sorted(suggestion_ids) if suggestion_ids is not None else None,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(CELLS, asked)
        cursor.execute(STORE, asked)
        moved = {row[0] for row in cursor.fetchall()}
    # In the order in which whoever demotes locks them: neither waits for the other in a circle.
    locked = Cell.objects.select_for_update().filter(pk__in=moved).order_by("pk")
    Cell.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(moved_at=at)
