"""The return of a workflow: each part by itself, and the parts add up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from scoring.returns import Costs, Measured, of

COSTS = Costs(labour_hour=Decimal(60), build=Decimal(300), running_month=Decimal(100))


def measured(**changes: object) -> Measured:
    usual = {
        "runs": 240,
        "since": timedelta(days=30),
        "decisions": 40,
        "timed": 40,
        "review_minutes": Decimal(30),
    }
    return Measured(**{**usual, **changes})  # type: ignore[arg-type]


def test_every_part_stands_by_itself_and_they_add_up() -> None:
    found = of(COSTS, measured(), Decimal(5))
    # 240 times 5 minutes are 20 hours; 30 of 30.436875 days; half an hour of reading.
    assert (found.saved, found.build, found.review) == (Decimal(1200), Decimal(300), Decimal(30))
    assert found.running == Decimal("98.56")
    assert found.total == Decimal("771.44")
    assert not found.is_at_most


def test_what_nobody_measured_makes_it_a_ceiling() -> None:
    assert of(COSTS, measured(timed=39), Decimal(5)).is_at_most


def test_what_did_nothing_yet_has_cost_already() -> None:
    found = of(COSTS, measured(runs=0, decisions=0, timed=0, review_minutes=Decimal(0)), Decimal(5))
    assert found.total == Decimal("-398.56")


def test_a_beginning_still_to_come_costs_nothing_to_run() -> None:
    assert of(COSTS, measured(since=timedelta(days=-3)), Decimal(5)).running == 0
