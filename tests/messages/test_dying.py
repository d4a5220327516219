"""A sender may die at any moment: nothing is sent twice, nothing is lost, and what nobody knows is called unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, connections, transaction
from django.test import override_settings

from approvals.models import Attempt, Delivery, Execution, Message, Settlement, Suggestion
from approvals.providers.smtp import Smtp
from approvals.providers.transport import Answer, Envelope
from approvals.services import deliveries, invariants, sender_leases, sending, settling
from crmgov.records.models import Activity
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene, server
from tests.messages.server import Server

pytestmark = pytest.mark.django_db(transaction=True)
DUE = LATER + timedelta(seconds=30)
Status = Execution.Status


class Died(BaseException):
    """The process is gone: nothing after this runs."""


@pytest.fixture
def mail() -> Iterator[Server]:
    decided.publish()
    sara = decided.reviewer()
    scene.approve(scene.propose(scene.reader()), sara)
    with server.running() as mail:
        yield mail


def dies(where: str, *, before: bool = False) -> Any:
    """A way out on which the sender dies, before or after the step."""

    class Dying(Smtp):
        pass

    def step(self: Smtp, envelope: Envelope) -> Answer:
        if not before:
            getattr(Smtp, where)(self, envelope)
        raise Died

    setattr(Dying, where, step)
    return Dying(settings.MESSAGES)


def die(where: str, **when: Any) -> None:
    with pytest.raises(Died):
        sending.work_off(clock=lambda: DUE, transport=dies(where, **when))


def later(seconds: float = 0) -> Execution:
    """The next sender comes by."""
    sending.work_off(clock=lambda: DUE + timedelta(seconds=seconds))
    return Execution.objects.get()


def test_who_dies_before_the_claim_leaves_it_to_the_next_at_once(mail: Server) -> None:
    die("offer")
    assert mail.kept == []

    assert later().status == Status.SUCCEEDED
    assert len(mail.kept) == 1


@pytest.mark.parametrize("before", [True, False])
def test_who_dies_after_the_claim_leaves_a_message_of_which_nobody_knows(mail: Server, before: bool) -> None:
    die("hand_over", before=before)
    kept = len(mail.kept)

    for hours in range(3):
        execution = later(hours * 3600)

    assert (execution.status, execution.sending) == (Status.UNKNOWN, None)
    assert "Nobody knows" in execution.note
    assert len(mail.kept) == kept == (0 if before else 1)


def test_without_the_sweep_it_would_wait_for_ever(mail: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    die("hand_over")
    monkeypatch.setattr(sender_leases, "sweep", lambda *, at: 0)

    assert later(3600).status == Status.PENDING


def test_without_the_claim_before_the_bytes_it_would_be_sent_twice(
    mail: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    claim = deliveries.claim
    monkeypatch.setattr(
        deliveries, "claim", lambda execution, message, at: deliveries.Claimed(execution.pk, 1, message)
    )
    die("hand_over")
    monkeypatch.setattr(deliveries, "claim", claim)
    later()

    assert len(mail.kept) == 2


def test_a_delivery_has_its_number_alone(mail: Server) -> None:
    later()
    first = Delivery.objects.get()

    with pytest.raises(IntegrityError, match="delivery_number_is_used_once"), transaction.atomic():
        Delivery.objects.create(
            execution=first.execution,
            number=first.number,
            recipient=first.recipient,
            mime_digest=first.mime_digest,
            claimed_at=DUE,
        )


def test_without_that_index_a_second_claim_of_one_number_stands(mail: Server) -> None:
    """The guard taken out."""
    later()
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE approvals_delivery DROP CONSTRAINT delivery_number_is_used_once")
        owner.execute(
            "INSERT INTO approvals_delivery (execution_id, number, recipient, mime_digest, claimed_at) "
            "SELECT execution_id, number, recipient, mime_digest, claimed_at FROM approvals_delivery"
        )
        try:
            [found] = invariants.check_all(at=DUE, only=["S2"])
        finally:
            owner.execute("ALTER TABLE approvals_delivery DISABLE TRIGGER USER")
            owner.execute(
                "DELETE FROM approvals_delivery WHERE id > (SELECT min(id) FROM approvals_delivery)"
            )
            owner.execute("ALTER TABLE approvals_delivery ENABLE TRIGGER USER")
            owner.execute(
                "ALTER TABLE approvals_delivery ADD CONSTRAINT delivery_number_is_used_once "
                "UNIQUE (execution_id, number)"
            )
    assert found.violations == 1


def test_two_senders_never_have_the_same_message(mail: Server) -> None:
    with sender_leases.alive(9) as first, sender_leases.alive(9) as second:
        assert first is not None
        assert second is not None
        assert len(sender_leases.take(sender=first, at=DUE, most=9)) == 1
        assert sender_leases.take(sender=second, at=DUE, most=9) == []


def test_a_clock_set_back_neither_strands_a_message_nor_sends_it_twice(mail: Server) -> None:
    ahead = DUE + timedelta(hours=1)
    with sender_leases.alive(9) as early, sender_leases.alive(9) as late:
        assert early is not None
        assert late is not None
        [key] = sender_leases.take(sender=late, at=ahead, most=9)
        assert sender_leases.take(sender=early, at=DUE, most=9) == [key]
        message = Message.objects.get()

        assert sending.claim(execution_id=key, message=message, sender=late, at=ahead) is None
        assert sending.claim(execution_id=key, message=message, sender=early, at=DUE) is not None
        assert sending.claim(execution_id=key, message=message, sender=early, at=DUE) is None
    assert Delivery.objects.count() == 1


def test_an_answer_that_comes_after_the_sweep_is_still_the_truth(mail: Server) -> None:
    mail.meanwhile = given_up

    execution = later()

    assert (execution.status, execution.note) == (Status.SUCCEEDED, deliveries.LATE)
    assert Attempt.objects.get().outcome == "succeeded"
    assert Activity.objects.count() == 1


def test_an_answer_that_comes_after_somebody_said_send_it_again_keeps_it_from_that(mail: Server) -> None:
    def give_up_and_settle() -> None:
        given_up()
        settling.settle(
            execution_id=Execution.objects.get().pk,
            choice=Settlement.Choice.SEND_AGAIN,
            user=decided.admin(),
            at=DUE,
        )

    mail.meanwhile = give_up_and_settle
    later()
    mail.meanwhile = None
    later(600)

    assert len(mail.kept) == 1
    assert Execution.objects.get().status == Status.SUCCEEDED


def given_up() -> None:
    """To others the sender looks dead: its lease is over."""
    try:
        assert sender_leases.sweep(at=DUE + timedelta(hours=1)) == 1
    finally:
        connection.close()


def test_a_domain_gets_no_more_a_minute_than_is_said_over_all_senders(mail: Server) -> None:
    sara = decided.reviewer()
    people = [scene.reader(f"r{n}@{domain}.example") for n in range(3) for domain in ("polder", "halden")]
    for one in people:
        scene.approve(scene.propose(one), sara)
    assert Suggestion.objects.count() == 7
    limited = replace(server.sending_to(mail.port), domain_a_minute=2)

    counts = []
    with override_settings(MESSAGES=limited):
        for seconds in (0, 1, 61, 122):
            sending.work_off(clock=lambda at=DUE + timedelta(seconds=seconds): at)  # type: ignore[misc]
            counts.append(len(mail.kept))

    assert counts == [4, 4, 7, 7]
