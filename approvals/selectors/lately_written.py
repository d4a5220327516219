"""What customers wrote lately: the texts in which a complaint or a sensitive topic may stand, or was noticed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

# Older words of an account say little of how it is now.
LATELY = timedelta(days=30)
# Of one contact or account; the newest count.
MOST = 20
MOST_READ = 5_000
Around = tuple[UUID | None, UUID | None]

# What people said of a text last goes before what the model read of it; what the word lists find is no part of this.
WRITTEN = """
SELECT p.n, left(t.subject || E'\\n' || t.body, %(read)s), t.kind, t.id, t.subject, t.team_id,
  CASE WHEN r.raised = '{}' THEN '{}' ELSE r.flags END AS flags, r.raised, s.said
FROM unnest(%(accounts)s::uuid[], %(contacts)s::uuid[]) WITH ORDINALITY AS p(account, contact, n)
CROSS JOIN LATERAL (
    (SELECT 'ticket' AS kind, id, subject, body, team_id FROM records_ticket
     WHERE (account_id = p.account OR contact_id = p.contact) AND status IN ('open', 'waiting') AND archived_at IS NULL
     ORDER BY opened_at DESC LIMIT %(most)s)
    UNION
    (SELECT kind, id, subject, body, team_id FROM records_activity
     WHERE account_id = p.account AND kind IN ('mail_in', 'reply', 'chat', 'note') AND occurred_at >= %(since)s
     ORDER BY occurred_at DESC LIMIT %(most)s)
    UNION
    (SELECT kind, id, subject, body, team_id FROM records_activity
     WHERE contact_id = p.contact AND kind IN ('mail_in', 'reply', 'chat', 'note') AND occurred_at >= %(since)s
     ORDER BY occurred_at DESC LIMIT %(most)s)
) t
LEFT JOIN scoring_textreading r ON r.record_id = t.id
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(e.label, jsonb_build_array(e.positive, e.said_by_label)) AS said FROM (
    SELECT DISTINCT ON (label) label, positive, said_by_label FROM scoring_textexample
    WHERE record_id = t.id ORDER BY label, id DESC) e) s ON true
ORDER BY p.n, t.id"""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A label of a text: `by` said so, or where that is empty a model read it, and `part` of `of` like it were."""

    label: str
    part: int = 0
    of: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a ticket, mail, chat or note, and what was noticed in it. It may be another `team`'s to read."""

    text: str
    kind: str
    id: UUID
    subject: str
    team: int | None
    noticed: tuple[Noticed, ...]


def texts_of(places: Collection[Around], *, at: datetime) -> dict[Around, list[Written]]:
    """Return what was written around each (account, contact): open tickets, mails and notes of 30 days; one query."""
    asked = list(places)
    found: dict[Around, list[Written]] = {place: [] for place in asked}
    if not asked:
        return found
    given: dict[str, Any] = {
        "accounts": [account for account, _ in asked],
        "contacts": [contact for _, contact in asked],
        "read": MOST_READ,
        "most": MOST,
        "since": at - LATELY,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, given)
        for n, text, kind, key, subject, team, flags, raised, said in cursor.fetchall():
            noticed = _noticed(_json(flags), raised or [], _json(said))
            found[asked[n - 1]].append(Written(text, kind, key, subject, team, noticed))
    return found


def _noticed(
    flags: Mapping[str, Mapping[str, int]], raised: Sequence[str], said: Mapping[str, tuple[bool, str]]
) -> tuple[Noticed, ...]:
    """A person who said that it is no complaint has read it, and the model has not: theirs is what counts."""
    people = [Noticed(label, by=by) for label, (positive, by) in said.items() if positive]
    model = [
        Noticed(label, flags[label]["part"], flags[label]["of"]) for label in raised if label not in said
    ]
    return tuple(sorted([*people, *model], key=lambda one: one.label))


def _json(held: Any) -> Any:
    """Raw SQL gives JSON as text."""
    return json.loads(held) if isinstance(held, str) else held or {}
