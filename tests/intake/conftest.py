"""The scene of most intakes: a team that somebody reviews for, and an agent that works for it."""

from __future__ import annotations

import pytest

from approvals.models import Agent
from crmgov.people.models import Team
from tests.intake.kit import an_agent
from tests.world import a_team, a_user


@pytest.fixture
def team() -> Team:
    team = a_team()
    a_user("Sara Okafor", "reviewer", team)
    return team


@pytest.fixture
def agent(team: Team) -> Agent:
    return an_agent(team)
