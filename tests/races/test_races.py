"""Concurrency with real threads; and the proof that each guard is what makes it come out right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connections

from approvals.models import Attempt, Decision, Execution, Suggestion
from approvals.services import decisions, executions, gate, invariants, recording
from crmgov.people.models import User
from crmgov.records.models import Account, ChangeSet
from tests.decisions import scene
from tests.races.reviewers import PATIENCE_SECONDS, at_once, race
from tests.world import NOW, change

pytestmark = pytest.mark.django_db(transaction=True)

# `script/nemesis race` runs the same 200 times.
ROUNDS = 8


def ground(rounds: int = 1) -> tuple[list[Suggestion], tuple[User, User]]:
    reviewers = scene.reviewer(), scene.reviewer("Tom Becker")
    scene.publish()
    return [scene.propose(scene.account(f"Account {n}"), employees=310) for n in range(rounds)], reviewers


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read "queued" and find their page still true before either writes: what the row lock prevents."""
    both = Barrier(2)

    def read_only(suggestion_id: UUID) -> Suggestion | None:
        return (
            Suggestion.objects.select_related("agent", "workflow_version__workflow", "policy_version")
            .filter(pk=suggestion_id)
            .first()
        )

    real = recording.decision_of

    def about_to_write(*given: Any, **said: Any) -> Decision:
        decision = real(*given, **said)
        both.wait(PATIENCE_SECONDS)
        return decision

    monkeypatch.setattr(recording, "_locked", read_only)
    monkeypatch.setattr(recording, "decision_of", about_to_write)


