"""INVARIANTS L3: a kill switch stops new executions within 5 seconds, also those a worker has in its hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Attempt, Execution, PauseSwitch
from approvals.services import executions, pauses, recheck
from tests.decisions import scene
from tests.races import kill_switch

pytestmark = pytest.mark.django_db(transaction=True)
EACH = [
    {"scope": "all"},
    {"scope": "workflow", "target": scene.WORKFLOW},
    {"scope": "agent", "target": "Enricher"},
    {"scope": "action", "target": "set_fields"},
]


@pytest.fixture
def pause_while_claimed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Somebody pauses after the batch was claimed and before anything is written."""

    def arrange(**what: Any) -> None:
        real = recheck.Rights

        def rights(*given: Any) -> recheck.Rights:
            kill_switch.paused_between_claim_and_write(**what)
            return real(*given)

        monkeypatch.setattr(recheck, "Rights", rights)

    return arrange


def statuses() -> set[str]:
    return set(Execution.objects.values_list("status", flat=True))


@pytest.mark.parametrize("what", EACH, ids=lambda what: what["scope"])
def test_a_batch_already_claimed_when_the_pause_comes_writes_nothing(
    what: dict[str, str], pause_while_claimed: Callable[..., None]
) -> None:
    kill_switch.prepare(3)
    pause_while_claimed(**what)
    assert executions.run_batch(at=timezone.now()) == 0
    assert statuses() == {"pending"}
    assert not Attempt.objects.exists()


def test_what_the_pause_does_not_name_goes_on_out_of_the_same_batch(
    pause_while_claimed: Callable[..., None],
) -> None:
    kill_switch.prepare(1)
    other = scene.propose(scene.account("Other"), employees=77, agent=scene.an_agent("Register"))
    scene.approve(other, scene.reviewer())
    pause_while_claimed(scope="agent", target="Enricher")
    assert executions.run_batch(at=timezone.now()) == 1
    assert Execution.objects.get(status="succeeded").suggestion == other


def test_without_the_second_question_a_claimed_batch_is_written(
    pause_while_claimed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr(executions, "_require_running", lambda ready: None)
    kill_switch.prepare(2)
    pause_while_claimed(scope="all")
    executions.run_batch(at=timezone.now())
    assert statuses() == {"succeeded"}


def test_what_waited_behind_a_pause_runs_once_it_is_lifted() -> None:
    kill_switch.prepare(2)
    kill_switch.paused_between_claim_and_write(scope="all")
    assert executions.drain(at=timezone.now()) == 0
    pauses.lift(pause_id=PauseSwitch.objects.get().pk, user=scene.admin(), at=timezone.now())
    assert executions.drain(at=timezone.now()) == 2
    assert statuses() == {"succeeded"}


def test_under_a_stream_of_work_the_last_one_is_written_within_five_seconds() -> None:
    """`script/nemesis pause` does the same for longer, and for each thing that can be paused."""
    kill_switch.prepare(60)
    trial = kill_switch.pull(
        a_second=50, before_seconds=0.6, after_seconds=0.6, scope="workflow", target=scene.WORKFLOW
    )
    assert trial.held, trial
