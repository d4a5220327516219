"""The record page in a browser: a history opened, a change put back, a hold placed; with scripts off and on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.barriers import cut_off
from tests.records_pages.kit import browser_of, by_agent
from tests.world import a_team, a_user, an_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def priya() -> User:
    return a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())


@pytest.fixture
def account(priya: User) -> Account:
    made = an_account(team=a_team().pk, owner=priya.pk, employees=420, region="Nordics")
    by_agent(made, employees="1150")
    return made


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    session = browser_of(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def test_a_change_is_explained_and_put_back_without_a_script(
    live_server: LiveServer, plain_page: Page, priya: User, account: Account
) -> None:
    page = plain_page
    sign_in(page, live_server, priya)
    page.goto(f"{live_server.url}/accounts/")
    page.get_by_role("link", name="Halden Marine Systems").click()
    page.get_by_role("link", name="History of Employees").click()
    expect(page.get_by_text("420 to 1,150", exact=True)).to_be_visible()

    page.locator("#history-employees").get_by_label("Reason").fill("Figure is for the whole group")
    page.get_by_role("button", name="Revert to 420").click()

    expect(page.locator("#field-employees")).to_contain_text("420")
    expect(page.get_by_text("1,150 to 420", exact=True)).to_be_visible()
    expect(page.locator("#history-employees")).to_contain_text("Figure is for the whole group")


def test_a_person_edits_and_a_colleague_who_was_faster_is_shown(
    live_server: LiveServer, plain_page: Page, priya: User, account: Account
) -> None:
    page = plain_page
    sign_in(page, live_server, priya)
    page.goto(f"{live_server.url}/accounts/{account.pk}/edit")
    page.get_by_label("Employees").fill("500")
    by_agent(account, employees="1200")

    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("You saw 1,150. It is 1,200 now.")).to_be_visible()
    expect(page.get_by_label("Employees")).to_have_value("500")
    page.get_by_label("Write what I typed").check()
    page.get_by_role("button", name="Save changes").click()

    expect(page.locator("#field-employees")).to_contain_text("500")
    expect(page.locator("#field-employees")).to_contain_text("Verified")


@pytest.mark.parametrize("browser", ["plain_page", "page"])
def test_a_hold_is_placed_from_a_dialog_and_lifted(
    live_server: LiveServer, request: pytest.FixtureRequest, priya: User, account: Account, browser: str
) -> None:
    page: Page = request.getfixturevalue(browser)
    sign_in(page, live_server, priya)
    page.goto(f"{live_server.url}/accounts/{account.pk}/")
    page.get_by_role("button", name="Hold AI contact").first.click()
    dialog = page.locator("#hold")
    dialog.get_by_label("Until").fill("2099-01-31")
    dialog.get_by_label("Reason").fill("Outage first")
    dialog.get_by_role("button", name="Hold AI contact").click()

    expect(page.get_by_text("No AI contact until 31 Jan 2099", exact=True)).to_be_visible()
    page.get_by_role("button", name="Lift the hold").click()
    expect(page.get_by_role("button", name="Lift the hold")).to_have_count(0)


LINES_OF_AMOUNTS = """() => [...document.querySelectorAll("main td.num span")].map(one => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size;
})"""


def test_an_amount_is_never_broken_inside_on_a_phone(
    live_server: LiveServer, page: Page, priya: User, account: Account
) -> None:
    an_account(
        name="Nordfjord Sjømat", team=a_team().pk, owner=priya.pk, annual_value=420_000, currency="NOK"
    )
    sign_in(page, live_server, priya)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/accounts/")
    expect(page.get_by_text("NOK\u00a0420,000")).to_be_visible()
    assert set(page.evaluate(LINES_OF_AMOUNTS)) == {1}
    assert cut_off(page) == 0
