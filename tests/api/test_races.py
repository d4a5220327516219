"""One key, many callers at one moment, over real HTTP: one suggestion, and everybody hears of the same."""

from __future__ import annotations

import json
from threading import Barrier, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from approvals.models import Execution, Suggestion
from tests.intake.kit import a_key, an_agent, body, item, may_execute
from tests.world import a_team, a_user, an_account

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 8


@pytest.mark.parametrize("executes", [False, True])
def test_of_eight_retries_at_one_moment_one_proposes(live_server: LiveServer, executes: bool) -> None:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    agent, account = an_agent(team), an_account(team=team.pk, employees=240)
    if executes:
        may_execute(agent)
    secret = a_key(agent, at=timezone.now()).secret
    sent = json.dumps(body(account, item("employees", 240, 310))).encode()
    barrier, told = Barrier(CALLERS), list[tuple[int, Any]]()

    def call() -> None:
        headers = {
            "Authorization": f"Bearer {secret}",
            "Idempotency-Key": "nightly-run-1",
            "Content-Type": "application/json",
        }
        barrier.wait(timeout=30)
        try:
            request = Request(f"{live_server.url}/api/v1/suggestions", data=sent, headers=headers)  # noqa: S310
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                told.append((answer.status, json.load(answer)["number"]))
        except HTTPError as refused:
            told.append((refused.code, json.load(refused)["type"]))

    threads = [Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    number = Suggestion.objects.get().number
    assert len(told) == CALLERS
    assert set(told) <= {(201, number), (409, "urn:crmgov:problem:still-running")}
    assert (201, number) in told
    assert Execution.objects.count() == int(executes)
