"""What a fall would cost before it is stopped."""

from __future__ import annotations

from itertools import pairwise

import pytest

from approvals.rules.earning import Label, Ran, recomputed
from approvals.rules.forecasts import forecast
from approvals.rules.probation import Draw, Plan, Stage

ALL_READ = Plan(stages=(), share=1.0)
NO_PROBATION = Plan(stages=())
RUNS = 60
GOOD = Ran(Label.UNCHANGED, Draw.UNIFORM)
BAD = Ran(Label.REJECTED, Draw.UNIFORM)


def test_the_same_question_has_the_same_answer_in_one_sentence() -> None:
    first, again = forecast(Plan(), runs=RUNS), forecast(Plan(), runs=RUNS)

    assert first == again
    assert str(first) == (
        f"If this falls to 85%, expect about {first.actions:,.0f} automatic actions, "
        f"{first.wrong:,.0f} wrong, before we stop it."
    )


def test_where_nothing_is_left_to_chance_it_is_the_number_itself() -> None:
    """All is wrong and all is read: as many as the demotion needs, each of them wrong."""
    needed = recomputed([BAD] * 100).kept.fallen_at

    found = forecast(ALL_READ, rate=0.0, runs=3)
    assert (found.actions, found.wrong, found.error, found.stopped) == (needed, needed, 0.0, 1.0)


def test_of_what_ran_the_share_that_fell_was_wrong() -> None:
    found = forecast(Plan(), rate=0.85, runs=200)

    assert found.wrong == pytest.approx(0.15 * found.actions, rel=0.1)
    assert found.actions < found.nine_in_ten


def test_a_deeper_fall_is_stopped_sooner() -> None:
    falls = [forecast(Plan(), rate=rate, runs=RUNS).actions for rate in (0.9, 0.85, 0.7, 0.3)]

    assert all(later > sooner for later, sooner in pairwise(falls))


def test_probation_stops_it_sooner_and_a_late_fall_is_stopped_late() -> None:
    early, unread, late = (
        forecast(plan, after=after, runs=RUNS).actions
        for plan, after in ((Plan(), 0), (NO_PROBATION, 0), (Plan(), 1_000))
    )

    assert early < unread / 3
    assert late > 2 * early


def test_a_running_cell_is_forecast_from_its_own_evidence() -> None:
    standing = recomputed([*[GOOD] * 57, *[BAD] * 3]).kept
    assert standing.fallen_at is None

    assert forecast(NO_PROBATION, standing=standing, position=60, runs=RUNS).actions < (
        forecast(NO_PROBATION, runs=RUNS).actions
    )


def test_wrong_ones_of_before_are_not_counted_again() -> None:
    standing = recomputed([BAD]).kept

    found = forecast(ALL_READ, rate=0.0, standing=standing, position=1, runs=1)
    assert found.wrong == found.actions == forecast(ALL_READ, rate=0.0, runs=1).actions - 1


def test_what_is_not_stopped_is_said() -> None:
    """At the target nothing falls: few runs end, and the averages are those of the horizon."""
    found = forecast(Plan(stages=(Stage(1, 1.0),), share=0.02), rate=0.97, runs=3)

    assert found.stopped < 1


@pytest.mark.parametrize(
    "wrong", [{"rate": 1.1}, {"rate": float("nan")}, {"runs": 0}, {"after": -1}, {"position": -1}]
)
def test_questions_without_an_answer_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="forecast needs"):
        forecast(Plan(), **wrong)  # type: ignore[arg-type]
