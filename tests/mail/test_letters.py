"""Mail to our own people, from posted proposals: once, in the morning, of what is theirs, and hourly when overdue."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from approvals.models import DigestSent, Queue, Reminded, Suggestion
from approvals.services import letters, overdue, queues, regating
from crmgov.people.models import BusinessCalendar, Role, User
from crmgov.people.services import absences
from tests.decisions import scene
from tests.mail.kit import EIGHT, HOUR, Outbox, to
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db
NAUGHTY = "Halden\r\nBcc: everybody@evil.example\n\nBuy \u202enow"


def test_a_digest_at_eight_and_only_once(waiting: Suggestion, sara: User, mailoutbox: Outbox) -> None:
    for minutes in (-5, 0, 5, 200):
        letters.send_digests(at=EIGHT + timedelta(minutes=minutes))

    assert to(mailoutbox, sara) == ["crmgov: 1 waits for you"]
    mail = next(mail for mail in mailoutbox if mail.to == [sara.email])
    assert f"https://crm.example/suggestions/{waiting.pk}/" in mail.body
    assert mail.extra_headers == {"Auto-Submitted": "auto-generated"}
    (row,) = DigestSent.objects.filter(person=sara)
    assert (row.day, row.sent_at) == (EIGHT.date(), EIGHT)


def test_the_links_open_pages_and_decide_nothing(waiting: Suggestion, sara: User, mailoutbox: Outbox) -> None:
    letters.send_digests(at=EIGHT)
    (body,) = [mail.body for mail in mailoutbox if mail.to == [sara.email]]
    links = {word.removeprefix("https://crm.example") for word in body.split() if word.startswith("https://")}
    assert links == {f"/suggestions/{waiting.pk}/", "/inbox/", "/away/"}
    nobody, client = Client(), Client()
    client.force_login(sara)

    for link in links:
        assert nobody.get(link).status_code == 302
        assert client.get(link).status_code == 200
    assert Suggestion.objects.get(pk=waiting.pk).status == "queued"


def test_eight_is_eight_where_the_person_is(waiting: Suggestion, sara: User, mailoutbox: Outbox) -> None:
    User.objects.filter(pk=sara.pk).update(time_zone="America/New_York")
    letters.send_digests(at=EIGHT)
    assert to(mailoutbox, sara) == []

    letters.send_digests(at=EIGHT + 5 * HOUR)
    assert len(to(mailoutbox, sara)) == 1


@pytest.mark.parametrize(("days", "mails"), [(0, 1), (1, 0), (2, 0), (3, 1)])
def test_only_on_working_days(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, days: int, mails: int
) -> None:
    letters.send_digests(at=EIGHT + timedelta(days=days))

    assert len(to(mailoutbox, sara)) == mails


def test_the_team_s_holiday_is_nobody_s_working_day(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    berlin = BusinessCalendar.objects.create(
        name="Berlin", time_zone="Europe/Berlin", opens=time(9), closes=time(18), weekdays=[0, 1, 2, 3, 4],
        country="DE", subdivision="BE",
    )  # fmt: skip
    team = a_team()
    team.calendar = berlin
    team.save()
    # Christmas Day is a Friday.
    letters.send_digests(at=datetime(2026, 12, 25, 8, tzinfo=UTC))
    assert to(mailoutbox, sara) == []

    letters.send_digests(at=datetime(2026, 12, 28, 8, tzinfo=UTC))
    assert len(to(mailoutbox, sara)) == 1


def test_where_nothing_waits_nothing_is_sent_that_day(sara: User, mailoutbox: Outbox) -> None:
    letters.send_digests(at=EIGHT)
    scene.publish()
    scene.propose(scene.account(), employees=310, at=EIGHT)
    letters.send_digests(at=EIGHT + timedelta(minutes=5))

    assert mailoutbox == []
    assert DigestSent.objects.get(person=sara).sent_at is None


def test_nothing_of_another_team(waiting: Suggestion, mailoutbox: Outbox) -> None:
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    queue = Queue.objects.get(team=a_team())
    queue.memberships.create(user=stranger)

    letters.send_digests(at=EIGHT)

    assert to(mailoutbox, stranger) == []


def test_who_cannot_log_in_is_away_or_only_audits_gets_none(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    queue = Queue.objects.get(team=a_team())
    imported, auditor, gone = (
        a_user(name, role, a_team())
        for name, role in (
            ("Im Ported", Role.REVIEWER), ("Ines Falk", Role.AUDITOR), ("Henrik Dahl", Role.REVIEWER),
        )
    )  # fmt: skip
    imported.set_unusable_password()
    imported.save()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for person in (imported, auditor, gone):
        queue.memberships.create(user=person)
    absences.plan(user=sara, starts_at=EIGHT, ends_at=EIGHT + HOUR, actor=sara, at=EIGHT)

    letters.send_digests(at=EIGHT)
    assert [mail.to for mail in mailoutbox if mail.to != ["olga.brandt@crmgov.example"]] == []

    letters.send_digests(at=EIGHT + HOUR)
    assert len(to(mailoutbox, sara)) == 1


def test_who_stands_in_is_told_of_the_other_s_queue(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    letters.send_digests(at=EIGHT - timedelta(days=1))
    assert to(mailoutbox, priya) == []
    absences.plan(user=sara, starts_at=EIGHT, ends_at=EIGHT + HOUR, delegate=priya, actor=sara, at=EIGHT)

    letters.send_digests(at=EIGHT)

    assert to(mailoutbox, priya) == ["crmgov: 1 waits for you"]
    # Hers is that of the day before.
    assert len(to(mailoutbox, sara)) == 1


def test_an_admin_is_told_of_what_nobody_else_sees(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    ana = scene.admin()
    letters.send_digests(at=EIGHT - timedelta(days=1))
    assert to(mailoutbox, ana) == []
    sara.memberships.all().delete()
    regating.follow_people(at=EIGHT)

    letters.send_digests(at=EIGHT)

    assert to(mailoutbox, ana) == ["crmgov: 1 waits for you"]
    # Hers is that of the day before.
    assert len(to(mailoutbox, sara)) == 1


def test_what_becomes_overdue_is_marked_once_and_its_people_are_told_hourly(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    owner = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    account = scene.account("Vantry Robotics", owner=owner.pk)
    second = scene.propose(account, employees=90, at=EIGHT - HOUR)
    due = waiting.effective_due_at
    assert due is not None
    assert due == second.effective_due_at
    Suggestion.objects.filter(pk=second.pk).update(effective_due_at=due + timedelta(minutes=10))

    assert overdue.mark(at=due - timedelta(seconds=1)) == 0
    assert overdue.mark(at=due) == 1
    assert overdue.mark(at=due + timedelta(minutes=1)) == 0
    assert Suggestion.objects.get(pk=waiting.pk).overdue_at == due

    letters.send_reminders(at=due + timedelta(minutes=5))
    assert to(mailoutbox, sara) == ["crmgov: 1 is overdue"]
    assert to(mailoutbox, owner) == []

    overdue.mark(at=due + timedelta(minutes=10))
    letters.send_reminders(at=due + timedelta(minutes=15))
    # The owner had none this hour; Sara waits for hers.
    assert to(mailoutbox, owner) == ["crmgov: 1 is overdue"]
    assert len(to(mailoutbox, sara)) == 1

    # It is after hours by then, and a weekend follows: it is told on Monday morning.
    monday = EIGHT + timedelta(days=3)
    for at in (due + timedelta(minutes=65), monday - timedelta(days=1) + 2 * HOUR, monday + HOUR / 2):
        letters.send_reminders(at=at)
        assert len(to(mailoutbox, sara)) == 1, at
    letters.send_reminders(at=monday + HOUR)
    letters.send_reminders(at=monday + 2 * HOUR)
    assert to(mailoutbox, sara) == ["crmgov: 1 is overdue"] * 2
    assert len(to(mailoutbox, owner)) == 1


def test_who_was_never_reminded_hears_on_monday_of_what_became_overdue_on_saturday(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    saturday, monday = EIGHT + timedelta(days=1, hours=2), EIGHT + timedelta(days=3, hours=1)
    Suggestion.objects.filter(pk=waiting.pk).update(effective_due_at=saturday)
    overdue.mark(at=saturday)
    letters.send_reminders(at=saturday + HOUR)
    assert to(mailoutbox, sara) == []

    letters.send_reminders(at=monday)

    assert to(mailoutbox, sara) == ["crmgov: 1 is overdue"]


def test_a_mark_of_this_moment_is_told_with_the_next(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    """Another worker's mark may be committed after the reminder looked; it is not lost between two."""
    due = waiting.effective_due_at
    assert due is not None
    overdue.mark(at=due)

    letters.send_reminders(at=due)
    assert to(mailoutbox, sara) == []
    letters.send_reminders(at=due + letters.LAG)
    assert len(to(mailoutbox, sara)) == 1


