"""Ground of the desk's benches: one suggestion that the real intake made, and as many open copies of it as wanted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection, connections, models, transaction

from approvals.models import GateReading, Suggestion, SuggestionItem
from crmgov.kernel.ids import new_id
from crmgov.records.services import changes
from tests.decisions import scene
from tests.world import NOW, a_team, hand_edit

SEEN, PROPOSED = 240, 310
BLOCK = 20_000
TABLES = (
    *("approvals_suggestion", "approvals_suggestionitem", "approvals_gatereading", "approvals_decision"),
    *("approvals_execution", "approvals_attempt", "records_account", "records_historicalaccount"),
    *("records_fieldchange", "records_recordevent", "records_changeset"),
)
# A copy is about an account of its own and due a second after the one before; all else is as the intake wrote it.
OF_SUGGESTION = {
    "id": "t.suggestion",
    "number": "nextval('approvals_suggestion_number')",
    "record_id": "t.account",
    "account_id": "t.account",
    "record_label": "'Account ' || t.n",
    "effective_due_at": "s.effective_due_at + t.n * interval '1 second'",
    # Not of today, or they would be the agent's quota.
    "made_at": "s.made_at - interval '7 days'",
    "sla_due_at": "s.sla_due_at + t.n * interval '1 second'",
}
OF_ITEM = {"suggestion_id": "t.suggestion", "record_id": "t.account"}
OF_READING = {"suggestion_id": "t.suggestion"}


def pattern() -> Suggestion:
    """A policy under which it waits for a person, and the suggestion; nobody decides this one."""
    scene.publish(**scene.UNHURRIED)
    return scene.propose(scene.account("Pattern", employees=SEEN), employees=PROPOSED)


def fill(like: Suggestion, count: int, *, first: int) -> None:
    """Make so many accounts through the door, each with an open copy of the suggestion, numbered from `first`."""
    for start in range(first, first + count, BLOCK):
        numbers = range(start, min(start + BLOCK, first + count))
        with transaction.atomic():
            _copies(like, numbers, _accounts(numbers))
    vacuum()


def vacuum() -> None:
    """Statistics as autovacuum would leave them, and no dead rows of the making."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")


def _accounts(numbers: range) -> list[UUID]:
    change_set, ids, team = hand_edit(), [new_id() for _ in numbers], a_team().pk
    patches = []
    for number, key in zip(numbers, ids, strict=True):
        values = {"name": f"Account {number}", "team": team, "employees": SEEN}
        edits = tuple(changes.Edit(field, None, value, "bench") for field, value in values.items())
        patches.append(changes.Patch(change_set.id, "account", key, edits, creates=True))
    outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW)
    assert len(outcome.applied) == len(ids)
    return ids


def _copies(like: Suggestion, numbers: range, accounts: list[UUID]) -> None:
    rows = [[new_id() for _ in accounts], accounts, [*numbers]]
    _insert_like(Suggestion, "id", like.pk, OF_SUGGESTION, rows)
    _insert_like(SuggestionItem, "suggestion_id", like.pk, OF_ITEM, rows, without="id")
    _insert_like(GateReading, "suggestion_id", like.pk, OF_READING, rows, without="id")


def _insert_like(
    model: type[models.Model],
    key: str,
    like: UUID,
    changed: dict[str, str],
    rows: list[list[Any]],
    without: str = "",
) -> None:
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column != without]
    named = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(changed.get(column, f's."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({named}) SELECT {taken} FROM {model._meta.db_table} s "  # noqa: S608
            f"CROSS JOIN unnest(%s::uuid[], %s::uuid[], %s::int[]) AS t(suggestion, account, n) WHERE s.{key} = %s",
            [*rows, like],
        )
        assert cursor.rowcount == len(rows[0])
