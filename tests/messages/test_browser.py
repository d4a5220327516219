"""A message at the desk in a browser: sent and taken back, copied, and all of it without a script."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision, Execution, Suggestion
from approvals.services import undoing
from crmgov.people.models import User
from tests.decisions import scene as decided
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.messages import scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sara() -> User:
    decided.publish()
    scene.at_any_hour()
    return decided.reviewer()


def test_after_approving_it_is_taken_back_from_the_toast(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    suggestion = scene.propose(scene.reader(), at=timezone.now())
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    expect(page.frame_locator(".mail-frame").get_by_text("your trial began today")).to_be_visible()

    page.get_by_role("button", name="Approve and send").click()
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("It leaves in 30 s.")
    expect(toast).to_have_attribute("data-stays", "30000")
    toast.get_by_role("button", name="Undo").click()

    expect(page.locator("#item-title")).to_have_text("Message: Welcome")
    assert Execution.objects.get().status == Execution.Status.CANCELLED
    assert Suggestion.objects.queued().count() == 1
    assert complaints == []


def test_the_text_is_copied_and_who_sent_it_says_so(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    suggestion = scene.propose(scene.reader(), level="suggest", at=timezone.now())
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")

    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "your trial began today" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="I sent it").click()

    expect(page.locator("[data-toast]")).to_contain_text("Kept as sent by you")
    assert Decision.objects.get().kind == Decision.Kind.ACCEPT_FORM
    assert complaints == []


def test_without_a_script_it_is_edited_and_sent_and_nothing_offers_to_copy(
    plain_page: Page, live_server: LiveServer, sara: User
) -> None:
    copied = scene.propose(scene.reader(), level="suggest", at=timezone.now())
    suggestion = scene.propose(scene.reader("b@polder.example"), at=timezone.now())
    page = plain_page
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', copied)}")
    expect(page.get_by_role("button", name="Copy text")).to_have_count(0)
    expect(page.locator("#mail-text")).to_contain_text("your trial began today")

    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Subject").fill("Welcome on board")
    page.get_by_role("button", name="Approve and send this text").click()

    expect(page.locator("[data-toast]")).to_contain_text("Approved with edits")
    assert Decision.objects.get().edits == {"subject": "Welcome on board"}


def test_the_outbox_counts_down_and_lets_go_of_what_left_without_a_press(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    now = timezone.now()
    suggestion = scene.propose(scene.reader(), at=now)
    scene.approve(suggestion, sara, at=now)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}/outbox/?view=waiting")
    line = page.locator("#outbox-lines tbody tr")
    before = line.locator("time").inner_text()
    line.get_by_role("link", name="Welcome", exact=True).focus()

    expect(line.locator("time")).not_to_have_text(before, timeout=15_000)
    expect(line.get_by_role("link", name="Welcome", exact=True)).to_be_focused()
    undoing.take_back(suggestion_id=suggestion.pk, user=sara, at=timezone.now())

    expect(page.locator("#outbox-lines")).to_contain_text("Nothing counts down", timeout=15_000)
    assert complaints == []
