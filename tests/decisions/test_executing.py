"""Did we? Exactly once, exactly as approved, or not at all and said why."""

# ruff: noqa: S608 (table names of our own)

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connections, transaction
from pytest_django import DjangoAssertNumQueries

from approvals.models import Attempt, Execution, QueueMembership, Suggestion, SuggestionItem
from approvals.rules.vocabulary import Level
from approvals.services import executions, grants, pauses, payloads
from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import User
from crmgov.records.models import Account, AuthorityKind, ChangeSet, FieldChange
from crmgov.records.services import changes
from tests.decisions import scene
from tests.world import a_user, change

pytestmark = pytest.mark.django_db

SOON = scene.LATER + timedelta(seconds=1)
A_TESTER = Actor(ActorType.HUMAN_APPROVED_AI, "1", "A tester")


def approved(name: str = "Polder Freight", **values: Any) -> Suggestion:
    """An approved suggestion whose execution is pending."""
    sara = scene.reviewer()
    suggestion = scene.propose(scene.account(name), **(values or {"employees": 310}))
    scene.approve(suggestion, sara)
    return suggestion


def execution_of(suggestion: Suggestion) -> Execution:
    return Execution.objects.get(suggestion=suggestion)


def account_of(suggestion: Suggestion) -> Account:
    assert suggestion.record_id is not None
    return Account.objects.get(pk=suggestion.record_id)


def test_ringing_twice_executes_once() -> None:
    scene.publish()
    suggestion = approved()
    pending = execution_of(suggestion)
    assert executions.run(execution_id=pending.pk, at=SOON) is not None
    assert executions.run(execution_id=pending.pk, at=SOON) is None
    assert executions.drain(at=SOON) == 0
    assert ChangeSet.objects.filter(suggestion_id=suggestion.pk).count() == 1
    assert [(a.number, a.outcome) for a in Attempt.objects.filter(execution=pending)] == [(1, "succeeded")]


def test_the_database_refuses_a_second_change_set_of_one_execution() -> None:
    scene.publish()
    suggestion = approved()
    scene.run(suggestion)
    written = ChangeSet.objects.get(suggestion_id=suggestion.pk)
    again = changes.NewChangeSet(
        actor=A_TESTER, authority=AuthorityKind.DECISION, authority_id="x", authority_label="x",
        execution_id=written.execution_id,
    )  # fmt: skip
    patch = changes.Patch(
        again.id, "account", account_of(suggestion).pk, (changes.Edit("employees", 310, 311, "test"),)
    )
    with pytest.raises(IntegrityError, match="execution_writes_one_change_set"), transaction.atomic():
        changes.apply(change_sets=[again], patches=[patch], at=SOON)
    assert account_of(suggestion).employees == 310


def test_a_record_that_moved_after_the_decision_is_left_alone() -> None:
    scene.publish()
    suggestion = approved()
    change("account", account_of(suggestion).pk, employees=250)
    execution = scene.run(suggestion, at=SOON)
    assert execution.status == "stale"
    assert "employees was 240 and is now 250" in execution.note
    assert account_of(suggestion).employees == 250


def test_a_right_lost_between_decision_and_execution_cancels_it() -> None:
    scene.publish()
    first, second, third = approved("First"), approved("Second"), approved("Third")
    sara = User.objects.get(name="Sara Okafor")
    QueueMembership.objects.filter(user=sara).delete()
    execution = executions.run(execution_id=execution_of(first).pk, at=SOON)
    assert execution is not None
    assert (execution.status, execution.note) == ("cancelled", "Sara Okafor may no longer decide this.")
    User.objects.filter(pk=sara.pk).update(is_active=False)
    execution = executions.run(execution_id=execution_of(second).pk, at=SOON)
    assert execution is not None
    assert execution.note == "Sara Okafor is no longer active here."
    User.objects.filter(pk=sara.pk).update(is_active=True)
    scene.reviewer()
    agent = scene.an_agent()
    agent.deactivated_at = SOON
    agent.save()
    execution = executions.run(execution_id=execution_of(third).pk, at=SOON)
    assert execution is not None
    assert "Enricher was deactivated" in execution.note
    assert FieldChange.objects.filter(field="employees", new=310).count() == 0


