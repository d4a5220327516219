"""A dialog covers the page and holds the keyboard; a toast leaves by itself; the focus is always somewhere."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from crmgov.people.models import Role, User
from tests.decisions import scene
from tests.desk.browsing import url
from tests.records_pages.kit import browser_of
from tests.world import a_contact, a_team, a_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONGER_THAN_A_TOAST_MS = 9_000
# More than any dialog has places to stop at.
TABS = 12
INSIDE = "one => one.contains(document.activeElement)"


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    session = browser_of(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])


def two() -> list[Suggestion]:
    return [scene.propose(scene.account(f"Firm {n}"), employees=300 + n, at=timezone.now()) for n in range(2)]


def holds_the_keyboard(page: Page, dialog: Locator, first: Locator, back: Locator) -> None:
    """It is open and its first field has the focus; Tab stays inside; Escape leads back."""
    expect(first).to_be_focused()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(TABS):
            page.keyboard.press(key)
            assert dialog.evaluate(INSIDE), f"{key} leads out of it"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(back).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_the_dialogs_of_an_item_hold_the_keyboard(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    one, other = found = two()
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', one)}")
    snooze, title = page.locator("#snooze"), page.locator("#item-title")
    title.focus()
    page.keyboard.press("h")
    holds_the_keyboard(page, snooze, snooze.get_by_label("Tomorrow"), title)

    # The menu is there again, and so is the focus in it.
    page.get_by_role("button", name="More actions").click()
    line = page.locator("#more").get_by_role("button", name="Escalate")
    line.click()
    dialog = page.locator("#escalate")
    holds_the_keyboard(page, dialog, dialog.locator("textarea"), line)
    page.keyboard.press("Escape")

    button = page.get_by_role("button", name="Snooze").first
    button.click()
    cancel = snooze.get_by_role("button", name="Cancel")
    cancel.focus()
    page.keyboard.press("1")
    cancel.click()
    expect(button).to_be_focused()
    assert {Suggestion.objects.get(pk=each.pk).status for each in found} == {"queued"}

    page.keyboard.press("h")
    snooze.get_by_role("button", name="Snooze").click()
    expect(title).to_have_text(other.title)
    expect(title).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_the_dialogs_of_records_and_of_several_hold_the_keyboard(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    account = scene.account("Halden Marine Systems", owner=priya.pk)
    contact = a_contact(team=a_team().pk, account=account.pk)
    picks = "&".join(f"pick={one.pk}" for one in two())
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}/together/?{picks}")
    button = page.get_by_role("button", name="Reject 2", exact=True)
    button.click()
    dialog = page.locator("#reject")
    holds_the_keyboard(page, dialog, dialog.locator("select"), button)

    sign_in(page, live_server, priya)
    for where, what, name in (
        (f"/accounts/{account.pk}/", "hold", "Hold AI contact"),
        (f"/accounts/{account.pk}/", "owner-view", "Give your view"),
        (f"/contacts/{contact.pk}/", "consent", "Record consent"),
    ):
        page.goto(f"{live_server.url}{where}")
        button = page.get_by_role("button", name=name)
        button.click()
        dialog = page.locator(f"#{what}")
        holds_the_keyboard(page, dialog, dialog.get_by_role("radio").first, button)


def test_a_toast_leaves_by_itself_but_not_from_under_the_focus_and_its_key_still_undoes(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    one, other = two()
    page.clock.install()
    # Time that jumps claims what nobody read; that would still be under way when the test ends.
    page.route("**/claim", lambda route: route.abort())
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', one)}")
    title, toast = page.locator("#item-title"), page.locator("#toasts .toast")
    page.keyboard.press("3")
    dialog = page.locator("#reject")
    dialog.get_by_label("Why not?").select_option("wrong_value")
    dialog.get_by_role("button", name="Reject").click()
    expect(title).to_have_text(other.title)
    expect(title).to_be_focused()

    toast.get_by_role("button", name="Undo").focus()
    page.clock.fast_forward(LONGER_THAN_A_TOAST_MS)
    expect(toast).to_be_visible()
    title.focus()
    page.clock.fast_forward(LONGER_THAN_A_TOAST_MS)
    expect(toast).to_be_hidden()

    with page.expect_response("**/search/seen"):
        page.keyboard.press("z")
    expect(toast).to_contain_text("Put again")
    expect(title).to_have_text(one.title)
    expect(title).to_be_focused()

    page.route("**/suggestions/**", lambda route: route.abort())
    page.keyboard.press("1")
    expect(toast).to_contain_text("The server did not answer")
    page.clock.fast_forward(LONGER_THAN_A_TOAST_MS)
    expect(toast).to_be_visible()


def test_after_saving_a_view_one_goes_on_at_the_heading(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    two()
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}/inbox/")
    page.get_by_role("button", name="View").click()
    page.keyboard.type("What waits")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Saved as")
    expect(page.locator("#item-title")).to_be_focused()
