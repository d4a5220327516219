"""What is open about a record follows it into another team, and until then the old team sees nothing of it."""

from __future__ import annotations

import pytest

from approvals.models import Conflict, Suggestion
from approvals.rules.vocabulary import Level
from approvals.services import desk, events, queues
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import Role, User
from crmgov.records.models import Account
from tests.decisions import scene
from tests.world import a_contact, a_team, a_user, change

pytestmark = pytest.mark.django_db


def south_reviewer() -> User:
    user = a_user("Sven Lund", Role.REVIEWER, a_team("South"))
    queues.ensure_for_team(a_team("South"))
    return user


def a_move() -> tuple[Suggestion, Account, User, User]:
    """A suggestion of an agent of both teams, whose account has just moved from North to South."""
    sara, sven = scene.reviewer(), south_reviewer()
    scene.publish()
    scene.an_agent().teams.add(a_team("South"))
    account = scene.account()
    suggestion = scene.propose(account, employees=310)
    change("account", account.pk, at=scene.LATER, team=a_team("South").pk)
    return suggestion, account, sara, sven


def test_before_anybody_took_the_news_the_old_team_neither_sees_nor_decides() -> None:
    suggestion, _, sara, _ = a_move()
    with pytest.raises(NotFound):
        desk.look(sara, suggestion.pk, scene.LATER)
    with pytest.raises(NotFound):
        scene.approve(suggestion, sara)


def test_a_decision_of_the_old_team_is_not_executed_on_what_has_moved_since() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish()
    suggestion = scene.propose(account, employees=310)
    scene.approve(suggestion, sara)
    change("account", account.pk, at=scene.LATER, team=a_team("South").pk)
    assert scene.run(suggestion).status == "cancelled"
    assert Account.objects.get(pk=account.pk).employees == 240


def test_what_runs_by_itself_stops_where_the_agent_sees_nothing_any_more() -> None:
    sara, account = scene.reviewer(), scene.account()
    scene.publish(level=Level.EXECUTE)
    proof = scene.propose(scene.account("Proof"), level="execute", employees=300)
    scene.grant(proof)
    scene.approve(proof, sara)
    scene.run(proof)
    suggestion = scene.propose(account, level="execute", employees=310)
    assert suggestion.status == "approved", suggestion.rules
    change("account", account.pk, at=scene.LATER, team=a_team("South").pk)
    assert scene.run(suggestion).note == "The record went to a team that Enricher does not see."


def test_the_new_team_finds_it_in_its_queue_and_decides() -> None:
    suggestion, account, sara, sven = a_move()
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert (suggestion.team, suggestion.queue) == (a_team("South"), queues.ensure_for_team(a_team("South")))
    with pytest.raises(NotFound):
        desk.look(sara, suggestion.pk, scene.LATER)
    scene.approve(suggestion, sven)
    assert scene.run(suggestion).status == "succeeded"
    assert Account.objects.get(pk=account.pk).employees == 310


def test_what_is_asked_about_a_contact_follows_its_account() -> None:
    scene.reviewer()
    south_reviewer()
    scene.publish()
    scene.an_agent().teams.add(a_team("South"))
    account = scene.account()
    contact = a_contact(account=str(account.pk))
    body = {
        "record": {"type": "contact", "id": str(contact.pk)},
        "action": "set_fields",
        "items": [{"field": "title", "seen": None, "proposed": "CFO"}],
    }
    suggestion = scene.propose_raw(body)
    change("account", account.pk, at=scene.LATER, team=a_team("South").pk)
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert suggestion.team == a_team("South")


def test_an_agent_that_no_longer_sees_the_record_has_nothing_open_there() -> None:
    scene.reviewer()
    south_reviewer()
    scene.publish()
    account = scene.account()
    suggestion = scene.propose(account, employees=310)
    change("account", account.pk, at=scene.LATER, team=a_team("South").pk)
    events.take(at=scene.LATER)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.team) == ("blocked", a_team("South"))


def test_a_conflict_follows_too() -> None:
    scene.reviewer()
    scene.publish()
    account = scene.account()
    scene.propose(account, employees=310)
    scene.propose(account, agent=scene.an_agent("Scout"), employees=400)
    change("account", account.pk, at=scene.LATER, team=a_team("South").pk)
    events.take(at=scene.LATER)
    assert Conflict.objects.get().team == a_team("South")
