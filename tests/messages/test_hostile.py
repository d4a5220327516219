"""Hostile messages on every page that shows them: nothing is asked of another host, and no dialog opens."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pydantic import ValidationError
from pytest_django.live_server_helper import LiveServer

from approvals.models import Suggestion
from crmgov.people.models import User
from crmgov.records.models import Contact
from tests.browser import PATIENCE_MS
from tests.decisions import scene as decided
from tests.desk.browsing import url
from tests.desk.test_browser import sign_in
from tests.messages import scene
from tests.rules.hostile_messages import hostile_messages

pytestmark = pytest.mark.django_db(transaction=True)
# 400 are asked for by hand; the suite takes some of each kind.
COUNT = int(os.environ.get("HOSTILE_MESSAGES", "12"))


def test_no_request_leaves_and_no_dialog_opens(chromium: Browser, live_server: LiveServer) -> None:
    sara, waiting, approved, reader = _hostile()
    with chromium.new_context(locale="en-US", timezone_id="UTC") as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        sign_in(page, live_server, sara)
        left, dialogs = _watched(page, live_server)

        for suggestion in waiting:
            # The item, the list beside it and the frame inside it; then the frame's page by itself.
            for step in ("suggestion", "suggestion_preview"):
                page.goto(f"{live_server.url}{url(step, suggestion)}", wait_until="load")
        for path in (
            "/inbox/",
            f"{url('contact', reader)}?tab=timeline",
            f"{url('contact', reader)}?tab=suggestions",
            url("suggestion_edit", waiting[0]),
            *(url(step, one) for one in approved for step in ("suggestion", "decision")),
        ):
            page.goto(f"{live_server.url}{path}", wait_until="load")

        assert len(waiting) == COUNT
        assert left == []
        assert dialogs == []


def _hostile() -> tuple[User, list[Suggestion], list[Suggestion], Contact]:
    """Who reviews, messages that wait, some that were approved, and one who is written to."""
    decided.publish()
    sara = decided.reviewer()
    about, at = decided.account("Polder Freight"), timezone.now()
    waiting: list[Suggestion] = []
    readers: list[Contact] = []
    for place, (subject, body) in enumerate(hostile_messages(3 * COUNT)):
        if len(waiting) == COUNT:
            break
        reader = scene.reader(f"reader{place}@polder.example", account=about)
        said: dict[str, Any] = {"subject": subject[:200] or "Hello", "body": body[:20_000] or "Hello"}
        try:
            waiting.append(scene.propose(reader, at=at, **said))
        except ValidationError:
            # A control character: the door has said no already.
            continue
        readers.append(reader)
    approved = [one for one in waiting if one.status == Suggestion.Status.QUEUED][:4]
    for one in approved:
        scene.approve(one, sara, at=at, edits={"subject": "Hello"})
    return sara, waiting, approved, readers[0]


def _watched(page: Page, server: LiveServer) -> tuple[list[str], list[str]]:
    ours = urlsplit(server.url).netloc
    left: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda asked: left.append(asked.url) if urlsplit(asked.url).netloc != ours else None)

    def seen(dialog: object) -> None:
        dialogs.append(str(dialog))
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", seen)
    return left, dialogs