@contextmanager
def without_index() -> Iterator[None]:
    """Take the unique index on the decision's suggestion away, and put it back when its rows are gone."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE approvals_decision DROP CONSTRAINT approvals_decision_suggestion_id_key")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE approvals_decision DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM approvals_execution")
            cursor.execute("DELETE FROM approvals_decision")
            cursor.execute("ALTER TABLE approvals_decision ENABLE TRIGGER USER")
            cursor.execute(
                "ALTER TABLE approvals_decision "
                "ADD CONSTRAINT approvals_decision_suggestion_id_key UNIQUE (suggestion_id)"
            )


def test_of_two_reviewers_exactly_one_decides_and_the_other_is_told() -> None:
    suggestions, reviewers = ground(ROUNDS)
    tally = race(suggestions, reviewers)
    assert tally.fair, tally


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_the_loser_meets_the_index_instead_of_an_answer() -> None:
    suggestions, reviewers = ground()
    tally = race(suggestions, reviewers)
    assert not tally.fair
    assert tally.odd == {"IntegrityError": 1}
    assert tally.decisions == {1: 1}, "the unique index still holds"


@pytest.mark.usefixtures("without_lock")
def test_without_lock_and_index_compare_and_swap_still_holds() -> None:
    suggestions, reviewers = ground()
    with without_index():
        tally = race(suggestions, reviewers)
        assert tally.fair, tally


@pytest.mark.usefixtures("without_lock")
def test_without_lock_index_and_swap_it_is_decided_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def swap_blindly(suggestion: Suggestion, status: str, at: Any, items: Any) -> None:
        Suggestion.objects.filter(pk=suggestion.pk).update(status=status, closed_at=at)

    monkeypatch.setattr(recording, "close", swap_blindly)
    monkeypatch.setattr(recording, "make_execution", lambda *given, **said: None)
    monkeypatch.setattr(decisions, "make_execution", lambda *given, **said: None)
    suggestions, reviewers = ground()
    with without_index():
        tally = race(suggestions, reviewers)
        assert tally.decisions == {2: 1}, tally
        (finding,) = invariants.check_all(at=NOW, only=["D1"])
        assert finding.outcome == "VIOLATED"


def test_without_the_digest_a_page_that_is_no_longer_true_is_approved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (suggestion,), (sara, _) = ground()
    seen = scene.digest(suggestion)
    assert suggestion.record_id is not None
    change("account", suggestion.record_id, escalated=True)
    with pytest.raises(decisions.Changed):
        scene.approve(suggestion, sara, seen_digest=seen)
    real = gate.look

    def always_as_seen(*given: Any, **more: Any) -> gate.Judged:
        judged = real(*given, **more)
        return gate.Judged(judged.version, judged.policy, judged.facts, judged.reading, seen)

    monkeypatch.setattr(gate, "look", always_as_seen)
    scene.approve(suggestion, sara, seen_digest=seen)
    assert Decision.objects.count() == 1


def approved(rounds: int) -> list[Execution]:
    suggestions, (sara, _) = ground(rounds)
    for suggestion in suggestions:
        scene.approve(suggestion, sara)
    return list(Execution.objects.order_by("pk"))


def test_four_workers_execute_everything_once() -> None:
    pending = approved(ROUNDS)
    run = lambda: [executions.run_batch(at=scene.LATER, limit=3) for _ in range(4)]  # noqa: E731
    ring = lambda: [executions.run(execution_id=one.pk, at=scene.LATER) for one in pending]  # noqa: E731
    assert at_once([run, ring, run, ring]) == [None] * 4
    assert set(Execution.objects.values_list("status", flat=True)) == {"succeeded"}
    assert ChangeSet.objects.filter(execution_id__isnull=False).count() == ROUNDS
    assert Attempt.objects.count() == ROUNDS
    assert set(Account.objects.values_list("employees", flat=True)) == {310}


def test_without_skip_locked_two_workers_meet_the_index_on_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    (pending,) = approved(1)
    both = Barrier(2)

    def claim_without_lock(at: Any, **more: Any) -> list[Execution]:
        found = list(
            Execution.objects.filter(status="pending").select_related(
                "decision__person",
                "decision__policy_version",
                "suggestion__agent",
                "suggestion__proposed_by",
                "suggestion__workflow_version__workflow",
            )
        )
        both.wait(PATIENCE_SECONDS)
        return found

    monkeypatch.setattr(executions, "_claim", claim_without_lock)
    run = lambda: executions.run(execution_id=pending.pk, at=scene.LATER)  # noqa: E731
    raised = at_once([run, run])
    assert sorted(type(error).__name__ for error in raised) == ["IntegrityError", "NoneType"]
    pending.refresh_from_db()
    assert pending.status == "succeeded"
    assert ChangeSet.objects.filter(execution_id=pending.pk).count() == 1


def test_without_its_index_one_execution_could_write_two_change_sets() -> None:
    (pending,) = approved(1)
    executions.run(execution_id=pending.pk, at=scene.LATER)
    insert = """INSERT INTO records_changeset (id, at, actor_type, actor_id, actor_label, authority, authority_id,
        authority_label, reason, agent_label, workflow, workflow_version, model, request_id, execution_id)
        SELECT gen_random_uuid(), at, actor_type, actor_id, actor_label, authority, authority_id, authority_label,
               reason, agent_label, workflow, workflow_version, model, request_id, execution_id
        FROM records_changeset WHERE execution_id = %s"""
    with pytest.raises(IntegrityError), connections["default"].cursor() as cursor:
        cursor.execute(insert, [pending.pk])
    with connections["owner"].cursor() as owner:
        owner.execute("DROP INDEX execution_writes_one_change_set")
        try:
            owner.execute(insert, [pending.pk])
            assert ChangeSet.objects.filter(execution_id=pending.pk).count() == 2
        finally:
            owner.execute("ALTER TABLE records_changeset DISABLE TRIGGER USER")
            owner.execute(
                "DELETE FROM records_changeset WHERE execution_id = %s AND id <> "
                "(SELECT change_set_id FROM approvals_execution WHERE id = %s)",
                [pending.pk, pending.pk],
            )
            owner.execute("ALTER TABLE records_changeset ENABLE TRIGGER USER")
            owner.execute(
                "CREATE UNIQUE INDEX execution_writes_one_change_set ON records_changeset (execution_id) "
                "WHERE execution_id IS NOT NULL"
            )


def test_without_its_trigger_raw_sql_would_change_an_account_unseen() -> None:
    account = scene.account()
    update = "UPDATE records_account SET employees = 1 WHERE id = %s"
    with pytest.raises(DatabaseError, match="no change set"), connections["default"].cursor() as cursor:
        cursor.execute(update, [account.pk])
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE records_account DISABLE TRIGGER one_door")
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute(update, [account.pk])
        finally:
            owner.execute("ALTER TABLE records_account ENABLE TRIGGER one_door")
    account.refresh_from_db()
    assert account.employees == 1
    (finding,) = invariants.check_all(at=NOW, only=["F1"])
    assert finding.outcome == "VIOLATED", "the replay of the ledger sees it"
