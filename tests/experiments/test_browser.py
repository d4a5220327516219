"""An experiment on screen: drafted and started without a script, read with enough in it, on a desk and on a phone."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from approvals.models import Experiment
from approvals.services import experiment_arms
from crmgov.records.models import Contact
from scoring.arms import Arm
from tests.barriers import PHONE, barriers, cut_off
from tests.built_in import kit as flows
from tests.decisions import scene
from tests.desk.test_browser import sign_in
from tests.experiments import kit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = 112
DEALT = (*(Arm.CONTROL, Arm.VARIANT) * 13, Arm.HOLDOUT, Arm.HOLDOUT)
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """Enough of each text: of A a few write back within the day, of B most, of those without a letter nobody."""
    kit.begin()
    people = kit.readers(PEOPLE)
    dealt = dict(zip((one.account_id for one in people), cycle(DEALT), strict=False))
    monkeypatch.setattr(experiment_arms, "arm_of", lambda *, unit, **_: dealt[unit])
    kept = kit.start(days=1, holdout=10)
    kit.begin_trial(*people)
    for place, contact in enumerate(people):
        if _answers(kit.arm(kept, contact), place):
            at = flows.SOON + timedelta(hours=5)
            flows.post(flows.event(contact, "reply", at=at, body="Thanks."), at=at)
    return kept


def _answers(arm: str, place: int) -> bool:
    return place % 10 < {Arm.HOLDOUT: 0, Arm.CONTROL: 2, Arm.VARIANT: 7}[Arm(arm)]


def test_it_is_drafted_by_one_and_started_by_another_without_a_script(
    plain_page: Page, live_server: LiveServer
) -> None:
    page = plain_page
    kit.begin()
    sign_in(page, live_server, scene.admin())
    page.goto(f"{live_server.url}/experiments/")
    page.get_by_role("link", name="Draft an experiment").click()
    page.get_by_label("Name").fill("Shorter welcome")
    page.get_by_label("Letter (A)").select_option(label="Trial welcome (trial-sequence)")
    page.get_by_label("Against the text (B)").select_option(label="Trial welcome, short (for onboarding)")
    page.get_by_label("What you expect, and why").fill("A question is answered more often.")
    page.get_by_role("button", name="Draft it").click()
    expect(page.get_by_text("so somebody else starts it: ask Olga Brandt")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, live_server, kit.starter())
    page.goto(f"{live_server.url}/experiments/{Experiment.objects.get().pk}/")
    page.get_by_role("button", name="Start the experiment").click()
    expect(page.get_by_text("Shorter welcome runs.")).to_be_visible()


def test_its_pages_have_no_barrier_and_fit_a_phone(
    page: Page, live_server: LiveServer, tried: Experiment
) -> None:
    sign_in(page, live_server, scene.admin())
    assert Contact.objects.count() == PEOPLE
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for path in (
            "experiments/",
            f"experiments/{tried.pk}/",
            "experiments/new",
            f"workflows/{tried.workflow_id}/",
        ):
            page.goto(f"{live_server.url}/{path}")
            assert barriers(page) == []
            assert cut_off(page) == 0
    page.goto(f"{live_server.url}/experiments/{tried.pk}/")
    expect(page.get_by_text("B is better", exact=True)).to_be_visible()
