"""Done by AI in a browser: looked over, contested with one click; no barrier, nothing cut off on a phone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from crmgov.people.models import User
from crmgov.records.models import Account
from crmgov.records.services import tasks
from tests.browser import PATIENCE_MS
from tests.decisions import scene
from tests.done import kit
from tests.records_pages.kit import browser_of
from tests.world import a_contact, a_team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def halden() -> Account:
    kit.let_it_run()
    return scene.account("Halden Marine Systems", owner=kit.priya().pk)


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    page.set_default_timeout(PATIENCE_MS)
    session = browser_of(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])


@pytest.mark.parametrize("browser", ["plain_page", "page"])
def test_the_owner_contests_one_and_marks_the_rest_as_seen(
    live_server: LiveServer, request: pytest.FixtureRequest, halden: Account, browser: str
) -> None:
    page: Page = request.getfixturevalue(browser)
    kit.ran(halden, employees=310)
    kit.ran(scene.account("Polder Freight", owner=kit.priya().pk), employees=90)
    sign_in(page, live_server, kit.priya())
    page.goto(f"{live_server.url}/done/?view=own")

    page.get_by_role("button", name="Contest: Employees: 240 to 310").click()
    dialog = page.get_by_role("dialog", name="Contest: Employees: 240 to 310")
    dialog.get_by_label("What is wrong about it").fill("They have 240.")
    dialog.get_by_role("button", name="Put it back").click()

    expect(page.get_by_text("Put back and locked: Employees. It counts against Enricher.")).to_be_visible()
    expect(page.get_by_text("The old value is back and locked.")).to_be_visible()
    if browser == "page":
        expect(page.get_by_role("heading", level=1)).to_be_focused()
    halden.refresh_from_db()
    assert halden.employees == 240

    page.get_by_role("button", name="Mark these as seen").click()
    expect(page.get_by_text("1 marked as seen.")).to_be_visible()
    page.get_by_role("link", name="Not looked at").click()
    expect(page.get_by_role("heading", name="You have looked at all of it")).to_be_visible()


def test_a_task_is_ticked_off_and_consent_taken_down_without_a_script(
    live_server: LiveServer, plain_page: Page, halden: Account
) -> None:
    page, owner = plain_page, kit.priya()
    contact = a_contact(team=a_team().pk, account=halden.pk)
    tasks.create(title="Send the report", about=("account", halden.pk), user=owner, at=timezone.now())
    sign_in(page, live_server, owner)
    page.goto(f"{live_server.url}/tasks/")
    page.get_by_role("button", name="Done: Send the report").click()
    expect(page.get_by_role("heading", name="You have no open task")).to_be_visible()

    page.goto(f"{live_server.url}/contacts/{contact.pk}/")
    page.get_by_role("button", name="Record consent").click()
    dialog = page.locator("#consent")
    dialog.get_by_label("Opted out").check()
    dialog.get_by_label("How you know").fill("by phone")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Recorded: opted out, E-mail, every purpose.")).to_be_visible()
