"""What customers wrote lately: the texts in which a complaint or a sensitive topic may stand."""

from __future__ import annotations

from collections.abc import Collection
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

WRITTEN = """
SELECT p.n, t.text FROM unnest(%(accounts)s::uuid[], %(contacts)s::uuid[]) WITH ORDINALITY AS p(account, contact, n)
CROSS JOIN LATERAL (
  SELECT left(subject || E'\\n' || body, %(read)s) AS text FROM (
    (SELECT subject, body, opened_at AS at FROM records_ticket
     WHERE (account_id = p.account OR contact_id = p.contact) AND status IN ('open', 'waiting') AND archived_at IS NULL
     ORDER BY opened_at DESC LIMIT %(most)s)
    UNION ALL
    (SELECT subject, body, occurred_at AS at FROM records_activity
     WHERE account_id = p.account AND kind IN ('mail_in', 'reply', 'chat', 'note') AND occurred_at >= %(since)s
     ORDER BY occurred_at DESC LIMIT %(most)s)
    UNION ALL
    (SELECT subject, body, occurred_at AS at FROM records_activity
     WHERE contact_id = p.contact AND kind IN ('mail_in', 'reply', 'chat', 'note') AND occurred_at >= %(since)s
     ORDER BY occurred_at DESC LIMIT %(most)s)) every
) t ORDER BY p.n"""


def texts_of(places: Collection[Around], *, at: datetime) -> dict[Around, list[str]]:
    """Return what was written around each (account, contact): open tickets, mails and notes of 30 days; one query."""
    asked = list(places)
    found: dict[Around, list[str]] = {place: [] for place in asked}
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
        for n, text in cursor.fetchall():
            found[asked[n - 1]].append(text)
    return found
