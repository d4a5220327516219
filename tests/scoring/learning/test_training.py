"""What comes out of a training: the right model, the same every time, and a card that says what it is worth."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from scoring.learning import csv_files, predictors, tables, training
from scoring.learning.training import Question, Trained, train
from tests.scoring.learning.worlds import NO_TELCO, TELCO, Columns, bent, customers, joined, leaking, noise


def trained(columns: Columns, **changes: Any) -> Trained:
    return train(tables.of_columns(columns), Question("churn", "left", "yes", **changes))


@pytest.fixture(scope="module")
def usual() -> Trained:
    return trained(customers(), segment="segment")


def test_a_line_is_chosen_where_a_line_is_the_truth(usual: Trained) -> None:
    assert usual.card["chosen"] == "logistic"
    assert "Boosting does not beat logistic beyond noise" in usual.card["chosen_why"]
    assert usual.card["metrics"]["auc"]["low"] > 0.7  # type: ignore[index]


def test_the_card_is_json_and_names_what_made_it(usual: Trained) -> None:
    card = json.loads(json.dumps(usual.card, allow_nan=False))

    assert card == usual.card
    assert set(card["versions"]) == {"python", "scikit-learn", "numpy", "scipy", "skops"}
    assert (card["seed"], card["folds"], card["n"]) == (training.SEED, 5, 700)
    assert card["importance"][0]["name"] == "usage"


def test_a_file_predicts_as_the_model_that_was_saved(usual: Trained) -> None:
    table = tables.of_columns(customers(seed=8))
    loaded = predictors.loaded(usual.file, registered=usual.sha256)

    assert np.array_equal(loaded.predict(table), usual.predictor.predict(table))


def test_a_value_that_was_never_seen_and_a_blank_are_predicted(usual: Trained) -> None:
    table = tables.of_columns({"usage": [0.1, None], "tenure": [None, 5], "segment": ["martian", None]})

    p = usual.predictor.predict(table)

    assert ((p > 0) & (p < 1)).all()


def test_a_column_that_is_gone_is_a_sentence(usual: Trained) -> None:
    with pytest.raises(tables.Unlearnable, match="There is no column segment"):
        usual.predictor.predict(tables.of_columns({"usage": [0.1, 0.2], "tenure": [1, 2]}))


def test_numbers_where_text_was_are_a_sentence(usual: Trained) -> None:
    changed = tables.of_columns({"usage": [0.1, 0.2], "tenure": [1, 2], "segment": [1, 2]})

    with pytest.raises(tables.Unlearnable, match="segment held text in training and holds numbers now"):
        usual.predictor.predict(changed)


def test_boosting_is_chosen_where_two_columns_meet_the_same_bit_for_bit() -> None:
    first, second = trained(bent()), trained(bent())
    card, table = first.card, tables.of_columns(bent())

    assert np.array_equal(first.predictor.predict(table), second.predictor.predict(table))
    assert {**second.card, "seconds": 0, "candidates": 0} == {**card, "seconds": 0, "candidates": 0}
    assert card["chosen"] == "boosting"
    assert "Logistic does not beat baseline beyond noise" in card["chosen_why"]
    assert card["metrics"]["auc"]["low"] > 0.7  # type: ignore[index]


def test_noise_is_no_better_than_chance_in_those_words() -> None:
    card = trained(noise()).card

    assert "no better than chance" in card["verdict"]
    assert card["verdict"] in card["warnings"]
    assert card["chosen"] == "baseline"
    assert card["metrics"]["no_better_than_chance"]


def test_leaks_are_kept_out_until_a_person_keeps_one() -> None:
    card = trained(leaking(), keep=frozenset({"final_invoice", "usage"})).card

    assert {leak["column"]: leak["kept"] for leak in card["leaks"]} == {
        "final_invoice": True,
        "region_rate": False,
        "reason": False,
    }
    assert {one["name"] for one in card["features"]} == {
        "usage",
        "tenure",
        "segment",
        "region",
        "final_invoice",
    }
    assert sum("kept out until a person decides" in warning for warning in card["warnings"]) == 2
    assert sum(warning.endswith("A person kept it.") for warning in card["warnings"]) == 1
    assert "usage was not flagged: keeping it changes nothing." in card["warnings"]


def test_a_rule_is_the_baseline_and_nobody_else_reads_it() -> None:
    table = customers()
    table["rule"] = [-1.0 * value for value in table["tenure"]]

    card = trained(table, rule="rule").card

    assert card["candidates"][0]["words"] == "the rule alone, calibrated"
    assert not card["candidates"][0]["measures"]["no_better_than_chance"]
    assert card["chosen"] == "logistic"
    assert "rule" not in {feature["name"] for feature in card["features"]}
    assert "rule" in {one["code"] for one in card["left_out"]}


def test_what_changed_for_one_segment_later_stands_it_down() -> None:
    card = trained(joined(customers(), customers(400, seed=5, lifted=2.5)), time="at", segment="segment").card

    assert card["splits"]["time"] is not None
    assert card["later"] is not None
    assert card["later"]["stood_down"] == ["small"]
    assert {one["name"]: one["stands_down"] for one in card["segments"]} == {"small": True, "mid": False}
    assert any("off by +" in warning for warning in card["warnings"])
    assert [period["name"] for period in card["over_time"]] == ["2025-Q1", "2025-Q2"]


def test_a_segment_with_few_of_a_class_is_pooled_and_not_judged_alone() -> None:
    table = customers()
    table["segment"] = ["tiny" if row < 60 else "large" for row in range(len(table["left"]))]

    card = trained(table, segment="segment").card
    tiny = next(one for one in card["segments"] if one["name"] == "tiny")

    assert "Pooled for want of 150 positives and 150 others: large, tiny." in card["pooling"]["sentence"]
    assert (tiny["enough"], tiny["stands_down"]) == (False, False)
    assert "cannot be judged alone" in tiny["sentence"]


@pytest.mark.skipif(NO_TELCO, reason="the telco table is not beside this checkout")
def test_telco_is_predicted_as_well_as_can_be_and_no_better_within_a_contract() -> None:
    card = train(csv_files.read(TELCO), Question("churn", "Churn", "Yes", segment="Contract")).card

    auc = card["metrics"]["auc"]
    assert auc is not None
    assert 0.83 <= auc["mid"] <= 0.86
    assert card["metrics"]["ece"]["mid"] <= 0.03
    rates = {one["name"]: one["measures"]["rate"]["mid"] for one in card["segments"]}
    assert rates == {"Month-to-month": 1655 / 3875, "One year": 166 / 1473, "Two year": 48 / 1695}
    for one in card["segments"]:
        inside = one["measures"]["auc"]
        assert inside is not None
        assert 0.71 <= round(inside["mid"], 2) <= 0.75
        assert abs(one["measures"]["predicted"] - one["measures"]["rate"]["mid"]) <= 0.02
        assert one["calibrated"]
    assert any("TotalCharges: 11 of 7,043 cells are blank" in warning for warning in card["warnings"])
