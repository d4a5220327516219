"""The desk in a real browser: without a script, with one, by keyboard alone, on a phone, and for ears."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import executions
from crmgov.people.models import Role, User
from crmgov.records.models import Account, ChangeSet
from tests.barriers import PHONE
from tests.browser import PATIENCE_MS
from tests.decisions import scene
from tests.desk.browsing import url
from tests.world import NOW, a_team, a_ticket, a_user

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "pass-word-1"


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


@pytest.fixture
def halden(sara: User) -> Account:
    """An account with an open ticket; its policy lets the agent draft."""
    scene.publish()
    account = scene.account("Halden Marine Systems")
    a_ticket(account=str(account.pk), escalated=True)
    return account


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/session/login/?next=/inbox/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/inbox/**")


def run_executions() -> None:
    executions.drain(at=timezone.now())


def test_the_story_without_a_script(
    plain_page: Page, live_server: LiveServer, sara: User, halden: Account
) -> None:
    suggestion = scene.propose(halden, employees=310, region="EMEA")
    behind = scene.propose(scene.account("Skarholm Paper"), employees=90, at=timezone.now())
    page = plain_page
    sign_in(page, live_server, sara)

    page.locator(f"#row-{suggestion.pk}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(suggestion.title)
    expect(
        page.get_by_text("Would run by itself").or_(page.get_by_text("It would not wait")).first
    ).to_be_visible()
    page.get_by_label("Take Region").uncheck()
    page.get_by_role("button", name="Approve what is ticked").click()
    expect(page.get_by_text("Approved in part")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(behind.title)

    run_executions()
    halden.refresh_from_db()
    assert (halden.employees, halden.region) == (310, "Benelux")
    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    expect(page.get_by_text("Written to the record")).to_be_visible()
    page.get_by_role("link", name="What was written").click()
    expect(page.get_by_text("Enricher").first).to_be_visible()

    page.goto(f"{live_server.url}{url('account', halden)}?field=employees")
    expect(page.get_by_text("AI, approved").first).to_be_visible()
    page.get_by_label("Reason").fill("The register counts the yard crew twice.")
    page.get_by_role("button", name="Revert to 240").click()
    expect(page.get_by_text("310 to 240", exact=True)).to_be_visible()
    halden.refresh_from_db()
    assert halden.employees == 240


def test_a_no_without_a_script_opens_its_dialog_and_asks_for_a_reason(
    plain_page: Page, live_server: LiveServer, sara: User, halden: Account
) -> None:
    suggestion = scene.propose(halden, employees=310)
    page = plain_page
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    page.get_by_role("button", name="Reject").click()
    dialog = page.locator("#reject")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Why not?").select_option("other")
    dialog.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Say why.").first).to_be_visible()
    page.get_by_label("Note").last.fill("They merged with Skarholm.")
    page.locator(".actions").get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Rejected:")).to_be_visible()
    assert Decision.objects.get().note == "They merged with Skarholm."


def test_an_edit_and_the_form_of_level_suggest_without_a_script(
    plain_page: Page, live_server: LiveServer, sara: User, halden: Account
) -> None:
    edited = scene.propose(halden, employees=310)
    page = plain_page
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', edited)}")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Employees", exact=True).fill("312")
    page.get_by_role("button", name="Approve with these values").click()
    expect(page.get_by_text("Approved with edits")).to_be_visible()
    run_executions()

    scene.publish(level=Level.SUGGEST, at=timezone.now())
    saved = scene.propose(scene.account("Skarholm Paper"), region="Nordics", at=timezone.now())
    page.goto(f"{live_server.url}{url('suggestion', saved)}")
    page.get_by_role("link", name="Open the form").click()
    page.get_by_label("I checked this").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Region")).to_be_visible()

    actors = list(
        ChangeSet.objects.filter(suggestion_id__isnull=False)
        .order_by("at")
        .values_list("actor_type", flat=True)
    )
    assert actors == ["human_approved_ai", "human"]
    halden.refresh_from_db()
    assert halden.employees == 312


def test_with_a_script_the_panes_swap_and_the_focus_follows(
    page: Page, live_server: LiveServer, sara: User, halden: Account, complaints: list[str]
) -> None:
    first = scene.propose(halden, employees=310, region="EMEA")
    second = scene.propose(scene.account("Skarholm Paper"), employees=90, at=timezone.now())
    sign_in(page, live_server, sara)
    page.evaluate("window.stillHere = true")

    page.locator(f"#row-{second.pk}").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(second.title)
    expect(heading).to_be_focused()
    expect(page).to_have_url(f"{live_server.url}{url('suggestion', second)}")
    expect(page.locator(f"#row-{second.pk}")).to_have_attribute("aria-current", "true")
    expect(page.locator("#live")).to_contain_text(second.title)

    page.locator(f"#row-{first.pk}").click()
    approve = page.locator(".actions .btn[data-kind=primary]")
    expect(approve).to_contain_text("Approve all 2")
    page.get_by_label("Take Region").uncheck()
    expect(approve).to_contain_text("Approve 1 of 2")
    expect(page.locator("#consequence")).to_contain_text(
        "Changes one field of Halden Marine Systems at once."
    )
    approve.click()
    expect(heading).to_have_text(second.title)
    expect(heading).to_be_focused()
    expect(page.locator("#toasts")).to_contain_text("Approved in part")
    expect(page.locator(".rail .nav-count").first).to_contain_text("1")
    assert page.evaluate("window.stillHere") is True


def test_with_a_script_a_lost_race_is_said_where_it_happened(
    page: Page, live_server: LiveServer, sara: User, halden: Account, complaints: list[str]
) -> None:
    suggestion = scene.propose(halden, employees=310)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    scene.reject(suggestion, scene.reviewer("Tom Becker"), at=timezone.now())
    page.get_by_role("button", name="Approve").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Tom Becker decided this one: rejected.")
    expect(page).to_have_url(f"{live_server.url}{url('suggestion', suggestion)}")
    expect(page.locator("#live")).to_contain_text("Tom Becker")


def test_by_keyboard_alone(page: Page, live_server: LiveServer, sara: User, halden: Account) -> None:
    suggestion = scene.propose(halden, employees=310)
    sign_in(page, live_server, sara)
    page.locator("body").press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    _tab_to(page, f"#row-{suggestion.pk}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    _tab_to(page, ".actions button[popovertarget=reject]")
    page.keyboard.press("Enter")
    expect(page.locator("#reject select")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reject")).to_be_hidden()
    expect(page.locator(".actions button[popovertarget=reject]")).to_be_focused()
    _tab_to(page, ".actions [data-kind=primary]", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Approved")
    assert Suggestion.objects.get(pk=suggestion.pk).status == "approved"


def _tab_to(page: Page, selector: str, *, key: str = "Tab") -> None:
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("one => document.activeElement?.matches(one)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with {key}")


def test_on_a_phone_one_pane_at_a_time_and_nothing_is_cut_off(
    chromium: Browser, live_server: LiveServer, sara: User, halden: Account
) -> None:
    suggestion = scene.propose(halden, employees=310, region="EMEA")
    with chromium.new_context(viewport=PHONE, locale="en-US", has_touch=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        sign_in(page, live_server, sara)
        expect(page.locator("#item")).to_be_hidden()
        page.locator(f"#row-{suggestion.pk}").tap()
        expect(page.locator("#item")).to_be_visible()
        expect(page.locator("#list")).to_be_hidden()
        for path in ("", "edit", "reject"):
            page.goto(f"{live_server.url}{url('suggestion', suggestion)}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        expect(page.locator(".actions")).to_be_in_viewport()


def test_a_conflict_is_settled_without_a_script(
    plain_page: Page, live_server: LiveServer, halden: Account
) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    scene.propose(halden, employees=310, at=NOW)
    scene.propose(halden, agent=scene.an_agent("Scout"), employees=400)
    page = plain_page
    sign_in(page, live_server, priya)
    page.goto(f"{live_server.url}/conflicts/")
    page.get_by_role("radio", name="400").check()
    page.get_by_label("Reason").fill("Their annual report.")
    page.get_by_role("button", name="Settle as chosen").click()
    expect(page.get_by_text("Settled: Halden Marine Systems.")).to_be_visible()
    halden.refresh_from_db()
    assert halden.employees == 400
