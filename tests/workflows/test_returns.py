"""The return of a workflow: from rows, each part shown, and nothing made up where an input is missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from approvals.models import Execution, WorkflowCost
from approvals.rules.attention import Attention
from approvals.selectors import returns
from approvals.services import workflow_costs
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.records.services import reverts
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.workflows import kit
from tests.world import NOW

pytestmark = pytest.mark.django_db
STARTED = date(2026, 11, 1)


def cost(**changes: Any) -> WorkflowCost:
    given = {
        "labour_hour": Decimal(60),
        "build": Decimal(300),
        "running_month": Decimal(100),
        "why": "a test",
    }
    return workflow_costs.save(
        workflow_id=kit.the_workflow().pk, user=scene.admin(), at=NOW, **{**given, **changes}
    )


def decided(name: str, *, visible_ms: int | None = 90_000) -> None:
    """Approved after so long a look, and run."""
    sara = scene.reviewer()
    asked = scene.propose(scene.account(name), employees=310)
    scene.approve(asked, sara, attention=Attention(visible_ms=visible_ms))
    scene.run(asked)


def line(contract: Any) -> returns.Line:
    return returns.of(kit.the_workflow(), contract, scene.LATER)


def test_what_was_done_decided_and_paid_for_makes_the_figure() -> None:
    scene.publish()
    for name in ("One", "Two", "Three"):
        decided(name)
    cost()
    found = line(kit.sign(started_on=STARTED, minutes_saved=Decimal("3.5")))

    assert found.missing == ()
    assert found.whole is not None
    # Three times 3.5 minutes, and three looks of a minute and a half, at one a minute; 19 days of running.
    assert (found.whole.saved, found.whole.review) == (Decimal("10.50"), Decimal("4.50"))
    assert (found.whole.build, found.whole.running) == (Decimal(300), Decimal("62.42"))
    assert found.whole.total == Decimal("-356.42")
    assert not found.whole.is_at_most


def test_what_was_put_back_saved_nobody_anything() -> None:
    scene.publish()
    decided("One")
    decided("Two")
    undone = Execution.objects.order_by("pk")[0]
    assert undone.change_set_id is not None
    reverts.revert(change_set_id=undone.change_set_id, user=scene.admin(), reason="wrong", at=scene.LATER)
    cost()
    found = line(kit.sign(started_on=STARTED))
    assert found.measured is not None
    assert (found.measured.runs, found.put_back) == (1, 1)


def test_what_happened_before_it_began_does_not_count() -> None:
    scene.publish()
    decided("One")
    cost()
    contract = kit.sign(started_on=STARTED)
    contract.started_on = (scene.LATER + timedelta(days=1)).date()
    found = line(contract)
    assert found.measured is not None
    assert (found.measured.runs, found.measured.decisions) == (0, 0)


def test_a_look_that_nobody_measured_makes_it_a_ceiling_and_none_at_all_makes_no_figure() -> None:
    scene.publish()
    decided("One", visible_ms=None)
    cost()
    contract = kit.sign(started_on=STARTED)
    found = line(contract)
    assert found.whole is None
    assert "None of the 1 decisions tells how long" in found.missing[0]
    decided("Two")
    whole = line(contract).whole
    assert whole is not None
    assert whole.is_at_most


def test_each_missing_input_is_named_and_nothing_is_made_up() -> None:
    scene.publish()
    decided("One")
    nothing = line(None)
    assert nothing.whole is None
    assert [said.split(".")[0] for said in nothing.missing] == [
        "Nobody has written its contract, which says the minutes it saves and when it began",
        "Nobody has said what an hour of work, building it and running it cost",
    ]
    cost()
    contract = kit.sign(started_on=STARTED)
    scene.publish(reporting_currency="USD")
    assert line(contract).missing == ["Its costs are in EUR, and the policy counts in USD: set them anew."]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"labour_hour": Decimal(-1)}, "labour_hour"),
        ({"build": Decimal(10**10)}, "build"),
        ({"running_month": Decimal(10**9)}, "running_month"),
        ({"why": " "}, "why"),
    ],
)
def test_costs_that_cannot_be_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        cost(**changes)
    assert list(refused.value.errors) == [field]
    assert not WorkflowCost.objects.exists()


def test_only_an_admin_says_what_it_costs_and_only_of_what_there_is() -> None:
    given = {
        "labour_hour": Decimal(1),
        "build": Decimal(0),
        "running_month": Decimal(0),
        "why": "x",
        "at": NOW,
    }
    with pytest.raises(NotAllowed):
        workflow_costs.save(workflow_id=kit.the_workflow().pk, user=scene.reviewer(), **given)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        workflow_costs.save(workflow_id=987_654, user=scene.admin(), **given)  # type: ignore[arg-type]


def test_the_database_refuses_a_negative_cost() -> None:
    with pytest.raises(IntegrityError, match="workflow_costs_are_not_negative"):
        WorkflowCost.objects.create(
            workflow=kit.the_workflow(), labour_hour=-1, build=0, running_month=0, currency="EUR", why="x",
            saved_by=scene.admin(), saved_at=NOW,
        )  # fmt: skip


@pytest.fixture
def ana() -> Client:
    scene.publish()
    decided("One")
    kit.sign(started_on=STARTED)
    return browser_of(scene.admin())


def page(step: str = "") -> str:
    return reverse(f"approvals:workflow{step}", args=[kit.the_workflow().pk])


def text(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_the_page_says_what_is_missing_and_then_each_part(ana: Client) -> None:
    said = text(ana, page())
    assert "not known yet" in said
    assert "Nobody has said what an hour of work" in said
    form = {"labour_hour": "60", "build": "0", "running_month": "0", "why": "the price list"}
    assert ana.post(page("_cost"), form).status_code == 302
    said = text(ana, page())
    assert "1 done, 3.5 min each by the contract, €60 an hour" in said
    assert "1.5 min in sight, in 1 of 1 decisions" in said
    assert "<b>€2</b>" in said
    assert "“the price list”" in said
    assert 'value="60.00"' in text(ana, page("_cost"))


def test_what_is_wrong_in_the_form_stands_beside_it(ana: Client) -> None:
    answer = ana.post(
        page("_cost"), {"labour_hour": "much", "build": "-1", "running_month": "NaN", "why": ""}
    )
    assert answer.status_code == 422
    said = answer.content.decode()
    assert said.count("Write a number.") >= 2
    assert "Say why, for whoever asks later." in said
    answer = ana.post(page("_cost"), {"labour_hour": "1", "build": "-1", "running_month": "0", "why": "x"})
    assert answer.status_code == 422
    assert "Between 0 and 1,000,000,000." in answer.content.decode()
