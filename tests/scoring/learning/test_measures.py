"""Each figure against another way of reckoning it, and its interval against what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from scoring.learning import costs, measures
from scoring.learning.cards import Cost
from scoring.learning.columns import Unlearnable
from scoring.learning.measures import Floats, Labels


def drawn(n: int, seed: int, *, bold: float = 1.0) -> tuple[Labels, Floats]:
    """Outcomes drawn with their shares, and predictions of them: right with `bold` 1, too sure above."""
    random = np.random.default_rng(seed)
    odds = random.normal(-1, 1, n)
    y = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    return y, 1 / (1 + np.exp(-bold * odds))


def test_figures_are_those_of_scikit_learn_with_ties() -> None:
    y, p = drawn(700, 1)
    p = p.round(1)

    found = measures.measured(y, p, seed=0)

    assert found["auc"] is not None
    assert found["average_precision"] is not None
    assert found["auc"]["mid"] == pytest.approx(roc_auc_score(y, p))
    assert found["average_precision"]["mid"] == pytest.approx(average_precision_score(y, p))
    assert found["brier"]["mid"] == pytest.approx(brier_score_loss(y, p))


def test_the_same_seed_gives_the_same_intervals_and_another_one_others() -> None:
    y, p = drawn(300, 2)

    assert measures.measured(y, p, seed=1) == measures.measured(y, p, seed=1)
    assert measures.measured(y, p, seed=1)["brier"] != measures.measured(y, p, seed=2)["brier"]


def test_the_interval_of_the_auc_holds_the_truth_nineteen_times_of_twenty() -> None:
    y, p = drawn(200_000, 3)
    truth = roc_auc_score(y, p)
    held = 0
    for k in range(500):
        found = measures.auc(y[k * 400 : (k + 1) * 400], p[k * 400 : (k + 1) * 400])
        assert found is not None
        held += found["low"] <= truth <= found["high"]

    # 475 of 500 are expected; 15 is three standard deviations.
    assert 460 <= held <= 490


def test_a_perfect_auc_keeps_doubt_in_its_interval() -> None:
    found = measures.auc(np.array([0] * 40 + [1] * 40), np.arange(80.0))

    assert found is not None
    assert found["mid"] == found["high"] == 1.0
    assert 0.5 < found["low"] < 1.0


def test_one_class_has_no_auc_and_is_no_better_than_chance() -> None:
    found = measures.measured(np.ones(40, np.int64), np.full(40, 0.9), seed=0)

    assert (found["auc"], found["average_precision"]) == (None, None)
    assert found["no_better_than_chance"]


def test_right_shares_have_a_small_calibration_error_and_bold_ones_a_large() -> None:
    y, p = drawn(20_000, 4)
    _, bold = drawn(20_000, 4, bold=2.0)

    assert measures.calibration_error(y, p) < 0.01
    assert measures.measured(y, bold, seed=0)["ece"]["low"] > 0.05


def test_a_constant_prediction_has_one_bin_whatever_the_order_of_the_rows() -> None:
    y = np.array([1] * 50 + [0] * 150)

    assert measures.calibration_error(y, np.full(200, 0.25)) == pytest.approx(0)
    assert len(measures.reliability(y, np.full(200, 0.25))) == 1


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    found = measures.share(2, 10)

    assert [found["low"], found["high"]] == pytest.approx([0.0567, 0.5098], abs=1e-4)


def test_gains_count_every_positive_once_and_lift_starts_high() -> None:
    y, p = drawn(1000, 5)

    tenths = measures.gains(y, p)

    assert sum(tenth["positives"] for tenth in tenths) == y.sum()
    assert tenths[-1]["captured"] == pytest.approx(1)
    assert tenths[0]["lift"] > 1.5 > tenths[-1]["lift"]


def test_the_best_threshold_of_calibrated_shares_is_where_elkan_puts_it() -> None:
    y, p = drawn(50_000, 6)

    found = costs.best(y, p, Cost(hit=1, false_alarm=1, miss=5, right_rest=0), seed=0)

    # (1 - 0) / (1 - 0 + 5 - 1)
    assert found["at"] == pytest.approx(0.2, abs=0.03)
    assert found["at_interval"]["low"] <= 0.2 <= found["at_interval"]["high"]
    assert found["per_row"]["mid"] < min(found["per_row_nobody"], found["per_row_everybody"])
    counted = (
        found["true_positives"]
        + found["false_positives"]
        + found["false_negatives"]
        + found["true_negatives"]
    )
    assert counted == 50_000


def test_the_curve_is_what_each_row_costs_one_by_one() -> None:
    y, p = drawn(300, 7)
    cost = Cost(hit=1, false_alarm=2, miss=7, right_rest=0.5)

    for point in costs.curve(y, p.round(2), cost):
        rows = [
            (1 if hit else 2) if share >= point["threshold"] else (7 if hit else 0.5)
            for hit, share in zip(y, p.round(2), strict=True)
        ]
        assert point["per_row"] == pytest.approx(sum(rows) / 300)


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        (Cost(hit=5, false_alarm=1, miss=5, right_rest=0), "acting would never pay"),
        (Cost(hit=1, false_alarm=0, miss=5, right_rest=0), "acting on everybody would always pay"),
        (Cost(hit=1, false_alarm=1, miss=float("nan"), right_rest=0), "Every cost is a number"),
    ],
)
def test_costs_that_decide_everything_alone_are_refused(cost: Cost, says: str) -> None:
    with pytest.raises(Unlearnable, match=says):
        costs.require_sense(cost)
