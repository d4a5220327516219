"""What happened, appended to the timeline. A door verb: it joins the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.kernel.ids import new_id
from crmgov.records import registry
from crmgov.records.models import Activity, RecordEvent, Source, Ticket
from crmgov.records.models.governed import Governed

from . import timelines

EXTERNAL_KIND = "activity"
# In the order of the ids: two senders of the same events wait for each other instead of ending each other.
CLAIM = """
INSERT INTO records_externalid (kind, record_type, last_seen, source_id, value, record_id)
SELECT %s, %s, CASE u.mark WHEN '' THEN '{}'::jsonb ELSE jsonb_build_object('mark', u.mark) END,
  u.source, u.value, u.record
FROM unnest(%s::bigint[], %s::text[], %s::uuid[], %s::text[]) WITH ORDINALITY AS u(source, value, record, mark, n)
ORDER BY u.source, u.value, u.n ON CONFLICT DO NOTHING RETURNING record_id"""


@dataclass(frozen=True, slots=True)
class NewActivity:
    """Something that happened around a record. `external_id` is its name in the source, by which it happens once.

    `mark` tells what was said under that name the first time, `chain` which suggestions led to it, oldest first.
    """

    about: Governed
    kind: str
    occurred_at: datetime
    source: Source
    external_id: str = ""
    mark: str = ""
    subject: str = ""
    body: str = ""
    by: str = ""
    amount: Decimal | None = None
    currency: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    chain: tuple[UUID, ...] = ()


def append(new: Sequence[NewActivity], *, at: datetime) -> list[UUID | None]:
    """Return the id of each activity, None where the source has told of it before. Eight statements at most.

    Each that is appended emits a RecordEvent about its record.
    """
    ids = [new_id() for _ in new]
    known = _claimed(new, ids)
    fresh = [(key, one) for key, one in zip(ids, new, strict=True) if not one.external_id or key in known]
    rows = [_row(key, one, at) for key, one in fresh]
    timelines.place(rows)
    Activity.objects.bulk_create(rows, batch_size=1000)
    RecordEvent.objects.bulk_create([_event(key, one, at) for key, one in fresh], batch_size=1000)
    appended = {key for key, _ in fresh}
    return [key if key in appended else None for key in ids]


def _claimed(new: Sequence[NewActivity], ids: Sequence[UUID]) -> set[UUID]:
    """The activities whose external id was free."""
    named = [(key, one) for key, one in zip(ids, new, strict=True) if one.external_id]
    if not named:
        return set()
    with connection.cursor() as cursor:
        sources = [one.source.pk for _, one in named]
        values, keys = [one.external_id for _, one in named], [key for key, _ in named]
        marks = [one.mark for _, one in named]
        cursor.execute(CLAIM, [EXTERNAL_KIND, EXTERNAL_KIND, sources, values, keys, marks])
        return {row[0] for row in cursor.fetchall()}


def _row(key: UUID, one: NewActivity, at: datetime) -> Activity:
    """It hangs on its record and on what that hangs on, and is seen by the record's team (`timelines`)."""
    about: Any = one.about
    record_type = registry.type_of(one.about)
    hangs_on = {f"{record_type}_id": about.pk}
    if record_type != "account":
        hangs_on["account_id"] = about.account_id
    if isinstance(about, Ticket):
        hangs_on["contact_id"] = about.contact_id
    return Activity(
        id=key,
        team_id=about.team_id,
        kind=one.kind,
        occurred_at=one.occurred_at,
        subject=one.subject,
        body=one.body,
        by=one.by,
        amount=one.amount,
        currency=one.currency,
        data=one.data,
        source=one.source,
        recorded_at=at,
        **hangs_on,
    )


def _event(key: UUID, one: NewActivity, at: datetime) -> RecordEvent:
    return RecordEvent(
        kind=RecordEvent.Kind.ACTIVITY,
        record_type=registry.type_of(one.about),
        record_id=one.about.pk,
        data={"activity": str(key), "kind": one.kind, "source": one.source.name},
        chain=list(one.chain),
        at=at,
    )
