"""Of a message nobody knows the outcome of, a person says what became of it, once; what waits can be held back."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from approvals.models import Delivery, Execution, Settlement, Suggestion
from approvals.services import contests, executions, invariants, sending, settling
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people.models import Role
from crmgov.records.models import Activity, Touch
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene, server
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)
DUE = LATER + timedelta(seconds=30)
MORNING = DUE + timedelta(hours=2)
Status, Choice = Execution.Status, Settlement.Choice


@pytest.fixture
def unknown() -> Execution:
    decided.publish()
    sara = decided.reviewer()
    scene.approve(scene.propose(scene.reader()), sara)
    with server.running(hangs_up=True):
        sending.work_off(clock=lambda: DUE)
    return Execution.objects.get(status=Status.UNKNOWN)


def settle(execution: Execution, choice: str, by: str = "Sara Okafor") -> Execution:
    settling.settle(execution_id=execution.pk, choice=choice, user=a_user(by), at=MORNING)
    return Execution.objects.get()


def test_delivered_is_done_and_counts_from_when_it_left(unknown: Execution) -> None:
    execution = settle(unknown, Choice.DELIVERED)

    assert (execution.status, execution.finished_at) == (Status.SUCCEEDED, MORNING)
    assert execution.payload_digest == execution.decision.payload_digest
    assert Activity.objects.get().occurred_at == DUE
    assert Touch.objects.get().state == Touch.State.USED


def test_sent_again_is_a_new_delivery_on_the_word_of_a_person(unknown: Execution) -> None:
    settle(unknown, Choice.SEND_AGAIN)
    with server.running() as mail:
        sending.work_off(clock=lambda: MORNING)

    assert Execution.objects.get().status == Status.SUCCEEDED
    assert len(mail.kept) == 1
    assert list(Delivery.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert Settlement.objects.values_list("number", "choice").get() == (1, "send_again")
    assert not [found for found in invariants.check_all(at=MORNING) if found.violations]


def test_left_as_it_is_keeps_its_slot_and_is_not_sent_by_a_second_press(unknown: Execution) -> None:
    assert settle(unknown, Choice.LEAVE).status == Status.FAILED
    # They may have got it.
    assert Touch.objects.get().state == Touch.State.RESERVED

    with pytest.raises(executions.NotFailed, match="may have got it"):
        executions.retry(execution_id=unknown.pk, user=decided.admin(), at=MORNING)


def test_of_two_who_settle_at_once_one_wins(unknown: Execution) -> None:
    people = [decided.reviewer(), decided.admin()]
    together, said = Barrier(2), []

    def press(number: int, choice: str) -> None:
        together.wait()
        try:
            settling.settle(execution_id=unknown.pk, choice=choice, user=people[number], at=MORNING)
            said.append("settled")
        except settling.AlreadySettled:
            said.append("told")
        finally:
            connections.close_all()

    both = [Thread(target=press, args=(0, Choice.LEAVE)), Thread(target=press, args=(1, Choice.SEND_AGAIN))]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(said) == ["settled", "told"]
    first = Settlement.objects.get()
    with pytest.raises(IntegrityError, match="unknown_attempt_is_settled_once"), transaction.atomic():
        Settlement.objects.create(
            execution=unknown, number=first.number, choice="leave", person=people[0], at=MORNING
        )


def test_only_who_may_decide_it_settles_it(unknown: Execution) -> None:
    stranger = a_user("Ola Nord", Role.REVIEWER, a_team("South"))
    auditor = a_user("Ada Audit", Role.AUDITOR)

    with pytest.raises(NotFound):
        settling.settle(execution_id=unknown.pk, choice=Choice.LEAVE, user=stranger, at=MORNING)
    with pytest.raises(NotAllowed):
        settling.settle(execution_id=unknown.pk, choice=Choice.LEAVE, user=auditor, at=MORNING)
    with pytest.raises(Invalid):
        settling.settle(execution_id=unknown.pk, choice="both", user=a_user("Sara Okafor"), at=MORNING)


def test_what_nobody_asked_about_is_not_settled() -> None:
    decided.publish()
    sara = decided.reviewer()
    scene.approve(scene.propose(scene.reader()), sara)

    with pytest.raises(settling.AlreadySettled):
        settle(Execution.objects.get(), Choice.DELIVERED)


def test_what_a_policy_let_out_is_held_back_by_who_may_revert_there(approved_by_policy: Execution) -> None:
    owner = approved_by_policy.suggestion.agent
    assert owner is not None
    with pytest.raises(NotAllowed):
        settling.hold_back(
            execution_id=approved_by_policy.pk, user=a_user("Ada Audit", Role.AUDITOR), at=LATER
        )

    settling.hold_back(execution_id=approved_by_policy.pk, user=decided.admin(), at=LATER)
    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)

    execution = Execution.objects.get()
    assert (execution.status, execution.note, mail.kept) == (
        Status.CANCELLED,
        "Held back by Ana Ruiz.",
        [],
    )
    with pytest.raises(settling.NotHeldBack):
        settling.hold_back(execution_id=execution.pk, user=decided.admin(), at=LATER)


@pytest.fixture
def approved_by_policy() -> Execution:
    """Until a template stands approved, by hand: its decision is the policy's."""
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    scene.approve(suggestion, sara)
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE approvals_decision DISABLE TRIGGER USER")
        owner.execute(
            "UPDATE approvals_decision SET person_id = NULL, policy_version_id = "
            "(SELECT max(id) FROM approvals_policyversion)"
        )
        owner.execute("ALTER TABLE approvals_decision ENABLE TRIGGER USER")
    Suggestion.objects.update(level="execute")
    return Execution.objects.select_related("suggestion__agent").get()


def test_what_was_sent_by_itself_is_not_contested_for_nothing_takes_it_back(
    approved_by_policy: Execution,
) -> None:
    Execution.objects.update(by_itself=True, status=Status.SUCCEEDED)

    with pytest.raises(contests.SentAlready):
        contests.contest(execution_id=approved_by_policy.pk, user=decided.admin(), at=MORNING)
