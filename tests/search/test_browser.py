"""Search, audit and the print of a decision in a real browser: typing, keys alone, without a script, for ears."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Seen
from crmgov.people.models import User
from crmgov.records.models import Account
from tests.browser import PATIENCE_MS
from tests.decisions import scene
from tests.desk.browsing import url
from tests.world import a_contact, a_team

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


@pytest.fixture
def halden(sara: User) -> Account:
    scene.publish()
    account = scene.account("Halden Marine Systems", domain="halden.example")
    a_contact("Lind", account=str(account.pk), email="maya@halden.example", team=a_team().pk)
    return account


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/session/login/?next=/accounts/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill("pass-word-1")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/accounts/")


def test_typing_finds_and_keys_alone_lead_there(
    page: Page, live_server: LiveServer, complaints: list[str], sara: User, halden: Account
) -> None:
    sign_in(page, live_server, sara)
    field = page.get_by_role("searchbox", name="Search records and decisions")
    field.press_sequentially("hald")
    beneath = page.locator("#found")
    # On a slow machine the letters before have a list of their own, which this one takes the place of.
    expect(beneath).to_contain_text("All that carries “hald”")
    expect(beneath.get_by_role("link", name="Halden Marine Systems")).to_be_visible()
    expect(beneath.get_by_role("link", name="Maya Lind")).to_be_visible()

    page.keyboard.press("Tab")
    expect(beneath.get_by_role("link", name="Halden Marine Systems")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{url('account', halden)}")
    expect(beneath).to_be_hidden()

    field.fill("maya")
    field.press("Enter")
    page.wait_for_url("**/search/?q=maya")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “maya”")
    expect(page.get_by_role("main").get_by_role("link", name="Maya Lind")).to_be_visible()


def test_what_was_open_for_a_second_is_seen_next_time(
    page: Page, live_server: LiveServer, complaints: list[str], sara: User, halden: Account
) -> None:
    asked = scene.propose(halden, employees=310)
    sign_in(page, live_server, sara)
    for address in (url("account", halden), url("suggestion", asked)):
        with page.expect_response(re.compile("/search/seen$")) as said:
            page.goto(f"{live_server.url}{address}")
        assert said.value.status == 204
        assert page.url == f"{live_server.url}{address}"
    page.goto(f"{live_server.url}/search/")
    shown = page.get_by_role("region", name="Recently seen").get_by_role("link")
    expect(shown).to_have_text([asked.title, "Halden Marine Systems"])


def test_without_a_script_the_field_leads_to_the_page_and_nothing_is_kept(
    plain_page: Page, live_server: LiveServer, sara: User, halden: Account
) -> None:
    page = plain_page
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('account', halden)}")
    field = page.get_by_role("searchbox", name="Search records and decisions")
    field.fill("maya@halden.example")
    field.press("Enter")
    expect(page.get_by_role("region", name="Called exactly so").get_by_role("link")).to_have_text(
        ["Maya Lind"]
    )
    page.goto(f"{live_server.url}/search/")
    expect(page.get_by_text("Recently seen")).to_have_count(0)
    assert Seen.objects.count() == 0


def test_an_audit_without_a_script_is_narrowed_widened_and_corrected(
    plain_page: Page, live_server: LiveServer, sara: User, halden: Account
) -> None:
    asked = scene.propose(halden, employees=310)
    scene.approve(asked, sara)
    scene.run(asked)
    page = plain_page
    sign_in(page, live_server, sara)
    page.get_by_role("link", name="Audit").click()
    expect(page.get_by_role("cell", name="310")).to_be_visible()
    page.get_by_label("Record", exact=True).fill("Nobody")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Nothing was written like this")).to_be_visible()
    page.get_by_role("link", name="Remove this filter").click()
    expect(page.get_by_role("cell", name="310")).to_be_visible()

    page.get_by_label("Record", exact=True).fill("%%%")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Type a letter or a digit")).to_be_visible()
    expect(page.get_by_label("Record", exact=True)).to_have_value("%%%")

    page.goto(f"{live_server.url}/audit/")
    page.get_by_role("link", name="decision").click()
    expect(page.get_by_text("Sara Okafor approved this").first).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