def test_a_pause_lets_what_is_approved_wait_and_lifting_it_lets_it_run() -> None:
    scene.publish()
    suggestion = approved()
    admin = scene.admin()
    for scope, target in (
        ("all", ""),
        ("workflow", scene.WORKFLOW),
        ("agent", "Enricher"),
        ("action", "set_fields"),
    ):
        paused = pauses.pause(scope=scope, target=target, reason="Odd values", user=admin, at=scene.LATER)
        assert executions.drain(at=SOON) == 0, scope
        assert execution_of(suggestion).status == "pending"
        pauses.lift(pause_id=paused.pk, user=admin, at=SOON)
    assert scene.run(suggestion, at=SOON).status == "succeeded"


def test_a_pause_of_one_workflow_does_not_starve_the_others() -> None:
    scene.publish()
    paused, free = approved("Paused"), approved("Free")
    Suggestion.objects.filter(pk=paused.pk).update(action="move_stage")
    pauses.pause(scope="action", target="move_stage", reason="Odd stages", user=scene.admin(), at=scene.LATER)
    assert executions.run_batch(at=SOON, limit=1) == 1
    assert (execution_of(paused).status, execution_of(free).status) == ("pending", "succeeded")


def test_what_was_not_decided_is_not_executed() -> None:
    scene.publish()
    suggestion = approved()
    SuggestionItem.objects.filter(suggestion=suggestion).update(proposed=99_999)
    execution = scene.run(suggestion, at=SOON)
    assert execution.status == "failed"
    assert "not what was decided" in execution.note
    assert account_of(suggestion).employees == 240


