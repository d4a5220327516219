"""manage.py propose FILE: the same way in, from a file."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from approvals.models import Agent, Suggestion
from crmgov.records.models import Account
from tests.intake.kit import an_agent, body, item
from tests.world import NOW, a_team, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return an_agent(a_team())


@pytest.fixture
def account() -> Account:
    return an_account(team=a_team().pk, employees=240)


def propose(path: Path, text: str, *, agent: str = "Enricher") -> list[dict[str, Any]]:
    path.write_text(text, encoding="utf-8")
    out = StringIO()
    try:
        call_command("propose", str(path), agent=agent, stdout=out)
    finally:
        told = [json.loads(line) for line in out.getvalue().splitlines()]
    return told


@pytest.mark.parametrize(
    "written", [json.dumps, lambda one: json.dumps([one]), lambda one: f"{json.dumps(one)}\n\n"]
)
def test_an_object_an_array_and_lines_are_taken(
    tmp_path: Path, agent: Agent, account: Account, written: Any
) -> None:
    (told,) = propose(tmp_path / "p.json", written(body(account, item("employees", 240, 310))))

    assert (told["proposal"], told["status"]) == (1, "queued")
    assert Suggestion.objects.get().agent == agent


def test_one_answer_per_proposal_and_the_refused_ones_say_why(
    tmp_path: Path, agent: Agent, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    good = body(account, item("employees", 240, 310))
    wrong = {**good, "level": "god"}
    strange = {**good, "action": "merge"}
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(map(json.dumps, [good, wrong, strange])), encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError, match="2 of the proposals were refused"):
        call_command("propose", str(path), agent="enricher", stdout=out)
    first, second, third = (json.loads(line) for line in out.getvalue().splitlines())

    assert first["status"] == "queued"
    assert second["errors"][0]["pointer"] == "/level"
    assert third["refused"].startswith("merge is not built yet.")


def test_a_file_that_is_no_json_is_not_taken_in_at_all(
    tmp_path: Path, agent: Agent, account: Account
) -> None:
    text = json.dumps(body(account, item("employees", 240, 310))) + "\n{oops"
    with pytest.raises(CommandError, match="Line 2 is not JSON"):
        propose(tmp_path / "p.jsonl", text)
    assert not Suggestion.objects.exists()


def test_an_unknown_agent_a_missing_and_an_empty_file_are_said(tmp_path: Path, agent: Agent) -> None:
    with pytest.raises(CommandError, match="no agent “Nobody”"):
        propose(tmp_path / "p.json", "{}", agent="Nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("propose", str(tmp_path / "none.json"), agent="Enricher")
    with pytest.raises(CommandError, match="is empty"):
        propose(tmp_path / "p.json", "\n")


def test_a_deactivated_agent_proposes_nothing(tmp_path: Path, agent: Agent) -> None:
    Agent.objects.update(deactivated_at=NOW)
    with pytest.raises(CommandError, match="deactivated"):
        propose(tmp_path / "p.json", "{}")
