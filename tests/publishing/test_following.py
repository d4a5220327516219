"""What follows from a published score: a tag and tasks, and a message only by a person."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.models import Suggestion
from approvals.services import executions, workflows_built_in
from approvals.workflows import ScoreRisk
from crmgov.records.models import Account
from scoring.models import TrainedModel
from tests.built_in import kit as built_in
from tests.decisions import scene
from tests.messages import scene as letters
from tests.world import NOW, a_user

from . import kit
from .kit import LATER

pytestmark = pytest.mark.django_db(transaction=True)
WORKFLOWS = (ScoreRisk(),)


def published(value: str, *, segment_state: str = kit.CALIBRATED, **more: Any) -> Account:
    """The score of a customer goes through gate and door; then the workflows hear of it."""
    model = kit.a_model(card={"threshold": {"at": 0.4}})
    kit.standing(model, "mid", segment_state)
    kit.let_run(model)
    workflows_built_in.register(at=NOW, workflows=WORKFLOWS)
    (account,) = kit.customers(1, owner=built_in.an_owner().pk, **more)
    kit.a_score(account.pk, value, model)
    kit.publish()
    executions.drain(at=LATER)
    built_in.ring(at=LATER, workflows=WORKFLOWS)
    return account


def test_at_the_line_of_the_card_the_account_is_tagged_and_gets_a_playbook() -> None:
    published("0.41")

    made = built_in.of(ScoreRisk)
    assert [one.title for one in made] == [
        "Add tag: at risk",
        "Task: Call and ask what is wrong",
        "Task: Agree on what we do by when",
        "Task: Look whether it got better",
    ]
    assert made[0].reason == (
        "41 of 100 like this left; from 40 on acting costs less than waiting. "
        "No login for 30 days, after 24 in the 30 before."
    )
    score = Suggestion.objects.get(workflow_version__workflow__name="publish-scores")
    assert {tuple(one.chain) for one in made} == {(score.pk,)}, "they say what led to them"


def test_below_the_line_nothing_follows() -> None:
    published("0.39")

    assert built_in.of(ScoreRisk) == []


def test_a_score_that_a_person_let_through_unproven_brings_no_playbook() -> None:
    account = published("0.9", segment_state=kit.STANDS_DOWN)
    suggestion = Suggestion.objects.get(record_id=account.pk)
    scene.approve(suggestion, scene.reviewer())
    executions.drain(at=LATER)
    built_in.ring(at=LATER, workflows=WORKFLOWS)

    account.refresh_from_db()
    assert account.churn_score is not None
    assert built_in.of(ScoreRisk) == []


def test_it_is_said_once() -> None:
    account = published("0.8")
    before = len(built_in.of(ScoreRisk))

    model = TrainedModel.objects.get()
    kit.a_score(account.pk, "0.9", model)
    kit.publish(LATER)
    executions.drain(at=LATER)
    built_in.ring(at=LATER, workflows=WORKFLOWS)

    assert len(built_in.of(ScoreRisk)) == before


@pytest.mark.parametrize("by", ["fact", "chain"])
def test_a_message_that_follows_from_a_score_goes_to_a_person_whatever_was_signed(by: str) -> None:
    scene.publish()
    writer = scene.admin()
    version = letters.template(by=writer)
    letters.sign(version, by=a_user("Olga Brandt", "admin"))
    reader = letters.reader()
    more: dict[str, Any] = {"facts": [{"name": "account.churn_score", "value": None}]}
    if by == "chain":
        more = {"chain": [str(a_suggestion_from_a_score().pk)]}

    other = letters.reader("other@polder.example")

    assert letters.propose(other, **letters.filled(version, other)).status == "approved"
    suggestion = letters.propose(reader, **letters.filled(version, reader), **more)
    assert suggestion.status == "queued"
    assert "customer_facing" in suggestion.rules


def a_suggestion_from_a_score() -> Suggestion:
    account = published("0.8")
    return Suggestion.objects.filter(record_id=account.pk).latest("number")
