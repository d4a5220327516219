"""What is known of texts by label, for the people who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.people.models import User
from crmgov.records.models import Activity, Ticket
from scoring.models import TextExample, TextReading
from scoring.selectors.texts import ACTIVITY, TICKET, WRITTEN

# Of each kind, the newest are looked at to find those worth a word.
LOOKED_AT = 60
SHOWN = 20
EXCERPT = 400

TALLIES = """
SELECT label, count(*) FILTER (WHERE positive), count(*) FILTER (WHERE NOT positive) FROM (
  SELECT DISTINCT ON (label, coalesce(record_id::text, md5(text))) label, positive FROM scoring_textexample
  ORDER BY label, coalesce(record_id::text, md5(text)), id DESC) last
GROUP BY label"""


@dataclass(frozen=True, slots=True)
class Tally:
    """Texts that people said are it, and are not."""

    yes: int = 0
    no: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said last of a text by one label."""

    label: str
    positive: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """A ticket, mail, chat or note, with the words of people and the reading of it, each by label."""

    record_type: str
    record_id: UUID
    kind: str
    subject: str
    excerpt: str
    written_at: datetime
    account_id: UUID | None
    contact_id: UUID | None
    said: dict[str, Word]
    flags: dict[str, dict[str, Any]]
    raised: tuple[str, ...]

    def chance(self, label: str) -> float:
        """How probable the model finds the label; 0 where it did not read for it."""
        return float(self.flags.get(label, {}).get("p", 0.0))


def tallies() -> dict[str, Tally]:
    """By label; a label nobody said anything of is missing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(TALLIES)
        return {label: Tally(yes, no) for label, yes, no in cursor.fetchall()}


def to_judge(user: User, label: str) -> list[Text]:
    """Texts this person sees that nobody said anything of by the label: raised ones first, then the most probable."""
    texts = [text for text in _newest(user) if label not in text.said]
    ranked = sorted(texts, key=lambda one: (label not in one.raised, -one.chance(label)))
    return ranked[:SHOWN]


def judged(user: User, label: str) -> list[Text]:
    """The texts of records this person sees that were said to be it or not, the last word first."""
    rows = TextExample.objects.filter(label=label, record_id__isnull=False).order_by("-id")
    places = list(dict.fromkeys(rows.values_list("record_type", "record_id")[:LOOKED_AT]))
    keys = {kind: [key for one, key in places if one == kind and key] for kind in (TICKET, ACTIVITY)}
    found = {text.record_id: text for text in _of(user, keys)}
    return [found[key] for _, key in places if key is not None and key in found][:SHOWN]


def of_ticket(ticket: Ticket) -> Text:
    """The text of a ticket that somebody sees."""
    return _with_words([_of_row(ticket)])[0]


def _newest(user: User) -> list[Text]:
    tickets = Ticket.objects.for_user(user).present().order_by("-opened_at", "-pk")[:LOOKED_AT]
    written = Activity.objects.for_user(user).filter(kind__in=WRITTEN).order_by("-pk")[:LOOKED_AT]
    texts = [_of_row(row) for row in [*tickets, *written]]
    return _with_words([one for one in texts if f"{one.subject}{one.excerpt}".strip()])


def _of(user: User, keys: dict[str, list[UUID]]) -> list[Text]:
    tickets = Ticket.objects.for_user(user).present().filter(pk__in=keys[TICKET])
    written = Activity.objects.for_user(user).filter(pk__in=keys[ACTIVITY])
    return _with_words([_of_row(row) for row in [*tickets, *written]])


def _of_row(row: Any) -> Text:
    is_ticket = isinstance(row, Ticket)
    return Text(
        record_type=TICKET if is_ticket else ACTIVITY,
        record_id=row.pk,
        kind="Ticket" if is_ticket else row.get_kind_display(),
        subject=row.subject,
        excerpt=row.body[:EXCERPT],
        written_at=row.opened_at if is_ticket else row.occurred_at,
        account_id=row.account_id,
        contact_id=row.contact_id,
        said={},
        flags={},
        raised=(),
    )


def _with_words(texts: Sequence[Text]) -> list[Text]:
    """With what people said and the model read; two queries."""
    keys = [one.record_id for one in texts]
    by_key = {one.record_id: one for one in texts}
    for row in TextExample.objects.filter(record_id__in=keys).order_by("id"):
        if row.record_id in by_key:
            word = Word(row.label, row.positive, row.said_by_label, row.said_at)
            by_key[row.record_id].said[row.label] = word
    readings = {row.record_id: row for row in TextReading.objects.filter(record_id__in=keys)}
    found = []
    for one in texts:
        reading = readings.get(one.record_id)
        found.append(
            replace(one, flags=reading.flags, raised=tuple(reading.raised)) if reading is not None else one
        )
    return found
