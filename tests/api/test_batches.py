"""Many proposals in one call over HTTP: an answer each, in order; keys; limits."""

from __future__ import annotations

import json
from threading import Barrier, Thread
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from django.db import DataError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from approvals.models import Execution, GateReading, IdempotentCall, Suggestion, SuggestionItem
from approvals.services import executions, storing
from crmgov.people.models import Team
from crmgov.records.models import Account
from tests.intake.kit import a_key, an_agent, body, item, may_execute
from tests.world import a_team, a_user, an_account

from .caller import URL, Caller, refusal, said

pytestmark = pytest.mark.django_db
BATCH = f"{URL}/batch"


def post(caller: Caller, sent: Any, **more: Any) -> Any:
    return caller.post(sent, path=BATCH, **more)


def results(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.content
    return said(answer)["results"]  # type: ignore[no-any-return]


def test_each_is_answered_in_order_and_a_bad_one_spoils_no_other(caller: Caller, account: Account) -> None:
    good = body(account, item("employees", 240, 310))
    sent = [
        good,
        {**good, "itmes": []},
        body(an_account("Orsted", team=a_team("South").pk), item("employees", None, 1)),
        good,
        [good],
        body(account, item("region", None, "Kiel")),
        {"a\u0000b": 1},
    ]
    told = results(post(caller, sent, key="run-1"))

    assert [line["code"] for line in told] == [201, 422, 404, 200, 422, 201, 422]
    assert told[1]["problem"]["errors"] == [
        {"pointer": "/itmes", "detail": "There is no “itmes” here. Did you mean items?"}
    ]
    assert told[3]["suggestion"]["duplicate"]
    assert told[0]["suggestion"]["url"].startswith("http://testserver/api/v1/suggestions/")
    assert said(caller.get(told[5]["suggestion"]["url"]))["status"] == "queued"
    assert [line["suggestion"]["number"] for line in told if line["code"] == 201] == [
        *Suggestion.objects.order_by("number").values_list("number", flat=True)
    ]


def test_what_may_run_runs(caller: Caller, team: Team) -> None:
    may_execute(caller.agent)
    accounts = [an_account(f"Account {n}", team=team.pk, employees=n) for n in range(5)]
    told = results(post(caller, [body(one, item("employees", one.employees, 99)) for one in accounts]))

    assert {line["suggestion"]["status"] for line in told} == {"approved"}
    assert executions.drain(at=timezone.now()) == 5
    assert {*Account.objects.values_list("employees", flat=True)} == {99}


def test_the_header_counts_for_the_whole(caller: Caller, account: Account) -> None:
    sent = [body(account, item("employees", 240, 310)), body(account, item("employees", 240, 320))]
    first, again = post(caller, sent, key="run-1"), post(caller, sent, key="run-1")

    assert said(again) == said(first)
    assert again["Idempotent-Replayed"] == "true"
    assert Suggestion.objects.count() == 2
    refusal(post(caller, sent[:1], key="run-1"), 422)


def test_a_key_of_its_own_counts_in_any_batch_and_alone(caller: Caller, account: Account) -> None:
    one, other = body(account, item("employees", 240, 310)), body(account, item("region", None, "Kiel"))
    sent = [{**one, "idempotency_key": "k-1"}, {**other, "idempotency_key": "k-2"}]
    first = results(post(caller, sent))
    again = results(post(caller, [*reversed(sent), {**other, "idempotency_key": "k-1"}, sent[0]]))
    alone = caller.post(dict(reversed(one.items())), key="k-1")

    assert [line["replayed"] for line in first] == [False, False]
    assert again[:2] == [{**line, "replayed": True} for line in reversed(first)]
    assert again[2]["problem"]["type"] == "urn:crmgov:problem:other-body"
    assert again[3] == again[1]
    assert (alone.status_code, said(alone)) == (201, first[0]["suggestion"])
    assert Suggestion.objects.count() == 2


def test_one_key_twice_in_a_batch_is_one_proposal(caller: Caller, account: Account) -> None:
    one = {**body(account, item("employees", 240, 310)), "idempotency_key": "k-1"}
    first, same, different = results(post(caller, [one, one, {**one, "reason": "Other."}]))

    assert same == {**first, "replayed": True}
    assert different["code"] == 422
    assert Suggestion.objects.count() == 1


def test_a_refusal_is_kept_under_its_key(caller: Caller, account: Account) -> None:
    bad = {**body(account, item("industri", None, "x")), "idempotency_key": "k-1"}
    assert [results(post(caller, [bad]))[0]["replayed"] for _ in range(2)] == [False, True]


@pytest.mark.parametrize("sent", [{}, "proposals", 7, None, [{}] * 1_001])
def test_what_is_no_batch_is_refused(caller: Caller, sent: Any) -> None:
    assert "at most 1,000" in refusal(post(caller, json.dumps(sent)), 422)["detail"]


def test_no_proposals_no_answers(caller: Caller) -> None:
    assert results(post(caller, [])) == []


def test_a_larger_body_is_read_than_for_one(caller: Caller, account: Account) -> None:
    big = body(account, item("employees", 240, 310), reason="x" * 3_900)
    unknown = {**big, "record": {"type": "account", "id": str(UUID(int=0))}}
    told = results(post(caller, [big, *[unknown] * 599]))
    assert [line["code"] for line in told] == [201] + [404] * 599
    assert "10 MB" in refusal(post(caller, b"[" + b" " * (10 * 2**20)), 413)["detail"]
    refusal(post(caller, b"[{"), 400)
    refusal(post(caller, b"[" * 100_000), 400)


def test_one_that_breaks_leaves_the_others(
    caller: Caller, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the database refuses is found by halving, and says that it broke."""
    store = storing.store

    def breaks(made: storing.Made) -> None:
        if any(one.record_label == "Account 3" for one in made.suggestions):
            raise DataError("No such thing.")
        store(made)

    monkeypatch.setattr(storing, "store", breaks)
    accounts = [an_account(f"Account {n}", team=team.pk) for n in range(6)]
    sent = [{**body(a, item("employees", None, 1)), "idempotency_key": a.name} for a in accounts]
    told = results(post(caller, sent))

    assert [line["code"] for line in told] == [201, 201, 201, 500, 201, 201]
    monkeypatch.undo()
    assert [line["replayed"] for line in results(post(caller, sent))] == [True, True, True, False, True, True]
    assert not IdempotentCall.objects.filter(status=500).exists()


def test_a_large_batch_costs_as_many_queries_as_a_small_one(
    caller: Caller, team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    may_execute(caller.agent)
    accounts = [an_account(f"Account {n}", team=team.pk, employees=n) for n in range(40)]
    sent = [
        body(a, item("employees", a.employees, 99), item("region", None, "Kiel", confidence=0.6 + n / 100))
        for n, a in enumerate(accounts)
    ]
    post(caller, sent[:1])
    with django_assert_max_num_queries(32):
        told = results(post(caller, sent[1:]))

    assert {line["suggestion"]["status"] for line in told} == {"queued", "approved"}
    assert SuggestionItem.objects.count() == 80
    assert GateReading.objects.count() == 40
    assert Execution.objects.count() == Suggestion.objects.filter(status="approved").count()


@pytest.mark.django_db(transaction=True)
def test_batches_that_meet_at_the_same_records_each_get_through(live_server: LiveServer) -> None:
    """In opposite orders and at one moment: nobody ends the other, every field is asked once."""
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    accounts = [an_account(f"Account {n}", team=team.pk, employees=240) for n in range(30)]
    agents = [an_agent(team, name=f"Agent {n}") for n in range(4)]
    barrier, told = Barrier(len(agents)), list[list[int]]()

    def call(place: int) -> None:
        secret = a_key(agents[place], at=timezone.now()).secret
        order = accounts if place % 2 else [*reversed(accounts)]
        sent = json.dumps([body(a, item("employees", 240, 310)) for a in order]).encode()
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        barrier.wait(timeout=20)
        request = Request(f"{live_server.url}{BATCH}", data=sent, headers=headers)  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            told.append([line["code"] for line in json.load(answer)["results"]])

    threads = [Thread(target=call, args=[n]) for n in range(len(agents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(map(set, told), key=str) == [{200}, {200}, {200}, {201}]
    assert Suggestion.objects.filter(status="queued").count() == len(accounts)
