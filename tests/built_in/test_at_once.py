"""Two workers ring at the same moment: real threads, real commits, and every piece of news counts once."""

from __future__ import annotations

import pytest

from approvals.models import Agent, WorkflowContract, WorkflowTick
from crmgov.records.models import EventReceipt
from tests.built_in import kit
from tests.built_in.small import LookAgain, NameIndustry
from tests.decisions import scene
from tests.races.reviewers import at_once
from tests.world import a_user, change

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = (NameIndustry(), LookAgain())


@pytest.fixture(autouse=True)
def somebody_answers() -> None:
    a_user("Olga Brandt", "admin")
    scene.reviewer()


def ring_in_four_threads() -> None:
    raised = at_once([lambda: kit.ring(workflows=BOTH)] * 4)
    assert raised == [None] * 4


def test_what_four_register_at_once_is_there_once() -> None:
    ring_in_four_threads()

    assert Agent.objects.filter(built_in=True).count() == 1
    assert WorkflowContract.objects.count() == 2


def test_news_that_four_take_at_once_acts_once() -> None:
    kit.begin(workflows=BOTH)
    for number in range(30):
        change("account", scene.account(f"Quay {number}").pk, region="Nordics")

    ring_in_four_threads()

    assert len(kit.of(NameIndustry)) == 30
    assert EventReceipt.objects.filter(consumer="workflow:name-industry").count() == 30


def test_a_night_that_four_begin_at_once_is_gone_through_once() -> None:
    kit.begin(workflows=BOTH)
    for number in range(5):
        scene.account(f"Quay {number}", lifecycle="customer")

    ring_in_four_threads()

    assert len(kit.of(LookAgain)) == LookAgain.most_a_night
    assert WorkflowTick.objects.count() == 1
