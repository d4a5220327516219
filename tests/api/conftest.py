"""One team, its reviewer, an agent with a key, an account."""

from __future__ import annotations

import pytest

from crmgov.people.models import Team, User
from crmgov.records.models import Account
from tests.intake.kit import an_agent
from tests.world import a_team, a_user, an_account

from .caller import Caller


@pytest.fixture
def team() -> Team:
    return a_team()


@pytest.fixture
def sara(team: Team) -> User:
    return a_user("Sara Okafor", "reviewer", team)


@pytest.fixture
def caller(team: Team, sara: User) -> Caller:
    return Caller(an_agent(team))


@pytest.fixture
def account(team: Team) -> Account:
    return an_account(team=team.pk, industry="Shipping", employees=240)
