"""Agents and keys: made by admins, kept as hashes, asked on every use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.models import Agent, AgentKey
from approvals.selectors import agents as selector
from approvals.services import agents
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from tests.intake.kit import a_key, an_admin, an_agent
from tests.world import NOW, a_team, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return an_agent(a_team())


def test_the_secret_is_nowhere_in_the_database(agent: Agent) -> None:
    issued = a_key(agent)

    row = AgentKey.objects.values().get()
    assert issued.secret.startswith(f"crmgov_{issued.key.prefix}_")
    assert len(issued.secret) > 50
    assert issued.secret not in str(row)
    # What is drawn may hold underscores of its own: all of it, or the rest is a letter that stands anywhere.
    assert issued.secret.split("_", 2)[2] not in str(row)


def test_a_good_key_is_accepted_and_its_use_noted_once_a_minute(agent: Agent) -> None:
    issued = a_key(agent)

    assert agents.authenticate(secret=issued.secret, at=NOW) == issued.key
    agents.authenticate(secret=issued.secret, at=NOW + timedelta(seconds=30))
    issued.key.refresh_from_db()
    assert issued.key.last_used_at == NOW
    agents.authenticate(secret=issued.secret, at=NOW + timedelta(seconds=61))
    issued.key.refresh_from_db()
    assert issued.key.last_used_at == NOW + timedelta(seconds=61)


def refusal(secret: str, days: int = 0) -> type[Refused]:
    with pytest.raises(Refused) as refused:
        agents.authenticate(secret=secret, at=NOW + timedelta(days=days))
    return type(refused.value)


def test_every_other_key_is_refused_for_its_own_reason(agent: Agent) -> None:
    good, revoked = a_key(agent), a_key(agent)
    agents.revoke(key_id=revoked.key.pk, by=an_admin(), at=NOW)

    assert refusal("") is agents.NoKey
    assert refusal(good.secret[:-1]) is agents.UnknownKey
    assert refusal(good.secret + "\ud800") is agents.UnknownKey
    assert refusal(revoked.secret) is agents.RevokedKey
    assert refusal(good.secret, days=90) is agents.ExpiredKey


def test_an_agent_that_is_off_or_without_an_active_owner_is_refused(agent: Agent) -> None:
    issued = a_key(agent)
    agent.owner.is_active = False
    agent.owner.save()
    assert refusal(issued.secret) is agents.AgentOff

    agent.owner.is_active = True
    agent.owner.save()
    agents.authenticate(secret=issued.secret, at=NOW)
    agents.deactivate(agent=agent, by=an_admin(), at=NOW)
    assert refusal(issued.secret) is agents.AgentOff


def test_a_key_does_only_what_its_scopes_say(agent: Agent) -> None:
    issued = a_key(agent, scopes=["suggestions:read"])

    agents.require_scope(issued.key, "suggestions:read")
    with pytest.raises(agents.OutOfScope, match="suggestions:write"):
        agents.require_scope(issued.key, "suggestions:write")


def test_only_an_admin_manages_agents_and_keys(agent: Agent) -> None:
    sara, key = a_user("Sara Okafor"), a_key(agent).key
    with pytest.raises(NotAllowed):
        agents.create_agent(name="Mine", owner=sara, teams=[], by=sara, at=NOW)
    with pytest.raises(NotAllowed):
        agents.issue_key(agent=agent, expires_at=NOW + timedelta(days=1), by=sara, at=NOW)
    with pytest.raises(NotAllowed):
        agents.revoke(key_id=key.pk, by=sara, at=NOW)
    with pytest.raises(NotAllowed):
        agents.deactivate(agent=agent, by=sara, at=NOW)


def test_what_makes_no_sense_is_refused_in_a_sentence(agent: Agent) -> None:
    admin = an_admin()
    with pytest.raises(Invalid, match="called “enricher” already"):
        agents.create_agent(name="enricher", owner=admin, teams=[], by=admin, at=NOW)
    with pytest.raises(Invalid, match="needs a name"):
        agents.create_agent(name=" ", owner=admin, teams=[], by=admin, at=NOW)
    with pytest.raises(Invalid, match="within a year"):
        agents.issue_key(agent=agent, expires_at=NOW, by=admin, at=NOW)
    with pytest.raises(Invalid, match="needs scopes"):
        agents.issue_key(agent=agent, expires_at=NOW + timedelta(days=1), by=admin, at=NOW, scopes=["all"])
    with pytest.raises(NotFound):
        agents.revoke(key_id=0, by=admin, at=NOW)


def test_revoking_twice_keeps_the_first_time(agent: Agent) -> None:
    key = a_key(agent).key
    agents.revoke(key_id=key.pk, by=an_admin(), at=NOW)
    again = agents.revoke(key_id=key.pk, by=an_admin(), at=NOW + timedelta(days=1))

    assert again.revoked_at == NOW


def test_the_page_shows_keys_by_state_and_only_one_s_own_agents_to_others(agent: Agent) -> None:
    a_key(agent)
    a_key(agent, days=10)
    agents.revoke(key_id=a_key(agent).key.pk, by=an_admin(), at=NOW)

    (card,) = selector.page_for(an_admin(), NOW)
    assert sorted(line.state for line in card.keys) == ["active", "expiring", "revoked"]
    assert card.teams == ["North"]
    assert [one.agent for one in selector.page_for(agent.owner, NOW)] == [agent]
    assert selector.page_for(a_user("Sara Okafor"), NOW) == []
    assert selector.card_for(an_admin(), agent.pk + 1, NOW) is None


def test_the_page_costs_the_same_for_many_agents(agent: Agent, django_assert_num_queries: object) -> None:
    for number in range(10):
        a_key(an_agent(a_team(), name=f"Agent {number}"))
    admin = an_admin()
    with django_assert_num_queries(5):  # type: ignore[operator]
        selector.page_for(admin, NOW)
