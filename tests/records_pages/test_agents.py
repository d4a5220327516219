"""Agents and keys have a page: keys are shown once and refused at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.models import Agent, AgentKey, Grant, Workflow, WorkflowVersion
from approvals.services import agents, grants
from crmgov.people.models import Role
from tests.records_pages.kit import browser_of
from tests.world import a_team, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def an_agent(name: str = "enrich") -> Agent:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    return agents.create_agent(name=name, owner=ana, teams=[a_team()], by=ana, at=timezone.now())


def a_version(agent: Agent) -> WorkflowVersion:
    workflow = Workflow.objects.create(name="enrich-firmographics", agent=agent, first_seen_at=timezone.now())
    return WorkflowVersion.objects.create(workflow=workflow, version="3", first_seen_at=timezone.now())


def test_an_admin_registers_an_agent_and_issues_a_key_that_is_shown_once() -> None:
    ana = a_user("Ana Ruiz", Role.ADMIN)
    client = browser_of(ana)
    made = client.post("/agents/new", {"name": "enrich", "owner": ana.pk, "teams": [a_team().pk]})
    agent = Agent.objects.get(name="enrich")
    assert made["Location"] == f"/agents/{agent.pk}/"

    day = timezone.localdate() + timedelta(days=30)
    issued = client.post(
        f"/agents/{agent.pk}/keys", {"scopes": ["suggestions:write"], "expires_on": str(day)}
    )

    secret = issued.context["issued"].secret
    assert secret in issued.content.decode()
    assert "no-store" in issued["Cache-Control"]
    assert agents.authenticate(secret=secret, at=timezone.now()).scopes == ["suggestions:write"]
    page = client.get(f"/agents/{agent.pk}/").content.decode()
    assert secret not in page
    assert AgentKey.objects.get().prefix in page


def test_loading_the_page_of_a_new_key_again_issues_no_second_one() -> None:
    agent, client = an_agent(), browser_of(a_user("Ana Ruiz", Role.ADMIN))
    form = re.search(r'name="form" value="([^"]+)"', client.get(f"/agents/{agent.pk}/").content.decode())
    assert form is not None
    day = timezone.localdate() + timedelta(days=30)
    posted = {"form": form[1], "scopes": ["suggestions:write"], "expires_on": str(day)}
    assert client.post(f"/agents/{agent.pk}/keys", posted).status_code == 200
    again = client.post(f"/agents/{agent.pk}/keys", posted)
    assert again.status_code == 409
    assert "This form has issued its key" in again.content.decode()
    assert AgentKey.objects.count() == 1


def test_a_revoked_key_is_refused_on_its_next_request() -> None:
    agent, ana = an_agent(), a_user("Ana Ruiz", Role.ADMIN)
    now = timezone.now()
    issued = agents.issue_key(agent=agent, expires_at=now + timedelta(days=9), by=ana, at=now)
    headers = {"Authorization": f"Bearer {issued.secret}"}
    client = browser_of(ana)

    assert client.post(f"/keys/{issued.key.pk}/revoke").status_code == 302

    answer = client.get("/api/v1/suggestions/01a20189-18dc-770c-a669-e0fdbd13f506", headers=headers)
    assert answer.status_code == 401


def test_what_is_missing_or_not_valid_is_said_under_its_control() -> None:
    agent, client = an_agent(), browser_of(a_user("Ana Ruiz", Role.ADMIN))

    nothing = client.post("/agents/new", {"name": "", "owner": ""})
    assert nothing.status_code == 422
    twice = client.post("/agents/new", {"name": "ENRICH", "owner": agent.owner_id})
    assert twice.status_code == 422
    assert b"Choose another name." in twice.content
    past = client.post(
        f"/agents/{agent.pk}/keys", {"scopes": ["suggestions:read"], "expires_on": "2020-01-01"}
    )
    assert past.status_code == 422
    assert b"Choose a date." in past.content
    assert AgentKey.objects.count() == 0


def test_a_grant_is_signed_for_a_version_and_taken_back() -> None:
    agent, client = an_agent(), browser_of(a_user("Ana Ruiz", Role.ADMIN))
    version = a_version(agent)
    cell = {
        "workflow_version": version.pk, "action": "set_fields", "field_group": "firmographics",
        "segment": "", "level": "execute", "reason": "Four good months",
    }  # fmt: skip

    assert client.post(f"/agents/{agent.pk}/grants", {**cell, "reason": ""}).status_code == 422
    assert client.post(f"/agents/{agent.pk}/grants", cell).status_code == 302
    grant = Grant.objects.get()
    assert grants.is_valid(grant)
    assert client.post(f"/agents/{agent.pk}/grants", cell).status_code == 409
    assert "Four good months" in client.get(f"/agents/{agent.pk}/").content.decode()
    assert client.post(f"/grants/{grant.pk}/revoke").status_code == 302
    assert client.post(f"/grants/{grant.pk}/revoke").status_code == 404


def test_a_grant_whose_signature_does_not_fit_is_named() -> None:
    agent, ana = an_agent(), a_user("Ana Ruiz", Role.ADMIN)
    grant = grants.grant(
        agent=agent, workflow_version=a_version(agent), action="set_fields", field_group="scores",
        level="draft", reason="x", user=ana, at=timezone.now(),
    )  # fmt: skip
    Grant.objects.filter(pk=grant.pk).update(level="full")
    assert b"signature does not fit" in browser_of(ana).get(f"/agents/{agent.pk}/").content


def test_others_see_their_own_agents_only_and_change_nothing() -> None:
    agent = an_agent()
    own = agents.create_agent(
        name="notes", owner=a_user("Tom Becker"), teams=[], by=agent.owner, at=timezone.now()
    )
    tom, auditor = browser_of(a_user("Tom Becker")), browser_of(a_user("Ida Holm", Role.AUDITOR))

    assert [card.agent for card in tom.get("/agents/").context["cards"]] == [own]
    assert tom.get(f"/agents/{agent.pk}/").status_code == 404
    assert len(auditor.get("/agents/").context["cards"]) == 2
    page = auditor.get(f"/agents/{agent.pk}/").content.decode()
    assert "Issue a key" not in page
    day = str(timezone.localdate() + timedelta(days=3))
    assert tom.get("/agents/new").status_code == 403
    assert tom.post("/agents/new", {"name": "x", "owner": own.owner_id}).status_code == 403
    answer = tom.post(f"/agents/{own.pk}/keys", {"scopes": ["suggestions:read"], "expires_on": day})
    assert answer.status_code == 403
    assert tom.post(f"/agents/{own.pk}/deactivate").status_code == 403
    assert AgentKey.objects.count() == 0


def test_a_deactivated_agent_offers_nothing_more() -> None:
    agent, client = an_agent(), browser_of(a_user("Ana Ruiz", Role.ADMIN))
    assert client.post(f"/agents/{agent.pk}/deactivate").status_code == 302
    page = client.get(f"/agents/{agent.pk}/").content.decode()
    assert "Deactivated" in page
    assert "Issue a key" not in page


def test_the_list_costs_the_same_queries_at_1_and_at_25_agents() -> None:
    client, counted = browser_of(a_user("Ana Ruiz", Role.ADMIN)), []
    for number in (1, 24):
        for one in range(number):
            an_agent(f"agent {number} {one}")
        with CaptureQueriesContext(connection) as queries:
            client.get("/agents/")
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12
