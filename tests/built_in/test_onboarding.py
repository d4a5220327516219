"""A deal that is won begins with the tasks of the playbook, through the same gate and desk as everything else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from approvals.models import Execution
from approvals.workflows.onboarding import Onboarding
from crmgov.records.models import Task
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_team, an_opportunity, change

pytestmark = pytest.mark.django_db


def test_a_won_deal_becomes_tasks_of_its_owner_once_people_said_so() -> None:
    sara = kit.begin()
    kit.stages()
    owner = kit.an_owner()
    deal = an_opportunity(stage="Proposal", team=a_team().pk, owner=owner.pk, close_date="2026-11-30")
    kit.ring()
    assert kit.of(Onboarding) == []

    change("opportunity", deal.pk, stage="Won")
    for _ in range(5):
        kit.ring()

    made = kit.of(Onboarding)
    assert [one.status for one in made] == ["queued"] * 4
    assert made[0].title == "Task: Hand over from sales"
    assert kit.values(made[0]) == {
        "title": "Hand over from sales",
        "note": "What was promised, to whom, and what must not go wrong.",
        "purpose": "onboarding: handover",
        # A Friday; the next working day is Monday.
        "due_on": "2026-11-23",
        "assignee": owner.pk,
    }
    assert Task.objects.count() == 0
    kit.accept(made[0], sara)
    task = Task.objects.get()
    assert (task.assignee, task.opportunity, task.due_on) == (owner, deal, date(2026, 11, 23))
    assert Execution.objects.get(suggestion=made[0]).status == "succeeded"


def test_what_was_won_long_ago_begins_nothing() -> None:
    kit.begin()
    kit.stages()
    an_opportunity(stage="Won", team=a_team().pk, close_date=str(NOW.date() - timedelta(days=31)))

    kit.ring()

    assert kit.of(Onboarding) == []


def test_a_deal_won_twice_has_its_tasks_once() -> None:
    kit.begin()
    kit.stages()
    deal = an_opportunity(stage="Proposal", team=a_team().pk)
    for stage in ("Won", "Proposal", "Won"):
        change("opportunity", deal.pk, stage=stage)
        kit.ring()

    assert len(kit.of(Onboarding)) == 4


def test_the_level_is_the_policys() -> None:
    kit.begin()
    kit.stages()
    scene.publish(at=NOW)
    deal = an_opportunity(stage="Proposal", team=a_team().pk)
    change("opportunity", deal.pk, stage="Won")
    kit.ring()

    assert {one.level for one in kit.of(Onboarding)} == {"suggest"}