def test_who_wants_none_gets_none(waiting: Suggestion, sara: User, mailoutbox: Outbox) -> None:
    client = Client()
    client.force_login(sara)
    due = waiting.effective_due_at
    assert due is not None
    overdue.mark(at=due)

    assert client.post(reverse("approvals:away_mail"), {"digest": "on"}).status_code == 302
    letters.send_reminders(at=due + HOUR)
    assert to(mailoutbox, sara) == []
    letters.send_digests(at=EIGHT)
    assert len(to(mailoutbox, sara)) == 1

    client.post(reverse("approvals:away_mail"), {"reminders": "on"})
    letters.send_digests(at=EIGHT + timedelta(days=3))
    letters.send_reminders(at=due + timedelta(minutes=5))
    assert [subject[-7:] for subject in to(mailoutbox, sara)] == ["for you", "overdue"]


def test_hostile_words_are_in_no_mail_and_forge_no_head(sara: User, mailoutbox: Outbox) -> None:
    scene.publish()
    User.objects.filter(pk=sara.pk).update(name=NAUGHTY)
    Queue.objects.filter(team=a_team()).update(name=NAUGHTY[:80])
    account = scene.account("Polder")
    made = scene.propose(account, region="Nordics\nBcc: x@evil.example", at=EIGHT - HOUR)
    Suggestion.objects.filter(pk=made.pk).update(record_label=NAUGHTY, title=NAUGHTY, reason=NAUGHTY)

    letters.send_digests(at=EIGHT)

    (mail,) = [mail for mail in mailoutbox if mail.to == [sara.email]]
    message = mail.message()
    assert message["Subject"] == "crmgov: 1 waits for you"
    assert message["Bcc"] is None
    assert mail.recipients() == [sara.email]
    assert not any(line.startswith("Bcc") for line in message.as_string().splitlines())
    assert "Nordics" not in mail.body
    assert "\u202e" not in mail.body


