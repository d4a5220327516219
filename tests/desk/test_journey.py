"""Ten decisions in a row, the same script three times: by mouse, by keys alone, and without JavaScript.

Among them a value that cannot be (422), a record that moved while its page was open (409), and what was typed each
time is still there.
"""

from __future__ import annotations

import re
from typing import Protocol

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Decision, Suggestion
from approvals.services import executions, invariants
from crmgov.people.models import User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.desk.test_browser import sign_in
from tests.world import change

pytestmark = pytest.mark.django_db(transaction=True)
TABS = 80
WORDS = "Their register says 240."


class Hands(Protocol):
    """What a reviewer does with an item that is open."""

    def approve(self) -> None: ...
    def edit(self, value: str) -> None: ...
    def submit_edit(self, value: str = "") -> None: ...
    def reject(self, note: str) -> None: ...


class Pointer:
    """Clicks; with a script or without one."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def approve(self) -> None:
        self.page.locator(".actions [data-key=approve]").click()

    def edit(self, value: str) -> None:
        self.page.locator(".actions [data-key=edit]").click()
        self.page.get_by_label("Employees", exact=True).fill(value)

    def submit_edit(self, value: str = "") -> None:
        if value:
            self.page.get_by_label("Employees", exact=True).fill(value)
        self.page.get_by_role("button", name="Approve with these values").click()

    def reject(self, note: str) -> None:
        self.page.locator(".actions [data-key=reject]").click()
        form = self.page.locator("#reject")
        form.get_by_label("Why not?").select_option("wrong_value")
        form.get_by_label("Note").fill(note)
        form.get_by_role("button", name="Reject").click()


class Keys:
    """The keyboard alone: the pointer is never used."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def approve(self) -> None:
        self.page.keyboard.press("1")

    def edit(self, value: str) -> None:
        self.page.keyboard.press("2")
        field = self.page.get_by_label("Employees", exact=True)
        expect(field).to_be_visible()
        self._tab_to(field)
        self._type(value)

    def submit_edit(self, value: str = "") -> None:
        if value:
            self._tab_to(self.page.get_by_label("Employees", exact=True))
            self._type(value)
        self._tab_to(self.page.get_by_role("button", name="Approve with these values"))
        self.page.keyboard.press("Enter")

    def reject(self, note: str) -> None:
        self.page.keyboard.press("3")
        form = self.page.locator("#reject")
        expect(form.get_by_label("Why not?")).to_be_focused()
        self.page.keyboard.press("ArrowDown")
        expect(form.get_by_label("Why not?")).to_have_value("wrong_value")
        self._tab_to(form.get_by_label("Note"))
        self.page.keyboard.type(note)
        self._tab_to(form.get_by_role("button", name="Reject"))
        self.page.keyboard.press("Enter")

    def _type(self, value: str) -> None:
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(value)

    def _tab_to(self, target: Locator) -> None:
        for _ in range(TABS):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{target} cannot be reached with Tab")


@pytest.fixture
def sara() -> User:
    scene.publish()
    return scene.reviewer()


def ten() -> list[Suggestion]:
    return [scene.propose(scene.account(f"Account {n}"), employees=310 + n) for n in range(10)]


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def at_item(page: Page, suggestion: Suggestion, *, swapped: bool = False) -> None:
    """Its page stands there; one that was swapped in has settled when the focus is on its heading."""
    expect(page.locator("#item .item-sub")).to_contain_text(suggestion.record_label)
    expect(heading(page)).to_have_text(suggestion.title)
    if swapped:
        expect(heading(page)).to_be_focused()


def walk(page: Page, server: LiveServer, sara: User, hands: Hands, *, scripted: bool) -> None:
    waiting = ten()
    sign_in(page, server, sara)
    page.goto(f"{server.url}/suggestions/{waiting[0].pk}/")

    at_item(page, waiting[0])
    for suggestion in waiting[1:5]:
        hands.approve()
        at_item(page, suggestion, swapped=scripted)

    hands.reject(WORDS)

    at_item(page, waiting[5], swapped=scripted)
    hands.edit("many")
    hands.submit_edit()
    # 422: it says what is wrong, and what was typed is still there.
    expect(page.get_by_text(re.compile("“many” is no")).first).to_be_visible()
    expect(page.get_by_label("Employees", exact=True)).to_have_value("many")
    hands.submit_edit("318")

    moved = waiting[6]
    at_item(page, moved, swapped=scripted)
    hands.edit("333")
    assert moved.record_id is not None
    change("account", moved.record_id, at=timezone.now(), employees=299)
    hands.submit_edit()
    # 409: it says what changed, and what was typed is still there.
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    expect(page.locator("#item")).to_contain_text("299")
    expect(page.get_by_label("Employees", exact=True)).to_have_value("333")
    page.goto(f"{server.url}/suggestions/{moved.pk}/")
    at_item(page, moved)
    hands.reject(WORDS)

    for suggestion in waiting[7:]:
        at_item(page, suggestion, swapped=scripted)
        hands.approve()
    expect(page.locator("#list, main").first).to_contain_text("Nothing waits here")
    if scripted:
        expect(heading(page)).to_be_focused()
    _judge(sara, waiting)


def _judge(sara: User, waiting: list[Suggestion]) -> None:
    executions.drain(at=timezone.now())
    decided = list(Decision.objects.filter(person=sara).order_by("decided_at"))
    assert [one.suggestion_id for one in decided] == [one.pk for one in waiting]
    assert [one.kind for one in decided] == [
        *["approve"] * 4, "reject", "approve_edited", "reject", *["approve"] * 3,
    ]  # fmt: skip
    assert [one.note for one in decided if one.kind == "reject"] == [WORDS, WORDS]
    now = list(Account.objects.order_by("name").values_list("employees", flat=True))
    assert now == [310, 311, 312, 313, 240, 318, 299, 317, 318, 319]
    assert [found for found in invariants.check_all(at=timezone.now()) if found.violations] == []


def test_ten_decisions_by_mouse(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    walk(page, live_server, sara, Pointer(page), scripted=True)


def test_ten_decisions_by_keys_alone(
    page: Page, live_server: LiveServer, sara: User, complaints: list[str]
) -> None:
    walk(page, live_server, sara, Keys(page), scripted=True)


def test_ten_decisions_without_javascript(plain_page: Page, live_server: LiveServer, sara: User) -> None:
    walk(plain_page, live_server, sara, Pointer(plain_page), scripted=False)
