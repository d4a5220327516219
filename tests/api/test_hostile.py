"""A caller who wants to cost us something: what it sends may be anything, the answer stays small and quick."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.services import proposals
from tests.api.caller import Caller, refusal
from tests.intake.kit import an_agent, body, item
from tests.world import a_team, a_user, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    a_user("Sara Okafor", "reviewer", a_team())
    return Caller(an_agent(a_team()))


@pytest.fixture
def sent() -> dict[str, Any]:
    return body(an_account(team=a_team().pk, employees=240), item("employees", 240, 310))


def test_a_hundred_thousand_names_cost_twenty_guesses(
    caller: Caller, sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    guessed: list[str] = []

    def guess(name: str, known: list[str], n: int) -> list[str]:
        guessed.append(name)
        return []

    monkeypatch.setattr("approvals.services.proposals.get_close_matches", guess)

    told = refusal(caller.post(sent | {f"x{number}": 1 for number in range(100_000)}), 422)

    assert len(guessed) == proposals.MOST_SHOWN
    assert told[""] == f"And {100_000 - proposals.MOST_SHOWN} more mistakes like these."


def test_a_name_of_a_megabyte_is_not_sent_back(caller: Caller, sent: dict[str, Any]) -> None:
    answer = caller.post(sent | {"a" * 1_000_000: 1})

    refusal(answer, 422)
    assert len(answer.content) < 1_000


def test_a_near_name_is_still_guessed(caller: Caller, sent: dict[str, Any]) -> None:
    told = refusal(caller.post(sent | {"workflw": "w"}), 422)
    assert told["/workflw"].endswith("Did you mean workflow?")
