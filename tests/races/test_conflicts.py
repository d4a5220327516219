"""Two people at one conflict at the same moment: one is first, the other is told; nobody meets a deadlock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Barrier
from types import ModuleType
from typing import Any

import pytest
from django.db import OperationalError

from approvals.models import Conflict, Suggestion
from approvals.services import conflicts, events, recording, sides
from crmgov.kernel.refusals import Refused
from crmgov.people.models import Role
from crmgov.records.models import RecordEvent
from tests.decisions import scene
from tests.races.reviewers import PATIENCE_SECONDS, at_once
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


def rivals(number: int) -> tuple[Suggestion, Suggestion, Conflict]:
    account = scene.account(f"Account {number}")
    one = scene.propose(account, employees=310)
    two = scene.propose(account, agent=scene.an_agent("Scout"), employees=400)
    return one, two, Conflict.objects.get(record_id=account.pk)


def settle_and_reject(rounds: int) -> Iterator[list[Exception | None]]:
    """Settle for one side while a colleague rejects it, or the other; what each of them raised."""
    sara, priya = scene.reviewer(), a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    scene.publish()
    for number in range(rounds):
        one, two, conflict = rivals(number)
        settle = partial(
            conflicts.settle,
            conflict_id=conflict.pk,
            claim_id=conflict.claims.get(suggestion=one).pk,
            seen_digest=conflicts.digest_of(conflict),
            user=priya,
            at=scene.LATER,
        )
        yield at_once([settle, partial(scene.reject, two if number % 2 else one, sara)])


def test_settling_and_rejecting_a_side_wait_for_each_other() -> None:
    for raised in settle_and_reject(ROUNDS):
        assert all(error is None or isinstance(error, Refused) for error in raised), raised
        assert None in raised
    assert set(Conflict.objects.values_list("status", flat=True)) == {"settled"}


def each_takes_one_lock_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settling has the conflict, and rejecting its suggestion, before either asks for what the other has."""
    both = Barrier(2)

    def meet_after(module: ModuleType, lock: str) -> None:
        take = getattr(module, lock)

        def taken(*given: Any) -> Any:
            found = take(*given)
            monkeypatch.setattr(module, lock, take)
            both.wait(PATIENCE_SECONDS)
            return found

        monkeypatch.setattr(module, lock, taken)

    meet_after(conflicts, "_lock_open")
    meet_after(recording, "_locked")


def test_without_one_order_of_locks_they_end_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "lock_around", lambda suggestion_ids: None)
    each_takes_one_lock_first(monkeypatch)
    (raised,) = settle_and_reject(1)
    assert any(isinstance(error, OperationalError) and "deadlock" in str(error) for error in raised), raised


def test_an_import_that_joins_a_dispute_and_a_rejection_wait_for_each_other() -> None:
    sara = scene.reviewer()
    scene.publish()
    for number in range(ROUNDS):
        one, _, conflict = rivals(number)
        RecordEvent.objects.create(
            kind="import_conflict",
            record_type="account",
            record_id=conflict.record_id,
            fields=["employees"],
            data={"field": "employees", "ours": 240, "theirs": 500, "source": "csv"},
            at=NOW,
        )
        raised = at_once([partial(events.take, at=scene.LATER), partial(scene.reject, one, sara)])
        assert raised == [None, None]
