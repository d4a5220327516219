"""What happened before decides what becomes of a proposal, from the records and decisions themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from approvals.models import Agent, GateReading, Suggestion
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.selectors import precedents as selectors
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.services import gate, intake, precedents, undoing
from approvals.services.proposed import subject_of
from crmgov.people.models import Role, Team, User
from crmgov.records.models import Account, MatchCandidate
from crmgov.records.services import reverts
from tests.decisions import scene
from tests.intake.kit import WORKFLOW, an_agent, item, may_execute, proposal, publish
from tests.world import NOW, a_contact, a_team, a_ticket, a_user, an_account, an_opportunity, change, create

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def team() -> Team:
    return a_team()


@pytest.fixture
def sara(team: Team) -> User:
    return scene.reviewer()


@pytest.fixture
def agent(team: Team, sara: User) -> Agent:
    """One whose cell may run by itself."""
    made = an_agent(team)
    may_execute(made)
    return made


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, employees=240, region="Benelux", annual_value="12000", currency="EUR")


def submit(agent: Agent, about: Any, *items: dict[str, Any], at: Any = LATER, **more: Any) -> Suggestion:
    items = items or (item("employees", 240, 310),)
    return intake.submit(proposal=proposal(about, *items, **more), agent=agent, at=at)


def allowed(**changes: Any) -> None:
    """Another policy under which the cell may still run."""
    publish(workflows=(WorkflowLine(WORKFLOW, Level.EXECUTE),), **changes)


def test_a_calm_account_lets_it_run(agent: Agent, account: Account) -> None:
    assert submit(agent, account).rules == []


def test_a_partner_is_decided_by_a_person(agent: Agent, account: Account) -> None:
    change("account", account.pk, relationship_flags=["partner"])
    assert submit(agent, account).rules == ["sensitive_relationship"]


def test_a_large_customer_that_left_is_decided_by_a_person(agent: Agent, account: Account) -> None:
    change("account", account.pk, lifecycle="churned", annual_value="80000")
    assert submit(agent, account).rules == ["high_value", "winback_high_value"]


@pytest.mark.parametrize(
    ("ticket", "raised"),
    [
        ({"status": "closed", "escalated": True}, True),
        ({"status": "closed", "priority": "urgent", "resolved_at": NOW - timedelta(days=29)}, True),
        ({"status": "closed", "priority": "high"}, False),
        ({"status": "closed", "escalated": True, "opened_at": NOW - timedelta(days=31)}, False),
        (
            {
                "status": "closed",
                "escalated": True,
                "opened_at": NOW - timedelta(days=90),
                "resolved_at": NOW - timedelta(days=2),
            },
            True,
        ),
    ],
)
def test_an_urgent_ticket_of_the_last_thirty_days(
    agent: Agent, account: Account, ticket: dict[str, Any], raised: bool
) -> None:
    a_ticket(account=account.pk, **ticket)
    assert submit(agent, account).rules == (["recent_service_issue"] if raised else [])


def test_a_record_that_may_be_a_double_waits_until_somebody_says(agent: Agent, account: Account) -> None:
    other = an_account("Halden Marine", team=account.team_id)
    left, right = sorted((account.pk, other.pk))
    pair = MatchCandidate.objects.create(
        record_type="account", left_id=left, right_id=right, reason="name", say="Alike", found_at=NOW
    )

    assert submit(agent, account).rules == ["ambiguous_identity"]

    pair.status = MatchCandidate.Status.DIFFERENT
    pair.save()
    assert submit(agent, account, item("region", "Benelux", "Nordics")).rules == []


def test_what_a_person_rejected_waits_when_it_comes_again(agent: Agent, account: Account, sara: User) -> None:
    change("account", account.pk, strategic=True)
    first = submit(agent, account, at=NOW)
    scene.reject(first, sara)
    change("account", account.pk, strategic=False)

    again, other = submit(agent, account), submit(agent, account, item("region", "Benelux", "Nordics"))

    assert again.rules == ["repeat_rejection"]
    assert other.status == "approved"
    finding = GateReading.objects.get(suggestion=again).findings[0]
    assert [ref["id"] for ref in finding["evidence"]] == [str(first.pk)]
    much_later = submit(agent, account, item("employees", 240, 310), at=NOW + timedelta(days=91))
    assert much_later.pk == again.pk or "repeat_rejection" not in much_later.rules


def test_another_value_than_the_rejected_one_runs(agent: Agent, account: Account, sara: User) -> None:
    change("account", account.pk, strategic=True)
    scene.reject(submit(agent, account, at=NOW), sara)
    change("account", account.pk, strategic=False)
    assert submit(agent, account, item("employees", 240, 311)).rules == []


def test_a_rejection_is_not_forgotten_behind_later_ones_of_other_things(
    agent: Agent, account: Account, sara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often something else is rejected: each value counts once."""
    monkeypatch.setattr(selectors, "MOST_VALUES", 2)
    change("account", account.pk, strategic=True)
    scene.reject(submit(agent, account), sara)
    for minute in range(3):
        later = LATER + timedelta(minutes=minute)
        trifle = submit(agent, account, item("region", "Benelux", "Nordics"), at=later)
        scene.reject(trifle, sara, at=later, shown_at=later)
    change("account", account.pk, strategic=False)

    assert "repeat_rejection" in submit(agent, account, at=LATER + timedelta(hours=1)).rules


