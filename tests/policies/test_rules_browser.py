"""A rule typed in a real browser: names complete themselves, and a mistake says where it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import PolicyDraft
from approvals.rules.policy import Policy
from tests.decisions import scene
from tests.desk.test_browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_rule_is_typed_with_names_that_complete_themselves(page: Page, live_server: LiveServer) -> None:
    scene.publish()
    sign_in(page, live_server, scene.admin())
    page.goto(f"{live_server.url}/policies/rules/")
    page.get_by_role("link", name="Write a rule").click()
    page.get_by_label("Name", exact=True).fill("large_accounts")
    expression = page.get_by_label("Holds where")

    expression.press_sequentially("account.an")
    expect(page.get_by_role("option", name="account.annual_value")).to_be_visible()
    expression.press("Enter")
    expect(expression).to_have_value("account.annual_value")
    expression.press_sequentially(" >= && acc")
    expect(page.get_by_role("option").first).to_have_text("account.annual_value")
    expression.press("ArrowDown")
    expression.press("Tab")
    expect(expression).to_have_value("account.annual_value >= && account.strategic")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.get_by_label("What reviewers read").fill("Large accounts are looked at.")
    page.get_by_label("Why this changes").fill("Two of them were wrong.")
    page.get_by_role("button", name="Keep the draft").click()

    expect(
        page.get_by_text("Line 1, column 25: “&&” stands where a name or a value was expected.")
    ).to_be_visible()
    expression.fill("account.annual_value >= 50000.0 && account.strategic")
    expression.press("Escape")
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_text("watched, would hold where account.annual_value >= 50000.0")).to_be_visible()

    (rule,) = Policy.from_json(PolicyDraft.objects.latest("pk").document, version=0).custom_rules
    assert rule.expression == "account.annual_value >= 50000.0 && account.strategic"


def test_a_name_typed_before_the_script_came_completes_itself(page: Page, live_server: LiveServer) -> None:
    scene.publish()
    sign_in(page, live_server, scene.admin())
    held: list[Route] = []
    page.route("**/js/complete*.js", lambda route: held.append(route))
    page.goto(f"{live_server.url}/policies/rules/new", wait_until="commit")
    expression = page.get_by_label("Holds where")
    expression.press_sequentially("account.an")
    expect(page.get_by_role("listbox")).to_have_count(0)

    for request in held:
        request.continue_()

    expect(page.get_by_role("option", name="account.annual_value")).to_be_visible()
