"""The interval of a difference: right at every look at once, narrow enough to be of use, and sure of its arithmetic."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.differences import ALPHA, HALVINGS, Counted, between, log_e

RUNS, STEPS = 300, 250
MOST_LOG = -math.log(ALPHA)
COUNTS = st.integers(0, 400).flatmap(lambda of: st.builds(Counted, st.integers(0, of), st.just(of)))


def missed(first: float, second: float) -> int:
    """In how many of the runs the true difference was outside at any of the looks, one after each unit."""
    dice = Random(f"{first}/{second}")
    return sum(_misses(first, second, dice) for _ in range(RUNS))


def _misses(first: float, second: float, dice: Random) -> bool:
    counts = [[0, 0], [0, 0]]
    for _ in range(STEPS):
        arm = dice.random() < 0.5
        counts[arm][1] += 1
        counts[arm][0] += dice.random() < (second if arm else first)
        a, b = (Counted(*one) for one in counts)
        if log_e(a, b, second - first) >= MOST_LOG:
            return True
    return False


@pytest.mark.parametrize(("first", "second"), [(0.2, 0.2), (0.02, 0.02), (0.2, 0.35)])
def test_looking_after_every_unit_misses_no_more_often_than_it_says(first: float, second: float) -> None:
    """300 experiments, two of the kinds A against A: at most alpha of them, plus three standard deviations."""
    most = ALPHA * RUNS + 3 * math.sqrt(ALPHA * (1 - ALPHA) * RUNS)
    assert missed(first, second) <= most


def test_the_simulation_would_notice_an_interval_that_holds_for_one_look_only() -> None:
    """The same looks, judged by the likelihood ratio of a fixed number of units: wrong far too often."""
    dice, wrong = Random("fixed"), 0
    for _ in range(RUNS):
        a, b = [0, 0], [0, 0]
        for _ in range(STEPS):
            arm = a if dice.random() < 0.5 else b
            arm[1] += 1
            arm[0] += dice.random() < 0.2
            if min(a[1], b[1]) < 20:
                continue
            gap = b[0] / b[1] - a[0] / a[1]
            spread = math.sqrt(sum(one[0] / one[1] * (1 - one[0] / one[1]) / one[1] for one in (a, b)))
            if spread and abs(gap) > 1.96 * spread:
                wrong += 1
                break
    assert wrong > ALPHA * RUNS + 3 * math.sqrt(ALPHA * (1 - ALPHA) * RUNS)


def test_a_difference_that_is_there_is_found() -> None:
    found = between(Counted(120, 600), Counted(210, 600))
    assert found.low > 0
    assert found.mid == pytest.approx(0.15)
    # An interval for one look would be 0.1 wide.
    assert 0.1 < found.high - found.low < 0.25


def test_without_anybody_nothing_is_known() -> None:
    assert between(Counted(0, 0), Counted(3, 9)) == (-1.0, None, 1.0)


@given(COUNTS, COUNTS)
def test_the_ends_are_where_the_evidence_reaches_its_bound(first: Counted, second: Counted) -> None:
    found = between(first, second)
    if found.mid is None:
        return
    assert -1 <= found.low <= found.mid <= found.high <= 1
    for end, outward in ((found.low, -1), (found.high, 1)):
        if abs(end) < 1:
            assert log_e(first, second, end) >= MOST_LOG - 1e-6
            assert log_e(first, second, end - outward * 1e-3) < MOST_LOG + 1e-6


@given(COUNTS, COUNTS)
def test_the_other_way_round_is_the_same_mirrored(first: Counted, second: Counted) -> None:
    one, other = between(first, second), between(second, first)
    assert one.low == pytest.approx(-other.high, abs=1e-6)
    assert one.high == pytest.approx(-other.low, abs=1e-6)


@pytest.mark.parametrize(("first", "second"), [((3, 20), (9, 25)), ((0, 30), (2, 31)), ((30, 30), (0, 4))])
@pytest.mark.parametrize("difference", [-0.4, 0.0, 0.05, 0.3])
def test_the_least_over_all_pairs_is_found(
    first: tuple[int, int], second: tuple[int, int], difference: float
) -> None:
    """Against a grid: no pair of rates that lie so far apart speaks less against the counts."""
    a, b = Counted(*first), Counted(*second)
    low, high = max(0.0, -difference), min(1.0, 1 - difference)
    grid = [low + (high - low) * (step + 0.5) / 4_000 for step in range(4_000)]
    least = min(_evidence(a, rate) + _evidence(b, rate + difference) for rate in grid)
    assert log_e(a, b, difference) <= least + 1e-9
    assert log_e(a, b, difference) == pytest.approx(least, abs=1e-2)


def _evidence(counted: Counted, rate: float) -> float:
    """By the definition: the mixture as a product of predictions of Krichevsky and Trofimov, over the likelihood."""
    mixture = likelihood = 0.0
    for seen in range(counted.of):
        did = seen < counted.part
        before = min(seen, counted.part)
        share = ((before if did else seen - before) + 0.5) / (seen + 1)
        mixture += math.log(share)
        likelihood += math.log(rate if did else 1 - rate)
    return mixture - likelihood


@pytest.mark.parametrize("counted", [Counted(5, 4), Counted(-1, 4)])
def test_what_is_no_share_is_refused(counted: Counted) -> None:
    with pytest.raises(ValueError, match="is no share"):
        log_e(counted, Counted(1, 2), 0.0)


def test_the_halvings_leave_nothing_to_see() -> None:
    assert 2.0**-HALVINGS < 1e-12
