"""Both e-processes against what makes them valid: no look is expected to gain while the null holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import evidence
from scoring.evidence import Fall, Ratios, log_e_above

from .exactly import proven_by

TARGETS = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]
# Every sequence of so many outcomes is walked: 2^10 of them per target.
LENGTH = 10
SETTINGS = settings(deadline=None, derandomize=True, database=None, max_examples=200)
COUNTS = st.integers(0, 5_000)

Process = Callable[[float, tuple[bool, ...]], float]


def above(target: float, outcomes: tuple[bool, ...]) -> float:
    return math.exp(log_e_above(target, sum(outcomes), len(outcomes) - sum(outcomes)))


def below(target: float, outcomes: tuple[bool, ...]) -> float:
    fall = Fall(target)
    for kept in outcomes:
        fall = fall.after(kept)
    return fall.e_value


def all_sequences(shorter_than: int) -> Iterator[tuple[bool, ...]]:
    for length in range(shorter_than):
        yield from product((True, False), repeat=length)


def gains(process: Process, target: float, rates: tuple[float, ...]) -> list[tuple[bool, ...]]:
    """After which sequences one more outcome is expected to raise it, at one of these rates."""
    found = []
    for past in all_sequences(LENGTH):
        now, kept, failed = (process(target, (*past, *more)) for more in ((), (True,), (False,)))
        if any(rate * kept + (1 - rate) * failed > now * (1 + 1e-9) for rate in rates):
            found.append(past)
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_no_sequence_is_expected_to_gain_while_the_null_holds(target: float) -> None:
    # What is expected of one step is linear in the rate: both ends of the null speak for all between.
    assert gains(above, target, (0.0, target)) == []
    assert gains(below, target, (target, 1.0)) == []


@pytest.mark.parametrize("target", TARGETS)
def test_beyond_the_null_every_beginning_gains(target: float) -> None:
    assert () in gains(above, target, ((1 + target) / 2,))
    assert () in gains(below, target, (target / 2,))


def test_weight_on_the_near_side_of_the_target_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mixture over all rates, as two-sided tests use, grows for an agent that is far below the target."""
    everywhere = [(j - 0.5) / evidence.ABOVE for j in range(1, evidence.ABOVE + 1)]
    logs = tuple(Ratios(math.log(q / 0.8), math.log((1 - q) / (1 - 0.8))) for q in everywhere)
    monkeypatch.setattr(evidence, "_logs_above", lambda target: logs)

    assert gains(above, 0.8, (0.8,)) == []
    assert gains(above, 0.8, (0.0, 0.8)) != []


@given(st.floats(0.01, 0.999), COUNTS, COUNTS)
@SETTINGS
def test_also_after_any_counts_a_promotion_is_not_expected_to_gain(
    target: float, kept: int, failed: int
) -> None:
    now = log_e_above(target, kept, failed)
    if_kept, if_failed = (
        log_e_above(target, kept + 1, failed) - now,
        log_e_above(target, kept, failed + 1) - now,
    )

    assert target * math.exp(if_kept) + (1 - target) * math.exp(if_failed) == pytest.approx(1.0)
    assert if_failed < 0 < if_kept


@given(st.sampled_from(TARGETS), st.lists(st.booleans(), max_size=60))
@SETTINGS
def test_a_fall_is_the_weighted_sum_over_all_its_beginnings(target: float, outcomes: list[bool]) -> None:
    """The recursion against the definition."""
    n = len(outcomes)
    expected = (n + 1) ** -0.5
    for k in range(1, evidence.BELOW + 1):
        failing = (1 - target) ** (1 - (k - 0.5) / evidence.BELOW)
        assert 1 - target < failing < 1
        for j in range(n):
            weight = (j + 1) ** -0.5 - (j + 2) ** -0.5
            steps = ((1 - failing) / target if kept else failing / (1 - target) for kept in outcomes[j:])
            expected += weight * math.prod(steps) / evidence.BELOW

    assert below(target, tuple(outcomes)) == pytest.approx(expected)


@pytest.mark.parametrize("rate", [0.94, 0.95])
def test_at_or_below_the_target_a_promotion_is_proven_in_at_most_5_percent(rate: float) -> None:
    chance = proven_by(0.95, 0.05, rate, 1_500)[-1]

    assert chance <= 0.05
    # At the target itself it is no empty promise: little of alpha is given away.
    assert rate < 0.95 or chance > 0.03


def test_at_99_percent_it_is_proven_before_the_160th_as_a_rule_and_almost_always_in_the_end() -> None:
    by = proven_by(0.95, 0.05, 0.99, 1_500)

    assert by[159] > 0.5
    assert by[-1] > 0.99


@pytest.mark.parametrize("rate", [0.6, 0.7, 1.0])
def test_at_or_above_the_target_a_fall_is_seen_in_at_most_alpha(rate: float) -> None:
    """Over every sequence of 14, with an alpha large enough that some of them reach it."""
    target, alpha, length = 0.6, 0.25, 14
    seen = 0.0
    open_with = [(Fall(target), 1.0)]
    for _ in range(length):
        grown = [
            (fall.after(kept), chance * share)
            for fall, chance in open_with
            for kept, share in ((True, rate), (False, 1 - rate))
        ]
        seen += sum(chance for fall, chance in grown if fall.e_value >= 1 / alpha)
        open_with = [(fall, chance) for fall, chance in grown if fall.e_value < 1 / alpha]

    assert seen <= alpha
    assert (seen > 0) is (rate < 1)


def test_long_runs_neither_overflow_nor_lose_what_comes_after() -> None:
    assert math.isfinite(log_e_above(0.95, 10_000_000, 3))
    assert math.isfinite(log_e_above(0.95, 3, 10_000_000))
    fall = Fall(0.95)
    for _ in range(3_000):
        fall = fall.after(False)
    assert 1e200 < fall.e_value < math.inf
    fall = Fall(0.95)
    for _ in range(20_000):
        fall = fall.after(True)
    assert 0 < fall.e_value < 0.01


def test_a_thousand_good_outcomes_do_not_hide_a_fall() -> None:
    fall = Fall(0.95)
    for _ in range(1_000):
        fall = fall.after(True)
    failures = 0
    while fall.e_value < 20:
        fall, failures = fall.after(False), failures + 1

    assert failures <= 7


@pytest.mark.parametrize("target", [0.0, 1.0, -0.5, 1.5, float("nan"), float("inf"), 0.99999])
def test_a_target_that_outcomes_cannot_prove_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="target"):
        log_e_above(target, 1, 0)
    with pytest.raises(ValueError, match="target"):
        Fall(target).after(True)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        log_e_above(0.95, -1, 0)