def test_what_was_put_back_does_not_come_back_by_itself(agent: Agent, account: Account, sara: User) -> None:
    """INVARIANTS R7; a person may write it, and then it may be proposed again."""
    ran = submit(agent, account, at=NOW)
    done = scene.run(ran)
    assert done.change_set_id is not None
    reverts.revert(change_set_id=done.change_set_id, user=scene.admin(), reason="Wrong", at=LATER)

    again = submit(agent, account, at=LATER)

    assert (again.status, again.rules) == ("blocked", ["tombstoned"])
    assert submit(agent, account, item("employees", 240, 311), at=LATER).status == "approved"
    change("account", account.pk, employees=310)
    change("account", account.pk, employees=240)
    assert "tombstoned" not in submit(agent, account, at=LATER + timedelta(minutes=1)).rules


@pytest.mark.parametrize(
    ("roles", "raised"),
    [
        ((), False),
        (("champion", "influencer"), False),
        (("champion", "influencer", "user"), True),
        (("legal",), True),
        (("procurement",), True),
    ],
)
def test_a_deal_with_many_people_or_a_lawyer_is_complex(
    agent: Agent, account: Account, roles: tuple[str, ...], raised: bool
) -> None:
    deal = an_opportunity(account=account.pk, team=account.team_id)
    for n, role in enumerate(roles):
        who = a_contact(f"Lind {n}", account=account.pk, team=account.team_id)
        create("buying_role", opportunity=deal.pk, contact=who.pk, role=role)

    made = submit(agent, deal, item("next_step", "", "Send the offer"))

    assert ("complex_deal" in made.rules) is raised


def test_what_follows_from_itself_is_blocked(agent: Agent, account: Account, team: Team) -> None:
    first = submit(agent, account, at=NOW)
    elsewhere = submit(agent, an_account("Elsewhere", team=team.pk, employees=240), at=NOW)
    other = item("region", "Benelux", "Nordics")

    follows = submit(agent, account, other, chain=[str(first.pk)])
    beside = submit(agent, account, other, chain=[str(elsewhere.pk)])
    deep = submit(
        agent, account, item("industry", "", "Shipping"), chain=[str(UUID(int=n)) for n in range(4)]
    )

    assert (follows.status, follows.rules) == ("blocked", ["loop"])
    assert beside.status == "approved"
    assert (deep.status, deep.rules) == ("blocked", ["loop"])


