"""What two thresholds would have done, against a loop over every recorded decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.rules.intervals import wilson
from approvals.rules.studio import NEVER, NOT_GIVEN, TOP, Ground, Recorded, Said, Thresholds
from approvals.rules.studio_costs import Evidence, Prices, cost, curve, lowest

LABELS = ("unknown", "unchanged", "edited", "rejected", "undone")


@dataclass(frozen=True)
class Decided:
    """One recorded decision, as a loop would read it; confidence in ten-thousandths."""

    confidence: int | None
    held: str
    label: str
    way: str = "decided"

    @property
    def recorded(self) -> Recorded:
        hundredth = NOT_GIVEN if self.confidence is None else self.confidence // 100
        return Recorded(hundredth, self.held, self.way, Said(**{self.label: 1}))


def looped(decided: list[Decided], floor: int, auto: int, cap: int) -> dict[str, Counter[str]]:
    """The gate's own order: what blocks, then what runs, then a person."""
    found: dict[str, Counter[str]] = {"ran": Counter(), "reviewed": Counter(), "blocked": Counter()}
    for one in decided:
        counts = None if one.confidence is None else min(one.confidence, cap * 100)
        if one.held == "block" or (counts is not None and counts < floor * 100):
            found["blocked"][one.label] += 1
        elif one.held == "" and counts is not None and counts >= auto * 100:
            found["ran"][one.label] += 1
        else:
            found["reviewed"][one.label] += 1
    return found


some = st.builds(
    Decided,
    confidence=st.none() | st.integers(0, 10_000),
    held=st.sampled_from(["", "", "", "queue", "block"]),
    label=st.sampled_from(LABELS),
)
hundredths = st.integers(0, NEVER)


@settings(max_examples=150, deadline=None)
@given(st.lists(some, max_size=60), hundredths, hundredths, st.integers(0, TOP))
def test_any_two_thresholds_say_what_a_loop_over_the_rows_says(
    decided: list[Decided], floor: int, auto: int, cap: int
) -> None:
    ground = Ground(one.recorded for one in decided)

    replayed = ground.under(Thresholds(floor, auto, cap))

    for name, counted in looped(decided, floor, auto, cap).items():
        assert getattr(replayed, name)._asdict() == {label: counted[label] for label in LABELS}, name
    ran = replayed.ran
    (row,) = ground.every_pair([floor], range(NEVER + 1), cap=cap)
    assert row.ran[auto] == (ran.all, ran.good, ran.bad, ran.unknown)
    assert (row.reviewed[auto], row.blocked) == (replayed.reviewed.all, replayed.blocked.all)


def test_a_threshold_is_met_exactly_and_nothing_without_confidence_runs() -> None:
    at = [Decided(8600, "", "unknown"), Decided(8599, "", "unknown"), Decided(None, "", "unknown")]
    ground = Ground(one.recorded for one in at)

    assert ground.under(Thresholds(0, 86)).ran.all == 1
    assert ground.under(Thresholds(86, 86)).blocked.all == 1
    assert ground.under(Thresholds(0, 0)).reviewed.all == 1
    assert ground.under(Thresholds(0, NEVER)).ran.all == 0


def test_above_the_cap_of_the_policy_nothing_runs() -> None:
    ground = Ground([Recorded(99, "", "ran", Said(unknown=3))])

    assert ground.under(Thresholds(0, 95, cap=95)).ran.all == 3
    assert ground.under(Thresholds(0, 96, cap=95)).reviewed.all == 3


@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    # Computed from the formula by hand and by R's prop.test(correct = FALSE, conf.level = 0.9).
    [(0, 50, 0.0, 0.0513), (50, 50, 0.9487, 1.0), (10, 100, 0.0611, 0.1596), (0, 0, 0.0, 1.0)],
)
def test_an_interval_of_a_share(part: int, of: int, low: float, high: float) -> None:
    found = wilson(part, of)

    assert found.low == pytest.approx(low, abs=2e-3)
    assert found.high == pytest.approx(high, abs=2e-3)
    assert found.low <= found.mid <= found.high


def test_more_of_a_part_than_of_the_whole_is_no_share() -> None:
    with pytest.raises(ValueError, match="3 of 2 is no share"):
        wilson(3, 2)


def recorded(shares: dict[int, tuple[int, int, int]]) -> Ground:
    """By hundredth: good, bad, unknown."""
    return Ground(
        Recorded(at, "", "decided", Said(unknown=unknown, unchanged=good, rejected=bad))
        for at, (good, bad, unknown) in shares.items()
    )


PRICES = Prices(minutes=6, hourly=40, harm=60, worth=1)


def test_what_nobody_read_is_judged_by_its_nearest_known_ones() -> None:
    ground = recorded({80: (30, 30, 0), 95: (99, 1, 100)})
    evidence = Evidence.of(ground.free)

    wrong = evidence.wrong_from(90)

    assert wrong.unknown.mid == pytest.approx(1.0)
    assert wrong.ahead.mid == pytest.approx(2.0)
    assert wrong.unknown.low < 1 < wrong.unknown.high < 6
    assert not wrong.is_thin


def test_under_fifty_known_ones_there_is_not_enough_evidence() -> None:
    evidence = Evidence.of(recorded({95: (49, 0, 500)}).free)

    assert evidence.wrong_from(90).is_thin
    assert not Evidence.of(recorded({95: (50, 0, 500)}).free).wrong_from(90).is_thin


def test_reading_some_of_the_unknown_narrows_the_interval() -> None:
    evidence = Evidence.of(recorded({95: (57, 3, 400)}).free)

    widths = [evidence.after_reading(90, number).width for number in (0, 60, 200, 400)]

    assert widths == sorted(widths, reverse=True)
    assert widths[0] == pytest.approx(evidence.wrong_from(90).unknown.width)
    assert widths[1] < 0.8 * widths[0]
    assert widths[-1] == pytest.approx(0.0)


def test_the_cost_is_reviews_and_harm_less_what_right_ones_are_worth() -> None:
    ground = recorded({50: (40, 60, 0), 95: (98, 2, 0)})

    found = cost(ground, Evidence.of(ground.free), Thresholds(0, 90), PRICES)

    assert found.mid == pytest.approx(100 * 4 + 2 * 60 - 98 * 1)
    assert found.low < found.mid < found.high


def test_the_lowest_cost_lies_between_the_bad_and_the_good_and_says_how_far_it_is_noise() -> None:
    ground = recorded({50: (40, 60, 0), 70: (48, 2, 0), 95: (980, 20, 0)})
    evidence = Evidence.of(ground.free)

    found = lowest(ground, evidence, PRICES, curve(ground, evidence, PRICES, floor=0, cap=TOP), cap=TOP)

    # From 51 on the bad ones are read; whether 70 runs is told apart by 50 outcomes, whether 95 does by 1,000.
    assert found.first == 51
    assert 51 <= found.at <= found.last == 95


def test_without_any_outcome_every_threshold_is_within_noise() -> None:
    ground = recorded({70: (0, 0, 40), 95: (0, 0, 40)})
    evidence = Evidence.of(ground.free)

    found = lowest(ground, evidence, PRICES, curve(ground, evidence, PRICES, floor=0, cap=TOP), cap=TOP)

    assert (found.first, found.last) == (0, NEVER)
