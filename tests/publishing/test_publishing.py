"""Scores that moved become suggestions, the gate says which run, and every ledger row names its authority."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from approvals.models import Decision, Execution, PublishedScore, Run, Suggestion
from approvals.services import executions, gate, pauses, publishing, runs
from approvals.services.invariants import check_all
from crmgov.records.models import Account, AuthorityKind, ChangeSet, FieldChange
from scoring.models import SegmentStanding
from tests.decisions import scene
from tests.world import NOW, a_user

from . import kit
from .kit import LATER

pytestmark = pytest.mark.django_db(transaction=True)


def held(account: Account) -> Decimal | None:
    account.refresh_from_db()
    return account.churn_score


def rules_of(account: Account) -> set[str]:
    return set(Suggestion.objects.get(record_id=account.pk).rules)


def test_a_score_of_a_calibrated_segment_is_written_by_the_policy_with_its_reasons() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.18", model)

    done = kit.publish()
    executions.drain(at=LATER)

    assert (done.news, done.proposed, done.ran, done.waits) == (1, 1, 1, "")
    assert held(account) == Decimal("0.1800")
    (change,) = FieldChange.objects.filter(field="churn_score")
    assert change.change_set.authority == AuthorityKind.POLICY
    assert (change.change_set.workflow, change.change_set.model) == ("publish-scores", "trained-churn_risk 1")
    assert change.change_set.reason == (
        "18 of 100 like this left, validated on 412 outcomes in the segment mid. "
        "No login for 30 days, after 24 in the 30 before."
    )
    # 74 of 412 left: known within 0.037, so 0.963.
    assert (change.source, change.confidence) == ("trained-churn_risk 1", Decimal("0.9630"))


def test_it_is_proposed_once_and_again_only_when_it_moved_far_enough() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.18", model)
    kit.publish()
    executions.drain(at=LATER)

    assert kit.publish(LATER).news == 0
    kit.a_score(account.pk, "0.22", model)
    assert kit.publish(LATER).news == 0, "4 of 100 in the same band is no news"
    kit.a_score(account.pk, "0.26", model)
    assert kit.publish(LATER).proposed == 1, "8 of 100 is"
    executions.drain(at=LATER)
    kit.a_score(account.pk, "0.24", model)
    assert kit.publish(LATER).proposed == 1, "and so is 2 of 100 across a band"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (None, "No outcome of it was looked at there."),
        (SegmentStanding.Standing.NOT_PROVEN, "12 outcomes."),
        (SegmentStanding.Standing.STANDS_DOWN, "12 outcomes."),
    ],
)
def test_where_the_model_is_not_proven_a_person_decides(state: str | None, says: str) -> None:
    model = kit.a_model()
    kit.standing(model, "enterprise")
    if state:
        kit.standing(model, "mid", state, says)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.7", model)

    kit.publish()

    suggestion = Suggestion.objects.get(record_id=account.pk)
    (finding,) = [one for one in suggestion.readings.get().findings if one["rule"] == "uncalibrated_segment"]
    assert suggestion.status == "queued"
    assert says in finding["sentence"]
    assert finding["evidence"][0]["id"] == str(model.pk)


def test_a_proven_segment_called_star_proves_no_other() -> None:
    model = kit.a_model()
    kit.standing(model, "*")
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.18", model)

    kit.publish()

    assert "uncalibrated_segment" in rules_of(account)


def test_a_score_of_the_segment_before_is_no_news_of_the_proven_one() -> None:
    model = kit.a_model()
    kit.standing(model, "mid")
    kit.let_run(model)
    (account,) = kit.customers(1, "mid")
    kit.a_score(account.pk, "0.18", model, segment="enterprise")

    assert kit.publish().news == 0
    kit.a_score(account.pk, "0.18", model, segment="mid")
    assert kit.publish().ran == 1


def test_against_the_owners_view_it_waits_for_a_person() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    healthy, other = kit.customers(2)
    kit.view(healthy, "healthy", a_user("Olga Brandt", "admin"))
    for account in (healthy, other):
        kit.a_score(account.pk, "0.8", model)

    done = kit.publish()

    assert (done.ran, done.held) == (1, 1)
    assert rules_of(healthy) == {"score_conflicts_owner_view"}


def test_a_standing_that_falls_after_the_approval_stops_the_writing() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.8", model)
    assert kit.publish().ran == 1
    kit.standing(model, "mid", kit.STANDS_DOWN, "31 of 100 left, 18 were expected.")

    executions.drain(at=LATER)

    execution = Execution.objects.get()
    assert (execution.status, held(account)) == ("cancelled", None)
    assert "31 of 100 left" in execution.note


def test_what_a_person_approved_is_asked_again_too_unless_they_saw_it_unproven() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.standing(model, "small", kit.STANDS_DOWN)
    kit.let_run(model)
    sara = scene.reviewer()
    (seen_proven,), (seen_unproven,) = kit.customers(1, "mid"), kit.customers(1, "small")
    kit.view(seen_proven, "healthy", a_user("Olga Brandt", "admin"))
    kit.a_score(seen_proven.pk, "0.8", model)
    kit.a_score(seen_unproven.pk, "0.8", model, "small")
    kit.publish()
    for account in (seen_proven, seen_unproven):
        scene.approve(Suggestion.objects.get(record_id=account.pk), sara)
    kit.standing(model, "mid", kit.STANDS_DOWN)

    executions.drain(at=LATER + timedelta(minutes=1))

    assert held(seen_proven) is None
    assert held(seen_unproven) == Decimal("0.8000")


def test_a_model_that_is_not_in_use_any_more_publishes_nothing_and_what_it_said_waits() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.8", model)
    kit.publish()
    kit.a_model(2)

    executions.drain(at=LATER)

    assert held(account) is None
    assert "not in use any more" in Execution.objects.get().note


def test_an_agent_that_calls_its_workflow_like_ours_is_an_agent_from_outside() -> None:
    model = kit.a_model()
    suggestion = scene.propose(scene.account(segment="mid"), seen={"churn_score": None}, churn_score="0.7")
    version = suggestion.workflow_version
    version.workflow.name, version.model = "publish-scores", publishing.name_of(model)

    assert gate.look(suggestion, list(suggestion.items.all()), NOW).facts.score is None


def test_more_than_a_hundred_stop_after_twenty_until_people_decided_these() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    sara = scene.reviewer()
    for account in kit.customers(101):
        kit.a_score(account.pk, "0.8", model)

    done = kit.publish()

    assert (done.proposed, done.ran, done.held) == (101, 0, 101)
    sample = Suggestion.objects.filter(in_run_sample=True)
    assert sample.count() == 20
    assert "sample" in kit.publish(LATER).waits or kit.publish(LATER).news == 0
    for suggestion in sample:
        scene.approve(suggestion, sara)
    executions.drain(at=LATER)
    runs.follow(at=LATER)
    executions.drain(at=LATER)
    assert Account.objects.filter(churn_score="0.8").count() == 101

    (late,) = kit.customers(1, first=101)
    kit.a_score(late.pk, "0.8", model)
    assert kit.publish(LATER).ran == 1, "the sample of this version stands"


def test_without_a_grant_people_are_asked_about_the_few_that_moved_most() -> None:
    model = kit.a_model()
    kit.standing(model)
    scene.reviewer()
    kit.policy()
    for place, account in enumerate(kit.customers(30)):
        kit.a_score(account.pk, f"0.{60 + place}", model)

    done = kit.publish()

    assert (done.news, done.proposed, done.held) == (30, publishing.MOST_ASKED, publishing.MOST_ASKED)
    assert done.waits == "5 of 30 wait: for today the policy lets no more run, be proposed or be asked."
    assert {item.proposed for one in kit.proposed() for item in one.items.all()} == {
        f"0.{60 + place}00" for place in range(5, 30)
    }
    assert kit.publish(LATER).proposed == 0, "not 25 an hour"
    assert kit.publish(NOW + timedelta(days=1)).proposed == 5


def test_what_has_no_room_today_is_news_tomorrow_and_no_question() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model, daily_actions=3)
    for account in kit.customers(5):
        kit.a_score(account.pk, "0.8", model)

    today = kit.publish()

    assert (today.ran, today.held) == (3, 0)
    assert kit.publish(NOW + timedelta(days=1)).ran == 2


def test_a_pause_ends_nothing() -> None:
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    (account,) = kit.customers(1)
    kit.a_score(account.pk, "0.8", model)
    ana = scene.admin()
    pause = pauses.pause(scope="workflow", target="publish-scores", reason="Look first.", user=ana, at=NOW)

    assert publishing.publish(at=NOW) == {}
    pauses.lift(pause_id=pause.pk, user=ana, at=LATER)
    assert kit.publish(LATER).proposed == 1


def test_a_large_publication_is_one_ledger_row_per_moved_score_each_with_an_authority(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """CRMGOV_PUBLISHED=10000 makes it the size of the promise."""
    number = int(os.environ.get("CRMGOV_PUBLISHED", "60"))
    model = kit.a_model()
    kit.standing(model)
    kit.let_run(model)
    ana = a_user("Olga Brandt", "admin")
    accounts = kit.customers(number)
    for place, account in enumerate(accounts):
        kit.a_score(account.pk, "0.8" if place % 2 else "0.1", model)
    against = accounts[1 :: max(number // 10, 2)]
    for account in against:
        kit.view(account, "healthy", ana)
    if number > 100:
        Run.objects.create(
            workflow=kit.registered(model)[1].workflow,
            name="trained-churn_risk 1",
            status="going_on",
            started_at=NOW,
        )
    began = time.monotonic()

    done = kit.publish()
    executions.drain(at=LATER)

    seconds = time.monotonic() - began
    written = FieldChange.objects.filter(field="churn_score")
    queued = Suggestion.objects.filter(status="queued")
    assert done.news == done.proposed == number == PublishedScore.objects.count()
    assert written.count() == done.ran == number - queued.count()
    assert {row.record_id for row in queued} == {account.pk for account in against}
    assert all("score_conflicts_owner_view" in row.rules for row in queued)
    authorities = ChangeSet.objects.filter(field_changes__field="churn_score")
    assert authorities.filter(authority=AuthorityKind.POLICY, decision_id__isnull=False).count() == done.ran
    assert Decision.objects.filter(person=None).count() == done.ran
    assert not [one for one in check_all(at=LATER) if one.outcome == "VIOLATED"]
    with capsys.disabled():
        print(f"\n{number:,} moved scores: {done.ran:,} written, {queued.count():,} queued, {seconds:.1f} s")
