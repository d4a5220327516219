"""Texts a label can be about, what people said of them, and what the newest model knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Max

from crmgov.records.models import Activity, ActivityKind, Ticket
from scoring.models import TextExample, TextLabel, TextModel
from scoring.rules.text_labels import SHIPPED, Definition, Sort

TICKET, ACTIVITY = "ticket", "activity"
# What customers wrote, or what a colleague noted of them.
WRITTEN = (ActivityKind.MAIL_IN, ActivityKind.REPLY, ActivityKind.CHAT, ActivityKind.NOTE)
# Older words say little of how an account is now: the gate looks no further back.
LATELY = timedelta(days=30)
BATCH = 500
LONGEST_TITLE = 120

# Said again, the later word counts.
SAID = """
SELECT DISTINCT ON (e.label, coalesce(e.record_id::text, md5(e.text))) e.id, e.label, e.positive, e.record_type,
  e.record_id, e.text
FROM scoring_textexample e WHERE e.label = ANY(%s) AND e.id <= %s
ORDER BY e.label, coalesce(e.record_id::text, md5(e.text)), e.id DESC"""


class Place(NamedTuple):
    """A text by the record that holds it."""

    record_type: str
    record_id: UUID


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody said last of one text."""

    label: str
    positive: bool
    text: str


def definitions() -> list[Definition]:
    """Every label as it is defined now, those that ship first; one query."""
    rows = TextLabel.objects.order_by("key", "-version").distinct("key")
    written = {row.key: _definition(row) for row in rows}
    shipped = [written.pop(one.key, one) for one in SHIPPED]
    return [*shipped, *sorted(written.values(), key=lambda one: one.name.casefold())]


def definition(key: str) -> Definition | None:
    """The label of this key as it is defined now."""
    return next((one for one in definitions() if one.key == key), None)


def current_model() -> TextModel | None:
    """The newest training without its file; None before the first."""
    return TextModel.objects.defer("file").order_by("-version").first()


def newest() -> tuple[int, int]:
    """The ids of the last example and of the last definition somebody wrote; 0 where there is none."""
    last = TextExample.objects.aggregate(last=Max("id"))["last"]
    return last or 0, TextLabel.objects.aggregate(last=Max("id"))["last"] or 0


def examples(keys: Sequence[str], *, upto: int) -> list[Example]:
    """What people said last of each text by these labels, in the order they said it; gone texts are left out."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, [list(keys), upto])
        rows = sorted(cursor.fetchall())
    held = texts_of(Place(kind, key) for _, _, _, kind, key, _ in rows if key is not None)
    found = (
        Example(label, positive, text or held.get(Place(kind, key), ""))
        for _, label, positive, kind, key, text in rows
    )
    return [one for one in found if one.text.strip()]


def texts_of(places: Iterator[Place] | Collection[Place]) -> dict[Place, str]:
    """Subject and body of each place that is still there."""
    asked: dict[str, set[UUID]] = {TICKET: set(), ACTIVITY: set()}
    for place in places:
        asked[place.record_type].add(place.record_id)
    found: dict[Place, str] = {}
    for kind, rows in ((TICKET, Ticket.objects.present()), (ACTIVITY, Activity.objects.all())):
        keys = sorted(asked[kind])
        for start in range(0, len(keys), BATCH):
            pairs = rows.filter(pk__in=keys[start : start + BATCH]).values_list("pk", "subject", "body")
            found.update({Place(kind, key): f"{subject}\n{body}" for key, subject, body in pairs})
    return found


def _definition(row: TextLabel) -> Definition:
    return Definition(
        key=row.key,
        sort=Sort(row.sort),
        name=row.name,
        noun=row.noun,
        meaning=row.meaning,
        examples=tuple(row.examples),
        active=row.active,
        version=row.version,
        by=row.written_by_label,
    )


UNREAD = {
    TICKET: """
SELECT t.id FROM records_ticket t LEFT JOIN scoring_textreading r ON r.record_id = t.id
WHERE t.id > %(after)s AND t.status IN ('open', 'waiting') AND t.archived_at IS NULL
  AND (r.id IS NULL OR r.model_id <> %(model)s OR t.updated_at > r.read_at)
ORDER BY t.id LIMIT %(most)s""",
    ACTIVITY: """
SELECT a.id FROM records_activity a LEFT JOIN scoring_textreading r ON r.record_id = a.id
WHERE a.id > %(after)s AND a.kind = ANY(%(kinds)s) AND a.occurred_at >= %(since)s
  AND (r.id IS NULL OR r.model_id <> %(model)s)
ORDER BY a.id LIMIT %(most)s""",
}


def unread(record_type: str, *, model: TextModel, after: UUID, at: datetime) -> list[UUID]:
    """The next texts behind `after` that this model has not read as they are: open tickets, mails and notes lately."""
    given: dict[str, Any] = {
        "after": after,
        "model": model.pk,
        "kinds": [str(one) for one in WRITTEN],
        "since": at - LATELY,
        "most": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(UNREAD[record_type], given)
        return [row[0] for row in cursor.fetchall()]
