"""May each of 100,000 contacts be written to: one call for all of them, against a call for each.

The loop is measured on a thousand of them and scaled; it asks the same function, as a sender does that has one message
in hand.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from crmgov.kernel.ids import new_id
from crmgov.records.models import Consent, Suppression, Touch
from crmgov.records.rules.contact_rules import ContactRules
from crmgov.records.selectors.contactability import reasons_for
from crmgov.records.services import changes
from tests.bench import ground
from tests.bench.rounds import alternate, report
from tests.world import NOW, hand_edit

# Fewer while one works on it.
CONTACTS = int(os.environ.get("BENCH_ROWS", "100000"))
SAMPLE = min(1_000, CONTACTS)
BLOCK = 20_000
WANTED = 50
TABLES = ("contact", "consent", "suppression", "touch")
ASKED: dict[str, Any] = {"channel": "email", "purpose": "newsletter", "at": NOW, "rules": ContactRules()}


def people() -> list[UUID]:
    """Twenty at each account; half said something, each was written to once, and a few are suppressed."""
    accounts = ground.accounts(CONTACTS // 20 or 1)
    made: list[UUID] = []
    for start in range(0, CONTACTS, BLOCK):
        made += _contacts(range(start, min(start + BLOCK, CONTACTS)), accounts)
    given = {"recorded_by": "bench", "recorded_at": NOW}
    states = ("opted_in", "opted_out", "opted_in", "unknown")
    Consent.objects.bulk_create(
        [
            Consent(
                contact_id=key, channel="email", purpose="newsletter", state=states[n % len(states)], **given
            )
            for n, key in enumerate(made[::2])
        ],
        batch_size=5_000,
    )
    Touch.objects.bulk_create(
        [
            Touch(
                contact_id=key, account_id=accounts[n % len(accounts)], channel="email", purpose="service",
                state="used", counts_at=NOW - timedelta(days=n % 30), by="bench", made_at=NOW, ended_at=NOW,
            )
            for n, key in enumerate(made)
        ],
        batch_size=5_000,
    )  # fmt: skip
    targets = [("domain", f"firm{n}.example") for n in range(50)] + [
        ("address", f"p{n}@firm{n % 5_000}.example") for n in range(0, CONTACTS, 50)
    ]
    Suppression.objects.bulk_create(
        Suppression(kind=kind, value=value, reason="bench", added_by="bench", added_at=NOW)
        for kind, value in targets
    )
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE records_{table}")
    return made


def _contacts(numbers: range, accounts: list[UUID]) -> list[UUID]:
    change_set, keys = hand_edit(), [new_id() for _ in numbers]
    patches = []
    for number, key in zip(numbers, keys, strict=True):
        values = {
            "last_name": f"Nr {number}",
            "email": f"p{number}@firm{number % 5_000}.example",
            "account": accounts[number % len(accounts)],
        }
        edits = tuple(changes.Edit(name, None, value, "bench") for name, value in values.items())
        patches.append(changes.Patch(change_set.id, "contact", key, edits, creates=True))
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)
    assert len(outcome.applied) == len(keys)
    return keys


def run() -> dict[str, Any]:
    everybody = people()
    some = everybody[:: len(everybody) // SAMPLE][:SAMPLE]

    def together(_: int) -> None:
        assert len(reasons_for(everybody, **ASKED)) == CONTACTS

    def one_by_one(_: int) -> None:
        for key in some:
            reasons_for([key], **ASKED)

    found = reasons_for(everybody, **ASKED)
    assert all(found[key] == reasons_for([key], **ASKED)[key] for key in some[:100])
    assert 0 < sum(not reasons for reasons in found.values()) < CONTACTS
    seconds = alternate({"ours": together, "one by one": one_by_one})
    scale = CONTACTS / len(some)
    seconds["one by one"] = [taken * scale for taken in seconds["one by one"]]
    result = report(f"contactability of {CONTACTS:,} contacts, the loop scaled from {len(some):,}", seconds)
    times = round(1 / result["ours_over"]["one by one"], 1)
    result["times_as_fast"] = times
    print(f"  ours is {times} × as fast as asking for each (wanted: {WANTED})")
    return {"bench": "contactability", "results": [result]}
