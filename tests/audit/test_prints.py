"""A decision on paper says what the decider saw, whatever is true today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from approvals.rules.in_sight import NOT_SEEN
from approvals.selectors import accounts_seen
from approvals.services import gate
from crmgov.people.models import Role, User
from tests.browser import PATIENCE_MS
from tests.decisions import scene
from tests.desk.browsing import at, text, url
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, change

pytestmark = pytest.mark.django_db(transaction=True)
AFTER = NOW + timedelta(days=3)


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


def a_decided_one(sara: User, **more: Any) -> Suggestion:
    """Sara took employees and left the industry, beside an escalated ticket, with a note."""
    scene.publish()
    account = scene.account("Halden Marine Systems", industry="Shipping", strategic=True)
    a_ticket("Gaps after the outage", account=str(account.pk), escalated=True, team=a_team().pk)
    asked = scene.propose_raw(
        {
            "record": {"type": "account", "id": str(account.pk)},
            "action": "set_fields",
            "items": [
                {"field": "employees", "seen": 240, "proposed": 310, "source": "Firmdata"},
                {"field": "industry", "seen": "Shipping", "proposed": "Marine telematics"},
            ],
            "facts": [{"name": "account.region", "value": "Benelux"}],
            "reason": "The register says so.\u202e\u200b",
            "level": "draft",
        }
    )
    scene.approve(asked, sara, taken=["employees"], note="Checked by phone.", **more)
    scene.run(asked)
    return Suggestion.objects.get(pk=asked.pk)


def printed(client: Client, suggestion: Suggestion) -> str:
    answer = client.get(url("decision", suggestion))
    assert answer.status_code == 200
    return text(answer)


def test_it_says_who_decided_what_by_what_and_what_came_of_it(sara: User) -> None:
    asked = a_decided_one(sara)
    page = printed(at(sara), asked)
    for said in (
        f"decision on suggestion {asked.number}",
        "Sara Okafor approved part of this",
        "On screen since 2026-11-20 10:04:30 UTC",
        "Decided 2026-11-20 10:05:00 UTC",
        "Looked at for 30 s",
        "Checked by phone.",
        "Employees over a verified value only a person 240 310 Firmdata taken",
        "Shipping Marine telematics",
        "not taken",
        "escalated", "strategic_account",
        "Account region Benelux Benelux",
        "“The register says so.”",
        "2 characters that cannot be seen are left out",
        "Open ticket Gaps after the outage, normal, escalated",
        asked.digest,
        str(asked.pk), str(asked.record_id), str(asked.decision.pk),
        f"http://testserver/suggestions/{asked.pk}/",
    ):  # fmt: skip
        assert said in page, said
    assert 'id="rail"' not in at(sara).get(url("decision", asked)).content.decode()


def test_it_says_what_was_seen_then_not_what_is_true_today(sara: User) -> None:
    asked = a_decided_one(sara)
    before = printed(at(sara), asked)
    assert asked.record_id is not None
    assert not change(
        "account", asked.record_id, at=AFTER, employees=999, region="Iberia", industry="Rail", strategic=False
    ).refused
    scene.publish(at=AFTER)
    gate.keep(asked, gate.look(asked, list(asked.items.all()), AFTER), AFTER)

    after = printed(at(sara), asked)

    assert "Iberia" not in after
    assert _without_clock(before) == _without_clock(after)


def test_what_moved_before_the_decision_stands_as_the_decider_saw_it(sara: User) -> None:
    scene.publish()
    account = scene.account("Polder Freight")
    asked = scene.propose(account, employees=310)
    assert not change("account", account.pk, at=NOW + timedelta(minutes=1), strategic=True).refused
    scene.approve(asked, sara)
    assert "strategic_account" in printed(at(sara), asked)


def test_a_rejection_on_values_that_moved_says_that_no_reading_of_them_was_kept(sara: User) -> None:
    scene.publish()
    account = scene.account("Polder Freight")
    calm, moved = scene.propose(account, employees=310), scene.propose(account, region="Nordics")
    scene.reject(calm, sara, note="Not so.")
    scene.reject(moved, sara, seen_digest="0" * 64)
    sentence = "this is the last one before it"
    assert sentence not in printed(at(sara), calm)
    assert "Reason The value is wrong" in printed(at(sara), calm)
    assert sentence in printed(at(sara), moved)


def test_hostile_words_are_plain_text(sara: User) -> None:
    asked = a_decided_one(sara)
    other = scene.propose(scene.account("<script>alert(1)</script>"), region="\u202e<b>x</b>")
    scene.approve(other, sara)
    html = at(sara).get(url("decision", other)).content.decode()
    assert "<script>alert(1)" not in html
    assert "<b>x</b>" not in html
    assert "\u202e" not in html
    assert asked.number != other.number


def test_there_is_no_paper_for_what_is_open_or_another_teams(sara: User) -> None:
    asked = a_decided_one(sara)
    waiting = scene.propose(scene.account("Polder Freight"), employees=310)
    assert at(sara).get(url("decision", waiting)).status_code == 404
    stranger = at(a_user("Camille Roux", Role.REVIEWER, a_team("South")))
    assert stranger.get(url("decision", asked)).status_code == 404
    assert f'href="{url("decision", asked)}"' in at(sara).get(url("suggestion", asked)).content.decode()
    assert url("decision", waiting) not in at(sara).get(url("suggestion", waiting)).content.decode()


def test_what_stands_in_another_team_than_its_account_says_nothing_of_the_account(
    sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.publish()
    far = scene.account("Halden Marine Systems", industry="Shipping", strategic=True)
    ticket = a_ticket("Gaps after the outage", account=str(far.pk), escalated=True, team=a_team().pk)
    contact = a_contact(account=far.pk, team=a_team().pk)
    asked = scene.propose_raw(
        {
            "record": {"type": "contact", "id": str(contact.pk)},
            "action": "set_fields",
            "items": [
                {"field": "title", "seen": contact.title, "proposed": "Head of Fleet", "source": "Web"}
            ],
            "facts": [{"name": "account.industry", "value": "Shipping"}],
            "level": "draft",
        }
    )
    assert "strategic_account" in asked.rules
    scene.approve(asked, sara)
    near = printed(at(sara), asked)
    secrets = ("Halden", "Gaps after the outage", "Shipping", str(far.pk))
    for secret in secrets:
        assert secret in near, secret
    assert not change("account", far.pk, at=AFTER, team=a_team("South").pk).refused
    assert not change("ticket", ticket.pk, at=AFTER, team=a_team("South").pk).refused

    pages = [at(sara).get(url(name, asked)).content.decode() for name in ("decision", "suggestion")]

    for page in pages:
        for secret in secrets:
            assert secret not in page, secret
        assert NOT_SEEN in page
        assert "strategic_account" in page or "strategic account" in page
        assert "Head of Fleet" in page
    assert "Gaps after the outage" in printed(at(scene.admin()), asked)
    monkeypatch.setattr(accounts_seen, "is_hidden", lambda *given: False)
    assert "Gaps after the outage" in printed(at(sara), asked), "nothing else hides it"


def test_it_prints_to_pages_without_the_bar(
    live_server: LiveServer, page: Page, complaints: list[str], sara: User
) -> None:
    asked = a_decided_one(sara)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', asked)}")
    page.get_by_role("link", name="Print").click()
    button = page.get_by_role("button", name="Print")
    expect(button).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    expect(button).to_be_hidden()
    colors = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colors == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.pdf(format="A4").startswith(b"%PDF")


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{live_server.url}/session/login/?next=/inbox/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill("pass-word-1")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/inbox/**")


def _without_clock(page: str) -> str:
    """All but the line that says when it was printed."""
    return page.split("Printed ")[0]


def test_the_clock_of_the_paper_is_now(sara: User) -> None:
    asked = a_decided_one(sara)
    for moment, said in ((NOW, "Printed 20 "), (NOW + timedelta(days=1), "Printed 21 ")):
        with time_machine.travel(moment, tick=False):
            assert said in printed(at(sara), asked)
