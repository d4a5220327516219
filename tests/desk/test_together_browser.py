"""Deciding several together in a real browser: the buttons press, with and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from tests.decisions import scene
from tests.records_pages.kit import browser_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("browser", ["plain_page", "page"])
def test_what_was_read_is_approved_with_one_press_and_what_was_not_is_told(
    live_server: LiveServer, request: pytest.FixtureRequest, browser: str
) -> None:
    page: Page = request.getfixturevalue(browser)
    scene.publish()
    sara = scene.reviewer()
    picks = "&".join(f"pick={scene.propose(scene.account(f'Firm {n}'), employees=310).pk}" for n in range(2))
    session = browser_of(sara).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/together/?{picks}")

    # The reason of the other button, in a dialog nobody opened, must not stand in the way.
    page.get_by_role("button", name="Approve 2", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("picked at random")

    for box in page.get_by_label("I read this one; it was picked at random.").all():
        box.check()
    page.get_by_role("button", name="Approve 2", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 decided together")
    assert set(Suggestion.objects.values_list("status", flat=True)) == {"approved"}
