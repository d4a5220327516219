"""Two successive exports of one CRM, and what people decided between them: every step in a browser, by click."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Conflict
from approvals.services import events, executions
from crmgov.people.models import User
from crmgov.records.models import Account, FieldChange, Import
from crmgov.records.services import import_checks, import_runs
from tests.decisions import scene
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in

from .kit import ana

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = "id,name,employees,region\nA1,Halden Marine,2822,EMEA\nA2,Polder Freight,240,EMEA\nA3,Skarholm Paper,90,EMEA\n"
SECOND = "id,name,employees,region\nA1,Halden Marine,2999,EMEA\nA2,Polder Freight,260,EMEA\nA3,Skarholm Paper,90,DACH\n"


@pytest.fixture
def admin() -> User:
    return ana()


def import_by_click(page: Page, server: LiveServer, path: Path) -> None:
    """Hand the file in as the next export of the source "erp", check it and confirm it."""
    known = Import.objects.exists()
    page.goto(f"{server.url}/imports/new")
    if known:
        page.get_by_label("Source", exact=True).select_option("erp")
    else:
        page.get_by_label("Name of the new source").fill("erp")
    page.get_by_label("Files", exact=True).set_input_files(path)
    page.get_by_role("button", name="Read the files").click()
    page.get_by_role("link", name="Say what the columns are").click()
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_role("button", name="Check every row").click()
    expect(page.get_by_text("Every row is being read")).to_be_visible()
    found = Import.objects.latest("pk")
    assert import_checks.check(import_id=found.pk, at=timezone.now())
    page.get_by_role("button", name="Confirm the import").click()
    expect(page.get_by_text("Rows are being written")).to_be_visible()
    assert import_runs.go_on(import_id=found.pk, at=timezone.now())
    page.goto(f"{server.url}/imports/{found.pk}/")


def approve_what_the_agent_read(page: Page, server: LiveServer, account: Account) -> None:
    proposed = scene.propose(account, employees=2900, at=timezone.now())
    page.goto(f"{server.url}{url('suggestion', proposed)}")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Approved")
    executions.drain(at=timezone.now())


def edit_by_hand(page: Page, server: LiveServer, account: Account) -> None:
    page.goto(f"{server.url}/accounts/{account.pk}/edit")
    page.get_by_label("Employees").fill("250")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/accounts/{account.pk}/")


def settle(page: Page, server: LiveServer, account: Account, value: str) -> None:
    page.goto(f"{server.url}{url('conflict', Conflict.objects.get(record_id=account.pk))}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("radio", name=value).check()
    page.get_by_label("Reason").fill("Asked them.")
    page.get_by_role("button", name="Settle as chosen").click()
    expect(page.get_by_text(f"Settled: {account.name}.")).to_be_visible()


def test_what_was_decided_between_two_exports_is_settled_in_the_browser(
    page: Page, live_server: LiveServer, admin: User, tmp_path: Path, complaints: list[str]
) -> None:
    scene.publish()
    export = tmp_path / "accounts.csv"
    export.write_text(FIRST)
    sign_in(page, live_server, admin)
    import_by_click(page, live_server, export)
    halden, polder, skarholm = Account.objects.order_by("name")
    approve_what_the_agent_read(page, live_server, halden)
    edit_by_hand(page, live_server, polder)

    export.write_text(SECOND)
    import_by_click(page, live_server, export)

    expect(page.get_by_text("2 values are in conflict with what people wrote here.")).to_be_visible()
    events.take(at=timezone.now())
    assert {one.record_label for one in Conflict.objects.all()} == {"Halden Marine", "Polder Freight"}
    assert employees() == [2900, 250, 90], "nothing decided here is written over"
    skarholm.refresh_from_db()
    assert skarholm.region == "DACH", "nobody here had touched it"

    settle(page, live_server, halden, "2,900")
    settle(page, live_server, polder, "260")
    assert employees() == [2900, 260, 90]
    page.goto(f"{live_server.url}/accounts/{polder.pk}/")
    expect(page.locator(".rec-val", has_text="260")).to_be_visible()
    (settled,) = FieldChange.objects.filter(record_id=polder.pk, field="employees", new=260)
    assert settled.change_set.actor_type == "human"

    import_by_click(page, live_server, export)
    assert employees() == [2900, 260, 90], "the same file again asks nothing twice"
    assert Conflict.objects.count() == 2


def employees() -> list[int | None]:
    return list(Account.objects.order_by("name").values_list("employees", flat=True))
