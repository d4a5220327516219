"""First steps of an installation: each is done when the rows say so, and never because somebody ticked it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.selectors import first_steps
from tests.decisions import scene
from tests.intake.kit import a_key
from tests.records_pages.kit import browser_of
from tests.workflows import kit
from tests.world import NOW, create

pytestmark = pytest.mark.django_db
PAGE = "/first-steps/"


@pytest.fixture
def ana() -> Client:
    return browser_of(scene.admin())


def done(today: date | None = None) -> list[bool]:
    return [step.is_done for step in first_steps.steps(today or NOW.date())]


def test_an_empty_installation_begins_there_and_nothing_is_done(ana: Client) -> None:
    assert ana.get("/").url == PAGE  # type: ignore[attr-defined]
    page = ana.get(PAGE)
    assert page.context["done"] == 0
    assert "/imports/" in page.content.decode()
    assert browser_of(scene.reviewer()).get("/").url == "/inbox/"  # type: ignore[attr-defined]
    assert browser_of(scene.reviewer()).get(PAGE).status_code == 403


def test_each_is_done_by_what_is_there(ana: Client) -> None:
    key = a_key(scene.an_agent(), at=NOW).key
    assert done() == [False] * 4
    key.last_used_at = NOW
    key.save()
    assert done() == [True, False, False, False]
    scene.reviewer()
    scene.propose(scene.account(), employees=310, level="suggest")
    assert done() == [True, False, True, False]
    assert ana.get("/").url == "/inbox/"  # type: ignore[attr-defined]
    kit.sign(metric="kept")
    assert done() == [True, False, True, False], "a contract without a baseline is not measured yet"
    create("account", at=NOW - timedelta(days=400), name="Old one")
    kit.sign(metric="empty", metric_field="account.industry")
    assert done() == [True, True, True, True]
    assert done(date(2199, 1, 1)) == [True, True, True, False]


def test_the_list_of_workflows_shows_them_until_all_are_done(ana: Client) -> None:
    assert "First steps" in ana.get("/workflows/").content.decode()
    scene.reviewer()
    key = a_key(scene.an_agent(), at=NOW).key
    key.last_used_at = NOW
    key.save()
    scene.propose(scene.account(), employees=310)
    create("account", at=NOW - timedelta(days=400), name="Old one")
    kit.sign(
        metric="empty", metric_field="account.industry", review_due=timezone.localdate() + timedelta(days=90)
    )
    assert "First steps" not in ana.get("/workflows/").content.decode()
    assert "All four are done" in ana.get(PAGE).content.decode()
