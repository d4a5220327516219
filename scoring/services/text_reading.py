"""Reading what customers wrote with the newest model: what just came, and by night whatever is left.

A reading adds to what the gate knows. Batches commit by themselves, so that a reading that was ended goes on behind
the last one that was finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from crmgov.records.models import RecordEvent
from scoring.models import TextModel, TextReading
from scoring.selectors import texts
from scoring.selectors.texts import Place

CONSUMER = "texts"
BATCH = 500
# Further back than this behind the last event taken no transaction is still open; the night reads what was.
BEHIND = 10_000
NONE_YET = UUID(int=0)

UNTAKEN = """
SELECT e.id FROM records_recordevent e
WHERE e.id > (SELECT coalesce(max(r.event_id), 0) - %(behind)s FROM records_eventreceipt r
              WHERE r.consumer = %(consumer)s)
  AND (e.kind = 'activity' AND e.data ->> 'kind' = ANY(%(kinds)s)
       OR e.record_type = 'ticket' AND (e.kind = 'created' OR e.kind = 'changed'
          AND e.fields && ARRAY['subject', 'body', 'status']::varchar[]))
  AND NOT EXISTS (SELECT 1 FROM records_eventreceipt r WHERE r.consumer = %(consumer)s AND r.event_id = e.id)
ORDER BY e.id LIMIT %(most)s"""
CLAIM = """
INSERT INTO records_eventreceipt (consumer, event_id, taken_at)
SELECT %s, unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING RETURNING event_id"""


def read_news(*, at: datetime) -> int:
    """Read the tickets, mails and notes that came since the last time; return how many. Nothing before a training."""
    model, count = texts.current_model(), 0
    if model is None:
        return 0
    while taken := _take(model, at):
        count += taken
    return count


def read_rest(*, at: datetime) -> int:
    """Read open tickets, and mails and notes of thirty days, that the newest model has not read as they are."""
    model, count = texts.current_model(), 0
    if model is None:
        return 0
    for kind in (texts.TICKET, texts.ACTIVITY):
        after = NONE_YET
        while ids := texts.unread(kind, model=model, after=after, at=at):
            _read_batch(model, [Place(kind, key) for key in ids], at)
            count, after = count + len(ids), ids[-1]
    return count


@transaction.atomic(durable=True)
def _take(model: TextModel, at: datetime) -> int:
    events = _claim(at)
    _read(model, {place for event in events if (place := _place(event)) is not None}, at)
    return len(events)


@transaction.atomic(durable=True)
def _read_batch(model: TextModel, places: Sequence[Place], at: datetime) -> None:
    _read(model, places, at)


def _claim(at: datetime) -> list[RecordEvent]:
    """Of two workers exactly one takes an event."""
    given: dict[str, Any] = {
        "consumer": CONSUMER,
        "behind": BEHIND,
        "kinds": [str(one) for one in texts.WRITTEN],
        "most": BATCH,
    }
    # Before the search: what comes between the two is not passed over.
    newest = RecordEvent.objects.aggregate(last=Max("id"))["last"]
    with connection.cursor() as cursor:
        cursor.execute(UNTAKEN, given)
        ids = [row[0] for row in cursor.fetchall()]
        # The end of what was looked through, where the next search begins, is noted as taken too.
        seen = [newest] if newest is not None and len(ids) < BATCH else []
        cursor.execute(CLAIM, [CONSUMER, sorted({*ids, *seen}), at])
        mine = {row[0] for row in cursor.fetchall()}.intersection(ids)
    return list(RecordEvent.objects.filter(pk__in=mine).order_by("pk"))


def _place(event: RecordEvent) -> Place | None:
    if event.kind == RecordEvent.Kind.ACTIVITY:
        key = event.data.get("activity")
        return Place(texts.ACTIVITY, UUID(key)) if key else None
    return Place(texts.TICKET, event.record_id)


def _read(model: TextModel, places: Iterable[Place], at: datetime) -> None:
    held = sorted(texts.texts_of(set(places)).items())
    if not held:
        return
    found = _flags_of(model, [text for _, text in held])
    rows = [
        TextReading(
            record_type=place.record_type,
            record_id=place.record_id,
            model=model,
            flags=flags,
            raised=raised,
            read_at=at,
        )
        for (place, _), (flags, raised) in zip(held, found, strict=True)
    ]
    TextReading.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["record_id"],
        update_fields=["model", "flags", "raised", "read_at"],
    )


def _flags_of(model: TextModel, said: Sequence[str]) -> list[tuple[dict[str, Any], list[str]]]:
    """Of each text what is kept per flag, and which are raised."""
    from scoring.learning import text

    found = text.read(_loaded(model.pk), said)
    return [
        (
            {
                key: {"p": round(one.probability, 4), "part": one.part, "of": one.of}
                for key, one in row.items()
            },
            sorted(key for key, one in row.items() if one.raised),
        )
        for row in found
    ]


@lru_cache(maxsize=1)
def _loaded(model_id: UUID) -> dict[str, Any]:
    """The flags of a model, kept by this process until the next one is trained."""
    from scoring.learning import files, text

    model = TextModel.objects.get(pk=model_id)
    if not model.sha256:
        return {}
    return text.from_plain(files.loaded(bytes(model.file), registered=model.sha256))
