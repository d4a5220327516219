"""While a model is waited for, nothing is locked, and no other worker pays for the same letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from pytest_django import Settings

from approvals.models import ModelCall, WorkflowStart
from approvals.services import message_writer
from tests.built_in import kit, model
from tests.built_in.model import Asked

pytestmark = pytest.mark.django_db(transaction=True)
# Our own sessions that hold something while this one looks.
HELD = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
  AND state LIKE 'idle in transaction%%'"""


def elsewhere(act: Callable[[], Any]) -> Any:
    """The model answers in a thread of its own, and so on a connection of its own."""
    try:
        return act()
    finally:
        connections.close_all()


def held() -> int:
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        return int(cursor.fetchone()[0])


def escalated(monkeypatch: pytest.MonkeyPatch, settings: Settings, meanwhile: Callable[[], Any]) -> list[Any]:
    """What another worker sees or does while the model is waited for, at each question."""
    seen: list[Any] = []

    def author(data: dict[str, Any]) -> dict[str, Any]:
        seen.append(None)
        seen[-1] = elsewhere(meanwhile) if len(seen) == 1 else None
        return model.written(data)

    model.set_up(monkeypatch, settings, Asked().model(author))
    kit.begin()
    model.escalate(model.a_reader())
    return seen


def test_no_transaction_is_open_while_a_model_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert escalated(monkeypatch, settings, held) == [0]


def test_the_same_question_inside_a_transaction_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The guard taken out."""
    real = message_writer.write

    def inside(*given: Any) -> message_writer.Texts:
        with transaction.atomic():
            WorkflowStart.objects.select_for_update().first()
            return real(*given)

    monkeypatch.setattr(message_writer, "write", inside)
    assert escalated(monkeypatch, settings, held) == [1]


def ring() -> int:
    return kit.ring().proposed


def test_another_worker_leaves_the_news_to_the_one_who_waits(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert escalated(monkeypatch, settings, ring) == [0]
    assert ModelCall.objects.count() == 1
    assert model.the_reply().model_call == model.the_call()
    assert not WorkflowStart.objects.exclude(writing_until=None).exists()


def test_a_worker_that_looked_a_moment_before_leaves_it_too(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(message_writer, "is_at_work", lambda start, at: False)

    assert escalated(monkeypatch, settings, ring) == [0]
    assert ModelCall.objects.count() == 1


def test_without_the_turn_two_workers_pay_for_one_letter(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The guard taken out."""

    @contextmanager
    def anybody(*given: Any) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(message_writer, "is_at_work", lambda start, at: False)
    monkeypatch.setattr(message_writer, "turn", anybody)

    escalated(monkeypatch, settings, ring)

    assert ModelCall.objects.count() == 2


def test_a_worker_that_died_keeps_the_others_out_for_ten_minutes_at_most(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    model.set_up(monkeypatch, settings, Asked().model(model.written))
    kit.begin()
    WorkflowStart.objects.update(writing_until=kit.SOON + message_writer.LONGEST)
    model.escalate(model.a_reader())
    assert not ModelCall.objects.exists()

    kit.ring(at=kit.SOON + message_writer.LONGEST)

    assert model.the_call().outcome == "written"
