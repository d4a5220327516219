"""Two workers at one moment: every person gets one mail."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from approvals.models import DigestSent, Reminded, Suggestion
from approvals.services import letters, overdue
from crmgov.people.models import User
from tests.mail.kit import EIGHT, HOUR, Outbox, to

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act: Callable[[], object], workers: int = 2) -> None:
    """Both have read what was sent so far before either takes anything."""
    barrier = Barrier(workers)

    def one(_: int) -> None:
        barrier.wait(timeout=20)
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(workers)))


def meet(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Let two workers meet right before they take the row, whichever comes first."""
    barrier, take = Barrier(2), getattr(letters, what)

    def met(*given: Any) -> Any:
        barrier.wait(timeout=20)
        return take(*given)

    monkeypatch.setattr(letters, what, met)


def test_two_workers_send_one_digest(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(sara)
    meet(monkeypatch, "_take_digest")

    at_once(lambda: letters.send_digests(at=EIGHT))

    assert len(to(mailoutbox, sara)) == 1


@pytest.mark.parametrize("told_before", [False, True])
def test_two_workers_send_one_reminder(
    waiting: Suggestion,
    sara: User,
    mailoutbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    told_before: bool,
) -> None:
    only(sara)
    due = waiting.effective_due_at
    assert due is not None
    overdue.mark(at=due)
    if told_before:
        Reminded.objects.create(person=sara, up_to=due - 2 * HOUR)
    meet(monkeypatch, "_take_reminder")

    at_once(lambda: letters.send_reminders(at=due + timedelta(minutes=5)))

    assert len(to(mailoutbox, sara)) == 1


def test_the_row_is_what_keeps_two_workers_apart(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken out, both of them send."""
    only(sara)
    monkeypatch.setattr(letters, "_take_digest", lambda person, at: DigestSent(person=person))
    meet(monkeypatch, "_take_digest")

    at_once(lambda: letters.send_digests(at=EIGHT))

    assert len(to(mailoutbox, sara)) == 2


def test_the_mark_is_what_keeps_two_reminders_apart(
    waiting: Suggestion, sara: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken out, both of them send."""
    only(sara)
    due = waiting.effective_due_at
    assert due is not None
    overdue.mark(at=due)
    monkeypatch.setattr(letters, "_take_reminder", lambda person, since, until: True)
    meet(monkeypatch, "_take_reminder")

    at_once(lambda: letters.send_reminders(at=due + timedelta(minutes=5)))

    assert len(to(mailoutbox, sara)) == 2


def only(person: User) -> None:
    """Nobody else is written to, so that both workers meet exactly once."""
    User.objects.exclude(pk=person.pk).update(is_active=False)
