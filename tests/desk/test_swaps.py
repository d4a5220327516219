"""What comes back instead of an item: the pane is never left empty, and nothing rests for good."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from approvals.services import executions
from crmgov.people.models import User
from tests.decisions import scene
from tests.desk.browsing import url
from tests.records_pages.kit import browser_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


def opened(page: Page, server: LiveServer, user: User, suggestion: Suggestion) -> None:
    session = browser_of(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    page.goto(f"{server.url}{url('suggestion', suggestion)}")


def test_an_undo_from_the_item_whose_change_is_written_by_now_leads_to_the_one_press_that_puts_it_back(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    suggestion = scene.propose(scene.account(), employees=310)
    scene.approve(suggestion, sara)
    opened(page, live_server, sara, suggestion)
    undo = page.get_by_role("button", name="Take it back")
    expect(undo.first).to_be_visible()
    executions.drain(at=timezone.now())

    undo.first.click()

    expect(page.get_by_text("It was written already. Put it back here.")).to_be_visible()
    page.get_by_role("button", name="Revert this change").click()
    expect(page.get_by_text("Undone: Polder Freight is as it was before.")).to_be_visible()


def test_a_dialog_sent_without_a_session_is_told_and_nothing_is_left_at_rest(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    suggestion = scene.propose(scene.account(), employees=310)
    opened(page, live_server, sara, suggestion)
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog", name="Snooze")
    expect(dialog).to_be_visible()
    page.context.clear_cookies()

    dialog.get_by_role("button", name="Snooze").click()

    expect(page.locator("#toasts")).to_contain_text("Nothing was changed; load it again.")
    expect(page.locator("#item-title")).to_have_text(suggestion.title)
    page.keyboard.press("Escape")
    expect(page.locator("[inert]")).to_have_count(0)


def test_a_dialog_that_is_taken_away_leaves_nothing_at_rest(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    opened(page, live_server, sara, scene.propose(scene.account(), employees=310))
    page.keyboard.press("h")
    expect(page.get_by_role("dialog", name="Snooze")).to_be_visible()
    expect(page.locator("[inert]")).not_to_have_count(0)

    page.evaluate("document.getElementById('item').remove()")

    expect(page.locator("[inert]")).to_have_count(0)
