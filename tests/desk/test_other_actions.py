"""What is neither a field nor a message reads well on its item page: a request, a tag, a summary."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from approvals.services import executions
from crmgov.records.models import Contact
from tests.barriers import PHONE, barriers, cut_off
from tests.decisions import scene
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.messages import scene as messages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID = "They run 40 trucks from two depots.\nPromised: We will send the figures by Friday.\nAsked: Who signs?"
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "request_suppression": (
        {
            "kind": "address",
            "value": "ines.costa@polder.example",
            "reason": "They asked by phone <b>twice</b>.",
        },
        "Nobody writes to ines.costa@polder.example by e-mail for good.",
    ),
    "add_tag": ({"tags": ["at risk"]}, "Written to the record"),
    "log_summary": (
        {"about": "Kick-off, 20 Nov 2026", "summary": SAID, "next_action": "Send the figures by Friday."},
        "On the timeline, read by Sara Okafor.",
    ),
}


def ask(action: str, contact: Contact) -> Suggestion:
    body = {
        "record": {"type": "contact", "id": str(contact.pk)},
        "action": action,
        "items": [{"field": field, "proposed": value} for field, value in ASKED[action][0].items()],
        "reason": "The notes of this morning say so.",
        "level": "draft",
    }
    return scene.propose_raw(body, at=timezone.now())


@pytest.mark.parametrize("action", ASKED)
def test_it_is_read_and_approved_without_a_barrier(page: Page, live_server: LiveServer, action: str) -> None:
    scene.publish()
    sara = scene.reviewer()
    suggestion = ask(action, messages.reader(tags=["fleet"]))
    address = f"{live_server.url}{url('suggestion', suggestion)}"
    sign_in(page, live_server, sara)
    for size in (PHONE, {"width": 1440, "height": 900}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(address)
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/{action}-{size['width']}.png", full_page=True)
        assert barriers(page) == []
        assert cut_off(page) == 0

    if action == "add_tag":
        expect(page.get_by_role("cell", name="fleet, at risk beside what is there")).to_be_visible()
        expect(page.get_by_text("beside what is there")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_text(re.compile("^Approved")).first).to_be_visible()
    executions.drain(at=timezone.now())
    page.goto(address)
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/{action}-done.png", full_page=True)
    expect(page.get_by_text(ASKED[action][1]).first).to_be_visible()
    if action == "log_summary":
        expect(page.get_by_text("Note · Enricher · read by Sara Okafor")).to_be_visible()
