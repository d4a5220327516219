"""A message waits for a person; what they approved is fixed byte for byte and waits out its countdown."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import transaction

from approvals import tasks
from approvals.models import Execution, Message, Suggestion
from approvals.services import decisions, executions, undoing
from crmgov.kernel import canonical
from crmgov.kernel.refusals import Invalid
from crmgov.records.models import Touch
from crmgov.records.services import consent
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene
from tests.world import a_ticket

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_waits_for_a_person_and_its_bytes_are_fixed_with_the_approval() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())

    assert suggestion.status == Suggestion.Status.QUEUED
    assert "customer_facing" in suggestion.rules
    assert suggestion.high_risk

    decision = scene.approve(suggestion, sara)

    message, execution = Message.objects.get(), Execution.objects.get()
    assert message.recipient == "ines.costa@polder.example"
    assert decision.payload[0]["mime_sha256"] == message.mime_digest == sha256(message.mime).hexdigest()
    assert decision.payload_digest == canonical.digest(decision.payload)
    assert (execution.leaves, execution.due_at) == (True, LATER + timedelta(seconds=30))


def test_no_batch_of_changes_ever_takes_a_message() -> None:
    decided.publish()
    sara = decided.reviewer()
    scene.approve(scene.propose(scene.reader()), sara)

    executions.drain(at=LATER + timedelta(days=1))

    assert Execution.objects.get().status == Execution.Status.PENDING


def test_an_edit_is_what_leaves_and_the_proposal_stays() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())

    scene.approve(suggestion, sara, edits={"subject": "Welcome to Polder"})

    assert Message.objects.get().subject == "Welcome to Polder"
    assert suggestion.items.get(field="subject").proposed == "Welcome"


def test_within_the_countdown_it_is_taken_back_and_asked_again() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())
    scene.approve(suggestion, sara)

    again = undoing.take_back(suggestion_id=suggestion.pk, user=sara, at=LATER).again

    assert again is not None
    assert again.status == Suggestion.Status.QUEUED
    assert Execution.objects.get().status == Execution.Status.CANCELLED


def test_of_one_purpose_one_message_to_a_contact_is_open() -> None:
    decided.publish()
    reader = scene.reader()
    first = scene.propose(reader)

    newer = scene.propose(reader, subject="Welcome, Ines")
    first.refresh_from_db()

    assert first.status == Suggestion.Status.SUPERSEDED
    with pytest.raises(Exception, match="asks to send them a message with this purpose already"):
        scene.propose(reader, subject="Hello", agent=decided.an_agent("Writer"))
    assert newer.status == Suggestion.Status.QUEUED


def test_whoever_has_no_address_is_not_written_to() -> None:
    decided.publish()

    suggestion = scene.propose(scene.reader(email=""))

    assert suggestion.status == Suggestion.Status.BLOCKED


def test_an_approval_keeps_a_slot_and_taking_it_back_gives_it_free() -> None:
    decided.publish()
    sara, contact = decided.reviewer(), scene.reader()
    suggestion = scene.propose(contact)
    scene.approve(suggestion, sara)

    assert Touch.objects.get().state == Touch.State.RESERVED

    undoing.take_back(suggestion_id=suggestion.pk, user=sara, at=LATER)

    assert Touch.objects.get().state == Touch.State.RELEASED


def test_where_the_cap_is_full_nobody_else_writes() -> None:
    decided.publish()
    sara, contact = decided.reviewer(), scene.reader()
    scene.one_a_week()
    waiting = scene.propose(contact, purpose="renewal")
    scene.approve(scene.propose(contact), sara)

    late = scene.propose(contact, purpose="support")

    assert (late.status, "frequency_cap" in late.rules) == (Suggestion.Status.BLOCKED, True)
    with pytest.raises(decisions.NowBlocked, match="written to once in 7 days"):
        scene.approve(waiting, sara)


def test_whoever_opted_out_is_not_written_to_whatever_was_queued_before() -> None:
    decided.publish()
    sara, contact = decided.reviewer(), scene.reader()
    waiting = scene.propose(contact)
    with transaction.atomic():
        consent.withdraw(contact=contact, channel="email", actor=scene.themself(contact), at=LATER)

    with pytest.raises(decisions.NowBlocked, match="opted out"):
        scene.approve(waiting, sara)
    assert scene.propose(contact, purpose="renewal").status == Suggestion.Status.BLOCKED


def test_in_quiet_hours_it_waits_for_the_morning() -> None:
    decided.publish()
    sara = decided.reviewer()
    night = LATER.replace(hour=23)
    scene.approve(scene.propose(scene.reader(time_zone="UTC"), at=night), sara, at=night)

    due = Execution.objects.get().due_at

    assert (due.date(), due.hour) == ((night + timedelta(days=1)).date(), 8)


def test_a_text_that_names_another_account_says_so() -> None:
    decided.publish()
    decided.account("Halden Marine Systems", domain="halden.example")

    suggestion = scene.propose(
        scene.reader(), body="<p>Dear Ines, as for Halden Marine Systems, we gave 20 %.</p>"
    )

    assert {"unsafe_text", "customer_facing"} <= set(suggestion.rules)


def test_a_complaint_that_is_open_asks_for_empathy() -> None:
    decided.publish()
    contact = scene.reader()
    a_ticket(
        "This is unacceptable, I want to file a complaint", account=contact.account_id, contact=contact.pk
    )

    suggestion = scene.propose(contact)

    assert "empathy_needed" in suggestion.rules


def test_an_approval_rings_for_the_end_of_its_countdown(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[float] = []
    monkeypatch.setattr(tasks.send_messages, "apply_async", lambda countdown: rung.append(countdown))
    decided.publish()
    sara = decided.reviewer()

    scene.approve(scene.propose(scene.reader()), sara)

    assert rung == [31.0]


def test_what_a_reviewer_writes_instead_is_looked_at_as_well() -> None:
    decided.publish()
    sara = decided.reviewer()
    suggestion = scene.propose(scene.reader())

    with pytest.raises(Invalid, match=r"leads to files\.example\.net"):
        scene.approve(
            suggestion, sara, edits={"body": '<p>See <a href="https://files.example.net/q3">this</a>.</p>'}
        )

    suggestion.refresh_from_db()
    assert suggestion.status == Suggestion.Status.QUEUED
