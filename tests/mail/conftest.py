from __future__ import annotations

import pytest
from pytest_django import Settings

from approvals.models import Suggestion
from crmgov.people.models import User
from tests.decisions import scene
from tests.mail.kit import EIGHT, HOUR


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://crm.example"


@pytest.fixture
def sara() -> User:
    return scene.reviewer()


@pytest.fixture
def waiting(sara: User) -> Suggestion:
    scene.publish()
    return scene.propose(scene.account(), employees=310, at=EIGHT - HOUR)
