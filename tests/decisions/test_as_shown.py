"""What is decided is what was on the page, and what a person typed is theirs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from approvals.models import Decision, Suggestion
from approvals.services import agents, decisions, desk, standing
from approvals.services.standing import AgentOff, OwnProposal
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Role
from crmgov.records.models import FieldChange
from crmgov.records.services import holds
from tests.decisions import scene
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db


def suggested(**values: Any) -> Suggestion:
    scene.reviewer()
    scene.publish()
    return scene.propose(scene.account(), **(values or {"employees": 310}))


def test_another_hold_than_the_one_on_the_page_is_shown_first() -> None:
    """Hold A was on screen; it was lifted and B placed. The old page approves nothing."""
    scene.reviewer()
    scene.publish()
    account, ana = scene.account(), scene.admin()
    seen = holds.place(account_id=account.pk, until=date(2027, 1, 9), reason="on holiday", user=ana, at=NOW)
    suggestion = scene.propose(account, employees=310)
    digest = scene.digest(suggestion)
    holds.lift(hold_id=seen.pk, user=ana, at=NOW + timedelta(minutes=1))
    holds.place(
        account_id=account.pk,
        until=date(2027, 6, 1),
        reason="lawsuit",
        user=ana,
        at=NOW + timedelta(minutes=2),
    )
    with pytest.raises(decisions.Changed):
        scene.approve(suggestion, scene.reviewer(), seen_digest=digest)
    assert not Decision.objects.exists()


def test_what_the_decider_typed_stands_in_the_ledger_as_theirs() -> None:
    suggestion = suggested(employees=310, region="Nordics")
    scene.approve(
        suggestion,
        scene.reviewer(),
        edits={"employees": "999"},
        seen_digest=scene.digest(suggestion),
    )
    scene.run(suggestion)
    rows = {row.field: row for row in FieldChange.objects.filter(change_set__suggestion_id=suggestion.pk)}
    assert (rows["employees"].new, rows["employees"].source, rows["employees"].confidence) == (
        999,
        "person",
        None,
    )
    assert rows["region"].source == "Firmdata", "what they left as proposed stays the proposer's"


def test_nothing_of_a_switched_off_agent_is_approved_and_the_page_says_so_first() -> None:
    suggestion, sara = suggested(), scene.reviewer()
    agents.deactivate(agent=scene.an_agent(), by=scene.admin(), at=NOW)
    page = desk.look(sara, suggestion.pk, scene.LATER)
    assert "Enricher is switched off" in page.not_approving
    assert page.not_rejecting == ""
    with pytest.raises(AgentOff, match="Enricher is switched off"):
        scene.approve(suggestion, sara, seen_digest=scene.digest(suggestion))
    assert not Decision.objects.exists()
    scene.reject(suggestion, sara)


def test_a_field_edited_back_to_what_it_holds_is_left_alone() -> None:
    suggestion = suggested(employees=310, region="Nordics")
    decision = scene.approve(
        suggestion,
        scene.reviewer(),
        edits={"region": "Benelux"},
        seen_digest=scene.digest(suggestion),
    )
    assert (decision.kind, decision.taken, decision.edits) == ("approve_some", ["employees"], {})
    assert scene.run(suggestion).status == "succeeded"
    assert not FieldChange.objects.filter(change_set__suggestion_id=suggestion.pk, field="region").exists()


def test_edits_that_leave_everything_as_it_is_are_no_approval() -> None:
    suggestion = suggested(region="Nordics")
    with pytest.raises(Invalid, match="nothing would change"):
        scene.approve(
            suggestion,
            scene.reviewer(),
            edits={"region": "Benelux"},
            seen_digest=scene.digest(suggestion),
        )
    suggestion.refresh_from_db()
    assert suggestion.status == "queued"


def test_asking_for_another_approver_costs_the_same_for_three_as_for_thirty(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """The owner of an agent reads its suggestions all day: who else may decide is asked of all at once."""
    suggestion = suggested()
    olga = a_user("Olga Brandt", Role.ADMIN)
    assert suggestion.queue is not None

    def asked() -> int:
        with django_assert_max_num_queries(12) as counted, pytest.raises(OwnProposal, match="somebody else"):
            standing.require_not_own_side(olga, suggestion, scene.LATER)
        return len(counted)

    few = asked()
    for number in range(30):
        suggestion.queue.members.add(a_user(f"Elsewhere {number}", Role.ACCOUNT_MANAGER, a_team("South")))
    assert asked() == few
