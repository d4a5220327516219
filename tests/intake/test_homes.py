"""Who shall see what an agent proposes, and whom an agent may name."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.models import Suggestion
from approvals.rules.policy import WorkflowLine
from approvals.rules.vocabulary import Level
from approvals.services import desk, executions, intake
from approvals.services.intake import Impossible
from approvals.services.proposals import read
from crmgov.kernel.refusals import NotAllowed
from crmgov.people.models import Role
from crmgov.records.models import Account, Contact
from tests.decisions import scene
from tests.intake import kit
from tests.world import NOW, a_team, a_user, an_account, change

pytestmark = pytest.mark.django_db


def new(record_type: str = "account", **values: Any) -> Suggestion:
    """Proposed by the agent of North."""
    return scene.propose_raw(
        {
            "record": {"type": record_type},
            "action": "create_record",
            "level": "draft",
            "items": [{"field": field, "proposed": value} for field, value in values.items()],
        }
    )


def change_of(account: Account, **values: Any) -> Suggestion:
    return scene.propose(account, seen={"team": account.team_id} if "team" in values else None, **values)


def said_of(suggestion: Suggestion) -> str:
    """Why the value is not possible, without the value."""
    return str(suggestion.readings.get().findings[0]["sentence"]).partition(": ")[2]


def test_a_new_record_that_hangs_on_nothing_belongs_to_the_agents_team() -> None:
    sara = scene.reviewer()
    scene.publish()
    suggestion = new("contact", first_name="Zed", last_name="Private")
    assert suggestion.team == a_team()
    scene.approve(suggestion, sara)
    assert scene.run(suggestion).status == "succeeded"
    assert Contact.objects.get(last_name="Private").team == a_team()


def test_an_agent_of_two_teams_says_which() -> None:
    agent = scene.an_agent()
    agent.teams.add(a_team("South"))
    with pytest.raises(Impossible, match=r"Add an item for the field team.*for North or .*for South"):
        new("contact", first_name="Zed", last_name="Private")
    suggestion = new(first_name="Zed", last_name="Private", record_type="contact", team=a_team("South").pk)
    assert suggestion.team == a_team("South")


def test_an_agent_without_a_team_makes_nothing_that_everybody_would_see() -> None:
    agent = kit.an_agent(name="Stray")
    with pytest.raises(Impossible, match="is in no team"):
        scene.propose_raw(
            {
                "record": {"type": "account"},
                "action": "create_record",
                "items": [{"field": "name", "proposed": "Planted"}],
            },
            agent=agent,
        )


def test_an_agent_plants_nothing_in_another_team() -> None:
    a_team("South")
    with pytest.raises(Impossible):
        new(name="Planted", team=a_team("South").pk)
    assert not Suggestion.objects.exists()


def test_an_agent_moves_nothing_into_another_team() -> None:
    suggestion = change_of(scene.account(), team=a_team("South").pk)
    assert suggestion.status == "blocked"
    assert "There is no such team here" in suggestion.readings.get().findings[0]["sentence"]
    assert "South" not in suggestion.title


def test_which_team_sees_a_record_is_decided_by_an_admin() -> None:
    sara, ana = scene.reviewer(), scene.admin()
    scene.publish()
    scene.an_agent().teams.add(a_team("South"))
    account = scene.account()
    suggestion = change_of(account, team=a_team("South").pk)
    assert suggestion.status == "queued", suggestion.rules
    assert "decided by an admin" in desk.look(sara, suggestion.pk, scene.LATER).not_approving
    with pytest.raises(NotAllowed, match="decided by an admin"):
        scene.approve(suggestion, sara)
    assert not desk.look(ana, suggestion.pk, scene.LATER).not_approving
    scene.approve(suggestion, ana)
    assert scene.run(suggestion).status == "succeeded"
    account.refresh_from_db()
    assert account.team == a_team("South")


def test_an_agent_names_only_people_of_its_teams() -> None:
    inside = a_user("Inside Sales", Role.ACCOUNT_MANAGER, a_team())
    outside = a_user("Outside Sales", Role.ACCOUNT_MANAGER, a_team("South"))
    account = scene.account()
    assert "Inside Sales" in change_of(account, owner=inside.pk).title
    strange = change_of(account, owner=outside.pk)
    by_mail = scene.propose(account, agent=scene.an_agent("Scout"), owner=outside.email)
    nobody = scene.propose(account, agent=scene.an_agent("Third"), owner=10**9)
    for suggestion in (strange, by_mail, nobody):
        assert suggestion.status == "blocked"
        assert "Outside Sales" not in suggestion.title
    unknown = scene.propose(account, agent=scene.an_agent("Fourth"), owner="nobody@crmgov.example")
    assert said_of(strange) == said_of(nobody) == "There is no such user here."
    assert said_of(by_mail).replace("outside.sales", "nobody") == said_of(unknown)
    assert by_mail.items.get().proposed == outside.email


def test_who_owns_the_record_now_is_named_to_whoever_sees_it() -> None:
    inside = a_user("Inside Sales", Role.ACCOUNT_MANAGER, a_team())
    outside = a_user("Outside Sales", Role.ACCOUNT_MANAGER, a_team("South"))
    account = scene.account(owner=outside.pk)
    suggestion = scene.propose(account, seen={"owner": outside.pk}, owner=inside.pk)
    assert suggestion.items.get().seen_label == "Outside Sales"


def test_what_hangs_on_an_account_needs_no_word_about_its_team() -> None:
    account = an_account(team=a_team().pk)
    scene.an_agent().teams.add(a_team("South"))
    suggestion = new("contact", first_name="Maya", last_name="Lind", account=str(account.pk))
    assert suggestion.team == a_team()
    change("account", account.pk, region="Benelux")
    assert intake.receive(
        proposal=kit.proposal(account, kit.item("region", "Benelux", "DACH")), agent=scene.an_agent(), at=NOW
    )


def test_a_policy_may_let_a_new_record_into_its_only_team() -> None:
    """The team it was proposed for is nobody's choice, so that no person has to make it."""
    team = a_team()
    agent = kit.an_agent(team)
    kit.allow(agent, ["identity"], action="create_record")
    kit.publish(workflows=(WorkflowLine(kit.WORKFLOW, Level.EXECUTE),))
    sent = {
        "record": {"type": "contact"},
        "action": "create_record",
        "items": [{"field": "email", "proposed": "ida@berg.example", "confidence": 0.97}],
        "level": "execute",
        "workflow": kit.WORKFLOW,
        "version": "3",
    }
    made = intake.submit(proposal=read(sent), agent=agent, at=NOW)

    assert made.status == "approved"
    executions.drain(at=NOW)
    assert Contact.objects.get().team == team
