"""Putting 10,000 changed rows back, 500 of them overtaken: from the ledger against a loop over simple-history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet
from crmgov.records.services import changes, reverts
from tests.bench.ground import accounts, vacuum
from tests.bench.rounds import report
from tests.world import NOW, a_user, hand_edit

ROWS, OVERTAKEN, LOOPED = 10_000, 500, 500


def _changed(ids: list[UUID], old: dict[UUID, int], new: int, minute: int) -> UUID:
    change_set = hand_edit()
    patches = [
        changes.Patch(change_set.id, "account", r, (changes.Edit("employees", old[r], new + n, "bench"),))
        for n, r in enumerate(ids)
    ]
    with transaction.atomic():
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=NOW + timedelta(minutes=minute))
    assert len(outcome.applied) == len(ids)
    return change_set.id


def _now(ids: list[UUID]) -> dict[UUID, int]:
    rows = Account.objects.filter(pk__in=ids).values_list("pk", "employees")
    return {pk: employees or 0 for pk, employees in rows}


def ours(change_set_id: UUID, admin: User, minute: int) -> int:
    """Plan, leave the overtaken, put back the rest; returns how many were put back."""
    with transaction.atomic():
        planned = reverts.plan(change_set_id=change_set_id, user=admin)
        at = NOW + timedelta(minutes=minute)
        new = hand_edit(reverses=change_set_id)
        patches = reverts.patches_for([row for row in planned if row.possible], new.id, at)
        return len(changes.apply(change_sets=[new], patches=patches, at=at).applied)


def loop(change_set_id: UUID, ids: list[UUID]) -> int:
    """The way simple-history documents: find the record before, compare, save; one record at a time."""
    done = 0
    with transaction.atomic():
        ChangeSet.objects.create(
            id=(cs := hand_edit().id), at=NOW, actor_type="human", actor_id="0", actor_label="A tester",
            authority="revert", authority_id="test", authority_label="a test",
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('crmgov.change_set', %s, true)", [str(cs)])
        for record_id in ids:
            account = Account.objects.get(pk=record_id)
            wrote = account.history.get(change_set_id=change_set_id)
            before = wrote.prev_record
            if account.employees == wrote.employees:
                account.employees = before.employees
                account.save()
                done += 1
    return done


def run() -> dict[str, Any]:
    import time

    admin, ids = a_user("Ana Ruiz", Role.ADMIN), accounts(ROWS)
    seconds: dict[str, list[float]] = {"ours": [], "loop over simple-history": []}
    for number in range(6):
        wrong = _changed(ids, _now(ids), 1_000_000 * (2 * number + 1), 3 * number + 1)
        _changed(ids[:OVERTAKEN], _now(ids[:OVERTAKEN]), 1_000_000 * (2 * number + 2), 3 * number + 2)
        vacuum()
        # The loop is timed over a part of the rows, in the same share of overtaken ones, and scaled.
        part = ids[: LOOPED * OVERTAKEN // ROWS] + ids[-(LOOPED - LOOPED * OVERTAKEN // ROWS) :]
        start = time.perf_counter()
        with transaction.atomic():
            looped = loop(wrong, part)
            transaction.set_rollback(True)
        loop_seconds = (time.perf_counter() - start) * ROWS / LOOPED
        start = time.perf_counter()
        put_back = ours(wrong, admin, 3 * number + 3)
        taken = time.perf_counter() - start
        assert put_back == ROWS - OVERTAKEN
        assert looped == LOOPED - LOOPED * OVERTAKEN // ROWS
        if number:
            seconds["ours"].append(taken)
            seconds["loop over simple-history"].append(loop_seconds)
    title = f"revert, {ROWS:,} changed rows, {OVERTAKEN} overtaken (loop timed over {LOOPED} and scaled)"
    return {"bench": "revert", "results": [report(title, seconds)]}
