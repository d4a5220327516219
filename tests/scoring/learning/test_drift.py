"""What changed raises an alarm with its likely cause; what did not, does not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from scoring.learning import drift, tables
from scoring.learning.cards import Drifted
from scoring.learning.measures import Floats, Labels
from tests.scoring.learning.worlds import Columns, customers

FEATURES = ["usage", "tenure", "segment"]
THEN = customers(3000, seed=11)


def shares(columns: Columns) -> Floats:
    """The true share of each row in a world where nothing was lifted."""
    usage = np.array([value or 0.0 for value in columns["usage"]])
    small = np.array([value == "small" for value in columns["segment"]])
    return np.asarray(
        1 / (1 + np.exp(-(-1 + 1.1 * usage - 0.02 * np.array(columns["tenure"]) + 0.4 * small)))
    )


def outcomes(columns: Columns) -> Labels:
    return np.array([value == "yes" for value in columns["left"]]).astype(np.int64)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    made = drift.reference(tables.of_columns(THEN), FEATURES, shares(THEN), segment="segment")
    # As it comes back from a card.
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def compared(reference: dict[str, Any], now: Columns, *, told: bool = True) -> Drifted:
    return drift.compare(
        reference,
        tables.of_columns(now),
        shares(now),
        outcomes=outcomes(now) if told else None,
        importance={"usage": 1.0, "tenure": 0.2, "segment": 0.2},
    )


def codes(found: Drifted) -> set[tuple[str, str]]:
    return {(finding["code"], finding["subject"]) for finding in found["findings"]}


@pytest.mark.parametrize("seed", range(8))
def test_the_same_world_raises_no_alarm(reference: dict[str, Any], seed: int) -> None:
    found = compared(reference, customers(700, seed=100 + seed))

    assert (found["alarm"], found["findings"], found["stood_down"]) == (False, [], [])
    assert all(standing["sentence"].endswith("it holds.") for standing in found["standings"])


def test_a_handful_of_rows_raises_no_alarm_by_chance(reference: dict[str, Any]) -> None:
    assert not compared(reference, customers(40, seed=12), told=False)["alarm"]


def test_a_shifted_feature_is_an_alarm_and_the_cause_of_shifted_predictions(
    reference: dict[str, Any],
) -> None:
    found = compared(reference, customers(800, seed=13, moved=0.9))

    assert codes(found) == {("feature", "usage"), ("scores", "predictions")}
    assert all(finding["cause"].startswith("usage moved (from ") for finding in found["findings"])
    assert found["stood_down"] == []


def test_a_segment_whose_calibration_no_longer_holds_stands_down_alone(reference: dict[str, Any]) -> None:
    found = compared(reference, customers(900, seed=14, lifted=1.2))

    assert found["stood_down"] == ["small"]
    assert codes(found) == {("calibration", "small")}
    assert "what leads to the outcome has changed" in found["findings"][0]["cause"]
    down = next(standing for standing in found["standings"] if standing["segment"] == "small")
    assert down["gap"] is not None
    assert down["gap"]["low"] > drift.TOLERANCE


def test_predictions_that_are_right_on_average_and_too_bold_stand_down() -> None:
    random = np.random.default_rng(15)
    truth = random.uniform(0.3, 0.7, 3000)
    y = (random.random(3000) < truth).astype(np.int64)
    bold = np.clip(0.5 + 2.4 * (truth - 0.5), 0.02, 0.98)

    found = drift.standing("mid", y, bold)

    assert found["stands_down"]
    assert "too bold" in found["sentence"]
    assert not drift.standing("mid", y, truth)["stands_down"]


def test_without_outcomes_nothing_stands_down_and_it_says_that_it_is_not_known(
    reference: dict[str, Any],
) -> None:
    found = compared(reference, customers(400, seed=16, lifted=2.0), told=False)

    assert found["stood_down"] == []
    assert all("no outcomes yet" in standing["sentence"] for standing in found["standings"])


def test_few_outcomes_are_too_few_to_tell(reference: dict[str, Any]) -> None:
    found = compared(reference, customers(40, seed=17, lifted=3.0))

    assert found["stood_down"] == []
    assert any("too few to tell" in standing["sentence"] for standing in found["standings"])


def test_outcomes_that_are_not_known_yet_are_left_out(reference: dict[str, Any]) -> None:
    now = customers(400, seed=18)
    y = outcomes(now)
    y[::2] = -1

    found = drift.compare(reference, tables.of_columns(now), shares(now), outcomes=y)

    assert sum(standing["n"] for standing in found["standings"]) == 200


def test_a_source_that_stopped_filling_a_column_is_named(reference: dict[str, Any]) -> None:
    now = customers(600, seed=19)
    now["tenure"] = [None if row % 3 == 0 else value for row, value in enumerate(now["tenure"])]

    found = drift.compare(reference, tables.of_columns(now), shares(customers(600, seed=19)))

    assert codes(found) == {("missing", "tenure")}
    assert "blank in 33% of 600 rows; in training in 0%" in found["findings"][0]["sentence"]
    assert "stopped or lags" in found["findings"][0]["cause"]


def test_new_words_in_a_column_and_another_mix_are_found(reference: dict[str, Any]) -> None:
    now = customers(600, seed=20)
    now["segment"] = ["Small (new)" if row % 2 else "small" for row in range(600)]

    found = codes(compared(reference, now, told=False))

    assert ("unseen", "segment") in found
    assert ("mix", "segment") in found


def test_a_column_that_is_gone_or_of_another_sort_is_a_finding(reference: dict[str, Any]) -> None:
    now = customers(300, seed=21)
    p = shares(now)
    del now["usage"]
    now["tenure"] = [f"{value} months" for value in now["tenure"]]

    found = drift.compare(reference, tables.of_columns(now), p)

    assert {("gone", "usage"), ("gone", "tenure")} <= codes(found)


def test_the_index_is_that_of_the_formula() -> None:
    then, now = np.array([0.5, 0.5]), np.array([0.8, 0.2])

    index, by_chance, ks = drift.stability(then, now, 1000, 1000)

    assert index == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert ks == pytest.approx(0.3)
    # 10.83 is the quantile of chi-squared with one degree of freedom.
    assert by_chance == pytest.approx(10.83 * 0.002, rel=1e-3)
