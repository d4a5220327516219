"""What the AI did not see is marked beside the item, and what people wrote stands on the timeline as a quote."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from approvals.models import Suggestion
from approvals.rules.told import SINCE, UNNAMED, Told, places_of
from crmgov.people.models import Role, User
from crmgov.records.models import Account, Activity, ActivityKind, Source
from crmgov.records.models.governed import Governed
from crmgov.records.services import activities, holds
from crmgov.records.services.activities import NewActivity
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.world import NOW, a_team, a_ticket, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = NOW - timedelta(days=2), NOW + timedelta(hours=1)


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


@pytest.fixture
def halden(sara: User) -> Account:
    values = {"region": "Benelux", "industry": "Shipping", "domain": "halden.example"}
    return scene.account("Halden Marine Systems", at=BEFORE, **values)


def propose(about: Account, *facts: tuple[str, Any], user: User | None = None) -> Suggestion:
    return scene.propose_raw(
        {
            "record": {"type": "account", "id": str(about.pk)},
            "action": "set_fields",
            "items": [{"field": "employees", "seen": 240, "proposed": 310}],
            "facts": [{"name": name, "value": value} for name, value in facts],
            "level": "draft",
        },
        user=user,
    )


def happened(about: Governed, when: datetime, subject: str, body: str = "") -> None:
    source, _ = Source.objects.get_or_create(
        name="mail", defaults={"kind": Source.Kind.VERIFIED_SYSTEM, "trust_rank": 40}
    )
    new = NewActivity(
        about=about, kind=ActivityKind.MAIL_IN, occurred_at=when, source=source, external_id=subject[:40],
        subject=subject, body=body, by="Maya Lind",
    )  # fmt: skip
    with transaction.atomic():
        activities.append([new], at=when)


def beside(user: User, suggestion: Suggestion) -> dict[str, Any]:
    plate = at(user).get(url("suggestion", suggestion)).context["account"]
    assert isinstance(plate, dict)
    return plate


def marks(plate: dict[str, Any]) -> dict[str, str]:
    return {
        **{key["label"]: key["mark"] for key in plate["keys"]},
        **{ticket["title"]: ticket["mark"] for ticket in plate["tickets"]},
        **{entry["sentence"]: entry["mark"] for entry in plate["timeline"]},
    }


@pytest.mark.parametrize(
    ("when", "place", "by_agent", "mark"),
    [
        (BEFORE, ("account", "industry"), True, ""),
        (BEFORE, ("account", "domain"), True, UNNAMED),
        (BEFORE, ("contact", "industry"), True, UNNAMED),
        (BEFORE, ("account", "domain"), False, ""),
        (NOW, ("account", "industry"), True, ""),
        (AFTER, ("account", "industry"), True, SINCE),
        (AFTER, ("account", "domain"), False, SINCE),
        (None, ("account", "domain"), True, UNNAMED),
    ],
)
def test_a_thing_is_newer_or_unnamed_or_neither(
    when: datetime | None, place: tuple[str, str], by_agent: bool, mark: str
) -> None:
    told = Told(NOW, places_of(["industry", "contact.title", "extra.Tier"], "account"), by_agent=by_agent)
    assert told.mark(when, place) == mark
    assert ("account", "extra.Tier") in told.places
    assert ("contact", "title") in told.places


def test_fields_tickets_and_events_are_marked_by_what_the_agent_named_and_when(
    sara: User, halden: Account
) -> None:
    known = a_ticket("Gaps in March", account=str(halden.pk), at=BEFORE, team=a_team().pk)
    happened(halden, BEFORE, "Asked about terms")
    asked = propose(halden, ("account.industry", "Shipping"))
    happened(halden, AFTER, "Cancelled the meeting")
    a_ticket("Gaps again", account=str(halden.pk), at=AFTER, team=a_team().pk)
    assert not change("account", halden.pk, at=AFTER, domain="halden-marine.example").refused

    found = marks(beside(sara, asked))

    assert found["Industry"] == ""
    assert found["Employees"] == ""
    assert found["Domain"] == SINCE
    assert found["Owner"] == UNNAMED
    assert (found["Gaps again"], found[str(known)]) == (SINCE, UNNAMED)
    assert (found["Cancelled the meeting"], found["Asked about terms"]) == (SINCE, UNNAMED)
    assert found["Domain set to"] == SINCE
    page = text(at(sara).get(url("suggestion", asked)))
    assert "4 newer than the proposal" in page
    assert "not named by the agent" in page


@pytest.mark.parametrize(
    ("evidence", "mark"),
    [
        ("before we sign  anything I would like to understand", ""),
        ("Before we sign", UNNAMED),
        ("Before we signed anything I would like to leave", UNNAMED),
    ],
)
def test_an_event_the_agent_quotes_was_read_by_it(
    sara: User, halden: Account, evidence: str, mark: str
) -> None:
    happened(
        halden, BEFORE, "Renewal", "Dear Priya,\nBefore we sign anything\nI would like to understand it."
    )
    asked = scene.propose_raw(
        {
            "record": {"type": "account", "id": str(halden.pk)},
            "action": "set_fields",
            "items": [
                {"field": "employees", "seen": 240, "proposed": 310, "evidence": [{"text": evidence}]},
            ],
            "level": "draft",
        }
    )
    assert marks(beside(sara, asked))["Renewal"] == mark


def test_who_counted_the_tickets_has_seen_those_there_were(sara: User, halden: Account) -> None:
    a_ticket("Gaps in March", account=str(halden.pk), at=BEFORE, team=a_team().pk)
    asked = propose(halden, ("account.open_tickets", 1))
    assert marks(beside(sara, asked))["Gaps in March"] == ""


def test_a_hold_placed_since_is_marked(sara: User, halden: Account) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    assert not change("account", halden.pk, at=BEFORE, owner=priya.pk).refused
    asked = propose(halden)
    until = (NOW + timedelta(days=3650)).date()
    holds.place(account_id=halden.pk, until=until, reason="renewal talks", user=priya, at=AFTER)
    assert marks(beside(sara, asked))["Hold"] == SINCE


def test_of_what_a_person_proposed_only_time_is_told(sara: User, halden: Account) -> None:
    asked = propose(halden, user=a_user("Tom Becker", Role.REVIEWER, a_team()))
    happened(halden, AFTER, "Cancelled the meeting")
    found = marks(beside(sara, asked))
    assert set(found.values()) == {"", SINCE}
    assert "not named by the agent" not in text(at(sara).get(url("suggestion", asked)))


def test_the_body_of_an_event_is_quoted_as_plain_text_with_its_hidden_characters_counted(
    sara: User, halden: Account
) -> None:
    happened(halden, BEFORE, "Terms\u202e", "<b>Dear</b> all,\u200b\u200b\nwe leave.")
    asked = propose(halden)
    for address in (
        url("suggestion", asked),
        f"/accounts/{halden.pk}/?tab=timeline",
        f"/accounts/{halden.pk}/",
    ):
        html = at(sara).get(address).content.decode()
        assert "“&lt;b&gt;Dear&lt;/b&gt; all,\nwe leave.”" in html, address
        assert "3 hidden characters left out" in html
        assert "\u202e" not in html
        assert "\u200b" not in html


def test_a_long_body_is_cut_beside_the_item_and_says_so(sara: User, halden: Account) -> None:
    happened(halden, BEFORE, "Terms", "word " * 300)
    asked = propose(halden)
    assert "the first 280 of 1,499 characters" in text(at(sara).get(url("suggestion", asked)))
    assert "of 1,499 characters" not in text(at(sara).get(f"/accounts/{halden.pk}/?tab=timeline"))


def test_an_event_of_another_team_is_not_quoted_beside_the_account(sara: User, halden: Account) -> None:
    """Whatever put it there: a row of another team stays theirs."""
    happened(halden, BEFORE, "Ours")
    Activity.objects.create(
        account=halden, team=a_team("South"), kind=ActivityKind.MAIL_IN, occurred_at=BEFORE, recorded_at=BEFORE,
        subject="Theirs", body="Secret terms",
    )  # fmt: skip
    found = marks(beside(sara, propose(halden)))
    assert "Ours" in found
    assert "Theirs" not in found
