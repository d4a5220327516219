"""The rest of a run once its sample is decided: under a pause, in a conflict, and as far as the day has room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.models import Run, Suggestion
from approvals.rules.vocabulary import Level
from approvals.selectors import inbox
from approvals.services import pauses, runs
from approvals.services.grounds import Ground
from crmgov.records.models import Account
from tests.decisions import scene
from tests.workflows import run_kit
from tests.workflows.run_kit import decide, of_run, post
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    run_kit.make_small(monkeypatch)


@pytest.fixture
def accounts() -> list[Account]:
    return run_kit.twelve_accounts()


def pause() -> int:
    made = pauses.pause(
        scope="workflow", target=scene.WORKFLOW, reason="A look first.", user=scene.admin(), at=scene.LATER
    )
    return made.pk


def test_a_pause_holds_what_goes_on_and_ends_nothing(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True))
    paused = pause()
    assert runs.follow(at=scene.LATER) == 0
    assert Run.objects.get().status == "going_on"
    assert len(of_run(held_by_run=True, status="queued")) == 8
    pauses.lift(pause_id=paused, user=scene.admin(), at=scene.LATER)
    assert runs.follow(at=scene.LATER) == 8
    assert {one.status for one in of_run(in_run_sample=False)} == {"approved"}


def test_a_pause_that_comes_in_between_ends_nothing_either(
    accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True))
    before = pauses.Paused.now()
    pause()
    monkeypatch.setattr(pauses.Paused, "now", classmethod(lambda cls: before))
    assert runs.follow(at=scene.LATER) == 0
    assert len(of_run(held_by_run=True, status="queued")) == 8


def test_people_decide_the_rest_under_a_pause_too(accounts: list[Account]) -> None:
    post(accounts)
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    pause()
    runs.give_to_people(run_id=Run.objects.get().pk, user=scene.admin(), at=scene.LATER)
    assert runs.follow(at=scene.LATER) == 8
    rest = of_run(in_run_sample=False)
    assert {(one.status, one.held_by_run) for one in rest} == {("queued", False)}


def test_what_is_in_a_conflict_is_not_withdrawn_and_is_somebodys_work_when_it_ends(
    accounts: list[Account],
) -> None:
    post(accounts)
    disputed = of_run(held_by_run=True)[0]
    account = Account.objects.get(name=disputed.record_label)
    rival = scene.propose(account, agent=scene.an_agent("Scout"), employees=77)
    disputed.refresh_from_db()
    assert disputed.in_conflict
    decide(of_run(in_run_sample=True)[:2], rejected=2)
    runs.follow(at=scene.LATER)
    assert runs.withdraw(run_id=Run.objects.get().pk, user=scene.admin(), at=scene.LATER) == 7
    assert not of_run(held_by_run=True)
    scene.reject(rival, scene.reviewer())
    disputed.refresh_from_db()
    assert (disputed.status, disputed.in_conflict) == ("queued", False)
    assert disputed in inbox.waiting(scene.reviewer(), view=inbox.TEAM, at=scene.LATER)


def test_a_sample_that_is_too_small_is_filled_from_what_comes_later_before_it_is_judged(
    accounts: list[Account],
) -> None:
    """Ten ran while the run was small, so only the eleventh could be drawn."""
    post(accounts[:10])
    post(accounts[10:11])
    decide(of_run(in_run_sample=True), rejected=1)
    runs.follow(at=scene.LATER)
    assert Run.objects.get().status == "sampling"
    post(accounts[11:])
    assert [one.record_label for one in of_run(in_run_sample=True)] == ["Quay 10", "Quay 11"]
    post([scene.account(f"Wharf {number}") for number in range(6)])
    assert (len(of_run(in_run_sample=True)), len(of_run(held_by_run=True))) == (4, 4)
    decide(of_run(in_run_sample=True, status="queued"))
    assert runs.follow(at=scene.LATER) == 4
    run = Run.objects.get()
    assert (run.status, run.sampled, run.kept) == ("going_on", 4, 3)


def test_what_was_held_beside_a_sample_that_is_too_small_fills_it(accounts: list[Account]) -> None:
    """As runs of before have it."""
    post(accounts)
    left_out = [one.pk for one in of_run(in_run_sample=True)[1:]]
    Suggestion.objects.filter(pk__in=left_out).update(in_run_sample=False, held_by_run=True)
    decide(of_run(in_run_sample=True))
    assert runs.follow(at=scene.LATER) == 0
    assert len(of_run(in_run_sample=True, held_by_run=False)) == 4
    assert Run.objects.get().status == "sampling"


@pytest.mark.parametrize(("rejected", "status"), [(0, "going_on"), (1, "stopped")])
def test_a_sample_that_stays_too_small_decides_when_the_day_is_over_and_only_if_all_of_it_stand(
    accounts: list[Account], rejected: int, status: str
) -> None:
    post(accounts[:10])
    post(accounts[10:])
    decide(of_run(in_run_sample=True), rejected=rejected)
    runs.follow(at=NOW + timedelta(hours=23))
    assert Run.objects.get().status == "sampling"
    runs.follow(at=NOW + timedelta(hours=25))
    run = Run.objects.get()
    assert (run.status, run.sampled, run.kept) == (status, 2, 2 - rejected)


def went_on_with_room_for_three(accounts: list[Account]) -> list[str]:
    post(accounts)
    scene.publish(level=Level.EXECUTE, daily_actions=3, at=scene.LATER)
    decide(of_run(in_run_sample=True))
    assert runs.follow(at=scene.LATER) == 8
    return sorted(one.status for one in of_run(in_run_sample=False))


def test_of_the_rest_only_what_the_day_has_room_for_goes_on_by_itself(accounts: list[Account]) -> None:
    assert went_on_with_room_for_three(accounts) == ["approved"] * 3 + ["queued"] * 5


def test_nothing_else_counts_what_is_not_stored_yet(
    accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr(Ground, "runs", lambda *_: None)
    assert went_on_with_room_for_three(accounts) == ["approved"] * 8
