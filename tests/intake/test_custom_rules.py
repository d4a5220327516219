"""A custom rule from the policy to what an agent is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from approvals.models import Agent, GateReading, Suggestion
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level, Verdict
from approvals.services import regating
from crmgov.people.models import Team
from crmgov.records.models import Account
from tests.api.caller import Caller, said
from tests.intake.kit import WORKFLOW, body, item, may_execute, publish
from tests.world import NOW, an_account

pytestmark = pytest.mark.django_db
BIG = "account.annual_value >= 50000.0 && items.exists(i, i.field == 'employees')"


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, industry="Shipping", employees=240, annual_value="60000", currency="EUR")


def rule(mode: Mode, verdict: Verdict = Verdict.QUEUE, expression: str = BIG) -> CustomRule:
    return CustomRule("big_headcounts", expression, "Head counts of large accounts.", verdict, mode)


def posted(agent: Agent, account: Account, *rules: CustomRule) -> tuple[dict[str, Any], GateReading]:
    """What the agent is answered, and what the gate kept; nothing but these rules would hold it."""
    may_execute(agent, custom_rules=rules, high_value=Decimal(10**9))
    answer = Caller(agent).post(body(account, item("employees", 240, 310)), key="k")
    assert answer.status_code == 201, answer.content
    return said(answer), GateReading.objects.get()


def test_an_enforced_rule_holds_what_was_posted_and_the_agent_reads_why(
    agent: Agent, account: Account
) -> None:
    answer, reading = posted(agent, account, rule(Mode.ENFORCE))

    assert answer["status"] == "queued"
    assert [finding["rule"] for finding in reading.findings] == ["custom:big_headcounts"]
    assert Suggestion.objects.get().rules == ["custom:big_headcounts"]
    assert "Head counts of large accounts." in str(answer)


def test_a_monitored_rule_lets_it_run_and_keeps_what_it_would_have_caught(
    agent: Agent, account: Account
) -> None:
    answer, reading = posted(agent, account, rule(Mode.MONITOR, Verdict.BLOCK))

    assert answer["status"] == "approved"
    assert reading.findings == []
    assert [(one["rule"], one["verdict"]) for one in reading.monitored] == [
        ("custom:big_headcounts", "block")
    ]
    assert Suggestion.objects.get().rules == []


def test_a_rule_that_cannot_say_waits_and_says_so(agent: Agent, team: Team) -> None:
    nobody_knows = an_account("Unpriced", team=team.pk, employees=240)

    answer, reading = posted(agent, nobody_knows, rule(Mode.ENFORCE, Verdict.BLOCK))

    assert answer["status"] == "queued"
    assert "account.annual_value has no value here" in reading.findings[0]["sentence"]


def test_a_blocking_rule_that_is_published_closes_what_waits(agent: Agent, account: Account) -> None:
    answer, _ = posted(agent, account, rule(Mode.ENFORCE))
    assert answer["status"] == "queued"

    publish(
        workflows=(WorkflowLine(WORKFLOW, Level.EXECUTE),), custom_rules=(rule(Mode.ENFORCE, Verdict.BLOCK),)
    )
    regating.follow_policy(at=NOW)

    assert Suggestion.objects.get().status == "blocked"
