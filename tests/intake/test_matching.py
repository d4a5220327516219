"""A suggestion waits in the first queue that takes it and that somebody present may see; the rest are tags."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from approvals.models import Agent, Queue, QueueMove, Suggestion
from approvals.rules import queues as rule
from approvals.selectors import seats
from approvals.services import default_queues, intake, invariants, layouts, queues, regating
from approvals.services.default_queues import make_default_queues
from crmgov.people.models import Role, Team, User
from crmgov.people.services import absences
from tests.intake.kit import an_admin, an_agent, item, proposal
from tests.world import NOW, a_team, a_user, an_account

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def team() -> Team:
    return a_team()


@pytest.fixture
def sara(team: Team) -> User:
    return a_user("Sara Okafor", "reviewer", team)


@pytest.fixture
def agent(team: Team, sara: User) -> Agent:
    an_admin()
    make_default_queues()
    return an_agent(team)


def a_queue(key: str, *members: User) -> Queue:
    queue = Queue.objects.get(shipped_as=key)
    for member in members:
        queue.memberships.create(user=member)
    return queue


def submit(agent: Agent, team: Team | None, name: str = "Halden", **values: Any) -> Suggestion:
    account = an_account(name, team=team.pk if team else None, employees=240, **values)
    return intake.submit(proposal=proposal(account, item("employees", 240, 310)), agent=agent, at=NOW)


def rich(agent: Agent, team: Team | None, name: str = "Halden", **values: Any) -> Suggestion:
    return submit(agent, team, name, **{"annual_value": "184000", "currency": "EUR", **values})


def now_in(suggestion: Suggestion) -> str:
    return str(Suggestion.objects.get(pk=suggestion.pk).queue)


def follow(at: Any = NOW) -> int:
    moved = regating.follow_people(at=at)
    holds()
    return moved


def holds() -> None:
    """L2 looks with the clock of the database, which is later than NOW: for absences of NOW it is asked elsewhere."""
    (found,) = invariants.check_all(at=NOW, only=("L2",))
    assert not found.violations, found.examples


def test_without_members_everything_waits_with_its_team(agent: Agent, team: Team) -> None:
    assert now_in(rich(agent, team)) == "North"
    holds()


def test_the_first_that_takes_it_wins_and_the_other_reasons_are_tags(
    agent: Agent, team: Team, sara: User
) -> None:
    a_queue("high_value", sara)
    a_queue("escalations", sara)

    made = rich(agent, team, escalated=True)

    assert now_in(made) == "Escalations"
    assert {"escalated", "high_value"} <= set(made.rules)
    assert made.sla_due_at == queues.due_after(NOW, Decimal(4), None)[0]
    assert now_in(rich(agent, team, "Polder")) == "High value"
    assert now_in(submit(agent, team, "Vantry")) == "North"
    holds()


def test_a_member_who_does_not_see_the_team_is_nobody_to_count_on(agent: Agent, team: Team) -> None:
    a_queue("high_value", a_user("Camille Roux", Role.REVIEWER, a_team("South")))

    assert now_in(rich(agent, team)) == "North"
    assert now_in(rich(agent, None, "Shared")) == "High value"
    holds()


def test_an_auditor_in_a_queue_decides_nothing(agent: Agent, team: Team) -> None:
    a_queue("high_value", a_user("Ines Falk", Role.AUDITOR, team))

    assert now_in(rich(agent, team)) == "North"


def test_an_admin_in_a_queue_sees_every_team(agent: Agent, team: Team) -> None:
    a_queue("high_value", an_admin())

    assert now_in(rich(agent, team)) == "High value"


def test_what_nobody_may_see_goes_to_unrouted(agent: Agent, team: Team, sara: User) -> None:
    made = rich(agent, team)
    sara.memberships.all().delete()

    assert follow() == 1
    assert now_in(made) == "Unrouted"


def test_an_absent_sole_member_s_work_goes_to_the_next_queue_and_comes_back_unless_claimed(
    agent: Agent, team: Team, sara: User
) -> None:
    tom = a_user("Tom Becker", Role.REVIEWER, team)
    a_queue("high_value", tom)
    one, other = rich(agent, team), rich(agent, team, "Polder")
    absences.plan(user=tom, starts_at=NOW, ends_at=NOW + DAY, actor=tom, at=NOW)

    assert regating.follow_people(at=NOW) == 2
    assert (now_in(one), now_in(other)) == ("North", "North")

    claimed = Suggestion.objects.filter(pk=one.pk)
    claimed.update(claimed_by=sara, claimed_until=NOW + DAY + timedelta(minutes=5))
    assert regating.follow_people(at=NOW + DAY) == 1
    assert (now_in(one), now_in(other)) == ("North", "High value")
    # She lets go of it.
    assert regating.follow_people(at=NOW + DAY + timedelta(minutes=5)) == 1
    assert now_in(one) == "High value"
    # The clock of the database is two days later, when Tom is back.
    holds()


def test_a_delegate_keeps_it_in_the_queue(agent: Agent, team: Team, sara: User) -> None:
    tom = a_user("Tom Becker", Role.REVIEWER, team)
    a_queue("high_value", tom)
    waiting = rich(agent, team)
    absences.plan(user=tom, starts_at=NOW, ends_at=NOW + DAY, delegate=sara, actor=tom, at=NOW)

    assert regating.follow_people(at=NOW) == 0
    assert now_in(waiting) == "High value"
    # A delegate who is away too is no help.
    absences.plan(user=sara, starts_at=NOW, ends_at=NOW + DAY, actor=sara, at=NOW)
    assert regating.follow_people(at=NOW) == 1


def test_nobody_stands_in_for_who_left(agent: Agent, team: Team, sara: User) -> None:
    tom = a_user("Tom Becker", Role.REVIEWER, team)
    a_queue("high_value", tom)
    waiting = rich(agent, team)
    absences.plan(user=tom, starts_at=NOW, ends_at=NOW + DAY, delegate=sara, actor=tom, at=NOW)
    tom.is_active = False
    tom.save()

    assert follow() == 1
    assert now_in(waiting) == "North"


def test_a_delegate_of_another_team_is_no_help(agent: Agent, team: Team, sara: User) -> None:
    tom = a_user("Tom Becker", Role.REVIEWER, team)
    stranger = a_user("Camille Roux", Role.REVIEWER, a_team("South"))
    a_queue("high_value", tom)
    waiting = rich(agent, team)
    absences.plan(user=tom, starts_at=NOW, ends_at=NOW + DAY, delegate=stranger, actor=tom, at=NOW)

    assert regating.follow_people(at=NOW) == 1
    assert now_in(waiting) == "North"


def test_another_order_another_place_and_every_move_is_kept(agent: Agent, team: Team, sara: User) -> None:
    a_queue("high_value", sara)
    escalations = a_queue("escalations", sara)
    waiting = rich(agent, team, escalated=True)
    Queue.objects.filter(pk=escalations.pk).update(position=90)

    assert follow() == 1
    assert now_in(waiting) == "High value"
    move = QueueMove.objects.get(suggestion=waiting)
    assert (move.came_from, move.went_to, move.by, move.at) == ("Escalations", "High value", None, NOW)
    assert follow() == 0


def test_the_team_s_special_queue_leaves_the_rest_a_place(agent: Agent, team: Team, sara: User) -> None:
    usual = submit(agent, team)
    own = Queue.objects.get(team=team)
    own.rules = ["high_value"]
    own.save()

    follow()

    general = Queue.objects.get(team=team, rules=[])
    assert (now_in(usual), str(general), list(general.members.all())) == ("North 2", "North 2", [sara])
    assert now_in(rich(agent, team, "Polder")) == "North"


def test_a_side_of_a_conflict_belongs_to_the_conflicts_whenever_it_was_judged(
    agent: Agent, team: Team, sara: User
) -> None:
    account = an_account("Halden", team=team.pk, employees=240)
    first = intake.submit(proposal=proposal(account, item("employees", 240, 310)), agent=agent, at=NOW)
    a_queue("conflicts", sara)
    other = an_agent(team, name="Register")
    second = intake.submit(proposal=proposal(account, item("employees", 240, 320)), agent=other, at=NOW)

    assert (now_in(first), now_in(second)) == ("North", "Conflicts")
    assert follow() == 1
    assert now_in(first) == "Conflicts"


MATCHINGS: tuple[dict[str, Any], ...] = (
    {"rules": ["high_value", "escalated"]},
    {"rules": ["conflicting_suggestion"]},
    {"rules": ["level"], "segments": ["none"]},
    {"segments": ["none"]},
    {"segments": ["enterprise", "none"], "at_least": Decimal(100_000)},
    {"segments": ["enterprise"]},
    {"at_least": Decimal(184_000)},
    {"at_least": Decimal(0)},
    {"actions": ["create_task"]},
    {"actions": ["set_fields"]},
    {},
)


@pytest.mark.parametrize("matching", MATCHINGS, ids=str)
@pytest.mark.parametrize("where", ["every team", "North", "South"])
def test_the_database_and_the_rule_choose_alike(
    agent: Agent, team: Team, sara: User, matching: dict[str, Any], where: str
) -> None:
    south = a_team("South")
    tested = Queue.objects.create(
        name="Tested", team=None if where == "every team" else a_team(where), position=-90, **matching
    )
    tested.memberships.create(user=sara)
    agent.teams.add(south)
    waiting = [
        rich(agent, team, segment="enterprise"),
        rich(agent, team, "Escalated", escalated=True),
        rich(agent, south, "Southern"),
        submit(agent, team, "Plain"),
        submit(agent, None, "Shared"),
    ]
    # It became a side of a conflict after it was judged.
    disputed = submit(agent, team, "Disputed")
    Suggestion.objects.filter(pk=disputed.pk).update(in_conflict=True)
    waiting.append(disputed)
    layout = layouts.Layout(NOW)
    unrouted = queues.unrouted().pk
    rows = Suggestion.objects.filter(pk__in=[one.pk for one in waiting]).annotate(
        belongs=layout.belongs(unrouted)
    )

    for row in rows:
        first = layout.first(row)
        belongs = row.belongs  # type: ignore[attr-defined]
        assert belongs == (first.pk if first else unrouted), (row.record_label, matching)
        assert row.in_conflict or row.queue_id == belongs
    assert rule.first_of([], rule.Asked(), unrouted) == unrouted


def test_a_thousand_ask_no_more_often_than_one(
    agent: Agent, team: Team, sara: User, django_assert_num_queries: Any
) -> None:
    a_queue("high_value", sara)
    waiting = [rich(agent, team, f"Account {number}") for number in range(4)]
    for many in (1, 4):
        places = queues.Places(NOW)
        with django_assert_num_queries(2):
            assert {str(places.route(one)) for one in waiting[:many]} == {"High value"}


def test_defaults_are_made_once_in_their_order_before_the_teams(team: Team, sara: User) -> None:
    queues.ensure_for_team(team)

    made = make_default_queues()

    names = [shipped.name for shipped in default_queues.SHIPPED]
    assert [str(queue) for queue in made] == names
    assert [str(queue) for queue in Queue.objects.order_by("position")] == [*names, "North"]
    assert not any(queue.members.exists() for queue in made)
    known = {one for shipped in default_queues.SHIPPED for one in shipped.rules}
    assert known <= rule.RULES


def test_what_an_admin_renamed_or_took_away_stays_so(team: Team) -> None:
    renamed, gone, *_ = make_default_queues()
    Queue.objects.filter(pk=renamed.pk).update(name="Two claims")
    gone.delete()

    assert make_default_queues() == []
    assert not Queue.objects.filter(name__in=[renamed.name, gone.name]).exists()


def test_a_name_that_is_taken_is_no_obstacle(sara: User) -> None:
    queues.ensure_for_team(a_team("Escalations"))

    assert "Escalations (all teams)" in {str(queue) for queue in make_default_queues()}


def test_the_guard_of_sight_is_what_keeps_it_from_strangers(
    agent: Agent, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken out, the promise L2 is broken and seen to be."""
    a_queue("high_value", a_user("Camille Roux", Role.REVIEWER, a_team("South")))
    monkeypatch.setattr(seats.Seats, "see", lambda self, team_id: True)

    assert now_in(rich(agent, team)) == "High value"
    (found,) = invariants.check_all(at=NOW, only=("L2",))
    assert found.violations == 1
