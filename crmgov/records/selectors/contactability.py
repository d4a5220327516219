"""What is known of many contacts for one channel, in one statement, and what the rule says of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from crmgov.records.rules.contact_rules import Cap, ContactRules
from crmgov.records.rules.contactability import NOBODY, Ban, Blocked, Known, Said, blocking

# Where a channel leads; there is no postal address among the columns, and who somebody is there only LinkedIn knows.
COLUMNS = {"email": "c.email", "phone": "c.phone", "sms": "c.phone", "linkedin": "c.id::text"}
# Rows of five kinds, each (kind, place, three texts, a flag, a time, times); `place` is that in the list asked about,
# which is cheaper to read than an id. Suppressed values, addresses and domains are stored in one spelling each, so
# that equality finds them; of a domain the ones above it are looked up as well.
WHAT_IS_KNOWN = """
WITH picked AS MATERIALIZED (
  SELECT place, c.id, c.account_id, c.time_zone, c.archived_at, {address} AS address,
         CASE WHEN %(channel)s = 'email' THEN c.email ELSE '' END AS email,
         CASE WHEN %(channel)s = 'email' THEN split_part(c.email, '@', -1) END AS host
  FROM unnest(%(contacts)s::uuid[]) WITH ORDINALITY AS wanted(id, place)
       JOIN records_contact c ON c.id = wanted.id
), hosts AS MATERIALIZED (
  SELECT DISTINCT host, string_to_array(host, '.') AS labels FROM picked WHERE host <> ''
), banned AS MATERIALIZED (
  SELECT hosts.host, b.value, b.until
  FROM hosts, generate_subscripts(labels, 1) AS label
       JOIN records_suppression b ON b.kind = 'domain' AND b.lifted_at IS NULL
  WHERE b.value = array_to_string(labels[label:], '.') AND (b.until IS NULL OR b.until > %(at)s)
)
SELECT 'contact', place, address, account_id::text, time_zone, archived_at IS NOT NULL,
       NULL::timestamptz, NULL::timestamptz[]
FROM picked
UNION ALL
SELECT 'said', p.place, s.purpose, s.state, s.lawful_basis, true, NULL, NULL
FROM picked p JOIN records_consent s ON s.contact_id = p.id AND s.channel = %(channel)s
UNION ALL
SELECT 'said', p.place, s.purpose, s.state, '', false, NULL, NULL
FROM picked p JOIN records_contact other ON other.email = p.email AND other.email <> '' AND other.id <> p.id
     JOIN records_consent s ON s.contact_id = other.id AND s.channel = %(channel)s AND s.state = 'opted_out'
UNION ALL
SELECT 'ban', p.place, b.kind, b.value, NULL, NULL, b.until, NULL
FROM picked p JOIN records_suppression b ON b.value = p.email
WHERE b.kind = 'address' AND b.lifted_at IS NULL AND (b.until IS NULL OR b.until > %(at)s)
UNION ALL
SELECT 'ban', p.place, 'domain', b.value, NULL, NULL, b.until, NULL
FROM banned b JOIN picked p ON p.host = b.host
UNION ALL
SELECT 'ban', p.place, b.kind, b.account_id::text, NULL, NULL, b.until, NULL
FROM picked p JOIN records_suppression b ON b.account_id = p.account_id
WHERE b.kind = 'account' AND b.lifted_at IS NULL AND (b.until IS NULL OR b.until > %(at)s)
{touches}"""
# Fewer than the cap allows say nothing. Of an account they come once, whoever of it is asked about.
TOUCHES = {
    "contact": """UNION ALL
SELECT 'touches', p.place, NULL, NULL, NULL, NULL, NULL, array_agg(t.counts_at)
FROM picked p JOIN records_touch t ON t.contact_id = p.id
WHERE t.channel = %(channel)s AND t.state <> 'released' AND t.counts_at > %(contact_since)s
  AND (t.suggestion_id IS NULL OR t.suggestion_id <> ALL(%(besides)s::uuid[]))
GROUP BY p.place HAVING count(*) >= %(contact_most)s
""",
    "account": """UNION ALL
