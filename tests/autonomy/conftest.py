"""Cells that need a handful of outcomes, not a hundred; the numbers themselves are tested with the rules."""

from __future__ import annotations

import pytest

from approvals.rules.policy import Policy
from approvals.services import offers
from crmgov.people.models import User
from tests.autonomy import kit
from tests.decisions import scene


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(offers, "RUNS", 5)
    if "exact" not in request.fixturenames:
        monkeypatch.setattr(Policy, "terms", lambda *_: kit.EASY)


@pytest.fixture
def exact() -> None:
    """The terms as the policy says them."""


@pytest.fixture
def sara() -> User:
    """A reviewer, under a policy that lets the enricher run once 80 % are proven."""
    sara = scene.reviewer()
    kit.begin()
    return sara
