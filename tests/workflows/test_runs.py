"""Of a run of more than a hundred, twenty drawn by chance are decided before anything else of it happens."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from approvals.models import Execution, Run, Suggestion
from approvals.rules.vocabulary import Level
from approvals.selectors import inbox
from approvals.services import intake, leases, overdue, regating, runs
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.records.models import Account
from crmgov.records.services import reverts
from tests.decisions import scene
from tests.records_pages.kit import browser_of
from tests.workflows import run_kit
from tests.workflows.run_kit import decide, of_run, post, proposal
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    run_kit.make_small(monkeypatch)


@pytest.fixture
def accounts() -> list[Account]:
    return run_kit.twelve_accounts()


def test_a_small_run_is_as_if_it_had_no_name(accounts: list[Account]) -> None:
    post(accounts[:10])
    assert {one.status for one in of_run()} == {"approved"}
    assert Run.objects.get().status == "open"


def test_of_a_large_one_a_few_are_put_to_people_and_nothing_runs(accounts: list[Account]) -> None:
    post(accounts)
    assert {one.status for one in of_run()} == {"queued"}
    assert len(of_run(in_run_sample=True, held_by_run=False)) == 4
    assert len(of_run(held_by_run=True)) == 8
    assert not Execution.objects.exists()
    assert {tuple(one.rules) for one in of_run()} == {("run_sample",)}


def test_what_is_held_is_no_work_and_is_never_overdue(accounts: list[Account]) -> None:
    post(accounts)
    listed = set(inbox.waiting(scene.reviewer(), view=inbox.TEAM, at=NOW).filter(run__isnull=False))
    assert listed == set(of_run(in_run_sample=True))
    overdue.mark(at=NOW + timedelta(days=30))
    assert not Suggestion.objects.filter(held_by_run=True, overdue_at__isnull=False).exists()


def test_without_the_rule_they_would_have_run(
    accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr("approvals.services.facts._run", lambda suggestion: None)
    post(accounts)
    assert {one.status for one in of_run()} == {"approved"}


def test_a_run_that_comes_in_several_calls_is_one_run_and_everything_in_it_has_the_same_chance(
    accounts: list[Account],
) -> None:
    post(accounts[:6], level="draft")
    assert not of_run(held_by_run=True)
    post(accounts[6:], level="draft")
    assert len(of_run(in_run_sample=True)) == 4
    lots = {one.pk: one.run_lot for one in of_run()}
    lowest = sorted(lots, key=lambda key: lots[key] or 0)[:4]
    assert {one.pk for one in of_run(in_run_sample=True)} == set(lowest)


def test_what_comes_after_the_first_decision_does_not_change_the_sample(accounts: list[Account]) -> None:
    post(accounts[:11])
    sample = {one.pk for one in of_run(in_run_sample=True)}
    decide(of_run(in_run_sample=True)[:1])
    post(accounts[11:])
    assert {one.pk for one in of_run(in_run_sample=True)} == sample
    assert len(of_run(held_by_run=True)) == 8


def test_each_has_the_same_chance(accounts: list[Account]) -> None:
    """Drawn again and again, everyone is drawn about as often: no place in the call is preferred."""
    post(accounts)
    run = Run.objects.get()
    drawn = dict.fromkeys((one.pk for one in of_run()), 0)
    for _ in range(90):
        Suggestion.objects.filter(run=run).update(run_lot=None)
        with transaction.atomic():
            runs.draw([run.pk])
        for one in of_run(in_run_sample=True):
            drawn[one.pk] += 1
    # 30 of 90 are expected; beyond five standard deviations it is no chance.
    assert all(8 <= count <= 52 for count in drawn.values()), drawn


def test_it_goes_on_by_itself_when_all_but_one_stand_unchanged(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True), rejected=1)
    assert runs.follow(at=scene.LATER) == 8
    run = Run.objects.get()
    assert (run.status, run.sampled, run.kept) == ("going_on", 4, 3)
    assert not of_run(held_by_run=True)
    rest = of_run(in_run_sample=False)
    assert {one.status for one in rest} == {"approved"}
    assert {one.decision.person for one in rest} == {None}
    assert Execution.objects.filter(suggestion__in=rest, status="pending", by_itself=True).count() == 8


def test_what_would_have_waited_for_a_person_anyway_becomes_work_then_with_time_to_decide(
    accounts: list[Account],
) -> None:
    post(accounts, level="draft")
    before = {one.pk: one.sla_due_at for one in of_run(held_by_run=True)}
    decide(of_run(in_run_sample=True))
    at = NOW + timedelta(days=5)
    assert runs.follow(at=at) == 8
    for one in of_run(in_run_sample=False):
        assert one.status == "queued"
        assert not one.held_by_run
        assert one.sla_due_at is not None
        assert before[one.pk] is not None
        assert one.sla_due_at > at


def test_it_waits_until_all_of_the_sample_are_decided(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True)[:3])
    assert runs.follow(at=scene.LATER) == 0
    assert Run.objects.get().status == "sampling"


def test_with_the_second_that_was_changed_it_stops_and_an_admin_chooses(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    run = Run.objects.get()
    assert (run.status, run.kept) == ("stopped", 0)
    assert len(of_run(held_by_run=True)) == 8
    with pytest.raises(NotAllowed):
        runs.withdraw(run_id=run.pk, user=scene.reviewer(), at=scene.LATER)
    assert runs.withdraw(run_id=run.pk, user=scene.admin(), at=scene.LATER) == 8
    assert len(of_run(status="withdrawn")) == 8
    run.refresh_from_db()
    assert (run.status, run.settled_by) == ("withdrawn", scene.admin())
    with pytest.raises(runs.RunSettled):
        runs.give_to_people(run_id=run.pk, user=scene.admin(), at=scene.LATER)
    with pytest.raises(NotFound):
        runs.withdraw(run_id=987_654, user=scene.admin(), at=scene.LATER)


def test_what_was_withdrawn_may_be_proposed_again(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    gone = of_run(held_by_run=True)[0]
    runs.withdraw(run_id=Run.objects.get().pk, user=scene.admin(), at=scene.LATER)
    again = scene.propose(Account.objects.get(name=gone.record_label), employees=999)
    assert again.status == "queued"


def test_or_people_decide_the_rest_and_none_of_it_runs_by_itself(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    runs.give_to_people(run_id=Run.objects.get().pk, user=scene.admin(), at=scene.LATER)
    assert runs.follow(at=scene.LATER) == 8
    rest = of_run(in_run_sample=False)
    assert {(one.status, one.held_by_run, tuple(one.rules)) for one in rest} == {
        ("queued", False, ("run_sample",))
    }


def test_an_approval_that_was_put_back_does_not_stand_unchanged(accounts: list[Account]) -> None:
    post(accounts)
    sample = of_run(in_run_sample=True)
    decide(sample)
    for one in sample[:2]:
        execution = scene.run(one)
        assert execution.change_set_id is not None
        reverts.revert(
            change_set_id=execution.change_set_id, user=scene.admin(), reason="a test", at=scene.LATER
        )
    runs.follow(at=scene.LATER)
    assert Run.objects.get().status == "stopped"


def test_posting_the_same_again_without_the_name_does_not_run_past_the_sample(
    accounts: list[Account],
) -> None:
    post(accounts)
    held = of_run(held_by_run=True)[0]
    account = Account.objects.get(name=held.record_label)
    again = intake.submit(proposal=proposal(account, 77, run=None), agent=scene.an_agent(), at=NOW)
    assert (again.status, again.level) == ("queued", "draft")
    held.refresh_from_db()
    assert (held.status, held.held_by_run) == ("superseded", False)


def test_what_a_colleague_reads_at_that_moment_stays_with_them(accounts: list[Account]) -> None:
    post(accounts[:10], level="draft")
    read_now = of_run()[0]
    leases.claim(suggestion_id=read_now.pk, user=scene.reviewer(), at=datetime.now(tz=NOW.tzinfo))
    post(accounts[10:], level="draft")
    read_now.refresh_from_db()
    assert not read_now.held_by_run


def test_a_name_lasts_a_day_and_a_stopped_run_takes_no_more(accounts: list[Account]) -> None:
    post(accounts[:2])
    (late,) = post(accounts[2:3], at=NOW + timedelta(days=2))
    assert isinstance(late, Refused)
    assert "began more than a day ago" in late.say
    post(accounts[3:])
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    (refused,) = post(accounts[2:3])
    assert isinstance(refused, Refused)
    assert "was stopped" in refused.say


def test_a_run_stands_on_the_page_of_its_workflow_with_its_sample_and_the_choice(
    accounts: list[Account],
) -> None:
    ana = browser_of(scene.admin())
    post(accounts)
    run = Run.objects.get()
    here = reverse("approvals:run", args=[run.pk])
    workflow = ana.get(reverse("approvals:workflow", args=[run.workflow_id])).content.decode()
    assert here in workflow
    page = ana.get(here).content.decode()
    assert "4 drawn by chance are with people, 0 of them decided. 8 wait" in page
    assert "Withdraw the rest" not in page
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    page = ana.get(here).content.decode()
    assert "Rejected by Sara Okafor" in page
    assert "Withdraw the rest" in page
    assert ana.post(reverse("approvals:run_people", args=[run.pk])).status_code == 302
    assert "gave the rest to people" in ana.get(here).content.decode()
    assert ana.post(reverse("approvals:run_withdraw", args=[run.pk])).status_code == 409


def test_a_stricter_policy_reaches_what_is_held(accounts: list[Account]) -> None:
    post(accounts)
    scene.publish(level=Level.SHADOW, at=scene.LATER)
    regating.follow_policy(at=scene.LATER)
    assert {one.status for one in of_run()} == {"blocked"}
