"""What an agent is still told when the record is no longer its business: the status, nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Suggestion
from approvals.services import gate
from tests.api.caller import Caller, refusal, said
from tests.intake.kit import a_key, an_agent, body, item
from tests.world import a_contact, a_team, a_ticket, a_user, an_account, change

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/suggestions"


def a_client() -> Client:
    """An agent of North with a key."""
    a_user("Sara Okafor", "reviewer", a_team())
    secret = a_key(an_agent(a_team()), at=timezone.now()).secret
    return Client(headers={"Authorization": f"Bearer {secret}"})


def post(client: Client, sent: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(URL, json.dumps(sent), content_type="application/json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_an_agent_that_left_the_team_is_told_the_status_and_nothing_else() -> None:
    client, account = a_client(), an_account("Secret Holding", team=a_team().pk, employees=240)
    made = post(client, body(account, item("employees", 240, 31_000_017)))
    suggestion = Suggestion.objects.get(pk=made["id"])
    assert suggestion.agent is not None
    suggestion.agent.teams.clear()

    told = client.get(f"{URL}/{suggestion.pk}").json()

    assert (told["status"], told["number"]) == ("queued", suggestion.number)
    assert (told["findings"], told["record"]["id"], told["decision"]) == ([], None, None)
    assert "Secret" not in str(told)
    assert "31000017" not in str(told)


def test_a_fact_of_an_account_that_went_elsewhere_is_not_told_by_its_change() -> None:
    client = a_client()
    account = an_account("Secret Holding", team=a_team().pk, industry="Shipping")
    contact = a_contact(account=str(account.pk), team=a_team().pk)
    relied = [{"name": "account.industry", "value": "Shipping"}]
    made = post(client, body(contact, item("title", None, "Fleet manager"), facts=relied))
    change("account", account.pk, team=a_team("South").pk, industry="Secret arms")
    change("contact", contact.pk, team=a_team().pk)
    # As the page of the suggestion, or a new policy, would have it read again.
    suggestion = Suggestion.objects.get(pk=made["id"])
    gate.read(suggestion, timezone.now())

    told = client.get(f"{URL}/{suggestion.pk}").json()

    stale = [found for found in told["findings"] if found["rule"] == "stale_facts"]
    assert len(stale) == 1
    assert "Secret" not in str(told)


def test_an_account_that_moved_to_another_team_is_not_spoken_of() -> None:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    caller, account = Caller(an_agent(team)), an_account(team=team.pk)
    contact = a_contact(account=str(account.pk), team=team.pk)
    change(
        "account",
        account.pk,
        name="Secret Holding",
        annual_value="184000",
        currency="EUR",
        team=a_team("South").pk,
    )
    change("contact", contact.pk, team=team.pk)
    a_ticket("Secret trouble", account=str(account.pk))

    told = said(caller.post(body(contact, item("title", None, "Fleet manager"))))
    oracle = body(contact, item("title", None, "x"), facts=[{"name": "account.annual_value", "value": "1"}])

    assert {"high_value", "active_ticket"} <= {found["rule"] for found in told["findings"]}
    assert "Secret" not in str(told)
    assert "184000" not in str(told)
    assert "184,000" not in str(told)
    assert "no fact “account.annual_value”" in refusal(caller.post(oracle), 422)["/facts/0/name"]
