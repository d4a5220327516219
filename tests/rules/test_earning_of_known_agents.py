"""`script/nemesis earning` with a few agents: seeded, so that chance has no say in it."""

from __future__ import annotations

import pytest

from approvals.rules.probation import Plan
from tests.nemesis import earning

RUNS = 100


def test_an_agent_at_the_target_is_hardly_ever_promoted_and_a_good_one_soon() -> None:
    at_target, good = earning.promotions(0.95, RUNS), earning.promotions(0.99, RUNS)

    assert at_target.share <= earning.at_most(0.05, RUNS)
    assert good.share > 0.99
    assert good.median < 160


def test_an_agent_that_stays_at_the_target_is_hardly_ever_demoted() -> None:
    assert earning.false_alarms(0.95, RUNS) / RUNS <= earning.at_most(0.05, RUNS)


def test_probation_stops_a_fall_with_fewer_actions() -> None:
    watched, unwatched = earning.falls(Plan(), RUNS), earning.falls(Plan(stages=()), RUNS)

    assert watched.mean < unwatched.mean / 3


def test_a_missed_bound_ends_in_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(earning, "_proven_at", lambda rate, random: 1)
    monkeypatch.setattr(earning, "_good_ones", lambda runs: [])
    monkeypatch.setattr(earning, "_falls", lambda runs: [])

    assert earning.run(5) == 1
    assert "MISSED: at 95% at most" in capsys.readouterr().out