def test_an_address_with_a_line_break_is_refused_and_stops_nobody_else(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    tom = scene.reviewer("Tom Becker")
    User.objects.filter(pk=sara.pk).update(email="sara@x.example\nBcc: all@evil.example")

    letters.send_digests(at=EIGHT)

    assert len(to(mailoutbox, tom)) == 1
    assert not any("evil" in str(mail.recipients()) for mail in mailoutbox)
    assert not DigestSent.objects.filter(person=sara).exists()


def failing(error: Exception) -> Callable[..., int]:
    def send(self: EmailMessage, **_: Any) -> int:
        raise error

    return send


def test_what_certainly_was_not_sent_is_tried_again(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", failing(ConnectionRefusedError()))
        assert letters.send_digests(at=EIGHT) == 0
    letters.send_digests(at=EIGHT + timedelta(minutes=5))

    assert len(to(mailoutbox, sara)) == 1


def test_what_may_have_been_sent_is_never_sent_again(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", failing(smtplib.SMTPServerDisconnected()))
        letters.send_digests(at=EIGHT)
    letters.send_digests(at=EIGHT + timedelta(minutes=5))

    assert mailoutbox == []


def test_a_reminder_that_was_not_sent_is_tried_again(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = waiting.effective_due_at
    assert due is not None
    overdue.mark(at=due)
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", failing(smtplib.SMTPConnectError(421, "later")))
        assert letters.send_reminders(at=due + timedelta(minutes=5)) == 0
    assert not Reminded.objects.exists()

    letters.send_reminders(at=due + timedelta(minutes=10))
    assert len(to(mailoutbox, sara)) == 1


def test_an_address_refused_for_good_is_not_tried_without_end(
    waiting: Suggestion, sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.exclude(pk=sara.pk).update(is_active=False)
    due, tried = EIGHT + timedelta(days=3, hours=1), []
    Suggestion.objects.filter(pk=waiting.pk).update(effective_due_at=due)
    overdue.mark(at=due)

    def refused(mail: EmailMessage, **_: Any) -> int:
        tried.append(mail.to)
        raise smtplib.SMTPRecipientsRefused({sara.email: (550, b"no such user")})

    monkeypatch.setattr(EmailMessage, "send", refused)
    for minutes in range(5, 300, 5):
        assert letters.send_reminders(at=due + timedelta(minutes=minutes)) == 0
    assert len(tried) == 1 + letters.MOST_REFUSED


def test_the_queue_of_the_letter_is_where_it_waits(
    waiting: Suggestion, sara: User, mailoutbox: Outbox
) -> None:
    assert queues.ensure_for_team(a_team()) == waiting.queue
    letters.send_digests(at=EIGHT)

    (mail,) = [mail for mail in mailoutbox if mail.to == [sara.email]]
    assert "\n  North: 1\n" in mail.body
