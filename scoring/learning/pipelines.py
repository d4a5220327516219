"""The models that may stand for choice, from the simplest to the most able, each calibrated and the same every time.

Boosting lets two features meet in a path and no more ("pairwise"): so its contributions are exact (explanations.py),
a reader can follow it, and on tables of this size nothing is lost (Lou, Caruana, Gehrke and Hooker, Accurate
intelligible models with pairwise interactions, 2013). Calibration is Platt's sigmoid on predictions out of fold, with
one model fitted on all rows (`ensemble=False`): a tenth of the file, and one model to explain.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from .encodings import Encoding

CALIBRATION_FOLDS = 3


class Name(StrEnum):
    """The models, the simplest first."""

    BASELINE = "baseline"
    LOGISTIC = "logistic"
    BOOSTING = "boosting"


WORDS = {
    Name.BASELINE: "the rate of all rows, the same for everybody",
    Name.LOGISTIC: "logistic regression",
    Name.BOOSTING: "gradient boosting of trees in which at most two features meet",
}
RULE_WORDS = "the rule alone, calibrated"


def prior() -> Any:
    """The rate of the training for every row: what is known without looking."""
    return DummyClassifier(strategy="prior")


def calibrated(name: Name, encoding: Encoding, *, seed: int) -> Any:
    """The model, not yet fitted, with its calibration. The baseline is a rule that stands in the encoding alone."""
    estimator = boosting(encoding, seed=seed) if name is Name.BOOSTING else logistic(encoding)
    folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=seed)
    return CalibratedClassifierCV(estimator, method="sigmoid", cv=folds, ensemble=False)


def logistic(encoding: Encoding) -> Any:
    """Medians for missing numbers with a mark that they were missing, one column per value of a category, scaled."""
    numbers = Pipeline(
        [
            ("fill", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
            ("scale", StandardScaler()),
        ]
    )
    values = [list(map(float, range(len(encoding.features[k].levels) + 1))) for k in encoding.categories]
    categories = OneHotEncoder(categories=values, handle_unknown="ignore", sparse_output=False)
    parts = [("numbers", numbers, encoding.numbers), ("categories", categories, encoding.categories)]
    columns = ColumnTransformer([part for part in parts if part[2]])
    return Pipeline([("columns", columns), ("model", LogisticRegression(C=1.0, max_iter=1000))])


def boosting(encoding: Encoding, *, seed: int) -> Any:
    """Small trees, slowly added; a missing or unseen value goes where it helps most."""
    return HistGradientBoostingClassifier(
        categorical_features=encoding.categories or None,
        interaction_cst="pairwise",
        learning_rate=0.08,
        max_iter=100,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
