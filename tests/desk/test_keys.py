"""The desk by keys alone, in a real browser: deciding, high risk, keys of one's own, and when keys rest."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision, KeyboardPreference, Suggestion
from approvals.rules import keys
from crmgov.people.models import User
from tests.browser import PATIENCE_MS
from tests.decisions import scene
from tests.desk.browsing import url

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "pass-word-1"


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/session/login/?next=/inbox/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/inbox/**")


def some(count: int) -> list[Suggestion]:
    """So many that wait, in the order of the list; each has a title of its own."""
    for number in range(count):
        scene.propose(scene.account(f"Account {number}"), employees=301 + number, at=timezone.now())
    return list(Suggestion.objects.order_by("effective_due_at", "pk"))


def open_item(page: Page, suggestion: Suggestion) -> None:
    """Wait until it is there, drawn and focused: keys rest until then."""
    heading = page.locator("#item-title")
    expect(heading).to_have_text(suggestion.title)
    expect(heading).to_be_focused()


def statuses(found: list[Suggestion]) -> list[str]:
    return [Suggestion.objects.get(pk=one.pk).status for one in found]


def test_three_in_a_row_without_the_mouse(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    first, second, third, fourth = found = some(4)
    sign_in(page, live_server, sara)
    page.keyboard.press("j")
    open_item(page, second)
    expect(page.locator("#live")).to_contain_text(second.title)
    expect(page.locator(f"#row-{second.pk}")).to_have_attribute("aria-current", "true")
    page.keyboard.press("1")
    open_item(page, third)
    expect(page.locator("#toasts")).to_contain_text("Approved")
    page.keyboard.press("3")
    reason = page.locator("#reject select")
    expect(reason).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(reason).not_to_have_value("")
    page.locator("#reject textarea").focus()
    page.keyboard.type("1 of 3 kinds: just look")
    expect(page.locator("#reject textarea")).to_have_value("1 of 3 kinds: just look")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    open_item(page, fourth)
    expect(page.locator("#toasts")).to_contain_text("Rejected")
    page.keyboard.press("k")
    open_item(page, first)
    page.keyboard.press("1")
    open_item(page, fourth)
    assert statuses(found) == ["approved", "approved", "rejected", "queued"]
    assert Decision.objects.get(kind="reject").note == "1 of 3 kinds: just look"


def test_saying_that_it_was_opened_keeps_nobody_from_deciding(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    first, second = some(2)
    sign_in(page, live_server, sara)
    held: list[Route] = []
    page.route("**/search/seen", lambda route: held.append(route))
    with page.expect_request("**/search/seen"):
        page.goto(f"{live_server.url}{url('suggestion', first)}")
    page.keyboard.press("1")
    open_item(page, second)
    assert statuses([first, second]) == ["approved", "queued"]
    for one in held:
        one.fulfill(status=204)


def test_high_risk_is_read_before_enter_makes_it_happen(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    risky, other = found = some(2)
    Suggestion.objects.filter(pk=risky.pk).update(high_risk=True)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', risky)}")
    line = page.locator("#consequence")
    expect(line).not_to_contain_text("Press Enter", use_inner_text=True)
    page.keyboard.press("1")
    expect(line).to_be_focused()
    expect(line).to_contain_text("Changes one field of Account 0")
    expect(line).to_contain_text("Press Enter to approve", use_inner_text=True)
    for back in ("Escape", "3", "1"):
        page.keyboard.press(back)
        expect(line).not_to_be_focused()
        expect(line).not_to_contain_text("Press Enter", use_inner_text=True)
        expect(page.locator("#reject")).to_be_hidden()
        page.keyboard.press("1")
        expect(line).to_be_focused()
    assert statuses(found) == ["queued", "queued"]
    page.keyboard.press("Enter")
    open_item(page, other)
    assert statuses(found) == ["approved", "queued"]


def test_by_mouse_and_without_a_script_high_risk_is_one_click(
    plain_page: Page, live_server: LiveServer, sara: User
) -> None:
    (risky,) = found = some(1)
    Suggestion.objects.filter(pk=risky.pk).update(high_risk=True)
    sign_in(plain_page, live_server, sara)
    expect(plain_page.get_by_text("Press Enter to approve")).to_be_hidden()
    plain_page.get_by_role("button", name="Approve").click()
    expect(plain_page.get_by_text("Approved:")).to_be_visible()
    assert statuses(found) == ["approved"]


def test_switched_off_no_key_does_anything(page: Page, live_server: LiveServer, sara: User) -> None:
    first, _ = found = some(2)
    KeyboardPreference.objects.create(user=sara, enabled=False, keys=dict(keys.DEFAULTS))
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', first)}")
    sent = requests_of(page)
    for key in "j1234hzx/?k":
        page.keyboard.press(key)
    assert sent == []
    expect(page.locator("#item-title")).to_have_text(first.title)
    expect(page.locator("#keys")).to_have_count(0)
    assert statuses(found) == ["queued", "queued"]


def test_a_remapped_key_decides_and_the_usual_one_no_longer(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    first, second = found = some(2)
    KeyboardPreference.objects.create(user=sara, keys={**keys.DEFAULTS, "approve": "a"})
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', first)}")
    sent = requests_of(page)
    page.keyboard.press("1")
    page.keyboard.press("Shift+A")
    assert sent == []
    page.keyboard.press("a")
    open_item(page, second)
    assert statuses(found) == ["approved", "queued"]


def test_keys_rest_while_one_types_composes_or_holds_ctrl(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    first, _ = found = some(2)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion_edit', first)}")
    sent = requests_of(page)
    page.get_by_label("Employees", exact=True).fill("")
    page.keyboard.type("123")
    page.locator("#values-note").focus()
    page.keyboard.type("just 1 ? / zh")
    expect(page.locator("#values-note")).to_have_value("just 1 ? / zh")
    page.locator("#item-title").focus()
    for name, value in (("ctrlKey", True), ("altKey", True), ("metaKey", True), ("isComposing", True),
                        ("keyCode", 229), ("repeat", True)):  # fmt: skip
        fire(page, key="1", **{name: value})
    assert sent == []
    expect(page.locator("#keys")).to_be_hidden()
    assert statuses(found) == ["queued", "queued"]
    fire(page, key="1")
    expect(page.locator("#toasts")).to_contain_text("Approved with edits")


def test_a_box_keeps_space_to_itself_and_leaves_the_keys_to_the_desk(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    two_fields = scene.propose(scene.account("Before all"), employees=301, region="EMEA")
    other = scene.propose(scene.account("Behind"), employees=302, at=timezone.now())
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', two_fields)}")
    box = page.get_by_label("Take Region")
    box.uncheck()
    expect(box).to_be_focused()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    page.keyboard.press("j")
    open_item(page, other)
    page.get_by_label(f"Choose {other.record_label}").check()
    page.keyboard.press("k")
    open_item(page, two_fields)
    box.uncheck()
    page.keyboard.press("1")
    open_item(page, other)
    assert Decision.objects.get().kind == "approve_some"


def test_what_is_chosen_survives_the_walk_and_the_open_row_stays_clear_of_the_bar(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    found = some(26)
    page.set_viewport_size({"width": 1280, "height": 420})
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', found[0])}")
    button = page.locator("#pick [data-picked]")
    expect(button).to_be_hidden()
    page.keyboard.press("x")
    page.get_by_label("Choose Account 2", exact=True).check()
    for one in found[1:4]:
        page.keyboard.press("j")
        open_item(page, one)
        assert _bottom(page, f"#row-{one.pk}") <= _top(page, "#pick")
    expect(button).to_have_text("Decide 2 together")
    expect(page.get_by_label("Choose Account 2", exact=True)).to_be_checked()

    page.get_by_role("link", name="Next", exact=True).click()
    open_item(page, found[25])
    expect(button).to_have_text("Decide 2 together")
    page.get_by_role("link", name="Previous", exact=True).click()
    open_item(page, found[0])
    page.keyboard.press("1")
    open_item(page, found[1])
    expect(button).to_have_text("Decide 1 together")

    page.get_by_role("link", name="Team").click()
    expect(page.get_by_role("link", name="Team")).to_have_attribute("aria-current", "page")
    expect(button).to_be_hidden()
    page.get_by_label("Choose Account 3", exact=True).check()
    page.get_by_role("button", name="Choose none").click()
    expect(button).to_be_hidden()
    expect(page.locator("#list .row:focus")).to_have_count(1)


def test_under_an_open_dialog_nothing_is_pressed(page: Page, live_server: LiveServer, sara: User) -> None:
    (first,) = found = some(1)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', first)}")
    sent = requests_of(page)
    page.keyboard.press("?")
    dialog = page.locator("#keys")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Open the next row")
    page.keyboard.press("1")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#item-title").focus()
    page.keyboard.press("3")
    page.locator("#reject").get_by_role("button", name="Cancel").focus()
    page.keyboard.press("1")
    expect(page.locator("#reject")).to_be_visible()
    assert sent == []
    assert statuses(found) == ["queued"]


def test_fast_fingers_arrive_where_they_meant_to_and_decide_nothing_unseen(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    found = some(5)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', found[0])}")
    page.evaluate(
        """() => { for (const key of "jj1j") document.dispatchEvent(new KeyboardEvent("keydown", {key})); }"""
    )
    open_item(page, found[3])
    page.keyboard.press("k")
    open_item(page, found[2])
    assert statuses(found) == ["queued"] * 5


def test_a_key_pressed_the_moment_an_item_appears_decides_it_on_this_page(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    """What has just been swapped in is wired at once: it does not submit its form as a page of its own."""
    first, _, third = found = some(3)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', first)}")
    page.evaluate(
        """() => {
            window.stillHere = true;
            new MutationObserver((_, watching) => {
                watching.disconnect();
                document.dispatchEvent(new KeyboardEvent("keydown", {key: "1"}));
            }).observe(document.getElementById("panes"), {childList: true});
        }"""
    )
    page.keyboard.press("j")
    open_item(page, third)
    assert page.evaluate("window.stillHere") is True
    assert statuses(found) == ["queued", "approved", "queued"]


def test_the_end_of_a_page_leads_to_the_next(page: Page, live_server: LiveServer, sara: User) -> None:
    found = some(26)
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', found[24])}")
    page.keyboard.press("j")
    open_item(page, found[25])
    expect(page.locator("#list .row")).to_have_count(1)
    page.keyboard.press("k")
    open_item(page, found[0])
    expect(page.locator("#list .row")).to_have_count(25)


def test_a_button_that_is_off_says_why_when_its_key_is_pressed(
    page: Page, live_server: LiveServer, sara: User
) -> None:
    suggestion = scene.propose_raw(
        {
            "record": {"type": "account", "id": str(scene.account().pk)},
            "action": "set_fields",
            "items": [{"field": "employees", "seen": 240, "proposed": 310, "source": "Firmdata"}],
            "level": "draft",
        },
        user=sara,
    )
    sign_in(page, live_server, sara)
    page.goto(f"{live_server.url}{url('suggestion', suggestion)}")
    page.keyboard.press("1")
    expect(page.locator("#consequence")).to_be_focused()
    assert statuses([suggestion]) == ["queued"]


def _top(page: Page, what: str) -> float:
    box = page.locator(what).bounding_box()
    assert box is not None
    return box["y"]


def _bottom(page: Page, what: str) -> float:
    box = page.locator(what).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


# Files, what tells that something was opened or is looked at, and the numbers on the tabs.
BESIDE = ("/static/", "/search/seen", "/claim", "/inbox/counts")


def requests_of(page: Page) -> list[str]:
    """What the page asks the server from here on."""
    sent: list[str] = []
    page.on(
        "request",
        lambda request: None if any(one in request.url for one in BESIDE) else sent.append(request.url),
    )
    return sent


def fire(page: Page, **event: Any) -> None:
    """A key as the browser would tell of it; Playwright cannot compose."""
    page.evaluate(
        """event => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {bubbles: true, cancelable: true, ...event}))""",
        event,
    )
