"""How long a suggestion was in sight and what was opened of its evidence, by the browser that showed it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision
from tests.decisions import scene
from tests.desk.browsing import url
from tests.records_pages.kit import browser_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IN_SIGHT_MS = 300


def test_time_in_sight_and_opened_evidence_go_with_the_decision_and_no_other(
    page: Page, live_server: LiveServer
) -> None:
    sara = scene.reviewer()
    scene.publish()
    first, second = (
        scene.propose(scene.account(name), employees=300, at=timezone.now())
        for name in ("Polder Freight", "Steinfurt Glas")
    )
    page.context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": browser_of(sara).cookies["sessionid"].value,
                "url": live_server.url,
            }
        ]
    )
    page.goto(f"{live_server.url}{url('suggestion', first)}")
    page.wait_for_timeout(IN_SIGHT_MS)
    record = page.locator("#item a[href^='/accounts/']").first
    opened = record.get_attribute("href")
    record.click()
    expect(page).to_have_url(f"{live_server.url}{opened}")
    # The time over there is not time on the suggestion.
    page.wait_for_timeout(IN_SIGHT_MS)
    page.goto(f"{live_server.url}{url('suggestion', first)}")

    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("Approved")
    expect(page.locator("#item .item-sub")).to_contain_text("Steinfurt Glas")
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("dialog").get_by_label("Why not?").select_option("wrong_value")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.locator("#toasts")).to_contain_text("Rejected")

    approved, rejected = (Decision.objects.get(suggestion=one) for one in (first, second))
    assert approved.evidence_opened == [opened]
    assert approved.visible_ms is not None
    assert approved.visible_ms >= IN_SIGHT_MS
    assert rejected.evidence_opened == []
    assert rejected.visible_ms is not None