def test_over_its_quota_an_agent_is_blocked_and_others_are_not(
    agent: Agent, team: Team, account: Account
) -> None:
    allowed(quota_hour=2)
    other = an_agent(team, name="Another")
    made = [
        submit(agent, an_account(f"Quay {n}", team=team.pk, employees=240), at=NOW + timedelta(minutes=n))
        for n in range(4)
    ]
    assert [one.rules for one in made] == [[], [], ["quota_exceeded"], ["quota_exceeded"]]
    assert "quota_exceeded" not in submit(other, account).rules
    quiet = an_account("Quiet quay", team=team.pk, employees=240)
    after_an_hour = submit(agent, quiet, at=NOW + timedelta(minutes=70))
    assert after_an_hour.status == "approved"


def test_of_a_batch_what_is_beyond_the_quota_is_blocked(agent: Agent, team: Team) -> None:
    allowed(quota_hour=3)
    sent = [
        proposal(an_account(f"Quay {n}", team=team.pk, employees=240), item("employees", 240, 310))
        for n in range(5)
    ]
    with transaction.atomic():
        intake.take(sent, Sight(Proposer(agent, None)), NOW)
    rows = Suggestion.objects.order_by("number").values_list("rules", flat=True)
    assert list(rows) == [[], [], [], ["quota_exceeded"], ["quota_exceeded"]]


def test_what_waits_is_not_blocked_by_a_quota_that_is_reached_later(
    agent: Agent, account: Account, sara: User, team: Team
) -> None:
    change("account", account.pk, strategic=True)
    waits = submit(agent, account, at=NOW)
    allowed(quota_hour=1)
    submit(agent, an_account("Quay", team=team.pk, employees=240), at=NOW + timedelta(minutes=1))

    scene.approve(waits, sara)

    waits.refresh_from_db()
    assert waits.status == "approved"


def test_what_a_person_asks_again_is_no_pace_and_no_rejection(
    agent: Agent, account: Account, sara: User
) -> None:
    change("account", account.pk, strategic=True)
    refused = submit(agent, account, at=NOW)
    scene.reject(refused, sara)
    allowed(quota_hour=1)

    again = undoing.ask_again(suggestion_id=refused.pk, user=sara, at=LATER + timedelta(seconds=30))

    assert again.status == "queued"
    assert not {"quota_exceeded", "repeat_rejection"}.intersection(again.rules)
    # Taken back, the rejection stands for nobody any more.
    assert "repeat_rejection" not in GateReading.objects.latest("pk").suggestion.rules


def test_a_gate_that_counts_nothing_is_found(
    agent: Agent, team: Team, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedents, "_pace", lambda proposed, ground: None)
    with pytest.raises(AssertionError):
        test_over_its_quota_an_agent_is_blocked_and_others_are_not(agent, team, account)


def test_each_is_fetched_in_the_one_query_of_the_gate(agent: Agent, account: Account) -> None:
    a_ticket(account=account.pk, status="closed", escalated=True)
    suggestion = submit(agent, account)
    suggestion = Suggestion.objects.select_related("agent", "workflow_version__workflow").get(
        pk=suggestion.pk
    )
    items = list(suggestion.items.all())
    subject = subject_of(suggestion, items)
    with CaptureQueriesContext(connection) as asked:
        gate.look(suggestion, items, LATER, subject=subject)
    assert len(asked) == 1


def test_proposals_of_people_have_no_quota(team: Team, account: Account) -> None:
    publish(quota_hour=1)
    priya = a_user("Priya Nair", Role.ACCOUNT_MANAGER, team)
    for n in range(3):
        made = intake.submit(
            proposal=proposal(
                an_account(f"Quay {n}", team=team.pk, employees=240), item("employees", 240, 310)
            ),
            user=priya,
            at=NOW + timedelta(minutes=n),
        )
    assert made.status == "queued"
