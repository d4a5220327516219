"""The threshold studio in a real browser: handles by key and by pointer, numbers without a script, two admins."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.rules.bands import Band, most_specific
from approvals.services import gate
from crmgov.people.models import User
from tests.decisions import scene
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.policies.kit import olga
from tests.studio.kit import STUDIO, decided, told

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sara() -> User:
    scene.publish()
    sara = scene.reviewer()
    decided([0.95, 0.9, 0.85, 0.7, 0.5])
    decided([0.75], verb="reject")
    return sara


def test_a_handle_is_moved_and_a_decision_moves_the_number(
    page: Page, chromium: Browser, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    sign_in(page, live_server, scene.admin())
    page.goto(f"{live_server.url}{STUDIO}?floor=0.40&auto=0.90")
    tile = page.locator(".tile", has_text="Known good")
    expect(tile).to_contain_text("2")
    page.locator("#rationale").fill("Six good weeks.")

    slide = page.get_by_role("slider", name="Run by itself from")
    slide.focus()
    for _ in range(5):
        slide.press("ArrowLeft")
    # Redrawn in place: the number, the rows it leads to, the address, and what was typed stays.
    expect(tile).to_contain_text("3")
    expect(page.get_by_label("Run by itself from").and_(page.locator("[type=number]"))).to_have_value("0.85")
    expect(page.locator("#studio-keep")).to_contain_text("by itself from 0.85")
    expect(page.locator("#rationale")).to_have_value("Six good weeks.")
    expect(page).to_have_url(re.compile("auto=0.85"))
    box = slide.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    start = float(slide.get_attribute("min") or 0)

    def across(at: float) -> float:
        return box["x"] + 8 + (box["width"] - 16) * (at - start) / (101 - start)

    page.mouse.move(across(85), middle)
    page.mouse.down()
    page.mouse.move(across(70), middle, steps=4)
    page.mouse.up()
    expect(tile).to_contain_text("4")
    expect(page.locator(".tile", has_text="Known bad")).to_contain_text("1")

    asked = scene.propose(scene.account("Halden"), region="EMEA", confidence=0.93, at=timezone.now())
    with chromium.new_context(locale="en-US") as context:
        desk = context.new_page()
        sign_in(desk, live_server, sara)
        desk.goto(f"{live_server.url}{url('suggestion', asked)}")
        desk.get_by_role("button", name="Approve").first.click()
        expect(desk.get_by_text("Approved").first).to_be_visible()
    told()
    page.reload()
    expect(tile).to_contain_text("5")
    tile.click()
    expect(page.get_by_text("Halden")).to_be_visible()


def test_two_admins_publish_a_band_without_a_script(
    plain_page: Page, chromium: Browser, live_server: LiveServer, sara: User
) -> None:
    first = plain_page
    sign_in(first, live_server, scene.admin())
    first.goto(f"{live_server.url}/policies/")
    first.get_by_role("link", name="Threshold studio").first.click()
    first.locator("#id_floor").fill("0.9")
    first.locator("#id_auto").fill("0.5")
    first.get_by_role("button", name="Show").click()
    expect(first.get_by_text("The floor 0.9 lies above 0.5")).to_be_visible()
    first.locator("#id_floor").fill("0.4")
    first.locator("#id_auto").fill("0.72")
    first.get_by_role("button", name="Show").click()
    expect(first.locator(".tile", has_text="Known bad")).to_contain_text("1")
    first.get_by_label("Why").fill("Reviewers kept what they saw above 0.72.")
    first.get_by_role("button", name="Draft this band").click()
    expect(first.get_by_text("by itself from 72 %, blocked below 40 %")).to_be_visible()

    with chromium.new_context(locale="en-US", java_script_enabled=False) as context:
        second = context.new_page()
        sign_in(second, live_server, olga())
        second.goto(first.url)
        second.get_by_role("button", name="Publish as policy 3").click()
        expect(second.get_by_role("heading", level=1)).to_have_text("Policy 3")

    cell = (scene.WORKFLOW, "set_fields", "firmographics", "")
    assert most_specific(gate.current_policy()[1].bands, cell) == Band(auto=0.72, floor=0.4)
