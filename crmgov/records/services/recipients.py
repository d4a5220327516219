"""One lock per recipient, the same for whoever writes to them and whoever learns that nobody may.

Taken by reservations, by the claim of a sender, by every opt-out and by every suppression; held until the caller's
transaction ends. Rows come first, then recipients in the order of their addresses, then accounts: whoever takes them
in another order meets a deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from crmgov.records.rules.addresses import key_of

EVERYBODY = "crmgov.recipients"
# The table of locks is shared by the whole server: above this many the one lock of all of them is taken instead.
MOST_LOCKS = 200
COLUMNS = {"email": "email", "phone": "phone", "sms": "phone"}
LOCK = """
SELECT CASE place WHEN 1 THEN pg_advisory_xact_lock_shared(key)::text ELSE pg_advisory_xact_lock(key)::text END
FROM (SELECT hashtextextended(name, 0) AS key, place
      FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(name, place) ORDER BY place) ordered"""

LOCK_ACCOUNTS = """
SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
FROM (SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(name, place) ORDER BY place) ordered"""


def lock(address: str) -> None:
    """Wait for whoever else is busy with this address, and keep others waiting."""
    lock_all([address])


def lock_all(addresses: Iterable[str]) -> None:
    """The same for many, in one order for everybody."""
    keys = sorted({key_of(address) for address in addresses} - {""})
    if len(keys) > MOST_LOCKS:
        lock_everybody()
    elif keys:
        _execute(LOCK, [[EVERYBODY, *(f"crmgov.recipient:{key}" for key in keys)]])


def lock_everybody() -> None:
    """For what names a domain, an account or very many: nobody reserves or sends meanwhile."""
    _execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [EVERYBODY])


def lock_accounts(accounts: Collection[UUID]) -> None:
    """Of two reservations for one account, the second counts the first."""
    if accounts:
        _execute(LOCK_ACCOUNTS, [sorted(f"crmgov.account_touches:{account}" for account in accounts)])


def lock_contacts(pairs: Collection[tuple[UUID, str]], *, also: Sequence[str] = ()) -> None:
    """Lock where these contacts are reached on these channels, and keep their addresses as they are.

    `also` are addresses that they had: one lock for both, or whoever knows the newer one would not wait.
    """
    if len(pairs) > MOST_LOCKS:
        lock_everybody()
        return
    found = [
        address
        for channel in sorted({channel for _, channel in pairs})
        for address in _addresses({contact for contact, of in pairs if of == channel}, channel)
    ]
    lock_all([*found, *also])


def _addresses(contacts: Collection[UUID], channel: str) -> list[str]:
    """Who has none is locked by who they are."""
    column = COLUMNS.get(channel, "id::text")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(nullif({column}, ''), id::text) FROM records_contact "  # noqa: S608
            "WHERE id = ANY(%s::uuid[]) ORDER BY id FOR SHARE",
            [sorted(contacts)],
        )
        return [address for (address,) in cursor.fetchall()]


def _execute(sql: str, given: Sequence[str | list[str]]) -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("The lock of a recipient is held by a transaction: begin one.")
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
