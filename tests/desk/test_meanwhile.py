"""A colleague edits the record by hand while its suggestion is open in another browser."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision, Suggestion
from approvals.services import executions, invariants
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


def edit_elsewhere(chromium: Browser, server: LiveServer, account: Account, label: str, value: str) -> None:
    """Priya, in a browser of her own, types another value and saves."""
    with chromium.new_context(locale="en-US", timezone_id="UTC") as context:
        page = context.new_page()
        sign_in(page, server, a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team()))
        page.goto(f"{server.url}/accounts/{account.pk}/edit")
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(f"**/accounts/{account.pk}/")


def opened(page: Page, server: LiveServer, sara: User, suggestion: Suggestion) -> None:
    sign_in(page, server, sara)
    page.goto(f"{server.url}{url('suggestion', suggestion)}")


def test_the_field_itself_changed_approve_says_what_and_decides_nothing(
    page: Page, chromium: Browser, live_server: LiveServer, sara: User
) -> None:
    account = scene.account("Halden Marine Systems")
    suggestion = scene.propose(account, employees=310)
    opened(page, live_server, sara, suggestion)
    edit_elsewhere(chromium, live_server, account, "Employees", "275")
    with page.expect_response(lambda answer: answer.url.endswith("/approve")) as answered:
        page.locator(".actions [data-key=approve]").click()
    assert answered.value.status == 409
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#item")).to_contain_text("275")
    assert not Decision.objects.exists()
    account.refresh_from_db()
    assert account.employees == 275


def test_another_field_changed_it_goes_through(
    page: Page, chromium: Browser, live_server: LiveServer, sara: User
) -> None:
    account = scene.account("Halden Marine Systems")
    suggestion = scene.propose(account, employees=310)
    opened(page, live_server, sara, suggestion)
    edit_elsewhere(chromium, live_server, account, "Industry", "Marine telematics")
    with page.expect_response(lambda answer: answer.url.endswith("/approve")) as answered:
        page.locator(".actions [data-key=approve]").click()
    assert answered.value.status == 302
    expect(page.locator("#toasts")).to_contain_text("Approved")
    executions.drain(at=timezone.now())
    account.refresh_from_db()
    assert (account.employees, account.industry) == (310, "Marine telematics")
    assert [found for found in invariants.check_all(at=timezone.now()) if found.violations] == []
