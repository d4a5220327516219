"""One person signs for a text somebody else wrote; then it goes out by itself, word for word, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from approvals.models import (
    AuditSample,
    Decision,
    Execution,
    Message,
    StandingApproval,
    Suggestion,
    TemplateVersion,
)
from approvals.services import audits, sending, standing_approvals, templates_kept
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role, User
from crmgov.records.models import Segment
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.desk import browsing
from tests.messages import scene, server
from tests.world import NOW, a_ticket, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def writer() -> User:
    decided.publish()
    return decided.admin()


@pytest.fixture
def signer(writer: User) -> User:
    return a_user("Olga Brandt", Role.ADMIN)


def outcome(suggestion: Suggestion) -> tuple[str, list[str]]:
    return suggestion.status, list(suggestion.rules)


def test_it_goes_out_under_the_signature_and_says_so(writer: User, signer: User) -> None:
    version = scene.template(by=writer)
    approval = scene.sign(version, by=signer)
    reader = scene.reader()

    suggestion = scene.propose(reader, **scene.filled(version, reader))

    assert outcome(suggestion) == ("approved", [])
    message, decision, execution = Message.objects.get(), Decision.objects.get(), Execution.objects.get()
    assert (message.standing, message.version) == (approval, version)
    assert (decision.person, execution.leaves) == (None, True)
    assert execution.due_at > execution.made_at
    for step in ("suggestion", "decision"):
        page = browsing.text(browsing.at(writer).get(browsing.url(step, suggestion)))
        assert "under the standing approval of Olga Brandt" in page


def test_without_a_signature_it_waits(writer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()

    suggestion = scene.propose(reader, **scene.filled(version, reader))

    assert suggestion.status == Suggestion.Status.QUEUED
    assert "customer_facing" in suggestion.rules


@pytest.mark.parametrize(
    "said",
    [
        {"subject": "Welcome back, Ines"},
        {"body": "<p>Dear Ines, your trial began yesterday. Answer this mail with any question.</p>"},
        {"body": scene.TEXT + "\u200b"},
        {"body": scene.TEXT + "<script>alert(1)</script>"},
        {"purpose": "newsletter"},
        {"fields": {"template": "Welcome@2"}},
        {"fields": {"template": "Welcome"}},
    ],
    ids=[
        "subject",
        "one word",
        "a hidden sign",
        "a script",
        "another purpose",
        "no such version",
        "no number",
    ],
)
def test_anything_else_than_the_template_waits(writer: User, signer: User, said: dict[str, Any]) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)

    suggestion = scene.propose(reader, **scene.filled(version, reader, **said))

    assert suggestion.status != Suggestion.Status.APPROVED
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["call +49 30 1234567", "see evil.example now", "a@evil.example", "x" * 90])
def test_a_field_that_is_no_plain_value_waits(writer: User, signer: User, name: str) -> None:
    """Whoever fills in a form chooses their first name; nobody signed for what stands in it."""
    version, reader = scene.template(by=writer), scene.reader(first_name=name)
    scene.sign(version, by=signer)

    assert scene.propose(reader, **scene.filled(version, reader)).status == Suggestion.Status.QUEUED


def test_the_next_version_ends_it_and_the_next_message_waits(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    approval = scene.sign(version, by=signer)

    templates_kept.save(
        template_id=version.template_id,
        against=1,
        subject="Hello",
        body="Dear {{ contact.first_name }}.",
        why="a test",
        user=signer,
        at=NOW,
    )

    approval.refresh_from_db()
    assert (approval.ended_at, approval.ended_by) == (NOW, signer)
    assert scene.propose(reader, **scene.filled(version, reader)).status == Suggestion.Status.QUEUED


def test_what_waits_out_its_countdown_is_told_that_the_signature_is_over(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    approval = scene.sign(version, by=signer)
    scene.propose(reader, **scene.filled(version, reader))
    message = Message.objects.get()
    assert standing_approvals.why_over(message, NOW) == ""

    standing_approvals.end(approval_id=approval.pk, user=writer, at=NOW)

    assert "is over" in standing_approvals.why_over(message, NOW)


def test_who_is_not_of_the_audience_waits(writer: User, signer: User) -> None:
    Segment.objects.create(name="mid")
    version = scene.template(by=writer)
    scene.sign(version, by=signer, segments=["mid"], lifecycles=["customer"])
    of_it, *strangers = (
        scene.reader(
            f"{name}@polder.example",
            account=decided.account(name, segment=segment, lifecycle=stage),
        )
        for name, segment, stage in (
            ("one", "mid", "customer"),
            ("two", "small", "customer"),
            ("three", "mid", "lead"),
        )
    )

    assert scene.propose(of_it, **scene.filled(version, of_it)).status == Suggestion.Status.APPROVED
    for stranger in strangers:
        assert scene.propose(stranger, **scene.filled(version, stranger)).status == Suggestion.Status.QUEUED


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE approvals_standingapproval SET until = until + interval '1 hour'",
        "UPDATE approvals_standingapproval SET segments = '{}', ended_at = now()",
        "UPDATE approvals_standingapproval SET ended_by_id = signed_by_id",
        "DELETE FROM approvals_standingapproval",
    ],
)
def test_what_was_signed_can_only_end(writer: User, signer: User, sql: str) -> None:
    approval = scene.sign(scene.template(by=writer), by=signer, segments=["none"])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    standing_approvals.end(approval_id=approval.pk, user=writer, at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        StandingApproval.objects.update(ended_at=None)


def test_a_newer_version_stands_in_its_way_even_where_nobody_ended_it(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    TemplateVersion.objects.create(
        template=version.template, number=2, subject="Hi", body="Hi", why="x", saved_by=writer, saved_at=NOW
    )

    assert scene.propose(reader, **scene.filled(version, reader)).status == Suggestion.Status.QUEUED


def test_when_its_day_has_passed_they_wait(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    late = NOW + timedelta(days=31)

    assert scene.propose(reader, at=late, **scene.filled(version, reader)).status == Suggestion.Status.QUEUED


def test_a_signature_of_somebody_who_is_no_admin_any_more_lets_nothing_out(
    writer: User, signer: User
) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    User.objects.filter(pk=signer.pk).update(role=Role.REVIEWER)

    assert scene.propose(reader, **scene.filled(version, reader)).status == Suggestion.Status.QUEUED


def test_whatever_else_the_gate_finds_still_holds_it(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    a_ticket(account=str(reader.account_id), escalated=True)

    suggestion = scene.propose(reader, **scene.filled(version, reader))

    assert suggestion.status == Suggestion.Status.QUEUED
    assert "customer_facing" not in suggestion.rules
    assert "escalated" in suggestion.rules


def test_who_cannot_be_written_to_is_not(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    said = scene.filled(version, reader)
    change("contact", reader.pk, email="", at=NOW)

    assert scene.propose(reader, **said).status == Suggestion.Status.BLOCKED


def test_who_wrote_it_does_not_sign_unless_nobody_else_can_and_a_day_has_passed(writer: User) -> None:
    other = a_user("Olga Brandt", Role.ADMIN)
    version = scene.template(by=writer)
    with pytest.raises(standing_approvals.SecondPersonNeeded, match="ask Olga Brandt"):
        scene.sign(version, by=writer)
    User.objects.exclude(pk=writer.pk).filter(role=Role.ADMIN).update(is_active=False)
    assert other.role == Role.ADMIN

    with pytest.raises(standing_approvals.SecondPersonNeeded, match="waits a day"):
        scene.sign(version, by=writer)

    assert scene.sign(version, by=writer, at=NOW + timedelta(hours=25)).sole_admin


def test_a_signature_lasts_ninety_days_at_most_and_stands_once(writer: User, signer: User) -> None:
    version = scene.template(by=writer)
    with pytest.raises(Invalid, match="within 90 days"):
        scene.sign(version, by=signer, until=NOW + timedelta(days=91))
    scene.sign(version, by=signer)
    with pytest.raises(standing_approvals.StandsAlready):
        scene.sign(version, by=signer)

    again = scene.sign(version, by=signer, at=NOW + timedelta(days=40))

    over = StandingApproval.objects.exclude(pk=again.pk).get()
    assert (over.ended_at, over.ended_by) == (NOW + timedelta(days=30), None)


def test_an_old_version_is_not_signed_for_and_an_ended_one_ends_once(writer: User, signer: User) -> None:
    version = scene.template(by=writer)
    approval = scene.sign(version, by=signer)
    standing_approvals.end(approval_id=approval.pk, user=signer, at=timezone.now())
    with pytest.raises(standing_approvals.Ended):
        standing_approvals.end(approval_id=approval.pk, user=signer, at=timezone.now())
    templates_kept.save(
        template_id=version.template_id, against=1, subject="Hi", body="Hi", why="x", user=writer, at=NOW
    )

    with pytest.raises(standing_approvals.OldVersion):
        scene.sign(version, by=signer)


def test_what_was_signed_for_and_ended_in_the_countdown_does_not_leave(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    approval = scene.sign(version, by=signer)
    suggestion = scene.propose(reader, **scene.filled(version, reader))
    assert suggestion.status == Suggestion.Status.APPROVED

    standing_approvals.end(approval_id=approval.pk, user=signer, at=NOW + timedelta(seconds=5))
    with server.running() as mail:
        sending.work_off(clock=lambda: NOW + timedelta(days=1))

    execution = Execution.objects.get(suggestion=suggestion)
    assert (mail.kept, execution.status) == ([], Execution.Status.CANCELLED)
    assert "is over" in execution.note


def test_what_left_under_a_signature_is_read_afterwards(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    suggestion = scene.propose(reader, **scene.filled(version, reader))
    assert not AuditSample.objects.exists(), "it has not left yet"

    with server.running() as mail:
        sending.work_off(clock=lambda: NOW + timedelta(hours=1))

    assert len(mail.kept) == 1
    sample = AuditSample.objects.get()
    assert (sample.execution.suggestion, sample.drawn) == (suggestion, AuditSample.Drawn.UNIFORM)
    page = browsing.text(browsing.at(writer).get(reverse("approvals:audits")))
    assert suggestion.title in page
    read = audits.wrong(sample_id=sample.pk, user=writer, at=LATER, reason="She had left by then.")
    assert read.contest is None, "what is sent stays sent"


def test_an_agent_that_asks_again_under_a_signature_sends_nothing_twice(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    first, again = (scene.propose(reader, **scene.filled(version, reader)) for _ in range(2))

    assert (first.status, again.status) == (Suggestion.Status.APPROVED, Suggestion.Status.QUEUED)
    assert "already_written" in again.rules


def test_what_a_person_asked_about_is_answered_to_a_person_whatever_was_signed(
    writer: User, signer: User
) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    asked = scene.filled(version, reader) | {"level": "draft"}

    suggestion = scene.propose(reader, **asked)

    assert (suggestion.status, "level" in suggestion.rules) == (Suggestion.Status.QUEUED, True)


def test_a_complaint_within_the_countdown_keeps_it_in(writer: User, signer: User) -> None:
    version, reader = scene.template(by=writer), scene.reader()
    scene.sign(version, by=signer)
    suggestion = scene.propose(reader, **scene.filled(version, reader))
    a_ticket("This is unacceptable, I want to file a complaint", account=reader.account_id, contact=reader.pk)

    with server.running() as mail:
        sending.work_off(clock=lambda: NOW + timedelta(days=1))

    execution = Execution.objects.get(suggestion=suggestion)
    assert (mail.kept, execution.status) == ([], Execution.Status.CANCELLED)
