"""A contract from its form to being enforced, and a workflow stopped and let go again, without a script."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import PauseSwitch, WorkflowContract
from tests.decisions import scene
from tests.desk.test_browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_admin_writes_a_contract_and_stops_the_workflow(plain_page: Page, live_server: LiveServer) -> None:
    scene.reviewer()
    scene.propose(scene.account(), employees=310, at=timezone.now())
    page = plain_page
    sign_in(page, live_server, scene.admin())
    page.goto(f"{live_server.url}/workflows/")
    page.get_by_role("link", name=scene.WORKFLOW).click()
    page.get_by_role("link", name="Write the contract").click()

    page.get_by_label("Owner", exact=True).select_option(label="Ana Ruiz")
    page.get_by_label("What starts it").fill("Every night.")
    page.get_by_label("Account", exact=True).check()
    page.get_by_label("Set fields").check()
    page.get_by_label("Fields it writes").fill("account.colour")
    page.get_by_label("How it is reviewed").fill("Ten a week.")
    page.get_by_label("How it is put back").fill("All of a version.")
    page.get_by_label("Minutes saved by one suggestion").fill("3.5")
    page.get_by_label("Why this revision").fill("Nobody had written it down.")
    save = page.locator(".policy-side").get_by_role("button", name="Put it into force")
    save.click()
    expect(page.get_by_text("“account.colour” is no field.")).to_be_visible()
    expect(page.get_by_label("What starts it")).to_have_value("Every night.")
    page.get_by_label("Fields it writes").fill("account.industry")
    save.click()
    expect(page.get_by_text("Revision 1 is in force.")).to_be_visible()
    assert WorkflowContract.objects.get().writes == ["account.industry"]
    assert scene.propose(scene.account("Second"), employees=310).status == "blocked"

    page.get_by_role("textbox", name="Why").fill("Odd values since this morning.")
    page.get_by_role("button", name="Pause the workflow").click()
    expect(page.get_by_text("“Odd values since this morning.”")).to_be_visible()
    page.get_by_role("button", name="Lift").click()
    expect(page.get_by_text("Lifted. What waited runs within seconds.")).to_be_visible()
    assert PauseSwitch.objects.get().lifted_at is not None
