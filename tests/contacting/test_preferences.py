"""What somebody outside does with the links in our messages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from approvals.services import pauses, preferences
from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.ids import new_id
from crmgov.people.models import Role
from crmgov.records.models import Consent, Contact, RecordEvent
from crmgov.records.services import consent, contacting
from tests.world import NOW, a_contact, a_user, change

pytestmark = pytest.mark.django_db
PERSON = Actor(ActorType.HUMAN, "1", "Sara Okafor")
NOON = NOW.replace(hour=12)


def maya(**values: object) -> Contact:
    return a_contact(**{"email": "maya.lind@halden.example", **values})  # type: ignore[arg-type]


def link(contact: Contact, step: str = "unsubscribe", purpose: str = "newsletter") -> str:
    token = preferences.token_for(contact_id=contact.pk, purpose=purpose, message_id="m-17")
    return reverse(f"approvals:{step}", kwargs={"token": token})


def opt(contact: Contact, purpose: str, state: str = "opted_in") -> None:
    consent.record(contact=contact, channel="email", purpose=purpose, state=state, actor=PERSON, at=NOW)


def said(contact: Contact) -> dict[str, str]:
    return dict(contact.consents.values_list("purpose", "state"))


def may(contact: Contact, purpose: str) -> bool:
    return not contacting.reasons(contact.pk, "email", purpose, NOON)


def provider() -> Client:
    """A mail provider: no cookie, and Django's checks of forgery on."""
    return Client(enforce_csrf_checks=True)


def one_click(contact: Contact, purpose: str = "newsletter") -> HttpResponse:
    answer: HttpResponse = provider().post(  # type: ignore[assignment]
        link(contact, purpose=purpose), "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    return answer


def test_one_click_takes_them_out_without_a_cookie_a_redirect_or_a_second_step() -> None:
    contact = maya()
    opt(contact, "newsletter")

    answer = one_click(contact)

    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert "You are unsubscribed" in answer.content.decode()
    assert said(contact) == {"newsletter": "opted_out"}
    row = Consent.objects.get()
    assert (row.recorded_by, row.source) == ("Maya Lind", "unsubscribe link in message m-17")
    assert RecordEvent.objects.filter(fields=["consent.email.newsletter"]).last().data["actor"] == "human"  # type: ignore[union-attr]


def test_a_second_click_changes_nothing_not_even_when_they_said_it() -> None:
    contact = maya()
    one_click(contact)
    Consent.objects.update(recorded_at=NOW - timedelta(days=9))

    assert one_click(contact).status_code == 200

    assert Consent.objects.get().recorded_at == NOW - timedelta(days=9)


def test_it_counts_for_everybody_with_the_address_also_those_archived() -> None:
    contact, also = maya(), maya(last_name="Lindqvist")
    change("contact", contact.pk, archived_at=NOW)
    other = a_contact("Berg", email="berg@halden.example")

    assert one_click(contact).status_code == 200

    assert [said(one) for one in (contact, also, other)] == [{"newsletter": "opted_out"}] * 2 + [{}]


def test_a_message_without_a_purpose_is_out_of_everything() -> None:
    contact = maya()

    one_click(contact, purpose="")

    assert said(contact) == {"any": "opted_out"}


@pytest.mark.parametrize("step", ["unsubscribe", "preferences"])
def test_looking_changes_nothing_and_names_nobody(step: str) -> None:
    contact = maya()
    opt(contact, "newsletter")
    before = said(contact)

    for ask in (provider().get, provider().head):
        answer = ask(link(contact, step))
        assert (answer.status_code, len(answer.cookies)) == (200, 0)
        assert answer["Cache-Control"].startswith("max-age=0")
        assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "no-referrer")

    text = provider().get(link(contact, step)).content.decode()
    assert "m…@halden.example" in text
    assert not [shown for shown in ("maya", "Maya", "Lind") if shown in text]
    assert said(contact) == before


def test_nothing_of_the_house_stands_on_the_page_of_somebody_outside() -> None:
    """Whoever is signed in opens a customer's link as the customer does."""
    ana = a_user("Ana Ruiz", Role.ADMIN)
    pauses.pause(scope="all", reason="Odd values", user=ana, at=NOW)
    client = provider()
    client.force_login(ana)

    for step in ("preferences", "unsubscribe"):
        text = client.get(link(maya(), step)).content.decode()
        assert "Odd values" not in text
        assert "Ana Ruiz" not in text


def test_an_address_tells_nothing_of_the_person() -> None:
    path = link(maya())
    token = path.split("/")[2]

    assert "maya" not in str(signing.b64_decode(token.split(":")[0].encode()))


def test_what_nobody_of_ours_wrote_leads_nowhere() -> None:
    token = preferences.token_for(contact_id=new_id(), purpose="x", message_id="m")
    tokens = [
        "x", "a:b:c", token, token[:-1] + ("A" if token[-1] != "A" else "B"),
        signing.dumps([maya().pk.hex, "newsletter", "m"], salt="another"),
        signing.dumps("odd", salt=preferences.SALT), signing.dumps(["no-id", "x", "m"], salt=preferences.SALT),
    ]  # fmt: skip

    for one in tokens:
        for step in ("preferences", "unsubscribe", "preferences_stop"):
            url = reverse(f"approvals:{step}", kwargs={"token": one})
            answer = provider().post(url)
            assert answer.status_code == 404
            assert "This link is not valid any more" in answer.content.decode()
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "another team" not in answer.content.decode()
    assert not Consent.objects.exists()


def test_the_page_shows_what_they_get_and_keeps_what_they_tick() -> None:
    contact = maya()
    opt(contact, "Newsletter")
    opt(contact, "events", "opted_out")
    opt(contact, "product news")
    url = link(contact, "preferences", purpose="renewal")

    text = provider().get(url).content.decode()
    boxes = re.findall(r'<input type="checkbox"[^>]*>', text)
    assert ["checked" in box for box in boxes] == [True, False, True, True]

    answer = provider().post(url, {"purpose": ["renewal", "events", "newsletter", "invented"]})

    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert said(contact) == {"Newsletter": "opted_in", "events": "opted_in", "product news": "opted_out"}
    row = Consent.objects.get(purpose="events")
    assert (row.source, row.lawful_basis, row.recorded_by) == ("preference page", "consent", "Maya Lind")


def test_after_stopping_everything_one_choice_is_one_thing() -> None:
    contact, also = maya(), maya(last_name="Lindqvist")
    opt(contact, "newsletter")
    opt(also, "Events", "opted_out")

    provider().post(link(contact, "preferences_stop"))
    assert not may(contact, "renewal")
    provider().post(link(contact, "preferences"), {"purpose": ["events"]})

    for one in (contact, also):
        assert may(one, "events")
        assert not [
            purpose for purpose in ("newsletter", "renewal", "service", "offers") if may(one, purpose)
        ]


def test_who_waits_for_the_morning_is_not_written_to_after_a_click() -> None:
    """The lock is the one a sender takes; what is reserved stays, and is asked about again when it is claimed."""
    contact, suggestion = maya(), new_id()
    contacting.reserve(
        contact=contact, channel="email", purpose="renewal", suggestion_id=suggestion, by="x", at=NOON,
        counts_at=NOON,
    )  # fmt: skip

    one_click(contact, purpose="renewal")

    (blocked,) = contacting.reasons(contact.pk, "email", "renewal", NOON, besides=[suggestion])
    assert blocked.reason == "opted_out"
