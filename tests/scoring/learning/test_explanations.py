"""Contributions add up to the prediction, and are what the definition says they are."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from scoring.learning import encodings, explanations, pipelines, tables
from scoring.learning.encodings import Encoding
from scoring.learning.measures import Floats
from scoring.learning.pipelines import Name
from scoring.learning.predictors import Predictor
from scoring.learning.tables import Table
from tests.scoring.learning.worlds import customers

NAMES = ["usage", "tenure", "segment"]
Model = tuple[Predictor, Table, Floats]


def a_table() -> Table:
    table = customers(400)
    table["usage"] = [None if row % 40 == 0 else value for row, value in enumerate(table["usage"])]
    return tables.of_columns(table)


@pytest.fixture(scope="module", params=[Name.LOGISTIC, Name.BOOSTING])
def model(request: pytest.FixtureRequest) -> Model:
    table = a_table()
    encoding = encodings.fitted(table, NAMES)
    x = encoding.matrix(table)
    fitted = pipelines.calibrated(request.param, encoding, seed=1).fit(
        x, table.column("left").values.astype(int)
    )
    return Predictor(encoding, fitted, {}, "", x[:25]), table, x


def log_odds(model: Any, x: Floats) -> Floats:
    p = model.predict_proba(x)[:, 1]
    return np.asarray(np.log(p / (1 - p)))


def shapley(model: Any, row: Floats, background: Floats) -> list[float]:
    """By the definition: over all coalitions of the others, weighed by their number."""
    places = range(len(row))

    def worth(coalition: tuple[int, ...]) -> float:
        asked = background.copy()
        asked[:, list(coalition)] = row[list(coalition)]
        return float(log_odds(model, asked).mean())

    found = []
    for place in places:
        others = [other for other in places if other != place]
        total = 0.0
        for size in range(len(others) + 1):
            weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(row))
            for coalition in itertools.combinations(others, size):
                total += weight * (worth((*coalition, place)) - worth(coalition))
        found.append(total)
    return found


def test_they_add_up_to_the_prediction(model: Model) -> None:
    predictor, table, x = model
    chosen = np.array([0, 1, 40, 77, 399])

    for row, one in zip(chosen, explanations.explained(predictor, table.rows(chosen)), strict=True):
        total = one.base + sum(reason.effect for reason in one.reasons)
        assert total == pytest.approx(log_odds(predictor.pooled, x[[row]])[0], abs=1e-9)


def test_they_are_the_shapley_values(model: Model) -> None:
    predictor, _, x = model
    rows = x[[0, 3, 40]]

    _, effects = explanations.contributions(predictor.pooled, predictor.encoding, rows, predictor.background)

    for row, found in zip(rows, effects, strict=True):
        assert found == pytest.approx(shapley(predictor.pooled, row, predictor.background), abs=1e-9)


def test_the_reasons_are_in_the_words_of_the_row_the_strongest_first(model: Model) -> None:
    predictor, table, _ = model

    one = explanations.explained(predictor, table.rows(np.array([40])))[0]

    words = {reason.feature: reason.sentence for reason in one.reasons}
    assert words["usage"] == "usage is not given"
    assert words["segment"] in {"segment is small", "segment is mid"}
    sizes = [abs(reason.effect) for reason in one.reasons]
    assert sizes == sorted(sizes, reverse=True)


def test_what_would_change_it_is_what_the_model_then_says(model: Model) -> None:
    predictor, table, x = model
    row = int(np.argmax(predictor.pooled.predict_proba(x)[:, 1]))

    changes = explanations.what_would_change(predictor, table.rows(np.array([row])), changeable=["usage"])[0]

    assert [change.feature for change in changes] == ["usage"]
    known = predictor.background[:, 0]
    quartiles = np.nanquantile(known, [0.25, 0.5, 0.75], method="nearest")
    tried = np.repeat(x[[row]], 3, axis=0)
    tried[:, 0] = quartiles
    assert changes[0].prediction == pytest.approx(predictor.pooled.predict_proba(tried)[:, 1].min())
    assert changes[0].sentence.startswith("With usage ")


def test_the_prior_has_nothing_to_explain() -> None:
    prior = pipelines.prior().fit(np.empty((4, 0)), [0, 0, 0, 1])

    base, effects = explanations.contributions(prior, Encoding(()), np.empty((2, 0)), np.empty((1, 0)))

    assert base == pytest.approx(math.log(1 / 3))
    assert effects.shape == (2, 0)