SELECT 'account', 0, t.account_id::text, NULL, NULL, NULL, NULL, array_agg(t.counts_at)
FROM records_touch t
WHERE t.account_id IN (SELECT account_id FROM picked) AND t.channel = %(channel)s AND t.state <> 'released'
  AND t.counts_at > %(account_since)s
  AND (t.suggestion_id IS NULL OR t.suggestion_id <> ALL(%(besides)s::uuid[]))
GROUP BY t.account_id HAVING count(*) >= %(account_most)s
""",
}
Times = tuple[datetime, ...]
NO_TIMES: Times = ()


@dataclass(slots=True)
class _Rows:
    """What came back, by place in the list; touches of accounts by their id."""

    contacts: list[tuple[int, str, str, str, bool]] = field(default_factory=list)
    said: defaultdict[int, list[Said]] = field(default_factory=lambda: defaultdict(list))
    bans: defaultdict[int, list[Ban]] = field(default_factory=lambda: defaultdict(list))
    touches: dict[int, Times] = field(default_factory=dict)
    account_touches: dict[str, Times] = field(default_factory=dict)


def reasons_for(
    contacts: Collection[UUID],
    *,
    channel: str,
    purpose: str,
    at: datetime,
    rules: ContactRules,
    besides: Collection[UUID] = (),
) -> dict[UUID, tuple[Blocked, ...]]:
    """Return for each contact everything that stands against contacting them; one statement, however many.

    `besides` are suggestions whose own slots do not count: who holds a slot is not kept from using it.
    """
    found: dict[UUID, tuple[Blocked, ...]] = dict.fromkeys(contacts, NOBODY)
    for key, known in known_of(list(found), channel=channel, at=at, rules=rules, besides=besides):
        found[key] = blocking(known, channel=channel, purpose=purpose, at=at, rules=rules)
    return found


def known_of(
    contacts: list[UUID], *, channel: str, at: datetime, rules: ContactRules, besides: Collection[UUID] = ()
) -> Iterator[tuple[UUID, Known]]:
    """What the rule is asked with, of those that exist; each is named once."""
    if not contacts:
        return
    rows = _sorted(_ask(contacts, channel, at, rules, besides))
    for place, address, account, zone, archived in rows.contacts:
        known = Known(
            address=address,
            account=account or "",
            archived=archived,
            time_zone=zone,
            said=tuple(rows.said[place]) if place in rows.said else (),
            bans=tuple(rows.bans[place]) if place in rows.bans else (),
            contact_touches=rows.touches.get(place, NO_TIMES),
            account_touches=rows.account_touches.get(account, NO_TIMES),
        )
        yield contacts[place - 1], known


def _ask(
    contacts: list[UUID], channel: str, at: datetime, rules: ContactRules, besides: Collection[UUID]
) -> list[tuple[Any, ...]]:
    caps = {"contact": rules.contact, "account": rules.account}
    counted = {of: cap for of, cap in caps.items() if _is_counted(cap)}
    sql = WHAT_IS_KNOWN.format(
        address=COLUMNS.get(channel, "''"), touches="".join(TOUCHES[of] for of in counted)
    )
    # One text: quoting a hundred thousand ids one by one takes longer than finding them.
    wanted = "{" + ",".join([key.hex for key in contacts]) + "}"
    given: dict[str, Any] = {"contacts": wanted, "channel": channel, "at": at, "besides": list(besides)}
    for of, cap in counted.items():
        given |= {f"{of}_since": at - timedelta(days=cap.days), f"{of}_most": cap.most}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _is_counted(cap: Cap) -> bool:
    """Where everybody or nobody has room, there is nothing to count."""
    return bool(cap.most)


def _sorted(found: Iterable[tuple[Any, ...]]) -> _Rows:
    rows = _Rows()
    for kind, place, first, second, third, flag, until, times in found:
        if kind == "contact":
            rows.contacts.append((place, first, second, third, flag))
        elif kind == "said":
            rows.said[place].append(Said(first, second, third, flag))
        elif kind == "ban":
            rows.bans[place].append(Ban(first, second, until))
        elif kind == "touches":
            rows.touches[place] = tuple(sorted(times))
        else:
            rows.account_touches[first] = tuple(sorted(times))
    return rows
