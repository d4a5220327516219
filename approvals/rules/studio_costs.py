"""What two thresholds are expected to cost a week, as far as the outcomes say it.

Of what would run by itself, the wrong ones are those known to be wrong and a share of those nobody looked at. That
share is read off the known ones nearest in confidence, at least 50 of them, with Wilson's 90 % interval (intervals.py);
bounds of neighboring hundredths are added up as if they erred together, which can only widen the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

from approvals.rules.intervals import ENOUGH, Interval, wilson
from approvals.rules.studio import NEVER, Ground, Said, Thresholds

MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Prices:
    """What it costs, in the reporting currency: an hour of review and how many minutes one takes; the harm of a wrong
    automatic action; what a right one is worth beyond the review it saves."""

    minutes: float
    hourly: float
    harm: float
    worth: float

    @property
    def review(self) -> float:
        return self.minutes / MINUTES_AN_HOUR * self.hourly


@dataclass(frozen=True, slots=True)
class Wrong:
    """Of what would run by itself: wrong among the unknown, and `ahead`, wrong in as many more of the same kind.

    `known` outcomes stand behind it; under 50 they are not enough.
    """

    unknown: Interval
    ahead: Interval
    known: int

    @property
    def is_thin(self) -> bool:
        return self.known < ENOUGH


@dataclass(frozen=True, slots=True)
class Lowest:
    """The hundredth where the expected cost is lowest, and those around it that outcomes cannot tell from it."""

    at: int
    first: int
    last: int


class Evidence:
    """How often similar ones were wrong, hundredth by hundredth, from those that only the thresholds hold.

    The counts may be fractions: what is expected after some more were read is asked the same way.
    """

    def __init__(self, known: Sequence[float], bad: Sequence[float], unknown: Sequence[float]) -> None:
        self._known = list(accumulate(known, initial=0.0))
        self._bad = list(accumulate(bad, initial=0.0))
        self._unknown = unknown
        self.near = [self._near(at) for at in range(len(unknown))]
        parts = [
            Interval(*(each * many for each in near)) for near, many in zip(self.near, unknown, strict=True)
        ]
        # From each hundredth on.
        self._wrong = [*accumulate(reversed(parts), _added, initial=Interval(0.0, 0.0, 0.0))][::-1]

    @classmethod
    def of(cls, free: Sequence[Said]) -> Evidence:
        return cls([one.known for one in free], [one.bad for one in free], [one.unknown for one in free])

    def among(self, first: int, last: int) -> tuple[float, float]:
        """Known and bad from the first hundredth to before the last."""
        return self._known[last] - self._known[first], self._bad[last] - self._bad[first]

    def share(self, first: int, last: int) -> Interval:
        """The share of bad among the known there."""
        return _share(*self.among(first, last))

    def wrong_from(self, start: int) -> Wrong:
        """What to expect of everything from this hundredth on."""
        return _wrong(self._wrong[start], *self.among(start, len(self._unknown)))

    def wrong_of(self, unread: Sequence[int], known: int, bad: int) -> Wrong:
        """The same of these: so many unread ones by hundredth, so many known, so many of those bad."""
        parts = [
            Interval(*(many * each for each in near)) for near, many in zip(self.near, unread, strict=True)
        ]
        return _wrong(reduce(_added, parts, Interval(0.0, 0.0, 0.0)), known, bad)

    def after_reading(self, start: int, number: int) -> Interval:
        """Wrong among the unknown, once so many of them were read and turned out as expected."""
        size = len(self._unknown)
        there = sum(self._unknown[start:])
        part = min(1.0, number / there) if there else 0.0
        read = [one * part if at >= start else 0.0 for at, one in enumerate(self._unknown)]
        known = [self._known[at + 1] - self._known[at] + read[at] for at in range(size)]
        bad = [self._bad[at + 1] - self._bad[at] + read[at] * self.near[at].mid for at in range(size)]
        left = [self._unknown[at] - read[at] for at in range(size)]
        return Evidence(known, bad, left).wrong_from(start).unknown

    def _near(self, at: int) -> Interval:
        """Of the known ones around it, as far out as fifty of them need."""
        first, last, top = at, at + 1, len(self._unknown)
        while self.among(first, last)[0] < ENOUGH and (first > 0 or last < top):
            first, last = max(0, first - 1), min(top, last + 1)
        return self.share(first, last)


def _share(known: float, bad: float) -> Interval:
    # Sums of fractions may miss by a hair.
    known = max(known, 0.0)
    return wilson(min(max(bad, 0.0), known), known)


def _wrong(unread: Interval, known: float, bad: float) -> Wrong:
    again = _share(known, bad)
    ahead = Interval(unread.low + known * again.low, unread.mid + bad, unread.high + known * again.high)
    return Wrong(unread, ahead, int(known))


def _added(one: Interval, other: Interval) -> Interval:
    return Interval(one.low + other.low, one.mid + other.mid, one.high + other.high)


def cost(ground: Ground, evidence: Evidence, at: Thresholds, prices: Prices) -> Interval:
    """Of everything recorded in the slice: reviews, harm of wrong ones, less what right ones are worth."""
    replayed = ground.under(at)
    return priced(replayed.reviewed.all, replayed.ran.all, evidence.wrong_from(at.runs_from), prices)


def priced(reviewed: int, ran: int, wrong: Wrong, prices: Prices) -> Interval:
    """The cost of so many reviews and so many automatic actions."""
    fixed, swing = reviewed * prices.review - ran * prices.worth, prices.harm + prices.worth
    return Interval(*(fixed + each * swing for each in wrong.ahead))


def curve(
    ground: Ground, evidence: Evidence, prices: Prices, *, floor: int, cap: int
) -> list[tuple[int, Interval]]:
    """The cost for each auto threshold from the floor on; the last one is never."""
    return [
        (auto, cost(ground, evidence, Thresholds(floor, auto, cap), prices))
        for auto in range(min(floor, NEVER), NEVER + 1)
    ]


def lowest(
    ground: Ground, evidence: Evidence, prices: Prices, costs: Sequence[tuple[int, Interval]], *, cap: int
) -> Lowest:
    """The lowest of the costs, and how far it goes on to both sides within noise.

    Two thresholds differ only in what lies between them, so they are told apart when the interval of the share of
    wrong ones there lies wholly on one side of the share at which reviewing and running cost the same.
    """
    best = min(costs, key=lambda one: (one[1].mid, -one[0]))[0]
    first = last = best

    def is_noise(auto: int) -> bool:
        ends = sorted(Thresholds(0, one, cap).runs_from for one in (auto, best))
        return _is_noise(ground, evidence, prices, *ends)

    while first > costs[0][0] and is_noise(first - 1):
        first -= 1
    while last < NEVER and is_noise(last + 1):
        last += 1
    return Lowest(best, first, last)


def _is_noise(ground: Ground, evidence: Evidence, prices: Prices, first: int, last: int) -> bool:
    moved = ground.ran_from(first).all - ground.ran_from(last).all
    if not moved:
        return True
    share = evidence.share(first, last)
    gains = [prices.review + prices.worth - each * (prices.harm + prices.worth) for each in share]
    return min(gains) <= 0.0 <= max(gains)
