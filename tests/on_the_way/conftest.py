"""Who stands around an open question: a team with its reviewer, an account of it, an agent that calls by API."""

from __future__ import annotations

import pytest

from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.api.caller import Caller
from tests.decisions import scene
from tests.intake.kit import an_agent
from tests.world import a_team, an_account


@pytest.fixture
def team() -> Team:
    return a_team()


@pytest.fixture
def sara(team: Team) -> User:
    return scene.reviewer()


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, industry="Shipping", employees=240, region="Benelux")


@pytest.fixture
def caller(team: Team, sara: User) -> Caller:
    return Caller(an_agent(team))
