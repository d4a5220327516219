"""Same key and body: the same answer. Other body: refused. First still running: refused for now."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from approvals.models import Agent, IdempotentCall, Suggestion
from approvals.services import idempotency, intake
from approvals.services.idempotency import Call, Replay
from crmgov.kernel.refusals import Refused
from tests.intake.kit import an_agent, item, proposal
from tests.world import NOW, a_team, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return an_agent(a_team())


def begin(agent: Agent, key: str = "k-1", body: bytes = b"{}", minutes: int = 0) -> Call | Replay:
    return idempotency.begin(agent=agent, key=key, body=body, at=NOW + timedelta(minutes=minutes))


def first(agent: Agent) -> Call:
    begun = begin(agent)
    assert isinstance(begun, Call)
    return begun


def test_the_answer_is_replayed(agent: Agent) -> None:
    idempotency.finish(first(agent), status=201, answer={"number": 7})

    assert begin(agent) == Replay(201, {"number": 7})


def test_another_body_is_refused_even_while_the_first_runs(agent: Agent) -> None:
    first(agent)
    with pytest.raises(idempotency.OtherBody):
        begin(agent, body=b"[]")


def test_while_the_first_runs_the_second_is_refused_for_now(agent: Agent) -> None:
    first(agent)
    with pytest.raises(idempotency.StillRunning):
        begin(agent, minutes=1)


def test_two_agents_may_use_the_same_key(agent: Agent) -> None:
    first(agent)
    assert isinstance(begin(an_agent(a_team(), name="Other")), Call)


def forgotten_while_asked(monkeypatch: pytest.MonkeyPatch, agent: Agent, then: bytes | None) -> None:
    """Between the refusal of the key and the look at who has it, the first call breaks down."""
    running, claim = first(agent), idempotency._claim

    def late(*args: Any) -> Call | None:
        monkeypatch.undo()
        refused = claim(*args)
        idempotency.forget(running)
        if then is not None:
            # Not another first call: this one asks between our two looks.
            monkeypatch.setattr(idempotency, "_claim", quicker)
        return refused

    def quicker(*args: Any) -> Call | None:
        monkeypatch.undo()
        begin(agent, body=then or b"")
        return claim(*args)

    monkeypatch.setattr(idempotency, "_claim", late)


def test_a_key_forgotten_while_asked_for_is_free(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten_while_asked(monkeypatch, agent, then=None)
    assert isinstance(begin(agent), Call)


def test_a_key_forgotten_and_taken_by_somebody_quicker_is_refused_for_now(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten_while_asked(monkeypatch, agent, then=b"{}")
    with pytest.raises(idempotency.StillRunning):
        begin(agent)


def test_after_a_month_a_key_is_new_again(agent: Agent) -> None:
    idempotency.finish(first(agent), status=201, answer={"number": 7})

    assert idempotency.prune(at=NOW + timedelta(days=29)) == 0
    assert begin(agent, minutes=1) == Replay(201, {"number": 7})
    assert idempotency.prune(at=NOW + timedelta(days=31)) == 1
    assert isinstance(begin(agent), Call)


def test_a_dead_call_is_taken_over_and_cannot_come_back(agent: Agent) -> None:
    dead = first(agent)
    taken = begin(agent, minutes=3)

    assert isinstance(taken, Call)
    with pytest.raises(idempotency.TakenOver):
        idempotency.finish(dead, status=201, answer={})
    idempotency.finish(taken, status=201, answer={"number": 8})
    assert begin(agent, minutes=4) == Replay(201, {"number": 8})


def test_a_call_that_lost_its_key_leaves_no_suggestion(agent: Agent) -> None:
    account = an_account(team=a_team().pk, employees=240)
    dead = first(agent)
    begin(agent, minutes=3)

    with pytest.raises(idempotency.TakenOver):
        intake.receive(
            proposal=proposal(account, item("employees", 240, 310)), agent=agent, at=NOW, call=dead
        )
    assert not Suggestion.objects.exists()


def test_a_call_that_broke_frees_its_key(agent: Agent) -> None:
    idempotency.forget(first(agent))

    assert isinstance(begin(agent), Call)


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
def test_a_bad_key_is_refused(agent: Agent, key: str) -> None:
    with pytest.raises(idempotency.BadKey):
        begin(agent, key=key)


def race(agent: Agent, runners: int) -> list[Any]:
    barrier, outcomes = Barrier(runners), list[Any]()

    def call() -> None:
        try:
            barrier.wait(timeout=30)
            outcomes.append(begin(agent))
        except Refused as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [Thread(target=call) for _ in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_one_moment_one_runs() -> None:
    outcomes = race(an_agent(a_team()), 8)

    assert sum(isinstance(one, Call) for one in outcomes) == 1
    assert sum(isinstance(one, idempotency.StillRunning) for one in outcomes) == 7


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_key_more_than_one_would_run() -> None:
    """The guard taken out: the race above is real."""
    agent = an_agent(a_team())

    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE approvals_idempotentcall DROP CONSTRAINT agent_uses_a_key_once")
    try:
        outcomes = race(agent, 8)
    finally:
        IdempotentCall.objects.all().delete()
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "ALTER TABLE approvals_idempotentcall ADD CONSTRAINT agent_uses_a_key_once UNIQUE (agent_id, key)"
            )
    assert sum(isinstance(one, Call) for one in outcomes) > 1
