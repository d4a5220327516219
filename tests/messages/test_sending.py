"""An approved message leaves once, as it was approved, and its end is the server's own word."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from django.conf import settings
from django.test import override_settings

from approvals.models import Attempt, Delivery, Execution, Message, Suggestion
from approvals.providers.smtp import Patience, Smtp
from approvals.services import executions, sending, undoing
from crmgov.kernel import canonical
from crmgov.records.models import Activity, Touch
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene, server

pytestmark = pytest.mark.django_db(transaction=True)
DUE = LATER + timedelta(seconds=30)
Status = Execution.Status


@pytest.fixture
def approved() -> Suggestion:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    scene.approve(suggestion, sara)
    return suggestion


def send(at: datetime = DUE) -> Execution:
    sending.work_off(clock=lambda: at)
    return Execution.objects.get()


def test_it_leaves_when_its_countdown_is_over_and_stands_on_the_timeline(approved: Suggestion) -> None:
    with server.running() as mail:
        assert send(DUE - timedelta(seconds=1)).status == Status.PENDING
        assert mail.kept == []
        execution = send()

    message, [taken] = Message.objects.get(), mail.kept
    assert (taken.sender, taken.recipient) == ("hello@demo.example", "ines.costa@polder.example")
    assert taken.content == bytes(message.mime)
    assert message_from_bytes(taken.content).get_all("To") == ['"Ines Costa" <ines.costa@polder.example>']
    assert execution.status == Status.SUCCEEDED
    assert execution.payload_digest == canonical.digest(execution.decision.payload)
    assert Attempt.objects.values_list("number", "outcome").get() == (1, "succeeded")
    assert Activity.objects.values_list("kind", "subject").get() == ("mail_out", "Welcome")
    assert Touch.objects.get().state == Touch.State.USED


def test_what_was_sent_is_never_sent_again(approved: Suggestion) -> None:
    with server.running() as mail:
        for minutes in range(3):
            send(DUE + timedelta(minutes=minutes))

    assert len(mail.kept) == 1


@pytest.mark.parametrize("step", ["mail", "rcpt", "before_data", "data"])
def test_a_server_that_cannot_now_gets_it_later(approved: Suggestion, step: str) -> None:
    with server.running(**{step: "451 Come back later"}) as mail:
        execution = send()
        assert (execution.status, execution.note) == (Status.PENDING, "451 Come back later")
        assert execution.due_at == DUE + timedelta(minutes=1)
        assert send(DUE + timedelta(seconds=59)).tries == 1

        setattr(mail, step, "")
        assert send(DUE + timedelta(minutes=1)).status == Status.SUCCEEDED
        assert len(mail.kept) == 1
    assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == [
        "pending",
        "succeeded",
    ]


@pytest.mark.parametrize("step", ["mail", "rcpt", "before_data", "data"])
def test_a_refusal_ends_it_with_the_words_of_the_server(approved: Suggestion, step: str) -> None:
    with server.running(**{step: "550 No such\x07 mailbox \u202ehere"}):
        execution = send()

    assert (execution.status, execution.note) == (Status.FAILED, "550 No such mailbox here")
    assert Touch.objects.filter(state=Touch.State.USED).count() == 0


def test_after_eight_tries_it_is_given_up_and_a_person_may_begin_anew(approved: Suggestion) -> None:
    at = DUE
    with server.running(rcpt="450 Mailbox busy") as mail:
        for _ in range(7):
            execution = send(at)
            assert execution.status == Status.PENDING
            at = execution.due_at
        assert send(at).status == Status.FAILED
        assert at - DUE == timedelta(minutes=1 + 5 + 15 + 4 * 60)

        mail.rcpt = ""
        executions.retry(execution_id=execution.pk, user=decided.admin(), at=at)
        assert send(at).status == Status.SUCCEEDED


def test_a_server_that_is_away_costs_one_message_a_try_and_the_others_nothing(approved: Suggestion) -> None:
    for name in ("a", "b"):
        other = scene.propose(scene.reader(f"{name}@polder.example"))
        scene.approve(other, decided.reviewer())
    with override_settings(MESSAGES=server.sending_to(1)):
        sending.work_off(clock=lambda: DUE)

    assert sorted(Execution.objects.values_list("tries", flat=True)) == [0, 0, 1]
    assert not Execution.objects.exclude(sender=None).exists()
    assert "could not be reached" in Execution.objects.get(tries=1).note


def test_one_connection_carries_many_and_opens_again_when_it_broke(approved: Suggestion) -> None:
    for number in range(4):
        scene.approve(scene.propose(scene.reader(f"r{number}@polder.example")), decided.reviewer())
    with server.running() as mail:
        assert sending.work_off(clock=lambda: DUE) == 5

    assert len(mail.kept) == 5
    assert mail.connections == 1


def test_without_an_answer_nobody_knows_and_it_is_not_sent_again(approved: Suggestion) -> None:
    with server.running(hangs_up=True) as mail:
        execution = send()
        send(DUE + timedelta(days=1))

    assert execution.status == Status.UNKNOWN
    assert "before the answer" in execution.note
    assert len(mail.kept) == 1
    assert Attempt.objects.get().outcome == "unknown"


def test_a_server_that_says_nothing_is_cut_off(approved: Suggestion, monkeypatch: pytest.MonkeyPatch) -> None:
    patience = Patience(answer=5, offer=5, hand_over=0.3)
    monkeypatch.setattr(sending, "configured", lambda: Smtp(settings.MESSAGES, patience=patience))
    with server.running(seconds=3):
        execution = send()

    assert execution.status == Status.UNKNOWN


def test_within_the_countdown_it_is_taken_back_and_while_it_leaves_it_is_not(approved: Suggestion) -> None:
    sara = decided.reviewer()

    def press() -> None:
        with pytest.raises(undoing.NothingToUndo, match="leaving at this moment"):
            undoing.take_back(suggestion_id=approved.pk, user=sara, at=DUE)
        tried.append(True)

    tried: list[bool] = []
    with server.running(meanwhile=press) as mail:
        assert send().status == Status.SUCCEEDED

    assert tried == [True]
    assert len(mail.kept) == 1


def test_each_claim_is_committed_before_the_server_has_a_byte(approved: Suggestion) -> None:
    found: list[int] = []

    def look() -> None:
        found.append(Delivery.objects.filter(execution__sending=1, number=1).count())

    with server.running(meanwhile=look):
        send()

    assert found == [1]
