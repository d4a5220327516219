"""Accounts to change, made through the door."""

from __future__ import annotations

from uuid import UUID

from django.db import connections, transaction

from crmgov.kernel.ids import new_id
from crmgov.records.services import changes
from tests.world import NOW, hand_edit


def accounts(count: int) -> list[UUID]:
    """Make `count` accounts with employees = 0 and return their ids."""
    change_set = hand_edit()
    ids = [new_id() for _ in range(count)]
    patches = [
        changes.Patch(
            change_set.id,
            "account",
            record_id,
            (
                changes.Edit("name", None, f"Account {n}", "bench"),
                changes.Edit("employees", None, 0, "bench"),
            ),
            creates=True,
        )
        for n, record_id in enumerate(ids)
    ]
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)
    assert len(outcome.applied) == count
    vacuum()
    return ids


def vacuum() -> None:
    """Same ground for each path: dead rows of the round before are nobody's cost."""
    with connections["owner"].cursor() as cursor:
        for table in ("account", "historicalaccount", "fieldchange", "recordevent", "changeset"):
            cursor.execute(f"VACUUM ANALYZE records_{table}")
