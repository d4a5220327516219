"""Of what waits in the outbox: when it leaves, what stops it by now, and who answers for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string

from approvals.models import Execution, Message
from approvals.selectors import outbox
from approvals.services import pauses
from approvals.views import message_plates, outbox_plates
from crmgov.people.models import Role, User
from crmgov.records.services import suppressions
from crmgov.records.services.suppressions import Target
from tests.decisions import scene as decided
from tests.decisions.scene import LATER
from tests.messages import scene
from tests.world import NOW, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = NOW + timedelta(hours=12)
SOON = LATER + timedelta(seconds=8)


@pytest.fixture
def sara() -> User:
    decided.publish()
    return decided.reviewer()


def waiting(sara: User, at: datetime = SOON) -> list[dict[str, Any]]:
    found = outbox.page_for(sara, view=outbox.WAITING)
    return outbox_plates.lines(found.rows, sara, at)


def drawn(line: dict[str, Any], at: datetime = SOON) -> str:
    return render_to_string("outbox/_state.html", {"line": line, "now": at})


def suppress(address: str, until: datetime | None = None) -> None:
    suppressions.add_by_hand(
        target=Target("address", value=address),
        reason="She asked.",
        until=until,
        user=decided.admin(),
        at=SOON,
    )


def test_after_a_yes_at_night_the_word_and_the_outbox_say_the_same(sara: User) -> None:
    by_day = scene.approve(scene.propose(scene.reader("day@polder.example")), sara)
    at_night = scene.approve(scene.propose(scene.reader(time_zone="Europe/Berlin")), sara, at=NIGHT)

    assert message_plates.leaves_at(by_day) == "It leaves in 30 s."
    assert message_plates.leaves_at(at_night) == "It leaves at 08:00 where they are, after quiet hours."
    first, second = waiting(sara, NIGHT)
    assert (first["night"], second["night"]) == ("", "08:00 where they are")
    assert "Waits for the end of quiet hours: 08:00 where they are." in drawn(second, NIGHT)
    assert "21 Nov 2026, 07:00 UTC" in drawn(second, NIGHT)


def test_a_countdown_says_how_long_and_when(sara: User) -> None:
    scene.approve(scene.propose(scene.reader()), sara)

    [line] = waiting(sara)

    assert "in 22 s</time>, at 10:05:30" in drawn(line)
    assert "Counting down" in drawn(line)


def test_who_was_suppressed_meanwhile_is_said_before_it_is_due(sara: User) -> None:
    scene.approve(scene.propose(scene.reader()), sara)
    suppress("ines.costa@polder.example")

    [line] = waiting(sara)

    assert line["stops"] == "This address is suppressed."
    assert "Will not leave" in drawn(line)
    assert "in 22 s" not in drawn(line)


def test_what_ends_before_it_is_due_stops_nothing(sara: User) -> None:
    scene.approve(scene.propose(scene.reader()), sara, at=NIGHT)
    suppress("ines.costa@polder.example", until=NIGHT + timedelta(hours=1))

    [line] = waiting(sara, NIGHT)

    assert line["stops"] == ""


def test_an_address_that_changed_since_is_said(sara: User) -> None:
    contact = scene.reader()
    scene.approve(scene.propose(contact), sara)
    change("contact", contact.pk, at=SOON, email="ines@elsewhere.example")

    [line] = waiting(sara)

    assert line["stops"] == "The address of the contact changed after this was approved."


def test_a_pause_holds_it_and_the_outbox_says_so(sara: User) -> None:
    scene.approve(scene.propose(scene.reader()), sara)
    assert waiting(sara)[0]["held"] is False
    pauses.pause(scope="action", target="send_message", reason="Look first.", user=decided.admin(), at=SOON)

    [line] = waiting(sara)

    assert "Held by a pause" in drawn(line)
    assert "leaves" not in drawn(line)


def test_what_stops_them_is_asked_in_as_few_questions_for_many(
    sara: User, django_assert_num_queries: Any
) -> None:
    account = decided.account("Halden")
    for number in range(4):
        purpose = "support" if number % 2 else "onboarding"
        asked = scene.propose(scene.reader(f"m{number}@halden.example", account=account), purpose=purpose)
        scene.approve(asked, sara)
    rows = outbox.page_for(sara, view=outbox.WAITING).rows
    with django_assert_num_queries(3):
        outbox_plates._ahead(rows[:1], SOON)
    with django_assert_num_queries(3):
        assert len(outbox_plates._ahead(rows, SOON)) == 4


def test_what_went_out_by_itself_names_who_signed_and_until_when(sara: User) -> None:
    signer = a_user("Olga Brandt", Role.ADMIN)
    version = scene.template(by=decided.admin())
    scene.sign(version, by=signer)
    reader = scene.reader()
    scene.propose(reader, **scene.filled(version, reader))
    assert Execution.objects.get().decision.message == Message.objects.get()

    [line] = waiting(sara, NOW)

    assert line["decided_by"] == "standing approval of Olga Brandt"
    assert line["standing"] == "Welcome, version 1 until 20 Dec 2026"
