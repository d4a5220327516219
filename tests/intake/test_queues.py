"""Where a suggestion waits, until when, and what it is worth."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from approvals.models import Agent, GateReading, Queue, Suggestion
from approvals.services import intake, queues
from crmgov.people.models import BusinessCalendar, Team, User
from crmgov.records.models import ExchangeRate
from tests.intake.kit import an_admin, an_agent, item, may_execute, proposal, publish
from tests.world import NOW, a_team, a_user, an_account

pytestmark = pytest.mark.django_db

# Friday the 22nd of May 2026, 17:30 in Berlin; Monday the 25th is Whit Monday.
FRIDAY = datetime(2026, 5, 22, 15, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 5, 26, 10, 30, tzinfo=UTC)


@pytest.fixture
def team() -> Team:
    return a_team()


@pytest.fixture
def sara(team: Team) -> User:
    return a_user("Sara Okafor", "reviewer", team)


@pytest.fixture
def agent(team: Team) -> Agent:
    return an_agent(team)


def submit(agent: Agent, team: Team | None, at: datetime = NOW, **values: Any) -> Suggestion:
    account = an_account(team=team.pk if team else None, employees=240, **values)
    return intake.submit(proposal=proposal(account, item("employees", 240, 310)), agent=agent, at=at)


def berlin(team: Team, **changed: Any) -> None:
    team.calendar = BusinessCalendar.objects.create(
        **{
            "name": "Berlin", "time_zone": "Europe/Berlin", "opens": time(9), "closes": time(18),
            "weekdays": [0, 1, 2, 3, 4], "country": "DE", "subdivision": "BE", **changed,
        }
    )  # fmt: skip
    team.save()


def test_four_hours_from_friday_evening_end_on_tuesday_when_monday_is_a_holiday(
    team: Team, sara: User, agent: Agent
) -> None:
    berlin(team)
    queue = queues.ensure_for_team(team)
    queue.sla_hours = Decimal(4)
    queue.save()

    made = submit(agent, team, at=FRIDAY)

    assert made.sla_due_at == TUESDAY
    assert made.effective_due_at == TUESDAY
    assert made.due_explained == "by its SLA alone."


def test_a_calendar_of_no_use_is_said_and_keeps_nothing_from_its_queue(
    team: Team, sara: User, agent: Agent
) -> None:
    berlin(team, country="ZZ", subdivision="")

    made = submit(agent, team)

    assert made.status == "queued"
    assert "No holidays are known for ZZ" in made.due_explained


def test_value_and_risk_move_it_up_and_say_why(team: Team, sara: User, agent: Agent) -> None:
    made = submit(agent, team, annual_value="184000", currency="EUR", strategic=True)

    assert made.sla_due_at is not None
    assert made.effective_due_at is not None
    # Eight hours by the SLA; six of them is three quarters.
    assert (made.sla_due_at - made.effective_due_at).total_seconds() == 6 * 3600
    assert (
        made.due_explained
        == "6 h earlier for a strategic account (6 h) and €184,000 at stake (4 h); 6 h is the most."
    )
    assert made.value_at_stake == Decimal("184000.00")
    assert made.high_risk


def test_the_team_s_reviewers_are_the_members_of_its_queue(team: Team, sara: User, agent: Agent) -> None:
    a_user("Priya Nair", "account_manager", team)

    made = submit(agent, team)

    assert made.queue is not None
    assert (made.queue.team, list(made.queue.members.all())) == (team, [sara])


def test_the_first_queue_in_the_admins_order_takes_it(team: Team, sara: User, agent: Agent) -> None:
    usual = queues.ensure_for_team(team)
    first = Queue.objects.create(name="Triage", team=team, position=-1)
    first.memberships.create(user=sara)
    assert queues.ensure_for_team(team) == first

    made = submit(agent, team)

    assert made.queue == first
    assert first.position < usual.position


def test_what_no_member_may_see_goes_to_unrouted(team: Team, sara: User, agent: Agent) -> None:
    queue = queues.ensure_for_team(team)
    sara.memberships.all().delete()

    made = submit(agent, team)

    assert made.queue is not None
    assert made.queue != queue
    assert (made.queue.name, made.queue.team) == ("Unrouted", None)


def test_an_inactive_reviewer_is_no_member_to_count_on(team: Team, sara: User, agent: Agent) -> None:
    sara.is_active = False
    sara.save()

    made = submit(agent, team)

    assert made.queue is not None
    assert made.queue.name == "Unrouted"


def test_a_shared_record_goes_to_the_first_queue_with_a_member(team: Team, sara: User, agent: Agent) -> None:
    Queue.objects.create(name="Nobody", team=a_team("South"), position=0)
    queue = queues.ensure_for_team(team)

    assert submit(agent, None).queue == queue


def test_euros_against_a_line_in_dollars_wait_with_both_amounts(
    team: Team, sara: User, agent: Agent, settings: Settings
) -> None:
    settings.REPORTING_CURRENCY = "USD"
    ExchangeRate.objects.create(currency="EUR", day=NOW.date(), rate=Decimal("1.10"))
    may_execute(agent, reporting_currency="USD", high_value=Decimal(42_000))

    made = submit(agent, team, annual_value="40000", currency="EUR")

    assert made.rules == ["high_value"]
    assert "EUR 40,000 (USD 44,000) a year, above the line of USD 42,000" in _sentence(made)
    assert made.value_at_stake == Decimal("44000.00")


def test_the_cross_rate_serves_a_policy_that_counts_in_another_currency(
    team: Team, sara: User, agent: Agent
) -> None:
    ExchangeRate.objects.create(currency="USD", day=NOW.date(), rate=Decimal("0.80"))
    may_execute(agent, reporting_currency="USD", high_value=Decimal(42_000))

    made = submit(agent, team, annual_value="40000", currency="EUR")

    assert "EUR 40,000 (USD 50,000) a year" in _sentence(made)


def test_without_a_rate_it_waits_and_says_so(team: Team, sara: User, agent: Agent) -> None:
    may_execute(agent)

    made = submit(agent, team, annual_value="40000", currency="ISK")

    assert (made.status, made.rules, made.value_at_stake) == ("queued", ["high_value"], None)
    assert "no rate from ISK to EUR is known" in _sentence(made)


def test_a_rate_of_tomorrow_does_not_count_today(team: Team, sara: User, agent: Agent) -> None:
    ExchangeRate.objects.create(currency="ISK", day=NOW.date().replace(day=21), rate=Decimal("0.007"))
    may_execute(agent)

    assert submit(agent, team, annual_value="40000", currency="ISK").status == "queued"


def test_a_person_s_proposal_is_decided_by_somebody_else(team: Team, sara: User) -> None:
    publish()
    account = an_account(team=team.pk, employees=240)

    made = intake.submit(proposal=proposal(account, item("employees", 240, 310)), user=an_admin(), at=NOW)

    assert (made.status, made.agent, made.level) == ("queued", None, "suggest")


def _sentence(suggestion: Suggestion) -> str:
    findings = GateReading.objects.filter(suggestion=suggestion).latest("id").findings
    return str(next(found["sentence"] for found in findings if found["rule"] == "high_value"))
