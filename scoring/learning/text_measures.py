"""How well a flag on texts is recognized: thresholds, shares with intervals, and what happened to texts like one.

Everything is counted on texts that the pipeline had not seen (five folds), and on thresholds that these texts had no
part in choosing.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

# The standard normal deviate of a two-sided 95 % interval, as in every card of this room.
Z_95 = 1.959963984540054
# Texts a band holds at least: "43 of 50 like this" wants some to be like this.
LEAST_IN_BAND = 25
EDGES = (0.95, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1, 0.05)


class Share(NamedTuple):
    """`part` of `of`, with the interval of Wilson (1927) at 95 %; without anything counted nothing is known."""

    part: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.part / self.of if self.of else None

    def to_json(self) -> dict[str, Any]:
        """Value, bounds and counts: what a card keeps."""
        return {"value": self.value, **self._asdict()}


class Band(NamedTuple):
    """Probabilities from `low` up to the next band; `part` of the `of` labeled texts in it were the thing."""

    low: float
    part: int
    of: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What cross-validation says of one flag. `threshold` is None where no threshold is precise enough."""

    positives: int
    negatives: int
    threshold: float | None
    precision: Share
    recall: Share
    average_precision: float
    brier: float
    bands: tuple[Band, ...]

    def to_json(self) -> dict[str, Any]:
        """A plain JSON object: shares with value, low, high, part and of."""
        shares = {"precision": self.precision.to_json(), "recall": self.recall.to_json()}
        return {**asdict(self), **shares, "bands": [band._asdict() for band in self.bands]}


def share(part: int, of: int) -> Share:
    """With its interval. Raises ValueError for a part that is not between nothing and all.

    Recommended over Wald's by Brown, Cai and DasGupta, Interval estimation for a binomial proportion (2001).
    """
    if not 0 <= part <= of:
        raise ValueError(f"{part} of {of} is no share.")
    if not of:
        return Share(0, 0, 0.0, 1.0)
    rate, square = part / of, Z_95 * Z_95
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = Z_95 / (1 + square / of) * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of))
    return Share(part, of, min(rate, max(0.0, middle - half)), max(rate, min(1.0, middle + half)))


def threshold_for(
    probabilities: Sequence[float], truths: Sequence[bool], *, precision: float
) -> float | None:
    """The probability from which on the most are found while at least this share is right; None where none is.

    Half way to the next text below it, so that a new one a little less sure is found as well. Texts of equal
    probability stand or fall together.
    """
    ranked = sorted(zip(probabilities, truths, strict=True), key=lambda pair: -pair[0])
    found, most, right = None, 0, 0
    for place, (probability, truth) in enumerate(ranked, start=1):
        right += truth
        below = ranked[place][0] if place < len(ranked) else probability
        is_last_of_equals = place == len(ranked) or below < probability
        if is_last_of_equals and right > most and right / place >= precision:
            found, most = (probability + below) / 2, right
    return found


def measured(
    probabilities: Sequence[float],
    truths: Sequence[bool],
    folds: Sequence[int],
    *,
    precision: float,
    average_precision: float,
) -> Measured:
    """Measure one flag from held-out probabilities; each fold is judged by the threshold that the others chose."""
    raised = _raised(probabilities, truths, folds, precision)
    right = sum(one and truth for one, truth in zip(raised, truths, strict=True))
    positives = sum(truths)
    return Measured(
        positives=positives,
        negatives=len(truths) - positives,
        threshold=threshold_for(probabilities, truths, precision=precision),
        precision=share(right, sum(raised)),
        recall=share(right, positives),
        average_precision=average_precision,
        brier=sum((p - t) ** 2 for p, t in zip(probabilities, truths, strict=True)) / len(truths),
        bands=bands_of(probabilities, truths),
    )


def bands_of(probabilities: Sequence[float], truths: Sequence[bool]) -> tuple[Band, ...]:
    """Bands between round probabilities, lowest first; the first begins at 0. Thin ones join the one below."""
    bands: list[Band] = []
    left = sorted(zip(probabilities, truths, strict=True))
    for edge in EDGES:
        first = bisect_left(left, (edge, False))
        if first >= LEAST_IN_BAND and len(left) - first >= LEAST_IN_BAND:
            bands.append(_band(edge, left[first:]))
            left = left[:first]
    return (_band(0.0, left), *reversed(bands))


def _band(low: float, held: Sequence[tuple[float, bool]]) -> Band:
    return Band(low, sum(truth for _, truth in held), len(held))


def band_of(bands: Sequence[Band], probability: float) -> Band:
    """The band that a probability falls into."""
    return bands[max(bisect_right([band.low for band in bands], probability) - 1, 0)]


def _raised(
    probabilities: Sequence[float], truths: Sequence[bool], folds: Sequence[int], precision: float
) -> list[bool]:
    raised = [False] * len(truths)
    for fold in sorted(set(folds)):
        others = [place for place, one in enumerate(folds) if one != fold]
        line = threshold_for(
            [probabilities[p] for p in others], [truths[p] for p in others], precision=precision
        )
        for place, one in enumerate(folds):
            raised[place] = raised[place] or (
                one == fold and line is not None and probabilities[place] >= line
            )
    return raised
