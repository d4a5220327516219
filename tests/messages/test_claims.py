"""Before the first byte leaves everything is asked again, and what may not be sent ends with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections, transaction

from approvals.models import Attempt, Delivery, Execution, PauseSwitch, QueueMembership, Suggestion
from approvals.services import message_barriers, pauses, sending
from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import Contact, Suppression, Touch
from crmgov.records.rules.contact_rules import Cap, ContactRules
from crmgov.records.services import consent, contact_rules, contacting, holds, recipients
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene, server
from tests.world import a_user, change

pytestmark = pytest.mark.django_db(transaction=True)
DUE = LATER + timedelta(seconds=30)
Status = Execution.Status
THEMSELVES = Actor(ActorType.HUMAN, "contact", "Ines Costa")


@pytest.fixture
def approved() -> Suggestion:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    scene.approve(suggestion, sara)
    return suggestion


def reader() -> Contact:
    return Contact.objects.get()


def opt_out() -> None:
    with transaction.atomic():
        consent.withdraw(contact=reader(), channel="email", actor=THEMSELVES, at=DUE)


def suppress(kind: str, **target: object) -> None:
    Suppression.objects.create(kind=kind, reason="Lawyers", added_by="Ana", added_at=LATER, **target)


WHAT_CAME_BETWEEN: dict[str, tuple[Callable[[], object], str]] = {
    "opted out": (opt_out, "opted out"),
    "address": (lambda: suppress("address", value="ines.costa@polder.example"), "suppress"),
    "domain": (lambda: suppress("domain", value="polder.example"), "suppress"),
    "account": (lambda: suppress("account", account=reader().account), "suppress"),
    "another address": (
        lambda: change("contact", reader().pk, email="ines@elsewhere.example"),
        "address of the contact changed",
    ),
    "right lost": (lambda: QueueMembership.objects.all().delete(), "may no longer decide"),
    "no agent": (
        lambda: decided.an_agent().__class__.objects.update(deactivated_at=LATER),
        "was deactivated",
    ),
}


@pytest.mark.parametrize("what", WHAT_CAME_BETWEEN)
def test_what_came_between_approval_and_sending_cancels_it(approved: Suggestion, what: str) -> None:
    happen, said = WHAT_CAME_BETWEEN[what]
    happen()

    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)

    execution = Execution.objects.get()
    assert (execution.status, mail.kept) == (Status.CANCELLED, [])
    assert said in execution.note.lower() or said in execution.note
    assert not Delivery.objects.exists()
    assert Attempt.objects.get().outcome == "cancelled"
    assert not Touch.objects.exclude(state=Touch.State.RELEASED).exists()


def test_a_hold_that_came_after_the_approval_cancels_it(approved: Suggestion) -> None:
    ana = decided.admin()
    account = reader().account
    assert account is not None
    holds.place(
        account_id=account.pk, until=(DUE + timedelta(days=9)).date(), reason="Talks", user=ana, at=DUE
    )

    with server.running():
        sending.work_off(clock=lambda: DUE)

    assert "holds this account" in Execution.objects.get(status=Status.CANCELLED).note


def test_by_night_it_waits_for_the_morning_and_loses_no_try(approved: Suggestion) -> None:
    night = DUE.replace(hour=23)
    with server.running() as mail:
        sending.work_off(clock=lambda: night)
        execution = Execution.objects.get()
        assert (execution.status, execution.tries, mail.kept) == (Status.PENDING, 0, [])
        assert execution.due_at == (night + timedelta(days=1)).replace(hour=8, minute=0, second=0)

        sending.work_off(clock=lambda: execution.due_at)
        assert len(mail.kept) == 1


def test_a_pause_keeps_it_where_it_is_even_once_a_sender_has_it(
    approved: Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = message_barriers.barrier

    def pause_first(*given: object) -> object:
        def press() -> None:
            pauses.pause(scope="all", reason="a test", user=decided.admin(), at=DUE)
            connections.close_all()

        run_beside(press)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(message_barriers, "barrier", pause_first)
    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)
        monkeypatch.undo()
        sending.work_off(clock=lambda: DUE)
        assert (Execution.objects.get().status, mail.kept) == (Status.PENDING, [])

        pauses.lift(pause_id=PauseSwitch.objects.get().pk, user=decided.admin(), at=DUE)
        sending.work_off(clock=lambda: DUE)
    assert len(mail.kept) == 1


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE approvals_message SET mime = mime || 'x'::bytea",
        "UPDATE approvals_message SET recipient = 'eve@elsewhere.example'",
        "UPDATE approvals_message SET mime = mime || 'x'::bytea, "
        "mime_digest = encode(sha256(mime || 'x'::bytea), 'hex')",
    ],
)
def test_other_bytes_or_another_reader_than_was_decided_never_leave(
    approved: Suggestion, tamper: str
) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE approvals_message DISABLE TRIGGER USER")
        owner.execute(tamper)
        owner.execute("ALTER TABLE approvals_message ENABLE TRIGGER USER")

    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)

    assert (Execution.objects.get().status, mail.kept) == (Status.FAILED, [])


def run_beside(act: Callable[[], None], *, at_most: float | None = None) -> Thread:
    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    other = Thread(target=run)
    other.start()
    other.join(at_most)
    return other


def opt_out_between_question_and_claim(monkeypatch: pytest.MonkeyPatch) -> tuple[bool, int]:
    """Somebody opts out once everything was asked: was the delivery claimed when that was committed?"""
    real, others, claimed = message_barriers.barrier, [], []

    def asked(*given: object) -> object:
        answer = real(*given)  # type: ignore[arg-type]

        def act() -> None:
            opt_out()
            claimed.append(Delivery.objects.exists())

        others.append(run_beside(act, at_most=1.0))
        return answer

    monkeypatch.setattr(message_barriers, "barrier", asked)
    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)
    for other in others:
        other.join()
    return claimed[0], len(mail.kept)


def test_who_opts_out_while_it_is_claimed_waits_for_the_claim(
    approved: Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opt_out_between_question_and_claim(monkeypatch) == (True, 1)


def test_without_the_lock_of_the_recipient_something_leaves_after_an_opt_out(
    approved: Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr(recipients, "lock_all", lambda addresses: None)

    assert opt_out_between_question_and_claim(monkeypatch) == (False, 1)


def test_a_cap_that_was_lowered_after_the_approvals_holds_when_they_leave() -> None:
    decided.publish()
    sara, contact = decided.reviewer(), scene.reader()
    for number in range(4):
        scene.approve(scene.propose(contact, subject=f"Mail {number}"), sara)
    contact_rules.save(rules=ContactRules(contact=Cap(2, 7, 4)), user=decided.admin(), why="a test", at=LATER)

    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)

    assert len(mail.kept) == 2
    assert Execution.objects.filter(status=Status.CANCELLED).count() == 2


def test_a_slot_is_free_again_when_its_message_is_taken_back(approved: Suggestion) -> None:
    contact = reader()
    with transaction.atomic():
        contacting.reserve(
            contact=contact,
            channel="email",
            purpose="onboarding",
            suggestion_id=approved.pk,
            by="Sara",
            at=LATER,
            counts_at=DUE,
        )

    from approvals.services import undoing

    undoing.take_back(suggestion_id=approved.pk, user=a_user("Sara Okafor"), at=LATER)

    assert Touch.objects.get().state == Touch.State.RELEASED


def test_mail_to_a_host_with_letters_of_its_own_leaves() -> None:
    decided.publish()
    sara = decided.reviewer()
    scene.approve(scene.propose(scene.reader("ines@bücher.example")), sara)

    with server.running() as mail:
        sending.work_off(clock=lambda: DUE)

    assert len(mail.kept) == 1
