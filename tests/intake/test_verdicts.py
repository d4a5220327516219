"""What becomes of a proposal: blocked, shadowed, queued or approved, each with its reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from approvals.models import Agent, Decision, Execution, GateReading, Suggestion
from approvals.rules.facts import Facts
from approvals.rules.findings import Finding
from approvals.rules.gate import judge
from approvals.rules.vocabulary import Level
from approvals.services import gate, intake
from crmgov.people.models import Team
from crmgov.records.models import Account
from tests.intake.kit import item, may_execute, proposal, publish, publish_empty
from tests.world import NOW, a_team, a_ticket, an_account, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, industry="Shipping", employees=240, annual_value="12000", currency="EUR")


def submit(agent: Agent, account: Account, *items: dict[str, Any], **more: Any) -> Suggestion:
    return intake.submit(proposal=proposal(account, *items, **more), agent=agent, at=NOW)


def test_an_unknown_workflow_registers_itself_and_only_suggests(agent: Agent, account: Account) -> None:
    made = submit(agent, account, item("employees", 240, 310))

    assert (made.status, made.verdict, made.level) == ("queued", "queue", "suggest")
    assert {"level", "low_confidence"} <= set(made.rules)
    assert made.workflow_version.workflow.agent == agent
    assert made.queue is not None
    assert made.queue.name == "North"
    assert made.effective_due_at is not None


def test_with_policy_and_grant_it_runs_by_itself_under_that_policy(agent: Agent, account: Account) -> None:
    version = may_execute(agent)

    made = submit(agent, account, item("employees", 240, 310))

    assert (made.status, made.verdict, made.rules) == ("approved", "execute", [])
    decision = Decision.objects.get(suggestion=made)
    assert decision.policy_version == version
    assert Execution.objects.get(suggestion=made).status == "pending"


def test_at_shadow_it_is_kept_and_never_applied(agent: Agent, account: Account) -> None:
    may_execute(agent)

    made = submit(agent, account, item("employees", 240, 310), level="shadow")

    assert made.status == "shadowed"
    assert made.closed_at == NOW
    assert not Execution.objects.exists()


def test_one_threshold_changes_the_verdict_of_the_next_identical_suggestion(
    agent: Agent, account: Account
) -> None:
    may_execute(agent, high_value=Decimal(10_000))
    first = submit(agent, account, item("employees", 240, 310))
    publish(
        workflows=gate.current_policy()[1].workflows,
        high_value=Decimal(20_000),
    )
    second = submit(agent, account, item("employees", 240, 310))

    assert (first.status, first.rules) == ("queued", ["high_value"])
    assert second.status == "approved"
    assert second.supersedes == first
    first.refresh_from_db()
    assert first.status == "superseded"


def test_an_empty_policy_queues_everything(agent: Agent, account: Account) -> None:
    may_execute(agent)
    publish_empty()

    made = submit(agent, account, item("employees", 240, 310))

    assert made.status == "queued"
    assert {"level", "low_confidence", "high_value"} <= set(made.rules)


@pytest.mark.parametrize(
    ("field", "seen", "proposed", "rule", "sentence"),
    [
        ("extra.legacy_id", None, "17", "field_never_ai", "never changed by AI"),
        ("owner_view", None, "healthy", "field_never_ai", "never changed by AI"),
        ("employees", 240, "many", "invalid_value", "“many” is not a number"),
        ("employees", 240, -3, "invalid_value", "0 is the least"),
        ("currency", "EUR", "ZZZ", "invalid_value", "ISO currency"),
        ("segment", None, "giant", "invalid_value", "There is no such segment here"),
        ("employees", 240, 240, "invalid_value", "nothing to change"),
    ],
)
def test_what_can_never_be_is_blocked_and_kept(
    agent: Agent, account: Account, field: str, seen: Any, proposed: Any, rule: str, sentence: str
) -> None:
    may_execute(agent)

    made = submit(agent, account, item(field, seen, proposed))

    assert (made.status, made.verdict) == ("blocked", "block")
    found = _finding(made, rule)
    assert sentence in found.sentence
    assert found.field == field


def test_so_unsure_that_it_is_not_worth_a_look_is_blocked(agent: Agent, account: Account) -> None:
    may_execute(agent)

    made = submit(agent, account, item("employees", 240, 310, confidence=0.2))

    assert made.status == "blocked"
    assert "below the floor of 0.40" in _finding(made, "below_floor").sentence


def test_a_stale_value_waits_and_says_both(agent: Agent, account: Account) -> None:
    may_execute(agent)

    made = submit(agent, account, item("employees", 200, 310))

    assert made.status == "queued"
    assert (
        _finding(made, "stale_facts").sentence == "Employees was 200 when this was proposed and is 240 now."
    )


def test_a_fact_that_moved_makes_it_stale_too(agent: Agent, account: Account) -> None:
    may_execute(agent)
    facts = [{"name": "account.industry", "value": "Freight"}, {"name": "account.open_tickets", "value": 0}]

    made = submit(agent, account, item("employees", 240, 310), facts=facts)

    assert made.rules == ["stale_facts"]
    assert "Account industry was “Freight” and is “Shipping”" in _finding(made, "stale_facts").sentence


def test_a_protected_field_waits_whatever_the_policy_says(agent: Agent, account: Account) -> None:
    may_execute(agent, "commercial")

    made = submit(agent, account, item("relationship_flags", [], ["partner"]))

    assert (made.status, made.level) == ("queued", "draft")
    assert _finding(made, "protected_field").otherwise == "No setting lets this run by itself."


def test_a_verified_value_waits_for_a_person(agent: Agent, team: Team) -> None:
    account = an_account(team=team.pk, industry="Shipping", verified=True)
    may_execute(agent)

    made = submit(agent, account, item("industry", "Shipping", "Logistics"))

    assert made.rules == ["overwrites_verified"]
    assert "verified and locked by A tester" in _finding(made, "overwrites_verified").sentence


def test_a_verification_older_than_its_recheck_age_no_longer_counts(agent: Agent, team: Team) -> None:
    account = an_account(team=team.pk, industry="Shipping", verified=True, at=NOW.replace(year=NOW.year - 2))
    may_execute(agent)

    assert submit(agent, account, item("industry", "Shipping", "Logistics")).status == "approved"


def test_filling_an_empty_domain_runs_and_replacing_it_waits(agent: Agent, team: Team) -> None:
    may_execute(agent, "domain")
    empty, filled = (
        an_account("Empty", team=team.pk),
        an_account("Filled", team=team.pk, domain="old.example"),
    )

    runs = submit(agent, empty, item("domain", None, "new.example"))
    waits = submit(agent, filled, item("domain", "old.example", "new.example"))

    assert runs.status == "approved"
    assert waits.rules == ["overwrites_value"]


@pytest.mark.parametrize(
    ("values", "rule", "sentence"),
    [
        ({"strategic": True}, "strategic_account", "is a strategic account"),
        ({"escalated": True}, "escalated", "is escalated"),
        ({"regulated": True}, "regulated_industry", "is marked as a regulated business"),
        ({"industry": "banking"}, "regulated_industry", "is in “banking”, which the policy names"),
        ({"annual_value": "184000"}, "high_value", "EUR 184,000 a year, above the line of EUR 50,000"),
        ({"currency": "ISK"}, "high_value", "no rate from ISK to EUR is known"),
    ],
)
def test_what_the_account_is_makes_it_wait(
    agent: Agent, account: Account, values: dict[str, Any], rule: str, sentence: str
) -> None:
    may_execute(agent)
    change("account", account.pk, **values)

    made = submit(agent, account, item("employees", 240, 310))

    assert made.rules == [rule]
    assert sentence in _finding(made, rule).sentence


def test_an_open_ticket_makes_it_wait_and_is_linked(agent: Agent, account: Account) -> None:
    may_execute(agent)
    ticket = a_ticket(account=str(account.pk))
    a_ticket("Long closed", account=str(account.pk), status="closed")

    made = submit(agent, account, item("employees", 240, 310))

    assert made.rules == ["active_ticket"]
    assert [ref.id for ref in _finding(made, "active_ticket").evidence] == [str(ticket.pk)]


def test_an_archived_record_blocks(agent: Agent, account: Account) -> None:
    may_execute(agent)
    change("account", account.pk, archived_at=NOW.isoformat())

    made = submit(agent, account, item("employees", 240, 310))

    assert made.rules == ["record_gone"]
    assert made.status == "blocked"


def test_a_reading_keeps_enough_to_say_it_again(agent: Agent, account: Account) -> None:
    may_execute(agent, high_value=Decimal(10_000))
    made = submit(agent, account, item("employees", 200, 310))

    kept = GateReading.objects.get(suggestion=made)
    again = judge(Facts.from_json(kept.facts))

    assert [found.to_json() for found in again.findings] == kept.findings
    assert (again.verdict, again.level) == (kept.verdict, kept.level)
    assert again.policy_version == kept.policy_version.number


def test_a_slipped_in_grant_counts_for_nothing(agent: Agent, account: Account) -> None:
    may_execute(agent)
    agent.grants.update(level=Level.FULL)

    made = submit(agent, account, item("employees", 240, 310))

    assert made.status == "queued"
    assert "level" in made.rules


def test_the_gate_looks_in_a_bounded_number_of_queries(
    agent: Agent, account: Account, django_assert_max_num_queries: Any
) -> None:
    may_execute(agent)
    made = submit(agent, account, item("employees", 200, 310))
    several = submit(
        agent,
        account,
        item("region", None, "Kiel"),
        item("industry", "Shipping", "Logistics"),
        item("name", account.name, "Halden"),
        item("renewal_date", None, "2027-01-31"),
    )
    for suggestion in (made, several):
        fresh = Suggestion.objects.get(pk=suggestion.pk)
        with django_assert_max_num_queries(19):
            gate.digest_of(fresh, at=NOW)


def _finding(suggestion: Suggestion, rule: str) -> Finding:
    reading = GateReading.objects.filter(suggestion=suggestion).latest("id")
    return next(Finding.from_json(found) for found in reading.findings if found["rule"] == rule)


def test_a_ticket_that_another_team_reads_holds_and_keeps_its_words(agent: Agent, account: Account) -> None:
    south = a_team("South")
    a_ticket(
        "We are suing the pilot of Kestrel", account=account.pk, team=south.pk, escalated=True, status="open"
    )

    made = submit(agent, account, item("employees", 240, 310))

    (reading,) = GateReading.objects.filter(suggestion=made)
    assert {"escalated", "recent_service_issue"} <= set(made.rules)
    assert "Kestrel" not in str(reading.findings)
    assert "another team reads" in str(reading.findings)
