"""Which model is taken, and when a segment gets one of its own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scoring.learning import validation
from scoring.learning.columns import Kind
from scoring.learning.encodings import Encoding, Feature
from scoring.learning.measures import Floats, Labels
from scoring.learning.pipelines import Name, calibrated
from scoring.learning.validation import Folds


def opposite(n: int = 1600) -> tuple[Floats, Labels]:
    """What raises the outcome in the first half lowers it in the second."""
    random = np.random.default_rng(1)
    x = random.normal(size=(n, 1))
    sides = np.where(np.arange(n) < n // 2, 1, -1)
    y = (random.random(n) < 1 / (1 + np.exp(-1.5 * sides * x[:, 0]))).astype(np.int64)
    return x, y


def test_a_segment_gets_its_own_model_where_that_predicts_better() -> None:
    x, y = opposite()
    folds = Folds.of(y, seed=1)
    pooled = validation.out_of_fold(LogisticRegression, x, y, folds)
    first, all_rows = np.arange(800), np.arange(1600)

    assert validation.own_predictions(LogisticRegression, x, y, first, pooled, folds) is not None
    # The pooled model again, on all rows: no better than itself.
    assert validation.own_predictions(LogisticRegression, x, y, all_rows, pooled, folds) is None


def test_a_segment_with_too_few_positives_stays_pooled_however_different() -> None:
    x, y = opposite()
    folds = Folds.of(y, seed=1)
    pooled = validation.out_of_fold(LogisticRegression, x, y, folds)
    few = np.flatnonzero(y[:800] == 1)[: validation.FEWEST_FOR_OWN - 1]
    rows = np.sort(np.concatenate([few, np.flatnonzero(y[:800] == 0)]))

    assert validation.own_predictions(LogisticRegression, x, y, rows, pooled, folds) is None


def test_no_row_is_predicted_by_a_model_that_saw_it() -> None:
    """A model that knows its rows by heart would be perfect on them, and is at chance here."""
    from sklearn.neighbors import KNeighborsClassifier

    random = np.random.default_rng(2)
    x, y = random.normal(size=(400, 3)), (random.random(400) < 0.5).astype(np.int64)

    p = validation.out_of_fold(lambda: KNeighborsClassifier(1), x, y, Folds.of(y, seed=1))

    assert abs(((p > 0.5) == y).mean() - 0.5) < 0.1


def test_a_more_able_model_has_to_be_worth_it() -> None:
    random = np.random.default_rng(3)
    truth = random.uniform(0.05, 0.95, 20_000)
    y = (random.random(20_000) < truth).astype(np.int64)
    plain, little, much = np.full(20_000, y.mean()), 0.97 * y.mean() + 0.03 * truth, truth

    assert validation.chosen(y, [plain, plain])[0] == 0
    # Beyond noise, and less than a fiftieth of the loss.
    place, won = validation.chosen(y, [plain, little])
    assert place == 0
    assert won[1] is not None
    assert won[1]["low"] > 0
    assert validation.chosen(y, [plain, little, much])[0] == 2


def test_the_later_rows_are_predicted_by_the_earlier_ones_alone() -> None:
    x, y = opposite()
    found = validation.by_time(LogisticRegression, x, y, np.arange(1600.0))

    assert not isinstance(found, str)
    p, rows, cut = found
    assert (rows.min(), cut) == (1200, 1200.0)
    expected = LogisticRegression().fit(x[:1200], y[:1200]).predict_proba(x[1200:])[:, 1]
    assert np.array_equal(p, expected)


@pytest.mark.parametrize("name", [Name.LOGISTIC, Name.BOOSTING])
def test_a_column_that_earlier_rows_did_not_have_stops_no_split_by_time(name: Name) -> None:
    x, y = opposite(400)
    x = np.column_stack([x, np.where(np.arange(400) < 310, np.nan, 1.0)])
    encoding = Encoding((Feature("a", Kind.NUMBER), Feature("new", Kind.NUMBER)))

    found = validation.by_time(lambda: calibrated(name, encoding, seed=1), x, y, np.arange(400.0))

    assert not isinstance(found, str)
    assert not np.isnan(found[0]).any()


def test_a_split_by_time_with_one_class_on_a_side_says_so() -> None:
    x, y = opposite()

    assert "would tell nothing" in str(
        validation.by_time(LogisticRegression, x, np.sort(y), np.arange(1600.0))
    )
