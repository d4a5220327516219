"""A stage changes: what is to be done next, and what it makes of the company, as a proposal to people."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.workflows.next_step import NextStep
from crmgov.records.models import Account, Stage
from tests.built_in import kit
from tests.decisions import scene
from tests.world import a_team, an_opportunity, change

pytestmark = pytest.mark.django_db


def moved(to: str, *, lifecycle: str = "lead", **values: Any) -> list[tuple[str, dict[str, Any]]]:
    kit.begin(workflows=(NextStep(),))
    kit.stages()
    Stage.objects.update_or_create(name="Lost", defaults={"kind": "lost", "position": 9})
    account = scene.account(lifecycle=lifecycle)
    deal = an_opportunity(stage="Discovery", account=account.pk, team=a_team().pk, **values)
    change("opportunity", deal.pk, stage=to)
    kit.ring(workflows=(NextStep(),))
    return [(one.record_type, kit.values(one)) for one in kit.of(NextStep)]


def test_an_open_stage_asks_for_the_next_step_and_makes_an_opportunity_of_the_company() -> None:
    task, lifecycle = moved("Proposal", next_step="Send the offer")

    assert task[1]["title"] == "Agree on the next step of Fleet roll-out in Proposal"
    assert task[1]["note"] == "The last one was: Send the offer"
    assert lifecycle == ("account", {"lifecycle": "opportunity"})


def test_a_lifecycle_is_always_a_persons_word() -> None:
    moved("Proposal")
    (suggestion,) = (one for one in kit.of(NextStep) if one.record_type == "account")
    assert "protected_field" in suggestion.rules
    assert Account.objects.get().lifecycle == "lead"


@pytest.mark.parametrize(
    ("to", "lifecycle", "proposed"),
    [("Won", "opportunity", ["customer"]), ("Won", "evangelist", []), ("Proposal", "customer", [])],
)
def test_a_lifecycle_only_goes_up(to: str, lifecycle: str, proposed: list[str]) -> None:
    found = moved(to, lifecycle=lifecycle)
    assert [values["lifecycle"] for kind, values in found if kind == "account"] == proposed


def test_a_lost_deal_asks_why_unless_somebody_said() -> None:
    assert [values["title"] for _, values in moved("Lost")] == ["Write down why Fleet roll-out was lost"]


def test_a_lost_deal_with_its_reason_asks_nothing() -> None:
    assert moved("Lost", closed_reason="Price") == []
