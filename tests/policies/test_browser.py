"""A policy from its form to being in force, in a real browser: two admins, once without a script."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.services import gate, replays
from tests.decisions import scene
from tests.desk.test_browser import sign_in
from tests.policies.kit import olga

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_admins_change_a_policy(chromium: Browser, plain_page: Page, live_server: LiveServer) -> None:
    scene.publish()
    scene.propose(scene.account(), employees=310, at=timezone.now())
    first = plain_page
    sign_in(first, live_server, scene.admin())
    first.goto(f"{live_server.url}/policies/")
    first.get_by_role("link", name="Draft a change").click()

    first.get_by_label("A person decides above").fill("42000")
    first.get_by_role("button", name="Add a band").click()
    expect(first.get_by_label("A person decides above")).to_have_value("42000")
    first.get_by_label("Workflow, row 2").fill(scene.WORKFLOW)
    first.get_by_label("Blocked below, %, row 2").fill("120")
    first.get_by_label("Why this changes").fill("Smaller deals matter, too.")
    first.locator(".policy-side").get_by_role("button", name="Keep the draft").click()
    expect(first.get_by_text("Write a share from 0 to 100.")).to_be_visible()
    expect(first.get_by_label("A person decides above")).to_have_value("42000")
    first.get_by_label("Blocked below, %, row 2").fill("99")
    # Enter keeps the draft, too, and adds no row.
    first.get_by_label("Blocked below, %, row 2").press("Enter")
    expect(first.get_by_text("ask Olga Brandt")).to_be_visible()
    expect(first.get_by_role("button", name="Publish as policy 3")).to_be_disabled()
    where = first.url

    with chromium.new_context(locale="en-US") as context:
        second = context.new_page()
        sign_in(second, live_server, olga())
        second.goto(where)
        expect(second.get_by_text("are being judged again")).to_be_visible()
        replays.make_missing(at=timezone.now())
        # The page asks by itself.
        expect(second.locator("#replay").get_by_role("link", name="1 All")).to_be_visible()
        second.get_by_role("button", name="Publish as policy 3").click()
        expect(second.get_by_role("heading", level=1)).to_have_text("Policy 3")

    assert gate.current_policy()[0].number == 3
    assert gate.current_policy()[1].high_value == 42_000
