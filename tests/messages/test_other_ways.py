"""What nothing here sends by, a call, a text, a network: a person says it, tells us, and it counts in the caps."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.models import Decision, Execution, Message, Suggestion
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User
from crmgov.records.models import Activity, Contact, Touch
from tests.decisions import scene as decided
from tests.desk import browsing
from tests.messages import scene

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+49301234567"


@pytest.fixture
def sara() -> User:
    decided.publish()
    return decided.reviewer()


def by(channel: str, contact: Contact | None = None, **more: Any) -> Suggestion:
    reader = contact or scene.reader(phone=NUMBER)
    return scene.propose(reader, level="execute", fields={"channel": channel}, **more)


def test_a_call_is_asked_of_a_person_whatever_level_was_asked_for(sara: User) -> None:
    suggestion = by("phone")

    page = browsing.text(browsing.at(sara).get(browsing.url("suggestion", suggestion)))

    assert (suggestion.status, suggestion.level) == ("queued", "suggest")
    assert "nothing here sends by phone" in page
    assert f"Call Ines Costa ({NUMBER}) and tell them" in page
    assert "I sent it" in page


@pytest.mark.parametrize(
    ("channel", "kind", "recipient"),
    [("phone", "call", NUMBER), ("sms", "chat", NUMBER), ("linkedin", "note", "")],
)
def test_who_did_it_says_so_and_it_counts(sara: User, channel: str, kind: str, recipient: str) -> None:
    suggestion = by(channel)

    answer = browsing.press(browsing.at(sara), "sent", suggestion)

    assert answer.status_code == 302
    decision, touch, entry = Decision.objects.get(), Touch.objects.get(), Activity.objects.get()
    assert (decision.payload[0]["recipient"], decision.payload[0]["channel"]) == (recipient, channel)
    assert (touch.channel, touch.state) == (channel, "used")
    assert (entry.kind, entry.by) == (kind, str(sara))
    assert Execution.objects.get().status == "succeeded"
    assert not Message.objects.exists()


def test_each_channel_has_its_own_cap_and_its_own_no(sara: User) -> None:
    contact = scene.reader(phone=NUMBER)
    scene.one_a_week()
    browsing.press(browsing.at(sara), "sent", by("phone", contact))

    again = by("phone", contact, subject="And again")
    mail = scene.propose(contact, subject="By mail")

    assert "frequency_cap" in again.rules
    assert "frequency_cap" not in mail.rules


def test_nobody_is_called_whose_number_nobody_has(sara: User) -> None:
    suggestion = by("phone", scene.reader())

    assert (suggestion.status, "invalid_value" in suggestion.rules) == ("blocked", True)
    reading = suggestion.readings.get()
    assert "We have no phone number of them." in str(reading.findings)


def test_an_unknown_channel_is_named_where_it_stands(sara: User) -> None:
    suggestion = scene.propose(scene.reader(), fields={"channel": "pigeon"})

    assert suggestion.status == "blocked"
    assert "“pigeon” is not one of email, phone, sms, linkedin." in str(suggestion.readings.get().findings)


def test_a_mail_does_not_become_a_call_by_an_edit(sara: User) -> None:
    suggestion = scene.propose(scene.reader(phone=NUMBER), fields={"channel": "email"})
    client = browsing.at(sara)

    form = client.get(browsing.url("suggestion_edit", suggestion)).content.decode()
    with pytest.raises(Invalid):
        scene.approve(suggestion, sara, edits={"channel": "phone"})

    assert 'name="value:channel"' not in form
    assert not Decision.objects.exists()
