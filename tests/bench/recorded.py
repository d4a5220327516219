"""Ground of the studio's benches: as many recorded decisions as wanted, copies of two that really went their way."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, connections, models, transaction

from approvals.models import Decision, Execution, Suggestion, SuggestionItem
from approvals.services import outcomes
from tests.decisions import scene
from tests.done import kit

TABLES = (
    "suggestion",
    "suggestionitem",
    "decision",
    "execution",
    "celloutcome",
    "outcomerollup",
    "cell",
    "outcomedue",
)
# What becomes of a suggestion by its confidence: the surer, the more often it is kept. The seed is always the same.
WANTED = """
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
WITH drawn AS (
  SELECT n, (0.3 + 0.7 * (1 - power(random(), 1.6)))::numeric(5,4) AS confidence, random() AS luck,
    random() AS chance, %(until)s::timestamptz - random() * %(span)s * interval '1 second' AS at
  FROM generate_series(1, %(count)s) n)
SELECT n, gen_random_uuid() AS suggestion, gen_random_uuid() AS decision, gen_random_uuid() AS execution, confidence,
  at, CASE WHEN confidence < 0.4 THEN 'blocked' WHEN confidence >= 0.9 AND luck < 0.7 THEN 'ran'
    WHEN chance < power(confidence, 0.35) THEN 'kept' WHEN chance < power(confidence, 0.2) THEN 'edited'
    ELSE 'rejected' END AS fate
FROM drawn"""
FATES = {"decided": ("kept", "edited", "rejected", "blocked"), "ran": ("ran",)}
OF_SUGGESTION = {
    "id": "w.suggestion",
    "number": "nextval('approvals_suggestion_number')",
    "confidence": "w.confidence",
    "made_at": "w.at",
    "closed_at": "w.at",
    "status": "CASE w.fate WHEN 'blocked' THEN 'blocked' WHEN 'rejected' THEN 'rejected' ELSE 'approved' END",
    "verdict": "CASE WHEN w.fate = 'blocked' THEN 'block' ELSE s.verdict END",
    "rules": "CASE WHEN w.fate = 'blocked' THEN ARRAY['below_floor']::varchar[] ELSE s.rules END",
    "value_at_stake": "(w.n %% 997) * 100",
}
OF_ITEM = {
    "suggestion_id": "w.suggestion",
    "confidence": "NULL",
    "was_edited": "w.fate = 'edited'",
    "taken": "CASE WHEN w.fate IN ('kept', 'edited', 'ran') THEN true END",
}
OF_DECISION = {
    "id": "w.decision",
    "suggestion_id": "w.suggestion",
    "decided_at": "w.at",
    "kind": "CASE w.fate WHEN 'rejected' THEN 'reject' WHEN 'edited' THEN 'approve_edited' ELSE 'approve' END",
    "reason_code": "CASE WHEN w.fate = 'rejected' THEN 'wrong_value' ELSE '' END",
}
OF_EXECUTION = {
    "id": "w.execution",
    "decision_id": "w.decision",
    "suggestion_id": "w.suggestion",
    "made_at": "w.at",
    "due_at": "w.at",
    "finished_at": "w.at",
}


def patterns() -> dict[str, Suggestion]:
    """One that a person approved and one that ran by itself, both of one cell and both executed."""
    kit.let_it_run()
    ran = kit.ran(scene.account("Ran by itself"), region="Nordics").suggestion
    decided = scene.propose(scene.account("Decided"), region="Nordics", level="draft")
    scene.approve(decided, scene.reviewer())
    scene.run(decided)
    return {"decided": decided, "ran": ran}


def fill(
    like: dict[str, Suggestion], count: int, *, until: datetime, span: timedelta, seed: float = 0.42
) -> None:
    """Record so many, spread over the time before `until`, and tell their outcomes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT setseed(%s)", [seed])
            cursor.execute(WANTED, {"count": count, "until": until, "span": span.total_seconds()})
        for name, fates in FATES.items():
            _copy(Suggestion, "id", like[name].pk, OF_SUGGESTION, fates)
            _copy(SuggestionItem, "suggestion_id", like[name].pk, OF_ITEM, fates, without="id")
            decided = tuple(fate for fate in fates if fate != "blocked")
            _copy(Decision, "suggestion_id", like[name].pk, OF_DECISION, decided)
            done = tuple(fate for fate in decided if fate != "rejected")
            _copy(Execution, "suggestion_id", like[name].pk, OF_EXECUTION, done)
        with connection.cursor() as cursor:
            # Told all at once below.
            cursor.execute("DELETE FROM approvals_outcomedue")
    outcomes.rebuild(at=until)
    vacuum()


def vacuum() -> None:
    """Statistics as autovacuum would leave them, and no dead rows of the making."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE approvals_{table}")


def _copy(
    model: type[models.Model],
    key: str,
    like: UUID,
    changed: dict[str, str],
    fates: tuple[str, ...],
    without: str = "",
) -> None:
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column != without]
    named = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(changed.get(column, f's."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({named}) SELECT {taken} FROM {model._meta.db_table} s "  # noqa: S608
            f"CROSS JOIN wanted w WHERE s.{key} = %s AND w.fate = ANY(%s)",
            [like, [*fates]],
        )
