"""What broke is tried again without a script, and its page has no barrier and nothing cut off on a phone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import WorkflowFailure, WorkflowStart
from approvals.services import workflow_retries
from tests.barriers import PHONE, barriers, cut_off
from tests.built_in import kit
from tests.built_in.small import NameIndustry
from tests.decisions import scene
from tests.desk.test_browser import sign_in
from tests.world import change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ONE = (NameIndustry(),)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> WorkflowFailure:
    """Over a record with a long name, while the agent has no room either."""
    monkeypatch.setattr(workflow_retries, "BUILT_IN", ONE)
    kit.begin(workflows=ONE)
    change("account", scene.account("Broken").pk, region="Nordics", at=timezone.now())
    kit.ring(workflows=ONE, at=timezone.now())
    WorkflowStart.objects.update(full_since=timezone.now())
    WorkflowFailure.objects.update(record_label="Broken Barges and Ferries of the Northern Approaches")
    return WorkflowFailure.objects.get()


def test_a_failure_is_tried_again_without_a_script(
    plain_page: Page, live_server: LiveServer, broken: WorkflowFailure
) -> None:
    page = plain_page
    sign_in(page, live_server, scene.admin())
    page.goto(f"{live_server.url}/workflows/")
    expect(page.get_by_text("Broke", exact=True)).to_be_visible()
    page.get_by_role("link", name="name-industry").click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It broke again, in the same way or another.")).to_be_visible()

    change("account", broken.record_id, name="Mended")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It went well for Broken Barges")).to_be_visible()


def test_its_page_has_no_barrier_and_fits_a_phone(
    page: Page, live_server: LiveServer, broken: WorkflowFailure
) -> None:
    sign_in(page, live_server, scene.admin())
    for size in (PHONE, {"width": 1280, "height": 900}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{live_server.url}/workflows/{broken.workflow_id}/")
        assert barriers(page) == []
        assert cut_off(page) == 0
