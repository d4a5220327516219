"""Mail to our own people: a digest each working morning, and a reminder when something of theirs is overdue.

A row is taken before a mail goes out and that is committed, so of two workers one sends. What may have been sent is
never sent again; what certainly was not is tried again at the next ring.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from approvals.models import DigestSent, MailChoice, Reminded, Suggestion
from approvals.rules import letters
from approvals.rules.letters import Letter, Waits
from approvals.selectors import told
from crmgov.people.models import User
from crmgov.people.rules.calendars import Calendar

from . import queues

log = structlog.get_logger(__name__)
# In the person's own zone. A worker that was down until noon sends none: it is no longer morning.
FROM, UNTIL = time(8), time(12)
EVERY = timedelta(hours=1)
# Who was never reminded is told of this long: what became overdue on a long weekend is not lost.
FIRST = timedelta(days=4)
# Marks of a moment ago may not be committed yet; they are told next time.
LAG = timedelta(minutes=1)
# The server may have taken the mail before the line broke.
MAYBE_SENT = (smtplib.SMTPServerDisconnected, TimeoutError)
DAYS_AROUND = timedelta(days=2)
# SMTP: from here on an answer is final.
FOR_GOOD = 500
MOST_REFUSED = 3


class RefusedForGood(Exception):
    """This address will not take it the next time either."""


def send_digests(*, at: datetime) -> int:
    """Write to everybody whose working morning it is and who was not written to today; return how many mails."""
    done = set(DigestSent.objects.filter(day__gte=(at - DAYS_AROUND).date()).values_list("person_id", "day"))
    sent = 0
    for person in _wanting("digest", at):
        local = _local(person, at)
        if (person.pk, local.date()) in done or not FROM <= local.time() < UNTIL or not _works(person, local):
            continue
        taken = _take_digest(person, at)
        if taken is not None:
            sent += _send_digest(taken, person, at)
    return sent


def send_reminders(*, at: datetime) -> int:
    """Tell people at work what of theirs became overdue since they were told last, hourly at most.

    Return how many mails.
    """
    last = dict(Reminded.objects.values_list("person_id", "up_to"))
    until = at - LAG
    sent = 0
    for person in _wanting("reminders", at):
        since = last.get(person.pk)
        if not _at_work(person, at):
            continue
        if since is not None and since > until - EVERY:
            continue
        rows = told.waiting_for(person, at).filter(
            overdue_at__gt=since or until - FIRST, overdue_at__lte=until
        )
        overdue = _waits(rows)
        if overdue and _take_reminder(person, since, until):
            letter = letters.reminder(name=person.get_short_name(), overdue=overdue, at=at, **_addresses())
            try:
                went = send(letter, person)
            except RefusedForGood:
                _count_refusal(person, since, until)
                continue
            if went:
                sent += 1
                Reminded.objects.filter(person=person, refused__gt=0).update(refused=0)
            else:
                _give_reminder_back(person, since, until)
    return sent


@transaction.atomic(durable=True)
def choose(*, user: User, digest: bool, reminders: bool) -> None:
    """What this person wants by mail."""
    MailChoice.objects.update_or_create(person=user, defaults={"digest": digest, "reminders": reminders})


def choice_of(user: User) -> MailChoice:
    """What they chose; who never chose gets both."""
    return MailChoice.objects.filter(person=user).first() or MailChoice(person=user)


def _wanting(what: str, at: datetime) -> Iterable[User]:
    people = told.people(at).exclude(**{f"mail_choice__{what}": False})
    return people.prefetch_related("teams__calendar").order_by("pk")


@transaction.atomic(durable=True)
def _take_digest(person: User, at: datetime) -> DigestSent | None:
    """Of two workers one gets the row."""
    day = _local(person, at).date()
    row, made = DigestSent.objects.get_or_create(person=person, day=day, defaults={"taken_at": at})
    return row if made else None


def _send_digest(taken: DigestSent, person: User, at: datetime) -> int:
    waiting = _waits(told.waiting_for(person, at))
    letter = letters.digest(name=person.get_short_name(), waiting=waiting, at=at, **_addresses())
    if letter is None:
        return 0
    try:
        went = send(letter, person)
    except RefusedForGood:
        went = False
    if not went:
        taken.delete()
        return 0
    DigestSent.objects.filter(pk=taken.pk).update(sent_at=at)
    return 1


@transaction.atomic(durable=True)
def _take_reminder(person: User, since: datetime | None, until: datetime) -> bool:
    """Of two workers one moves the mark on."""
    if since is None:
        return Reminded.objects.get_or_create(person=person, defaults={"up_to": until})[1]
    return Reminded.objects.filter(person=person, up_to=since).update(up_to=until) == 1


def _give_reminder_back(person: User, since: datetime | None, until: datetime) -> None:
    mine = Reminded.objects.filter(person=person, up_to=until)
    if since is None:
        mine.delete()
    else:
        mine.update(up_to=since)


def _count_refusal(person: User, since: datetime | None, until: datetime) -> None:
    """Give the mark back a few times only: an address refused for good is tried again with what is overdue next."""
    mine = Reminded.objects.filter(person=person, up_to=until, refused__lt=MOST_REFUSED)
    mine.update(up_to=since or until - FIRST, refused=F("refused") + 1)


def _is_for_good(error: Exception) -> bool:
    """Whether the server, or the address itself, says that trying again is of no use."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= FOR_GOOD for code, _ in error.recipients.values())
    return isinstance(error, ValueError)


def send(letter: Letter | None, person: User) -> bool:
    """Whether it went out, or may have; the address is all of a person in its head. Raises RefusedForGood."""
    if letter is None:
        return True
    mail = EmailMessage(
        subject=letter.subject,
        body=letter.body,
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except MAYBE_SENT:
        log.warning("mail_unknown", person=person.pk, exc_info=True)
    except (OSError, ValueError) as error:
        # SMTPException is an OSError; a head that would be two lines is a ValueError.
        log.warning("mail_not_sent", person=person.pk, exc_info=True)
        if _is_for_good(error):
            raise RefusedForGood from error
        return False
    return True


def _waits(rows: QuerySet[Suggestion]) -> list[Waits]:
    """At most one more than anybody counts; one query."""
    found = rows.values_list("number", "queue__name", "made_at", "effective_due_at", "pk")
    return [
        Waits(number, queue or "", made_at, due_at, page("approvals:suggestion", key))
        for number, queue, made_at, due_at, key in found[: letters.COUNTED + 1]
        if due_at is not None
    ]


def _addresses() -> dict[str, str]:
    return {"inbox": page("approvals:inbox"), "choice": page("approvals:away")}


def page(name: str, *given: object) -> str:
    """The address of a page, as a mail names it."""
    return f"{settings.SITE_URL}{reverse(name, args=given)}"


def _local(person: User, at: datetime) -> datetime:
    try:
        return at.astimezone(ZoneInfo(person.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(UTC)


def _at_work(person: User, at: datetime) -> bool:
    """Whether it is a working hour of a working day where this person is."""
    local = _local(person, at)
    calendar = _calendar_of(person, local)
    return calendar.works_on(local.date()) and calendar.opens <= local.time() < calendar.closes


def _works(person: User, local: datetime) -> bool:
    """Whether their team works on this day; without a calendar Monday to Friday."""
    return _calendar_of(person, local).works_on(local.date())


def _calendar_of(person: User, local: datetime) -> Calendar:
    calendars = [team.calendar for team in person.teams.all() if team.calendar is not None]
    return queues.working_calendar(calendars[0] if calendars else None, local)
