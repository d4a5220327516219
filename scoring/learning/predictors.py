"""A trained model in use: predictions for many rows at once, and what moved each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import files
from .encodings import Encoding
from .files import ModelFile, NotLoadable
from .judgments import said
from .measures import Floats
from .tables import Table

FORMAT = "crmgov-model-1"
# Rows to which contributions compare; more change them less than the sampling of the training did.
BACKGROUND = 50


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """One model for all rows and, where they proved better, models of single segments.

    `background`: rows of the training, in the matrix, that stand for the average row.
    """

    encoding: Encoding
    pooled: Any
    own: Mapping[str, Any]
    segment: str
    background: Floats

    def predict(self, table: Table) -> Floats:
        """The calibrated share for each row. Raises Unlearnable when a column that the model reads is not there."""
        x = self.encoding.matrix(table)
        p = np.empty(table.n)
        for model, rows in self.parts(table):
            p[rows] = model.predict_proba(x[rows])[:, 1] if len(rows) else 0.0
        return p

    def parts(self, table: Table) -> list[tuple[Any, NDArray[np.int64]]]:
        """Each model with the rows that it serves."""
        if not self.own:
            return [(self.pooled, np.arange(table.n))]
        names = segment_names(table, self.segment)
        parts = [(model, np.flatnonzero(names == name)) for name, model in sorted(self.own.items())]
        return [(self.pooled, np.flatnonzero(~np.isin(names, list(self.own)))), *parts]

    def file(self) -> ModelFile:
        """As a file with its hash, to be kept and loaded by that hash."""
        return files.dumped(
            {
                "format": FORMAT,
                "encoding": self.encoding.plain(),
                "pooled": self.pooled,
                "own": dict(self.own),
                "segment": self.segment,
                "background": self.background,
            }
        )


def loaded(content: bytes, *, registered: str) -> Predictor:
    """The predictor in a file whose SHA-256 was registered. Raises NotLoadable with a sentence otherwise."""
    found = files.loaded(content, registered=registered)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise NotLoadable("This file holds something else than a model of this version. Train it again.")
    try:
        encoding = Encoding.of_plain(found["encoding"])
        return Predictor(encoding, found["pooled"], found["own"], found["segment"], found["background"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotLoadable("The model file lacks a part. Train it again.") from error


def segment_names(table: Table, segment: str) -> NDArray[Any]:
    """The segment of each row in its own words; "none" where it has none."""
    column = table.column(segment)
    known = np.array(
        [*(column.levels or ()), "none"] if column.levels else [],
        dtype=object,
    )
    if len(known):
        return np.asarray(known[np.where(column.missing, len(known) - 1, column.values).astype(np.int64)])
    return np.array(["none" if np.isnan(v) else said(column, v) for v in column.values], dtype=object)
