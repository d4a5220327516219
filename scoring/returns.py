"""What a workflow brought and cost, each part by itself: nothing is guessed, and what was not measured is said.

Return = runs x minutes saved x cost of an hour - building - running - reviewing, since it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

CENT = Decimal("0.01")
MINUTES_AN_HOUR = 60
# The mean month of the Gregorian calendar: 146,097 days in 4,800 months.
DAYS_A_MONTH = Decimal(146_097) / 4_800
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Costs:
    """In one currency: an hour of the people it saves, building it once, and running it for a month."""

    labour_hour: Decimal
    build: Decimal
    running_month: Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """What was counted since it began. Of `decisions` by people, `timed` tell how long they were in sight."""

    runs: int
    since: timedelta
    decisions: int
    timed: int
    review_minutes: Decimal


@dataclass(frozen=True, slots=True)
class Return:
    """Amounts in the currency of the costs. `is_at_most` where a part of the review was not measured."""

    saved: Decimal
    build: Decimal
    running: Decimal
    review: Decimal
    is_at_most: bool

    @property
    def total(self) -> Decimal:
        return self.saved - self.build - self.running - self.review


def of(costs: Costs, measured: Measured, minutes_saved: Decimal) -> Return:
    """Each part rounded to cents, so that they add up to the total as shown."""
    hours = measured.runs * minutes_saved / MINUTES_AN_HOUR
    months = Decimal(max(measured.since, timedelta(0)) // DAY) / DAYS_A_MONTH
    return Return(
        saved=_cents(hours * costs.labour_hour),
        build=_cents(costs.build),
        running=_cents(months * costs.running_month),
        review=_cents(measured.review_minutes / MINUTES_AN_HOUR * costs.labour_hour),
        is_at_most=measured.timed < measured.decisions,
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
