"""The verbs in a real browser: without a script, with one, on a phone, and for ears."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Queue, QueueMembership, Suggestion
from crmgov.people.models import User
from tests.barriers import PHONE
from tests.decisions import scene
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.on_the_way import verbs
from tests.world import a_team

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


@pytest.fixture
def suggestion(sara: User) -> Suggestion:
    scene.publish()
    return scene.propose(scene.account("Halden Marine Systems"), employees=310, at=timezone.now())


def open_item(page: Page, server: LiveServer, suggestion: Suggestion, step: str = "suggestion") -> None:
    page.goto(f"{server.url}{url(step, suggestion)}")


def test_without_a_script_every_verb_works_from_its_button(
    plain_page: Page, live_server: LiveServer, sara: User, suggestion: Suggestion
) -> None:
    queue = Queue.objects.create(name="Second look", team=a_team(), position=7)
    QueueMembership.objects.create(queue=queue, user=sara)
    page = plain_page
    sign_in(page, live_server, sara)
    open_item(page, live_server, suggestion)
    page.get_by_role("button", name="Take it").first.click()
    expect(page.get_by_text("yours for")).to_be_visible()

    page.get_by_role("button", name="Snooze").first.click()
    expect(page.locator("#snooze")).to_be_visible()
    page.locator("#snooze").get_by_label("In an hour").check()
    page.locator("#snooze").get_by_role("button", name="Snooze").click()
    expect(page.get_by_text("Snoozed until").first).to_be_visible()
    page.get_by_role("link", name="Snoozed").click()
    page.locator(f"#row-{suggestion.pk}").click()
    page.get_by_role("button", name="Wake it").click()
    expect(page.get_by_text("woke it")).to_be_visible()

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Reassign").click()
    page.get_by_label("Queue").select_option("Second look")
    page.locator(".actions").get_by_role("button", name="Reassign").click()
    expect(page.get_by_text("Passed on to Second look")).to_be_visible()

    open_item(page, live_server, suggestion)
    page.get_by_role("button", name="Ask back").click()
    dialog = page.locator("#ask")
    dialog.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Write the question.").first).to_be_visible()
    page.get_by_label("Question").fill("Which register is that from?")
    page.locator(".actions").get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Asked back:")).to_be_visible()

    open_item(page, live_server, suggestion)
    page.get_by_role("button", name="More actions").click()
    page.locator("#more").get_by_role("button", name="Escalate").click()
    page.locator("#escalate").get_by_label("What should others look at?").fill("Two companies are mixed up.")
    page.locator("#escalate").get_by_role("button", name="Escalate").click()
    expect(page.get_by_text("Escalated: Employees")).to_be_visible()
    open_item(page, live_server, suggestion)
    expect(page.get_by_text("Escalated by Sara Okafor: Two companies are mixed up.")).to_be_visible()
    assert verbs.kinds(suggestion) == ["snooze", "wake", "reassign", "ask", "escalate"]

    page.get_by_role("button", name="Approve", exact=True).click()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back. Nothing was written")).to_be_visible()
    assert Suggestion.objects.get(supersedes=suggestion).status == "queued"


def test_with_a_script_the_page_says_that_somebody_reads_and_dialogs_stand_alone(
    page: Page, live_server: LiveServer, sara: User, suggestion: Suggestion, complaints: list[str]
) -> None:
    sign_in(page, live_server, sara)
    page.clock.install()
    open_item(page, live_server, suggestion)
    page.evaluate("window.stillHere = true")
    expect(page.get_by_role("button", name="Take it").first).to_be_visible()
    assert verbs.again(suggestion).claimed_by is None, "passing by is not reading"
    with page.expect_response("**/claim") as told:
        page.clock.fast_forward(10_000)
    assert told.value.status == 204
    assert verbs.again(suggestion).claimed_by == sara
    with page.expect_response("**/claim"):
        page.clock.fast_forward(120_000)

    page.get_by_role("button", name="More actions").click()
    page.locator("#more").get_by_role("button", name="Escalate").click()
    expect(page.locator("#escalate textarea")).to_be_focused()
    expect(page.locator("#more")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#escalate")).to_be_hidden()

    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    page.evaluate("window.stillHere = true")
    page.get_by_role("button", name="Ask back").click()
    page.locator("#ask").get_by_label("Question").fill("Which register is that from?")
    verbs.ask(suggestion, scene.admin(), at=timezone.now())
    page.locator("#ask").get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("asked back already")
    expect(page.get_by_label("Question")).to_have_value("Which register is that from?")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Approved")
    assert page.evaluate("window.stillHere") is True
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back. Nothing was written")


def test_on_a_phone_the_verbs_are_in_the_menu_and_nothing_is_cut_off(
    chromium: Browser, live_server: LiveServer, sara: User, suggestion: Suggestion
) -> None:
    verbs.claim(suggestion, scene.reviewer("Tom Becker"), at=timezone.now())
    with chromium.new_context(viewport=PHONE, locale="en-US", has_touch=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        sign_in(page, live_server, sara)
        for step in (
            "suggestion",
            *(f"suggestion_{verb}" for verb in ("ask", "snooze", "escalate", "reassign")),
        ):
            open_item(page, live_server, suggestion, step)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        open_item(page, live_server, suggestion)
        expect(page.locator(".actions").get_by_role("button", name="Snooze")).to_be_hidden()
        page.get_by_role("button", name="More actions").tap()
        page.locator("#more").get_by_role("button", name="Snooze").tap()
        expect(page.locator("#snooze")).to_be_visible()
