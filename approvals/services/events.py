"""News of records, taken once per consumer: what an open question rests on has moved (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from approvals.models import Conflict, Suggestion, SuggestionItem
from crmgov.records import registry
from crmgov.records.models import RecordEvent
from crmgov.records.models.governed import Governed

from . import conflicts, gate, homes, withdrawals
from .recording import close, items_of
from .values import current, same

CONFLICTS = "conflicts"
QUESTIONS = "questions"
HOMES = "homes"
PAUSED = "paused"
BATCH = 1_000

UNTAKEN_CONFLICTS = """
SELECT e.id FROM records_recordevent e
WHERE e.kind = 'import_conflict'
  AND NOT EXISTS (SELECT 1 FROM records_eventreceipt r WHERE r.consumer = %s AND r.event_id = e.id)
ORDER BY e.id LIMIT %s"""

# From the open questions to the events of their records, by index: what nobody asks about is never read.
UNTAKEN_MOVES = """
SELECT DISTINCT e.id FROM records_recordevent e
JOIN (SELECT i.record_id, i.field, s.made_at FROM approvals_suggestionitem i
      JOIN approvals_suggestion s ON s.id = i.suggestion_id
      WHERE s.status = 'queued' AND i.record_id IS NOT NULL
      UNION ALL
      SELECT c.record_id, c.field, c.opened_at FROM approvals_conflict c WHERE c.status = 'open') q
  ON q.record_id = e.record_id AND q.field = ANY(e.fields) AND e.at >= q.made_at
WHERE e.kind = 'changed'
  AND NOT EXISTS (SELECT 1 FROM records_eventreceipt r WHERE r.consumer = %s AND r.event_id = e.id)
ORDER BY e.id LIMIT %s"""

# Who may see a record, and on which account it hangs: what is open about it moves along. The minute is for a
# proposal that was just being taken in.
UNTAKEN_HOMES = """
SELECT DISTINCT e.id FROM records_recordevent e
JOIN (SELECT coalesce(s.record_id, s.account_id) AS record_id, s.made_at FROM approvals_suggestion s
      WHERE s.status = 'queued'
      UNION ALL
      SELECT c.record_id, c.opened_at FROM approvals_conflict c WHERE c.status = 'open') q
  ON q.record_id = e.record_id AND e.at >= q.made_at - interval '1 minute'
WHERE e.kind = 'changed' AND e.fields && ARRAY['team', 'account', 'opportunity', 'contact']::varchar[]
  AND NOT EXISTS (SELECT 1 FROM records_eventreceipt r WHERE r.consumer = %s AND r.event_id = e.id)
ORDER BY e.id LIMIT %s"""

CLAIM = """
INSERT INTO records_eventreceipt (consumer, event_id, taken_at)
SELECT %s, unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING RETURNING event_id"""


def take(*, at: datetime) -> int:
    """Take all news, batch by batch; return how many events were taken."""
    taken = 0
    while count := take_conflicts(at=at) + take_homes(at=at) + take_moves(at=at):
        taken += count
    while count := take_put_back(at=at):
        taken += count
    return taken


@transaction.atomic(durable=True)
def take_conflicts(*, at: datetime) -> int:
    """Open a conflict for every import conflict not taken yet."""
    events = _claim(CONFLICTS, UNTAKEN_CONFLICTS, at)
    conflicts.take_import_conflicts(events=events)
    return len(events)


@transaction.atomic(durable=True)
def take_moves(*, at: datetime) -> int:
    """Mark open questions on fields that moved as stale, or close them where the values agree now."""
    events = _claim(QUESTIONS, UNTAKEN_MOVES, at)
    fields: dict[tuple[str, str], set[str]] = {}
    for event in events:
        fields.setdefault((event.record_type, str(event.record_id)), set()).update(event.fields)
    for (record_type, record_id), moved in sorted(fields.items()):
        found = registry.model_of(record_type).objects.filter(pk=record_id).first()
        if found is not None:
            _moved(found, sorted(moved), at)
    return len(events)


@transaction.atomic(durable=True)
def take_put_back(*, at: datetime) -> int:
    """Close what imports claimed that were put back, and judge anew what stood against them."""
    count, rivals = withdrawals.withdraw(at=at)
    for suggestion in _waiting(Q(pk__in=rivals)):
        _judge_again(suggestion, items_of(suggestion), at)
    return count


@transaction.atomic(durable=True)
def take_homes(*, at: datetime) -> int:
    """Let open suggestions and conflicts follow their record into its team."""
    events = _claim(HOMES, UNTAKEN_HOMES, at)
    if not events:
        return 0
    moved = {event.record_id for event in events}
    for suggestion in _waiting(Q(record_id__in=moved) | Q(record_id=None, account_id__in=moved)):
        if homes.follow(suggestion, at):
            _judge_again(suggestion, items_of(suggestion), at)
    open_ones = Conflict.objects.filter(record_id__in=moved, status=Conflict.Status.OPEN)
    for conflict in open_ones.select_for_update(of=("self",)).order_by("pk"):
        homes.follow_conflict(conflict)
    return len(events)


def _claim(consumer: str, untaken: str, at: datetime) -> Sequence[RecordEvent]:
    """Insert receipts and return the events that got one: of two workers exactly one takes an event."""
    with connection.cursor() as cursor:
        cursor.execute(untaken, [consumer, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return []
        cursor.execute(CLAIM, [consumer, ids, at])
        mine = [row[0] for row in cursor.fetchall()]
    return list(RecordEvent.objects.filter(pk__in=mine).order_by("pk"))


def _moved(record: Governed, fields: Sequence[str], at: datetime) -> None:
    asking = SuggestionItem.objects.filter(
        record_id=record.pk, field__in=fields, suggestion__status=Suggestion.Status.QUEUED
    )
    for suggestion in _waiting(Q(pk__in=asking.values("suggestion"))):
        _look_again(suggestion, record, at)
    if Conflict.objects.filter(record_id=record.pk, field__in=fields, status=Conflict.Status.OPEN).exists():
        conflicts.refresh_ours(record=record, fields=fields, at=at)


def _waiting(which: Q) -> QuerySet[Suggestion]:
    """What waits for a person, locked in the order of the ids."""
    rows = Suggestion.objects.queued().filter(which).select_for_update(of=("self",))
    return rows.select_related("agent", "proposed_by", "workflow_version__workflow").order_by("pk")


def _look_again(suggestion: Suggestion, record: Governed, at: datetime) -> None:
    items = items_of(suggestion)
    if not suggestion.in_conflict and all(same(current(record, i.field), i.proposed) for i in _open(items)):
        close(suggestion, Suggestion.Status.SUPERSEDED, at, items)
        return
    stale = any(not same(current(record, i.field), i.seen) for i in _open(items))
    suggestion.stale_since = (suggestion.stale_since or at) if stale else None
    suggestion.save(update_fields=["stale_since"])
    _judge_again(suggestion, items, at)


def _judge_again(suggestion: Suggestion, items: Sequence[SuggestionItem], at: datetime) -> None:
    """Gated again and no longer possible, as when the record was archived, it is closed. A pause only waits."""
    if gate.read(suggestion, at).blocking - {PAUSED}:
        close(suggestion, Suggestion.Status.BLOCKED, at, items)


def _open(items: Iterable[SuggestionItem]) -> list[SuggestionItem]:
    """Without those a settled conflict has already closed."""
    return [item for item in items if item.taken is not False]
