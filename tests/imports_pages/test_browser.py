"""The imports screen in a real browser: by keyboard alone, without a script, on a phone, in both schemes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from crmgov.people.models import User
from crmgov.records.models import Account, Import, ImportRevert
from crmgov.records.services import import_checks, import_runs, import_whole_reverts
from tests.barriers import PHONE
from tests.desk.test_browser import sign_in

from .kit import (
    BAD,
    GOOD,
    account_csv,
    ana,
    begin,
    browser_of,
    check,
    choose,
    confirm,
    messy,
    olga,
    run,
    upload,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin() -> User:
    return ana()


def tab_to(page: Page, selector: str, *, most: int = 120) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement?.matches(one)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with Tab")


def worker_checks() -> None:
    assert import_checks.check(import_id=Import.objects.get().pk, at=timezone.now())


def worker_runs() -> None:
    assert import_runs.go_on(import_id=Import.objects.get().pk, at=timezone.now())


def test_the_messy_file_by_keyboard_alone(
    page: Page, live_server: LiveServer, admin: User, tmp_path: Path, complaints: list[str]
) -> None:
    content, bad = messy()
    path = tmp_path / "kunden.csv"
    path.write_bytes(content)
    sign_in(page, live_server, admin)
    page.goto(f"{live_server.url}/imports/")
    tab_to(page, "a[href='/imports/new']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New import")

    tab_to(page, "input[name=new_source]")
    page.keyboard.type("erp")
    tab_to(page, "input[name=uploads]")
    # What Enter opens here is the browser's own window.
    page.locator("input[name=uploads]").set_input_files(path)
    tab_to(page, "main button[type=submit]")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Windows-1252, semicolon")).to_be_visible()
    tab_to(page, "td a[href*='/files/']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Columns of kunden.csv")
    expect(page.get_by_label("Which column is the id of a row")).to_have_value("c5")
    expect(page.get_by_label("Sektor")).to_have_value("extra")
    tab_to(page, "#c3")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Bemerkung €")).to_have_value("ignore")
    tab_to(page, ".page-bar button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Reads every row")).to_be_visible()

    tab_to(page, ".page-bar button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every row is being read")).to_be_visible()
    worker_checks()
    expect(page.get_by_text(f"Writes {GOOD:,} new records; {BAD} rows are refused.")).to_be_visible()

    tab_to(page, "a.tile[href*='fate=refused']")
    page.keyboard.press("Enter")
    page.wait_for_url("**fate=refused**")
    assert walked(page) == bad
    with page.expect_download() as download:
        page.get_by_role("link", name="Download refused rows").press("Enter")
    with open(download.value.path(), newline="") as file:
        assert [int(row["line"]) for row in csv.DictReader(file)] == bad

    tab_to(page, ".page-bar button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rows are being written")).to_be_visible()
    worker_runs()
    expect(page.get_by_text("Refused rows", exact=True)).to_be_visible()
    assert walked(page) == bad
    assert Account.objects.count() == GOOD


def walked(page: Page) -> list[int]:
    """Every line that the list of rows names, page after page by its own link."""
    lines: list[int] = []
    while True:
        # What stands above the rows is there before the last of them.
        page.wait_for_load_state()
        cells = page.locator(".import-rows tbody td:first-child").all_inner_texts()
        lines += [int(re.sub(r"\D", "", cell)) for cell in cells]
        further = page.locator("a[rel=next]")
        if not further.count():
            return lines
        with page.expect_navigation():
            further.press("Enter")


def test_the_story_without_a_script_up_to_the_second_admin(
    plain_page: Page, live_server: LiveServer, admin: User, tmp_path: Path
) -> None:
    second, page = olga(), plain_page
    path = tmp_path / "accounts.csv"
    path.write_text(account_csv(101))
    sign_in(page, live_server, admin)
    page.goto(f"{live_server.url}/imports/new")
    page.get_by_label("Name of the new source").fill("erp")
    page.get_by_label("Files", exact=True).set_input_files(path)
    page.get_by_role("button", name="Read the files").click()
    page.get_by_role("link", name="Say what the columns are").click()
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_role("button", name="Check every row").click()
    worker_checks()
    page.get_by_role("link", name="Show how far it is now").click()
    page.get_by_role("button", name="Confirm the import").click()
    expect(page.get_by_text("0 of 101 rows")).to_be_visible()
    worker_runs()
    page.get_by_role("link", name="Show how far it is now").click()
    page.get_by_role("link", name="Show the plan").click()
    page.get_by_label("Reason").fill("The wrong file.")
    page.get_by_role("button", name="Propose to put it back").click()
    expect(page.get_by_text("another admin confirms it")).to_be_visible()
    page.context.clear_cookies()

    sign_in(page, live_server, second)
    found = Import.objects.get()
    page.goto(f"{live_server.url}/imports/{found.pk}/revert")
    page.get_by_role("button", name="Confirm and put it back").click()
    expect(page.get_by_text("The import is being put back")).to_be_visible()
    import_whole_reverts.go_on(revert_id=ImportRevert.objects.get().pk, at=timezone.now())
    page.get_by_role("link", name="Show how far it is now").click()
    expect(page.get_by_text("101 records archived.")).to_be_visible()
    assert not Account.objects.filter(archived_at=None).exists()


def test_progress_moves_by_itself_and_is_spoken_by_tenths(
    page: Page, live_server: LiveServer, admin: User, complaints: list[str]
) -> None:
    client = browser_of(admin)
    found = begin(client, upload("accounts.csv", account_csv(200)))
    choose(client, found)
    check(client, found)
    confirm(client, found)
    sign_in(page, live_server, admin)
    page.goto(f"{live_server.url}/imports/{found.pk}/")
    page.get_by_role("link", name="Show how far it is now").focus()
    expect(page.get_by_text("0 of 200 rows")).to_be_visible()
    Import.objects.filter(pk=found.pk).update(rows_done=90)
    expect(page.get_by_text("90 of 200 rows")).to_be_visible()
    expect(page.locator("#live")).to_have_text("40 % done")
    expect(page.get_by_role("link", name="Show how far it is now")).to_be_focused()
    Import.objects.filter(pk=found.pk).update(rows_done=0)
    run(found)
    expect(page.get_by_text("200 rows read")).to_be_visible()


def test_nothing_is_cut_off_on_a_phone(chromium: Browser, live_server: LiveServer, admin: User) -> None:
    """Names as long as they may be; the usual ones are in tests/look/test_barriers.py."""
    client = browser_of(admin)
    long = "x" * 190
    wide = begin(
        client, upload(f"{long}.csv", f"id,name,{long}\n1,{long},{long}\n,{long},{long}\n"), source=long[:120]
    )
    choose(client, wide)
    addresses = [f"/imports/{wide.pk}/", f"/imports/{wide.pk}/files/{wide.files.get().pk}/"]
    with chromium.new_context(viewport=PHONE, locale="en-US", has_touch=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        sign_in(page, live_server, admin)
        for path in addresses:
            page.goto(f"{live_server.url}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        check(client, wide)
        for path in (f"/imports/{wide.pk}/", f"/imports/{wide.pk}/?step=1&fate=refused"):
            page.goto(f"{live_server.url}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
