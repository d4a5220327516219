"""A message a model wrote, and the card of what that took: no barrier, nothing cut off, on a screen and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from tests.barriers import PHONE, barriers, cut_off
from tests.decisions import scene as decided
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.look import letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = (PHONE, {"width": 1440, "height": 900})


@pytest.fixture
def written() -> Suggestion:
    decided.publish()
    decided.reviewer()
    return letters.by_model("written")


def fits(page: Page, address: str) -> None:
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(address)
        assert barriers(page) == []
        assert cut_off(page) == 0


def test_a_message_of_a_model_leads_to_its_source(
    page: Page, live_server: LiveServer, written: Suggestion, complaints: list[str]
) -> None:
    sign_in(page, live_server, decided.reviewer())
    fits(page, f"{live_server.url}{url('suggestion', written)}")
    expect(page.get_by_text("the model openai:gpt-5-mini after the template")).to_be_visible()
    expect(page.get_by_text("a source you do not see")).to_be_visible()
    page.get_by_text("The writer did not see").click()

    page.get_by_role("link", name="Ticket: Data gaps").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Data gaps in the harbour feed")
    assert complaints == []


def test_what_it_took_stands_on_the_page_of_its_workflow(
    page: Page, live_server: LiveServer, written: Suggestion
) -> None:
    sign_in(page, live_server, decided.admin())
    fits(page, f"{live_server.url}{url('workflow', written.workflow_version.workflow_id)}")
    expect(page.locator("#writer")).to_contain_text("EUR 0.0009")
