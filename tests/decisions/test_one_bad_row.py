"""One row that cannot be executed fails alone, whatever its error is called; trouble of the database fails nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from approvals.models import Attempt, Execution, Suggestion
from approvals.services import executions, payloads, recheck
from crmgov.records.services import changes, trouble
from tests.decisions import scene

pytestmark = pytest.mark.django_db


def approved(name: str) -> Suggestion:
    suggestion = scene.propose(scene.account(name), employees=310)
    scene.approve(suggestion, scene.reviewer())
    return suggestion


@pytest.fixture
def batch() -> tuple[list[Suggestion], Suggestion]:
    scene.reviewer()
    scene.publish()
    return [approved(f"Account {number}") for number in range(3)], approved("Bad")


def raise_in_database(state: str) -> None:
    """A real error of the server, after which its transaction is good for nothing but a rollback."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'the row is odd' USING ERRCODE = '{state}'; END $$")


def refuse_in_rights(bad: Suggestion, patch: pytest.MonkeyPatch) -> None:
    real = recheck.Rights.why_not

    def why_not(self: recheck.Rights, execution: Execution) -> str:
        if execution.suggestion_id == bad.pk:
            raise_in_database("22012")
        return real(self, execution)

    patch.setattr(recheck.Rights, "why_not", why_not)


def refuse_in_patches(bad: Suggestion, patch: pytest.MonkeyPatch) -> None:
    real = payloads.patches_for

    def patches_for(suggestion: Suggestion, *given: Any, **more: Any) -> list[changes.Patch]:
        if suggestion.pk == bad.pk:
            raise_in_database("22012")
        return real(suggestion, *given, **more)

    patch.setattr(payloads, "patches_for", patches_for)


@pytest.mark.parametrize("refuse", [refuse_in_rights, refuse_in_patches])
def test_one_that_cannot_be_prepared_fails_alone(
    batch: tuple[list[Suggestion], Suggestion],
    refuse: Callable[[Suggestion, pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, bad = batch
    refuse(bad, monkeypatch)
    assert executions.run_batch(at=scene.LATER) == 4
    assert {Execution.objects.get(suggestion=one).status for one in good} == {"succeeded"}
    failed = Execution.objects.get(suggestion=bad)
    assert (failed.status, failed.note) == ("failed", "It could not be prepared: the row is odd")


def refuse_at_the_door(bad: Suggestion, state: str, patch: pytest.MonkeyPatch) -> None:
    real = changes.apply

    def apply(**given: Any) -> changes.Outcome:
        if any(one.record_id == bad.record_id for one in given["patches"]):
            raise_in_database(state)
        return real(**given)

    patch.setattr(changes, "apply", apply)


@pytest.mark.parametrize("state", ["54000", "57014", "53200"])
def test_an_operational_error_of_the_row_is_the_rows(
    batch: tuple[list[Suggestion], Suggestion], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django says OperationalError for a row too long for an index as for a server that is going down."""
    good, bad = batch
    refuse_at_the_door(bad, state, monkeypatch)
    assert executions.run_batch(at=scene.LATER) == 4
    assert {Execution.objects.get(suggestion=one).status for one in good} == {"succeeded"}
    assert Execution.objects.get(suggestion=bad).note == "The database refused it: the row is odd"


@pytest.mark.parametrize("state", ["40P01", "40001", "55P03", "57P01", "08006"])
def test_trouble_of_the_database_leaves_everything_pending(
    batch: tuple[list[Suggestion], Suggestion], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, bad = batch
    refuse_at_the_door(bad, state, monkeypatch)
    with pytest.raises(OperationalError):
        executions.run_batch(at=scene.LATER)
    assert set(Execution.objects.values_list("status", flat=True)) == {"pending"}
    assert not Attempt.objects.exists()


def test_the_executor_waits_for_a_held_record_only_briefly(
    batch: tuple[list[Suggestion], Suggestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, waits = changes.apply, []

    def apply(**given: Any) -> changes.Outcome:
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            waits.append(cursor.fetchone()[0])
        return real(**given)

    monkeypatch.setattr(changes, "apply", apply)

    assert executions.run_batch(at=scene.LATER) == 4
    assert waits == [trouble.PATIENCE]


def test_a_connection_that_broke_is_trouble_and_a_bug_is_not() -> None:
    assert trouble.of_the_database(InterfaceError("connection already closed"))
    assert trouble.of_the_database(OperationalError("server closed the connection unexpectedly"))
    assert not trouble.of_the_database(ValueError("no such field"))
