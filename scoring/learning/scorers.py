"""A trained model put to work on many records at once: the shares, and what moved them most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from . import predictors
from .columns import Column, Kind, category
from .explanations import contributions
from .measures import Floats
from .predictors import Predictor
from .tables import Table

# Of a boosted model the reasons cost a thousand predictions a row: kept for those most at risk, as many a chunk.
EXPLAINED = 25


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Per row the calibrated share and the strongest (feature, log-odds), the strongest first; none if not asked."""

    shares: list[float]
    reasons: list[list[tuple[str, float]]]


class Scorer:
    """A model file in use. Raises files.NotLoadable with a sentence for one that is not the registered file."""

    def __init__(self, content: bytes, *, registered: str) -> None:
        self.predictor = predictors.loaded(content, registered=registered)

    def score(
        self, columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, str], *, above: float, most: int = 5
    ) -> Scored:
        """Score the rows of these columns; `kinds` says number, category or flag of each.

        Every row of a logistic model has reasons, of a boosted one those at or above `above`, the highest first.
        """
        table = table_of(columns, kinds)
        shares = self.predictor.predict(table)
        reasons: list[list[tuple[str, float]]] = [[] for _ in range(table.n)]
        x = self.predictor.encoding.matrix(table)
        for model, rows in self.predictor.parts(table):
            chosen = rows if _is_cheap(model) else _highest(rows, shares, above)
            if len(chosen):
                _, effects = contributions(
                    model, self.predictor.encoding, x[chosen], self.predictor.background
                )
                for row, found in zip(
                    chosen.tolist(), _strongest(self.predictor, effects, most), strict=True
                ):
                    reasons[row] = found
        return Scored(shares.tolist(), reasons)


def table_of(columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, str]) -> Table:
    """The table as it is: what a chunk looks like says nothing about what a column is."""
    made = tuple(_column(name, Kind(kinds[name]), values) for name, values in columns.items())
    n = len(made[0].values) if made else 0
    return Table(made, n, np.arange(1, n + 1))


def _column(name: str, kind: Kind, values: Sequence[Any]) -> Column:
    if kind is Kind.CATEGORY:
        return category(name, values)
    floats = np.array(values, dtype=np.float64)
    floats[~np.isfinite(floats)] = np.nan
    return Column(name, kind, floats, ("no", "yes") if kind is Kind.FLAG else ())


def _is_cheap(model: Any) -> bool:
    if not hasattr(model, "calibrated_classifiers_"):
        return True
    return isinstance(model.calibrated_classifiers_[0].estimator, Pipeline)


def _highest(rows: Any, shares: Floats, above: float) -> Any:
    wanted = rows[shares[rows] >= above]
    return np.sort(wanted[np.argsort(-shares[wanted], kind="stable")[:EXPLAINED]])


def _strongest(predictor: Predictor, effects: Floats, most: int) -> list[list[tuple[str, float]]]:
    names = predictor.encoding.names
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :most]
    strengths = np.take_along_axis(effects, order, axis=1)
    return [
        [(names[place], value) for place, value in zip(places, values, strict=True) if value]
        for places, values in zip(order.tolist(), strengths.tolist(), strict=True)
    ]
