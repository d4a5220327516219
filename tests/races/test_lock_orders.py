"""Rows, then recipients: the executor never meets a sender, an opt-out or itself in the other order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from approvals.models import Decision, Execution, Message, Suggestion
from approvals.rules import mime
from approvals.services import additions, decisions, executions, preferences
from crmgov.records.models import Consent, Contact
from crmgov.records.services import contacting, lists, recipients
from tests.decisions import scene
from tests.decisions.scene import LATER
from tests.messages import scene as messages
from tests.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20
# So long the first holds what it has before it asks for more; the database looks for a deadlock after one second.
HOLDS_SECONDS = 0.5


def beside(*acts: Callable[[], object]) -> list[object]:
    """What each returned or raised, all at the same time."""

    def one(act: Callable[[], object]) -> object:
        try:
            return act()
        except OperationalError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def asked(contact: Contact, action: str, **values: Any) -> Suggestion:
    seen = {"seen": contact.title} if action == "set_fields" else {}
    return scene.propose_raw(
        {
            "record": {"type": "contact", "id": str(contact.pk)},
            "action": action,
            "items": [{"field": field, "proposed": value, **seen} for field, value in values.items()],
            "level": "draft",
        }
    )


def a_message(contact: Contact) -> str:
    """Approved; the path that unsubscribes from it."""
    messages.approve(messages.propose(contact), scene.reviewer())
    (address,) = mime.read_back(bytes(Message.objects.get().mime)).list_unsubscribe
    return "/" + address.split("/", 3)[3]


def press(path: str) -> int:
    client = Client(raise_request_exception=False)
    return client.post(path, {"List-Unsubscribe": "One-Click"}).status_code


@pytest.fixture
def contact() -> Contact:
    scene.publish()
    scene.reviewer()
    return messages.reader()


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Rings when the executor has added something beside the records, and holds its locks a while."""
    rung, real = Event(), additions.add

    def slow(*given: Any, **more: Any) -> str:
        said = real(*given, **more)
        rung.set()
        time.sleep(HOLDS_SECONDS)
        return said

    monkeypatch.setattr(additions, "add", slow)
    return rung


def suppressing_and_titling(contact: Contact, kind: str, value: str) -> None:
    """Both due: one locks a recipient, the other the contact."""
    both = (
        asked(contact, "request_suppression", kind=kind, value=value, reason="a test"),
        asked(contact, "set_fields", title="CTO"),
    )
    for one in both:
        scene.approve(one, scene.reviewer())


def test_a_sender_waits_for_a_suppression_and_both_get_through(contact: Contact, added: Event) -> None:
    suppressing_and_titling(contact, "address", contact.email)

    def send() -> str:
        added.wait(PATIENCE_SECONDS)
        with transaction.atomic():
            contacting.lock_recipient(contact.pk, "email", contact.email)
        return "fine"

    assert beside(lambda: executions.run_batch(at=LATER), send) == [2, "fine"]
    assert set(Execution.objects.values_list("status", flat=True)) == {"succeeded"}


def test_who_unsubscribes_meanwhile_is_out(contact: Contact, added: Event) -> None:
    path = a_message(contact)
    suppressing_and_titling(contact, "domain", "polder.example")

    def unsubscribe() -> int:
        added.wait(PATIENCE_SECONDS)
        return press(path)

    assert beside(lambda: executions.run_batch(at=LATER), unsubscribe) == [2, 200]
    assert Consent.objects.filter(state="opted_out").exists()


def crossing(contact: Contact, act: Callable[[], object]) -> object:
    """What `act` said when somebody locks the recipient first and the contact after it, and it is the one ended."""
    locked = Event()

    def wrong_way_round() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            recipients.lock_everybody()
            locked.set()
            time.sleep(HOLDS_SECONDS)
            cursor.execute("SELECT 1 FROM records_contact WHERE id = %s FOR UPDATE", [contact.pk])

    def then() -> object:
        locked.wait(PATIENCE_SECONDS)
        return act()

    return beside(wrong_way_round, then)[1]


def test_whoever_is_ended_by_a_deadlock_unsubscribes_the_second_time(contact: Contact) -> None:
    path = a_message(contact)
    with mock.patch.object(preferences, "unsubscribe", preferences.unsubscribe.__wrapped__):  # type: ignore[attr-defined]
        assert crossing(contact, lambda: press(path)) == 500
    assert not Consent.objects.filter(state="opted_out").exists()

    assert crossing(contact, lambda: press(path)) == 200

    assert Consent.objects.filter(state="opted_out").exists()


def test_whoever_is_ended_by_a_deadlock_approves_the_second_time(contact: Contact) -> None:
    letter = messages.propose(contact)
    approve = lambda: messages.approve(letter, scene.reviewer())  # noqa: E731
    with mock.patch.object(decisions, "approve", decisions.approve.__wrapped__):  # type: ignore[attr-defined]
        assert isinstance(crossing(contact, approve), OperationalError)
    assert not Decision.objects.exists()

    assert isinstance(crossing(contact, approve), Decision)

    assert Decision.objects.count() == 1


def test_two_executors_widen_and_write_the_same_records(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.publish()
    sara, (one, two) = scene.reviewer(), (scene.account("One"), scene.account("Two"))
    made = [scene.propose(one, employees=9), tagging(two), scene.propose(two, employees=9), tagging(one)]
    for place, suggestion in enumerate(made):
        scene.approve(suggestion, sara)
        due_at = NOW + timedelta(seconds=place)
        Execution.objects.filter(suggestion=suggestion).update(due_at=due_at)
    real = lists.widening

    def slow(patches: Sequence[Any]) -> Any:
        time.sleep(HOLDS_SECONDS)
        return real(patches)

    monkeypatch.setattr(lists, "widening", slow)

    def run() -> None:
        while executions.run_batch(at=LATER, limit=2):
            pass

    assert beside(run, run) == [None, None]
    assert list(Execution.objects.values_list("status", flat=True)) == ["succeeded"] * 4


def tagging(account: Any) -> Suggestion:
    return scene.propose_raw(
        {
            "record": {"type": "account", "id": str(account.pk)},
            "action": "add_tag",
            "items": [{"field": "tags", "proposed": ["cold"]}],
            "level": "draft",
        }
    )
