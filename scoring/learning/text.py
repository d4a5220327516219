"""Flags on texts by TF-IDF and logistic regression: one small model per flag, fitted, judged, and read with.

Words and pairs of words, and parts of words of three and four letters, so that a typing error or an ending hides
little. Probabilities are calibrated on texts that the model had not seen (Platt, Probabilistic outputs for support
vector machines, 1999). The same labels always give the same model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import FeatureUnion, Pipeline

from scoring.learning.text_measures import Band, Measured, Share, band_of, measured, share

# Fewer say too little of what people mean: the interval of a recall of .9 over 30 is .74 to .97.
LEAST_POSITIVES = LEAST_NEGATIVES = 30
# Of the texts a flag is raised on, so many shall be right; below that people learn to look past it.
PRECISION = 0.8
FOLDS = 5
SEED = 7
# Of a long mail the beginning says what it is about, and nobody can make reading slow by writing much.
MOST_READ = 5_000
STRENGTH = 30.0


class TooFewLabels(Exception):
    """A flag cannot be learned from these labels; the sentence says how many are missing of which."""


@dataclass(frozen=True, slots=True)
class Flag:
    """What recognizes one flag: `slope` and `offset` turn the pipeline's score into a probability."""

    pipeline: Pipeline
    slope: float
    offset: float
    threshold: float
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A text by one flag. `part` of the `of` labeled texts that were about as probable were the thing."""

    probability: float
    raised: bool
    part: int
    of: int


@dataclass(frozen=True, slots=True)
class Learned:
    """A flag and how good it is; `flag` is None where it is not to be used, and `why_not` says why."""

    flag: Flag | None
    measured: Measured
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Classes:
    """How well many categories are told apart: all of them, and each of those asked for by itself."""

    accuracy: Share
    recall: dict[str, Share]
    precision: dict[str, Share]


def learn(texts: Sequence[str], truths: Sequence[bool], *, precision: float = PRECISION) -> Learned:
    """Fit one flag and measure it by five folds. A text that comes twice counts once, as it was said last.

    Raises TooFewLabels.
    """
    said = dict(zip(map(_cut, texts), truths, strict=True))
    known, y = list(said), np.array(list(said.values()), dtype=bool)
    _require_enough(y)
    scores, folds = _held_out(known, y)
    probabilities = _cross_calibrated(scores, y, folds)
    found = measured(
        probabilities.tolist(),
        y.tolist(),
        folds.tolist(),
        precision=precision,
        average_precision=float(average_precision_score(y, scores)),
    )
    slope, offset = _calibration(scores, y)
    why_not = _why_not(found, slope, precision)
    if why_not or found.threshold is None:
        return Learned(None, found, why_not)
    pipeline = new_pipeline().fit(known, y)
    return Learned(Flag(pipeline, slope, offset, found.threshold, found.bands), found)


def read(flags: Mapping[str, Flag], texts: Sequence[str]) -> list[dict[str, Read]]:
    """Read texts by every flag, a batch at a time; one result per text, in their order."""
    cut = [_cut(text) for text in texts]
    found: list[dict[str, Read]] = [{} for _ in cut]
    for name, flag in flags.items() if cut else ():
        scores = flag.pipeline.decision_function(cut)
        for row, probability in zip(
            found, _probability(scores, flag.slope, flag.offset).tolist(), strict=True
        ):
            band = band_of(flag.bands, probability)
            row[name] = Read(probability, probability >= flag.threshold, band.part, band.of)
    return found


def tell_apart(texts: Sequence[str], categories: Sequence[str], asked: Sequence[str]) -> Classes:
    """Tell all categories apart by five folds, and say of each one asked for how often it is found and right.

    Raises TooFewLabels where a category has fewer texts than there are folds.
    """
    y = np.array(categories)
    names, counts = np.unique(y, return_counts=True)
    if counts.min() < FOLDS or len(names) < 2:
        raise TooFewLabels(f"Each category needs {FOLDS} texts, and there must be two categories.")
    guessed = np.empty_like(y)
    known = [_cut(text) for text in texts]
    for train, test in _folds(y):
        model = Pipeline([("features", _features()), ("model", LogisticRegression(C=STRENGTH, tol=1e-3))])
        model.fit([known[place] for place in train], y[train])
        guessed[test] = model.predict([known[place] for place in test])
    right = guessed == y
    return Classes(
        accuracy=share(int(right.sum()), len(y)),
        recall={one: share(int(right[y == one].sum()), int((y == one).sum())) for one in asked},
        precision={
            one: share(int(right[guessed == one].sum()), int((guessed == one).sum())) for one in asked
        },
    )


def new_pipeline() -> Pipeline:
    """Features and model of one flag, not fitted; the rarer side weighs as much as the other."""
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=SEED)
    return Pipeline([("features", _features()), ("model", model)])


def to_plain(flags: Mapping[str, Flag]) -> dict[str, Any]:
    """What a file holds: nothing but dicts, lists, numbers and pipelines of scikit-learn."""
    return {
        name: {
            "pipeline": flag.pipeline,
            "slope": flag.slope,
            "offset": flag.offset,
            "threshold": flag.threshold,
            "bands": [list(band) for band in flag.bands],
        }
        for name, flag in flags.items()
    }


def from_plain(held: Mapping[str, Mapping[str, Any]]) -> dict[str, Flag]:
    """The flags of a file that `to_plain` made."""
    return {
        name: Flag(**{**one, "bands": tuple(Band(*band) for band in one["bands"])})
        for name, one in held.items()
    }


def _features() -> FeatureUnion:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode")
    parts = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 4), min_df=2, sublinear_tf=True, strip_accents="unicode"
    )
    return FeatureUnion([("words", words), ("parts", parts)])


def _require_enough(y: Any) -> None:
    positives, negatives = int(y.sum()), int((~y).sum())
    if positives < LEAST_POSITIVES or negatives < LEAST_NEGATIVES:
        raise TooFewLabels(
            f"{positives} texts are labeled as it and {negatives} as not it; "
            f"{LEAST_POSITIVES} and {LEAST_NEGATIVES} are needed."
        )


def _why_not(found: Measured, slope: float, precision: float) -> str:
    if found.threshold is None:
        return f"At no threshold were {precision:.0%} of the texts it was raised on right."
    if slope <= 0 or found.precision.low <= found.positives / (found.positives + found.negatives):
        return "It is no better than chance."
    return ""


def _folds(y: Any) -> Any:
    return StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(len(y)), y)


def _held_out(texts: Sequence[str], y: Any) -> tuple[Any, Any]:
    """Scores by pipelines that had not seen the text, and the fold each text was in."""
    scores, folds = np.zeros(len(y)), np.zeros(len(y), dtype=int)
    for number, (train, test) in enumerate(_folds(y)):
        pipeline = new_pipeline().fit([texts[place] for place in train], y[train])
        scores[test] = pipeline.decision_function([texts[place] for place in test])
        folds[test] = number
    return scores, folds


def _cross_calibrated(scores: Any, y: Any, folds: Any) -> Any:
    """Probabilities of each fold by the calibration of the others."""
    found = np.zeros(len(y))
    for fold in range(FOLDS):
        mine = folds == fold
        found[mine] = _probability(scores[mine], *_calibration(scores[~mine], y[~mine]))
    return found


def _calibration(scores: Any, y: Any) -> tuple[float, float]:
    # Nearly without a penalty, so that it is Platt's fit.
    fitted = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), y)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _probability(scores: Any, slope: float, offset: float) -> Any:
    # In the form that no far score makes overflow.
    return 0.5 * (1 + np.tanh((slope * scores + offset) / 2))


def _cut(text: str) -> str:
    return text[:MOST_READ]