def test_taking_the_payload_digest_out_lets_a_swapped_value_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard of the test above is the digest: without it the swapped value is written."""
    scene.publish()
    suggestion = approved()
    SuggestionItem.objects.filter(suggestion=suggestion).update(proposed=99_999)
    decided = suggestion.decision.payload_digest
    monkeypatch.setattr(payloads, "digest_of", lambda patches: decided)
    assert scene.run(suggestion, at=SOON).status == "succeeded"
    assert account_of(suggestion).employees == 99_999


def test_one_that_the_database_refuses_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.publish()
    good = [approved(f"Account {number}") for number in range(4)]
    bad = approved("Bad")
    real = changes.apply

    def refusing(**given: Any) -> changes.Outcome:
        if any(patch.record_id == bad.record_id for patch in given["patches"]):
            raise DatabaseError("value out of range")
        return real(**given)

    monkeypatch.setattr(changes, "apply", refusing)
    assert executions.run_batch(at=SOON) == 5
    assert {execution_of(one).status for one in good} == {"succeeded"}
    failed = execution_of(bad)
    assert (failed.status, failed.note) == ("failed", "The database refused it: value out of range")
    monkeypatch.undo()

    executions.retry(execution_id=failed.pk, user=User.objects.get(name="Sara Okafor"), at=SOON)
    assert scene.run(bad, at=SOON).status == "succeeded"
    assert list(
        Attempt.objects.filter(execution=failed).order_by("number").values_list("number", "outcome")
    ) == [
        (1, "failed"),
        (2, "succeeded"),
    ]
    with pytest.raises(executions.NotFailed):
        executions.retry(execution_id=failed.pk, user=User.objects.get(name="Sara Okafor"), at=SOON)


def test_a_database_in_trouble_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.publish()
    suggestion = approved()

    def gone(**given: Any) -> changes.Outcome:
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(changes, "apply", gone)
    with pytest.raises(OperationalError):
        executions.run_batch(at=SOON)
    assert execution_of(suggestion).status == "pending"
    assert not Attempt.objects.filter(execution=execution_of(suggestion)).exists()
    monkeypatch.undo()
    assert scene.run(suggestion, at=SOON).status == "succeeded"


def test_effect_and_record_of_the_effect_commit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.publish()
    suggestion = approved()

    def crash(*given: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(executions, "_finish", crash)
    with pytest.raises(KeyboardInterrupt):
        executions.run_batch(at=SOON)
    monkeypatch.undo()
    assert account_of(suggestion).employees == 240
    assert execution_of(suggestion).status == "pending"
    assert not ChangeSet.objects.filter(suggestion_id=suggestion.pk).exists()


def test_a_suggestion_of_several_records_is_written_whole_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.publish()
    other, whole = scene.account("Other"), approved("Whole")
    also = approved("Also")
    real: Callable[..., list[changes.Patch]] = payloads.patches_for

    def two_records(suggestion: Suggestion, *given: Any, **more: Any) -> list[changes.Patch]:
        patches = real(suggestion, *given, **more)
        if suggestion.pk == whole.pk:
            edit = changes.Edit("employees", 1, 2, "test")
            patches.append(changes.Patch(patches[0].change_set, "account", other.pk, (edit,)))
        return patches

    monkeypatch.setattr(payloads, "patches_for", two_records)
    decided = {whole.decision.payload_digest, also.decision.payload_digest}
    assert len(decided) == 2
    real_digest = payloads.digest_of
    monkeypatch.setattr(payloads, "digest_of", lambda patches: real_digest(patches[:1]))
    executions.run_batch(at=SOON)
    assert execution_of(whole).status == "stale"
    assert account_of(whole).employees == 240
    assert execution_of(also).status == "succeeded"


def test_a_thousand_are_applied_in_a_handful_of_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    scene.publish()
    few = [approved(f"Few {number}") for number in range(2)]
    with django_assert_max_num_queries(40) as counted:
        assert executions.run_batch(at=SOON) == len(few)
    cost = len(counted)
    many = [approved(f"Many {number}") for number in range(25)]
    with django_assert_max_num_queries(cost + 2):
        assert executions.run_batch(at=SOON) == len(many)


def test_the_policy_executes_alone_as_ai_and_a_revoked_grant_stops_it() -> None:
    sara = scene.reviewer()
    scene.publish(level=Level.EXECUTE)
    first = scene.propose(scene.account("First"), level="execute", employees=310)
    assert first.status == "queued"
    grant = scene.grant(first)
    # The cell has no checked outcomes yet: what people decided in it counts.
    scene.approve(first, sara)
    scene.run(first)
    second = scene.propose(scene.account("Second"), level="execute", employees=310)
    third = scene.propose(scene.account("Third"), level="execute", employees=310)
    assert (second.status, third.status) == ("approved", "approved"), second.rules
    execution = executions.run(execution_id=execution_of(second).pk, at=SOON)
    assert execution is not None
    assert execution.status == "succeeded"
    written = ChangeSet.objects.get(execution_id=execution.pk)
    assert (written.actor_type, written.authority, written.actor_label) == ("ai", "policy", "Enricher")
    assert written.authority_label.startswith("Policy ")

    grants.revoke(grant_id=grant.pk, user=scene.admin(), at=SOON)
    stopped = scene.run(third, at=SOON)
    assert stopped.status == "cancelled"
    assert "no longer lets this run by itself" in stopped.note


def test_a_stricter_policy_stops_what_waited_under_the_old_one() -> None:
    sara = scene.reviewer()
    scene.publish(level=Level.EXECUTE)
    first = scene.propose(scene.account("First"), level="execute", employees=310)
    scene.grant(first)
    scene.approve(first, sara)
    waiting = scene.propose(scene.account("Second"), level="execute", employees=310)
    assert waiting.status == "approved", waiting.rules
    scene.publish(level=Level.DRAFT, at=SOON)
    stopped = scene.run(waiting, at=SOON)
    assert stopped.status == "cancelled"


def test_the_app_role_cannot_rewrite_attempts_or_decisions() -> None:
    scene.publish()
    suggestion = approved()
    scene.run(suggestion)
    for table in ("approvals_attempt", "approvals_decision", "records_changeset", "records_fieldchange"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            refused = pytest.raises(DatabaseError, match="permission denied")
            with refused, transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute(statement)


def test_only_who_may_decide_may_try_again() -> None:
    scene.publish()
    suggestion = approved()
    Execution.objects.filter(suggestion=suggestion).update(status="failed")
    bystander = a_user("Ida Holm", "auditor")
    with pytest.raises(NotAllowed):
        executions.retry(execution_id=execution_of(suggestion).pk, user=bystander, at=SOON)
