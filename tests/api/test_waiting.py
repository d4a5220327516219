"""Waiting for a decision: answered when it is there, and no database connection is held meanwhile."""

from __future__ import annotations

import time
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals.api import suggestions as view
from approvals.models import Suggestion
from approvals.services import agents, decisions, executions
from tests.api.caller import Caller, refusal, said
from tests.intake.kit import an_admin, an_agent, body, item, may_execute
from tests.world import a_team, a_user, an_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting() -> tuple[Caller, str]:
    """A caller and the address of its queued suggestion."""
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    caller, account = Caller(an_agent(team)), an_account(team=team.pk, employees=240)
    return caller, said(caller.post(body(account, item("employees", 240, 310))))["url"]


def reject() -> None:
    now = timezone.now()
    decisions.reject(
        suggestion_id=Suggestion.objects.get().pk,
        reviewer=a_user("Sara Okafor"),
        at=now,
        shown_at=now,
        reason_code="bad_timing",
    )


def test_the_answer_comes_with_the_decision_and_no_connection_is_held(
    waiting: tuple[Caller, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, url = waiting
    held: list[bool] = []

    def sleep(seconds: float) -> None:
        held.append(connection.connection is not None)
        if len(held) == 3:
            reject()

    monkeypatch.setattr("time.sleep", sleep)
    told = said(caller.get(f"{url}?wait=25"))

    assert held == [False, False, False]
    assert (told["status"], told["decision"]["reason"]) == ("rejected", "bad_timing")


def test_after_so_many_seconds_it_is_told_as_it_is(waiting: tuple[Caller, str]) -> None:
    caller, url = waiting
    began = time.monotonic()
    told = said(caller.get(f"{url}?wait=1"))

    assert told["status"] == "queued"
    assert 0.9 < time.monotonic() - began < 20, "it is not what the longest wait would be"


@pytest.fixture
def no_nap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would wait fails: how long an answer takes says more about the machine."""
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("It waited."))


@pytest.mark.usefixtures("no_nap")
def test_what_is_decided_is_told_at_once(waiting: tuple[Caller, str]) -> None:
    caller, url = waiting
    reject()

    assert said(caller.get(f"{url}?wait=20"))["status"] == "rejected"


def test_an_approved_one_is_waited_for_until_it_has_run(monkeypatch: pytest.MonkeyPatch) -> None:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    caller, account = Caller(an_agent(team)), an_account(team=team.pk, employees=240)
    may_execute(caller.agent)
    url = said(caller.post(body(account, item("employees", 240, 310))))["url"]

    def sleep(seconds: float) -> None:
        executions.drain(at=timezone.now())

    monkeypatch.setattr("time.sleep", sleep)
    told = said(caller.get(f"{url}?wait=25"))

    assert told["execution"]["status"] == "succeeded"
    account.refresh_from_db()
    assert account.employees == 310


@pytest.mark.usefixtures("no_nap")
def test_beyond_so_many_waiters_nobody_waits(
    waiting: tuple[Caller, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, url = waiting
    monkeypatch.setattr(view, "WAITERS", BoundedSemaphore(1))
    view.WAITERS.acquire()

    assert said(caller.get(f"{url}?wait=20"))["status"] == "queued"


def test_a_key_revoked_while_waiting_learns_nothing_more(
    waiting: tuple[Caller, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, url = waiting

    def sleep(seconds: float) -> Any:
        agents.revoke(key_id=caller.key.pk, by=an_admin(), at=timezone.now())
        reject()

    monkeypatch.setattr("time.sleep", sleep)
    answer = caller.get(f"{url}?wait=25")

    assert answer.status_code == 401


@pytest.mark.parametrize("wait", ["26", "-1", "soon"])
def test_nobody_waits_longer_than_promised(waiting: tuple[Caller, str], wait: str) -> None:
    caller, url = waiting

    assert "/wait" in refusal(caller.get(f"{url}?wait={wait}"), 422)
