"""Who gets which text: the same for ever, in the shares that were asked for, and whatever the holdout."""

from __future__ import annotations

from uuid import UUID

import pytest

from scoring.arms import Arm, arm_of

UNITS = [UUID(int=number * 0x9E3779B97F4A7C15) for number in range(4_000)]


def shares(experiment: int, holdout: int) -> dict[Arm, float]:
    arms = [arm_of(experiment=experiment, unit=unit, holdout=holdout) for unit in UNITS]
    return {arm: arms.count(arm) / len(arms) for arm in Arm}


def test_the_same_unit_gets_the_same_arm_in_this_version_and_every_later_one() -> None:
    """Written down: a running experiment must not be dealt anew by an update."""
    found = "".join(arm_of(experiment=7, unit=unit, holdout=20)[0] for unit in UNITS[:24])
    assert found == "babbaaabbaaabhbaahahahba"


@pytest.mark.parametrize("holdout", [0, 10, 50])
def test_the_shares_are_those_that_were_asked_for(holdout: int) -> None:
    found = shares(3, holdout)
    # Five standard deviations of 4,000 draws are 4 points at most.
    assert found[Arm.HOLDOUT] == pytest.approx(holdout / 100, abs=0.04)
    assert found[Arm.CONTROL] == pytest.approx((1 - holdout / 100) / 2, abs=0.04)
    assert found[Arm.VARIANT] == pytest.approx((1 - holdout / 100) / 2, abs=0.04)


def test_without_a_holdout_nobody_is_held_out() -> None:
    assert shares(3, 0)[Arm.HOLDOUT] == 0


def test_another_holdout_moves_nobody_from_one_text_to_the_other() -> None:
    for unit in UNITS[:500]:
        few, many = (arm_of(experiment=3, unit=unit, holdout=share) for share in (5, 45))
        assert few == many or many == Arm.HOLDOUT


def test_two_experiments_deal_independently() -> None:
    both = [
        (arm_of(experiment=1, unit=unit, holdout=0), arm_of(experiment=2, unit=unit, holdout=0))
        for unit in UNITS
    ]
    assert both.count((Arm.CONTROL, Arm.CONTROL)) / len(both) == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize("holdout", [-1, 51])
def test_more_than_half_is_never_held_out(holdout: int) -> None:
    with pytest.raises(ValueError, match="per cent are held out"):
        arm_of(experiment=1, unit=UNITS[0], holdout=holdout)
