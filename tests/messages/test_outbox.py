"""The outbox shows where each message stands, to those who see its contact, and takes a person's word once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Execution
from approvals.rules import mime
from approvals.selectors import outbox
from approvals.services import preferences, sending, undoing
from crmgov.people.models import Role, User
from tests.decisions import scene as decided
from tests.decisions.scene import LATER as AGO
from tests.messages import scene
from tests.messages.ways import BROKE, LATER, NO, Way
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/outbox/"
DUE = AGO + timedelta(minutes=1)


@pytest.fixture
def sara() -> User:
    decided.publish()
    return decided.reviewer()


def one_of_each(sara: User) -> None:
    """Sent, trying again, refused, unknown, cancelled, and one that counts down."""
    account = decided.account()
    ways = {"sent": Way(), "later": Way(LATER), "no": Way(NO), "lost": Way(BROKE)}
    for name in (*ways, "back", "waits"):
        when = DUE if name in ("waits", "back") else AGO
        asked = scene.propose(
            scene.reader(f"{name}@polder.example", account=account), subject=f"About {name}", at=when
        )
        scene.approve(asked, sara, at=when)
        if name == "back":
            undoing.take_back(suggestion_id=asked.pk, user=sara, at=when)
        elif name in ways:
            sending.work_off(clock=lambda: DUE, transport=ways[name])


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, path: str = LIST) -> str:
    return as_(user).get(path).content.decode()


def test_each_stands_in_its_place_and_what_nobody_knows_comes_first(sara: User) -> None:
    one_of_each(sara)

    assert outbox.counts(sara) == dict.fromkeys(outbox.VIEWS, 1)
    first = page(sara)
    assert "About lost" in first
    assert first.count('name="choice"') == 3
    assert "About waits" in page(sara, f"{LIST}?view=waiting")
    assert "Greylisted" in page(sara, f"{LIST}?view=trying")
    assert "No such mailbox" in page(sara, f"{LIST}?view=refused")


def test_a_message_is_shown_as_it_leaves_with_what_was_tried(sara: User) -> None:
    one_of_each(sara)
    lost = Execution.objects.get(status="unknown")

    text = page(sara, reverse("approvals:outbox_message", args=[lost.pk]))

    assert "lost@polder.example" in text
    assert '<p class="letter-text">Dear Ines' in text
    assert "␊" not in text
    assert "\n\n-- \nDemo Company" in text
    assert "\nUnsubscribe: http://127.0.0.1:8000/p/(key)/unsubscribe" in text
    assert "<dt>List-Unsubscribe</dt><dd>&lt;http://127.0.0.1:8000/p/(key)/unsubscribe&gt;" in text
    assert "Nobody knows whether this arrived" in text
    assert "Connection unexpectedly closed" in text


def test_nobody_here_gets_the_key_with_which_its_reader_speaks_as_themselves(sara: User) -> None:
    decision = scene.approve(scene.propose(scene.reader()), sara)
    [address] = mime.read_back(bytes(decision.message.mime)).list_unsubscribe
    key = preferences.key_in(address)
    preferences.read(key)

    assert key not in page(sara, reverse("approvals:outbox_message", args=[decision.execution.pk]))


def test_what_waits_is_asked_for_again_and_what_is_over_is_not(sara: User) -> None:
    one_of_each(sara)
    waits, lost = Execution.objects.get(status="pending", tries=0), Execution.objects.get(status="unknown")

    assert 'hx-trigger="every 10s"' in page(sara, f"{LIST}?view=waiting")
    assert 'hx-trigger="every 10s"' in page(sara, reverse("approvals:outbox_message", args=[waits.pk]))
    assert "every 10s" not in page(sara, f"{LIST}?view=unknown")
    assert "every 10s" not in page(sara, reverse("approvals:outbox_message", args=[lost.pk]))


def test_one_press_settles_it_and_the_second_is_told(sara: User) -> None:
    one_of_each(sara)
    lost = Execution.objects.get(status="unknown")
    address = reverse("approvals:outbox_settle", args=[lost.pk])

    first = as_(sara).post(address, {"choice": "delivered", "note": "Called her"})
    second = as_(sara).post(address, {"choice": "leave"})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Sara Okafor says: it was delivered." in page(
        sara, reverse("approvals:outbox_message", args=[lost.pk])
    )


def test_another_team_sees_nothing_of_it(sara: User) -> None:
    one_of_each(sara)
    lost = Execution.objects.get(status="unknown")
    other = a_user("Camille Roux", Role.REVIEWER, a_team("South"))

    assert "polder.example" not in page(other)
    assert as_(other).get(reverse("approvals:outbox_message", args=[lost.pk])).status_code == 404
    assert set(outbox.counts(other).values()) == {0}


def test_without_a_mail_server_it_says_plainly_that_nobody_gets_anything(
    sara: User, settings: Any, tmp_path: Any
) -> None:
    settings.MESSAGE_FOLDER = tmp_path / "messages"
    scene.approve(scene.propose(scene.reader()), sara)

    sending.work_off(clock=lambda: DUE)

    execution = Execution.objects.get()
    [kept] = (tmp_path / "messages").iterdir()
    assert kept.read_bytes() == bytes(execution.decision.message.mime)
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    item = page(sara, reverse("approvals:outbox_message", args=[execution.pk]))
    assert "Nobody got it: no mail server is set up" in item
    assert "Try 1. Kept as a file; nobody got it." in item
    listed = page(sara, f"{LIST}?view=sent")
    assert "No mail server is set up" in listed
    assert "Kept as a file; nobody got it" in listed
    assert "The mail server" not in item + listed


def test_the_list_asks_the_same_few_questions_however_long_it_is(
    sara: User, django_assert_max_num_queries: Any
) -> None:
    one_of_each(sara)
    client = as_(sara)
    client.get(LIST)
    with django_assert_max_num_queries(14) as asked:
        client.get(f"{LIST}?view=unknown")
    few = len(asked)
    account = decided.account("Halden")
    for number in range(6):
        scene.approve(scene.propose(scene.reader(f"m{number}@halden.example", account=account)), sara)
    sending.work_off(clock=lambda: DUE, transport=Way(BROKE))
    with django_assert_max_num_queries(few):
        assert client.get(f"{LIST}?view=unknown").content.decode().count('name="choice"') == 21
