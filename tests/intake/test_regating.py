"""Open suggestions follow a new policy and the people who are here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from approvals.models import Agent, GateReading, Queue, Suggestion
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.services import intake, pauses, regating
from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.intake.kit import WORKFLOW, an_admin, an_agent, item, may_execute, proposal, publish
from tests.world import NOW, a_team, a_user, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return a_team()


@pytest.fixture
def sara(team: Team) -> User:
    return a_user("Sara Okafor", "reviewer", team)


@pytest.fixture
def agent(team: Team, sara: User) -> Agent:
    return an_agent(team)


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, employees=240, annual_value="30000", currency="EUR")


def submit(agent: Agent, account: Account, **more: Any) -> Suggestion:
    return intake.submit(proposal=proposal(account, item("employees", 240, 310), **more), agent=agent, at=NOW)


def after_a_look(suggestion: Suggestion) -> Suggestion:
    regating.follow_policy(at=NOW)
    regating.follow_people(at=NOW)
    return Suggestion.objects.get(pk=suggestion.pk)


def test_a_looser_policy_says_so_and_executes_nothing(agent: Agent, account: Account) -> None:
    may_execute(agent, high_value=Decimal(20_000))
    waiting = submit(agent, account)
    looser = publish(workflows=(WorkflowLine(WORKFLOW, Level.EXECUTE),), high_value=Decimal(50_000))

    now = after_a_look(waiting)

    assert (now.status, now.verdict, now.rules) == ("queued", "execute", [])
    assert now.policy_version == looser
    assert now.digest != waiting.digest
    assert GateReading.objects.filter(suggestion=now).count() == 2


def test_a_stricter_policy_applies_at_once(agent: Agent, account: Account) -> None:
    waiting = submit(agent, account)
    publish(bands=())
    assert after_a_look(waiting).status == "queued"

    publish(workflows=(WorkflowLine(WORKFLOW, Level.SHADOW),))
    now = after_a_look(waiting)

    assert (now.status, now.level, now.closed_at) == ("blocked", "shadow", NOW)
    assert not now.items.filter(question_open=True).exists()


def test_what_was_read_under_the_policy_in_force_is_left_alone(agent: Agent, account: Account) -> None:
    submit(agent, account)

    assert regating.follow_policy(at=NOW) == 0
    assert GateReading.objects.count() == 1


def test_a_pause_closes_nothing(agent: Agent, account: Account) -> None:
    waiting = submit(agent, account)
    pause = pauses.pause(scope="all", reason="An audit.", user=an_admin(), at=NOW)
    publish()
    during = after_a_look(waiting)
    pauses.lift(pause_id=pause.pk, user=an_admin(), at=NOW)
    afterwards = after_a_look(waiting)

    assert (during.status, during.verdict) == ("queued", "block")
    assert (afterwards.status, afterwards.verdict) == ("queued", "queue")


def test_when_the_last_member_leaves_it_moves_to_unrouted_and_back(
    agent: Agent, account: Account, sara: User
) -> None:
    waiting = submit(agent, account)
    sara.is_active = False
    sara.save()
    moved = after_a_look(waiting)
    sara.is_active = True
    sara.save()
    back = after_a_look(waiting)

    assert moved.queue is not None
    assert (moved.queue.name, back.queue) == ("Unrouted", waiting.queue)


def test_a_reviewer_who_joins_later_becomes_a_member(agent: Agent, account: Account, team: Team) -> None:
    waiting = submit(agent, account)
    jon = a_user("Jon Aarts", "reviewer", team)
    after_a_look(waiting)

    assert waiting.queue is not None
    assert jon in waiting.queue.members.all()


def test_a_member_of_another_queue_of_the_team_is_left_there(
    agent: Agent, account: Account, team: Team
) -> None:
    waiting = submit(agent, account)
    special = Queue.objects.create(name="Special", team=team, position=99)
    jon = a_user("Jon Aarts", "reviewer", team)
    special.memberships.create(user=jon)
    after_a_look(waiting)

    assert list(jon.queues.all()) == [special]
    assert Suggestion.objects.get(pk=waiting.pk).queue == waiting.queue


def test_following_costs_the_same_for_many(
    agent: Agent, team: Team, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        submit(agent, an_account(f"Account {number}", team=team.pk, employees=240))
    regating.follow_people(at=NOW)
    with django_assert_max_num_queries(7):
        assert regating.follow_people(at=NOW) == 0
