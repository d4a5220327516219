"""The inbox list and the page of one item: who sees what, in which order, at how many queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from approvals.models import Suggestion
from approvals.selectors import context, executions, inbox, items, suggestions
from approvals.selectors.filters import Filters
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import desk
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import Delegation, Role, User
from tests.decisions import scene
from tests.world import NOW, a_team, a_ticket, a_user

pytestmark = pytest.mark.django_db


def names(user: User, **more: Any) -> list[str]:
    return [row.name for row in inbox.page_for(user, at=scene.LATER, **more).rows]


def test_a_row_says_what_why_and_until_when() -> None:
    sara = scene.reviewer()
    scene.publish()
    account = scene.account("Halden Marine Systems", escalated=True, annual_value="184000", currency="EUR")
    suggestion = scene.propose(account, employees=310)

    (row,) = inbox.page_for(sara, at=scene.LATER).rows

    assert (row.name, row.what) == ("Halden Marine Systems", "Employees: 240 to 310")
    assert row.why == "Open escalation · high value"
    assert str(row.value) == "184000.00"
    assert (row.number, row.due_at) == (suggestion.number, suggestion.effective_due_at)


def test_mine_is_what_i_decide_and_team_is_what_i_see() -> None:
    sara = scene.reviewer()
    scene.publish()
    other_queue_member = a_user("Lea Brun", Role.REVIEWER, a_team("South"))
    manager = a_user("Priya Nair", Role.ACCOUNT_MANAGER, a_team())
    scene.propose(scene.account("Corvane Logistics", owner=manager.pk), employees=310)
    scene.propose(scene.account("Polder Freight"), employees=311)

    assert sorted(names(sara)) == ["Corvane Logistics", "Polder Freight"]
    assert names(manager) == ["Corvane Logistics"]
    assert sorted(names(manager, view="team")) == ["Corvane Logistics", "Polder Freight"]
    assert names(other_queue_member, view="team") == []
    assert inbox.counts(manager, at=scene.LATER) == {
        "mine": 1, "team": 2, "due": 0, "snoozed": 0, "asked": 0, "escalated": 0,
    }  # fmt: skip
    assert names(a_user("Ida Holm", Role.AUDITOR)) == []


def test_who_stands_in_for_an_absent_reviewer_sees_their_work() -> None:
    sara = scene.reviewer()
    scene.publish()
    tom = a_user("Tom Becker", Role.ACCOUNT_MANAGER, a_team())
    scene.propose(scene.account(), employees=310)
    assert names(tom) == []
    Delegation.objects.create(
        user=sara, delegate=tom, starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=1)
    )
    assert names(tom) == ["Polder Freight"]


def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    sara = scene.reviewer()
    scene.publish()
    for number in range(7):
        scene.propose(scene.account(f"Account {number}"), employees=300)
    first = inbox.page_for(sara, at=scene.LATER, size=3)
    second = inbox.page_for(sara, at=scene.LATER, size=3, cursor=first.older)
    third = inbox.page_for(sara, at=scene.LATER, size=3, cursor=second.older)
    back = inbox.page_for(sara, at=scene.LATER, size=3, cursor=third.newer)
    numbers = [row.number for page in (first, second, third) for row in page.rows]
    assert len(numbers) == len(set(numbers)) == 7
    assert [row.number for row in back.rows] == [row.number for row in second.rows]
    assert (first.newer, third.older) == ("", "")


def test_a_cursor_changed_by_hand_shows_the_first_page() -> None:
    sara = scene.reviewer()
    scene.publish()
    scene.propose(scene.account(), employees=310)
    assert names(sara, cursor="['>','x','1']:forged") == ["Polder Freight"]


def test_filters_narrow_the_list() -> None:
    sara = scene.reviewer()
    scene.publish()
    scene.propose(scene.account("Tessaly Health", regulated=True), employees=310)
    scene.propose(scene.account("Polder Freight"), employees=311)
    assert names(sara, filters=Filters(rule="regulated_industry")) == ["Tessaly Health"]
    assert names(sara, filters=Filters(high_risk=True)) == ["Tessaly Health"]
    assert names(sara, filters=Filters(action="move_stage")) == []


def test_the_list_costs_the_same_at_one_row_and_at_25(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sara = scene.reviewer()
    scene.publish()
    scene.propose(scene.account("Account 0"), employees=310)
    with django_assert_num_queries(2):
        assert len(inbox.page_for(sara, at=scene.LATER).rows) == 1
    for number in range(1, 25):
        scene.propose(scene.account(f"Account {number}"), employees=310)
    with django_assert_num_queries(2):
        assert len(inbox.page_for(sara, at=scene.LATER).rows) == 25


def test_the_page_shows_the_change_its_reasons_and_what_it_stands_on() -> None:
    sara = scene.reviewer()
    scene.publish()
    account = scene.account("Halden Marine Systems", escalated=True)
    a_ticket("Claims export fails", account=str(account.pk), team=a_team().pk)
    other = scene.propose(account, region="Nordics")
    suggestion = scene.propose(account, employees=310)

    page = desk.look(sara, suggestion.pk, scene.LATER)
    (line,) = items.lines_for(
        Sight(Proposer(None, sara)),
        page.items,
        writes=page.writes,
        record=page.record,
        facts=page.facts,
        imported=(),
        findings=page.findings,
    )
    card = context.card_for(sara, suggestion.account_id, beside=suggestion.pk, at=scene.LATER)

    assert (line.label, line.now, line.proposed) == ("Employees", 240, 310)
    assert (line.stale, line.checked, line.proposed_note) == (False, True, "Firmdata")
    assert {finding.rule for finding in page.findings} >= {"escalated", "active_ticket"}
    assert (page.not_approving, page.not_rejecting) == ("", "")
    assert "Halden Marine Systems" in page.consequence
    assert page.digest == scene.digest(suggestion)
    assert card is not None
    assert [ticket.title for ticket in card.tickets] == ["Claims export fails"]
    assert [mini.id for mini in card.proposals] == [str(other.pk)]
    assert card.timeline


def test_the_page_of_another_team_is_not_there() -> None:
    scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    stranger = a_user("Lea Brun", Role.REVIEWER, a_team("South"))
    for missing in (suggestion.pk, uuid4()):
        with pytest.raises(NotFound):
            items.find(stranger, missing)
    assert context.card_for(stranger, suggestion.account_id, beside=None, at=scene.LATER) is None


def test_the_outbox_and_the_list_of_all_show_what_became_of_it() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = scene.propose(scene.account(), employees=310)
    scene.approve(suggestion, sara)
    assert [row.what for row in executions.page_for(sara, view="waiting").rows] == ["Employees: 240 to 310"]
    scene.run(suggestion)
    assert [row.status for row in executions.page_for(sara, view="finished").rows] == ["succeeded"]
    assert [row.status for row in suggestions.page_for(sara).rows] == [Suggestion.Status.APPROVED]
    stranger = a_user("Lea Brun", Role.REVIEWER, a_team("South"))
    assert executions.page_for(stranger, view="finished").rows == ()
