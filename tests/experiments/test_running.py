"""Drafting, starting and ending: by whom, with which texts, and what the database refuses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from approvals.models import Experiment, MessageTemplate, Workflow
from approvals.services import experiments, stewards, templates_kept
from approvals.workflows.dormant import Dormant
from approvals.workflows.escalation_reply import EscalationReply
from approvals.workflows.letters import DAY_3, ESCALATION, WELCOME
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound
from crmgov.people import admins
from crmgov.people.models import User
from tests.decisions import scene
from tests.experiments import kit
from tests.world import NOW, a_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _begun() -> None:
    kit.begin()


def test_who_drafted_it_does_not_start_it() -> None:
    tried = kit.draft()
    with pytest.raises(experiments.SecondPersonNeeded, match="ask Olga Brandt"):
        experiments.start(experiment_id=tried.pk, user=scene.admin(), at=LATER)
    started = experiments.start(experiment_id=tried.pk, user=kit.starter(), at=LATER)
    assert (started.state, started.sole_admin) == ("running", False)


def test_the_only_one_who_could_waits_a_day_and_the_row_says_so() -> None:
    tried = kit.draft()
    User.objects.exclude(pk=scene.admin().pk).update(is_active=False)
    with pytest.raises(experiments.SecondPersonNeeded, match="waits a day"):
        experiments.start(experiment_id=tried.pk, user=scene.admin(), at=LATER)
    alone = experiments.start(experiment_id=tried.pk, user=scene.admin(), at=NOW + admins.SOLE_ADMIN_WAITS)
    assert alone.sole_admin


def test_the_steward_of_experiments_may_and_other_reviewers_may_not() -> None:
    sara = scene.reviewer()
    with pytest.raises(NotAllowed):
        experiments.draft(plan=kit.plan(), user=sara, at=NOW)
    stewards.name(duty="experiments", person=sara, why="a test", user=scene.admin(), at=NOW)
    tried = experiments.draft(plan=kit.plan(), user=sara, at=NOW)
    with pytest.raises(experiments.SecondPersonNeeded):
        experiments.start(experiment_id=tried.pk, user=sara, at=LATER)
    assert experiments.start(experiment_id=tried.pk, user=scene.admin(), at=LATER).started_by == scene.admin()
    with pytest.raises(NotAllowed):
        experiments.end(experiment_id=tried.pk, why="x", user=a_user("Ines Falk", "auditor"), at=LATER)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": " "}, "name", "Give it a name"),
        ({"hypothesis": ""}, "hypothesis", "Say what you expect"),
        ({"goal": "applause"}, "goal", "Choose what it is judged by"),
        ({"holdout": 51}, "holdout", "at least half get a letter"),
        ({"holdout": -1}, "holdout", "at least half get a letter"),
        ({"days": 0}, "days", "Between 1 and 90 days"),
        ({"days": 91}, "days", "Between 1 and 90 days"),
        ({"least": Decimal(0)}, "least", "percentage points"),
        ({"workflow_id": 0}, "letter", "Choose a letter"),
        ({"variant_id": 0}, "variant", "Choose the text"),
    ],
)
def test_a_plan_says_what_is_wrong_with_it(changes: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        kit.draft(**changes)
    assert field in refused.value.errors


def test_a_text_for_another_purpose_is_no_variant() -> None:
    news = kit.other_text("News", purpose="newsletter")
    with pytest.raises(Invalid, match="Consent is asked for one purpose"):
        kit.draft(variant_id=news.template_id)


def test_a_letter_is_not_compared_with_itself_nor_one_that_nobody_writes() -> None:
    welcome = MessageTemplate.objects.get(name=WELCOME.name).pk
    with pytest.raises(Invalid, match="That is the letter itself"):
        kit.draft(variant_id=welcome)
    with pytest.raises(Invalid, match="does not write by the template"):
        kit.draft(letter_id=MessageTemplate.objects.get(name=kit.SHORT).pk, variant_id=welcome)
    other = Workflow.objects.get(name="win-back").pk
    with pytest.raises(Invalid, match="win-back does not write by"):
        kit.draft(workflow_id=other)


def test_a_variant_is_no_other_letter_of_the_same_workflow() -> None:
    day_3 = MessageTemplate.objects.get(name=DAY_3.name).pk
    with pytest.raises(Invalid, match="trial-sequence writes “Trial day 3” itself") as refused:
        kit.draft(variant_id=day_3)
    assert list(refused.value.errors) == ["variant"]


def test_nobody_goes_without_a_letter_that_they_wait_for() -> None:
    text = kit.other_text("Other", purpose=ESCALATION.purpose)
    changes: dict[str, Any] = {
        "workflow_id": Workflow.objects.get(name=EscalationReply.name).pk,
        "letter_id": MessageTemplate.objects.get(name=ESCALATION.name).pk,
        "variant_id": text.template_id,
    }
    held = kit.plan(holdout=1, **changes)
    with pytest.raises(Invalid, match=r"nobody is left without it\. Say 0") as refused:
        experiments.draft(plan=held, user=scene.admin(), at=NOW)
    assert list(refused.value.errors) == ["holdout"]
    assert kit.draft(**changes).holdout == 0


def test_some_may_go_without_a_letter_that_nobody_asked_for() -> None:
    text = kit.other_text("Other", purpose="prospecting")
    held = kit.plan(
        workflow_id=Workflow.objects.get(name=Dormant.name).pk,
        letter_id=MessageTemplate.objects.get(name="Reactivation").pk,
        variant_id=text.template_id,
        holdout=20,
    )
    assert experiments.draft(plan=held, user=scene.admin(), at=NOW).holdout == 20


def test_one_text_is_compared_with_one_other_at_a_time() -> None:
    kit.start()
    second = kit.draft(name="Another")
    with pytest.raises(experiments.LetterTaken):
        experiments.start(experiment_id=second.pk, user=kit.starter(), at=LATER)
    day_3 = MessageTemplate.objects.get(name=DAY_3.name).pk
    same = kit.draft(name="Another letter", letter_id=day_3)
    with pytest.raises(experiments.TextTaken, match="nobody could tell whose letter it was"):
        experiments.start(experiment_id=same.pk, user=kit.starter(), at=LATER)
    text = kit.other_text("Trial day 3, short")
    other = kit.draft(name="Another letter", letter_id=day_3, variant_id=text.template_id)
    assert experiments.start(experiment_id=other.pk, user=kit.starter(), at=LATER).state == "running"


def test_a_draft_with_an_older_text_is_not_started() -> None:
    tried = kit.draft()
    short = tried.variant.template_id
    templates_kept.save(
        template_id=short, against=1, subject="Hello", body=kit.TEXT, why="kinder", user=scene.admin(), at=NOW
    )
    tried.refresh_from_db()
    assert tried.state == "draft"
    with pytest.raises(experiments.OldText):
        experiments.start(experiment_id=tried.pk, user=kit.starter(), at=LATER)


def test_it_is_started_once_and_ended_once_with_a_reason() -> None:
    tried = kit.start()
    with pytest.raises(experiments.Runs):
        experiments.start(experiment_id=tried.pk, user=kit.starter(), at=LATER)
    with pytest.raises(Invalid, match="Say why"):
        experiments.end(experiment_id=tried.pk, why=" ", user=scene.admin(), at=LATER)
    assert (
        experiments.end(experiment_id=tried.pk, why="enough", user=scene.admin(), at=LATER).state == "ended"
    )
    with pytest.raises(experiments.Over):
        experiments.end(experiment_id=tried.pk, why="again", user=scene.admin(), at=LATER)
    with pytest.raises(experiments.Over):
        experiments.start(experiment_id=tried.pk, user=kit.starter(), at=LATER)


def test_a_draft_is_withdrawn() -> None:
    tried = kit.draft()
    assert (
        experiments.end(experiment_id=tried.pk, why="no", user=scene.admin(), at=LATER).state == "withdrawn"
    )
    with pytest.raises(NotFound):
        experiments.end(experiment_id=987_654, why="no", user=scene.admin(), at=LATER)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"started_by": "drafter"}, "experiment_is_started_by_a_second_person"),
        ({"holdout": 51}, "experiment_holds_out_half_at_most"),
        ({"ended_at": NOW}, "experiment_ends_by_somebody_with_a_reason"),
        ({"variant": "control"}, "experiment_compares_two_different_texts"),
    ],
)
def test_the_database_refuses_what_the_service_never_does(changes: dict[str, Any], constraint: str) -> None:
    tried = kit.start()
    named = {"drafter": tried.drafted_by, "control": tried.control}
    given = {name: named.get(str(value), value) for name, value in changes.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Experiment.objects.filter(pk=tried.pk).update(**given)
