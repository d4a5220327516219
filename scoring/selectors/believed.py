"""Scores together with what may be believed of them: no screen shows a number of a segment that is not calibrated."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from scoring.models import Score, SegmentStanding, TrainedModel

from . import scores, trained

# Points of a reason are a hundredfold of log-odds.
PER_POINT = 0.01
# Log-odds of nothing and of all are endless.
LEAST, MOST = 0.0001, 0.9999


@dataclass(frozen=True, slots=True)
class Band:
    """Among `n` with a score between `low` and `high`, between `least` and `most` (95 %) it came so. All shares."""

    low: float
    high: float
    n: int
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Believed:
    """`model` is None where rules judged; `standing` None where nobody looked at outcomes of the segment."""

    score: Score
    model: TrainedModel | None
    standing: SegmentStanding | None

    @property
    def is_calibrated(self) -> bool:
        """Whether its number may be shown at all."""
        return self.standing is not None and self.standing.standing == SegmentStanding.Standing.CALIBRATED

    @property
    def band(self) -> Band | None:
        """What came of those with a score like this, on the card of the model; None where it does not say."""
        if self.model is None:
            return None
        return band_of(self.model.card, float(self.score.value))

    @property
    def threshold(self) -> Decimal | None:
        """From which score on acting costs less than waiting, on the card of the model; None where it does not say."""
        line = (self.model.card.get("threshold") or {}).get("at") if self.model else None
        return Decimal(repr(line)) if isinstance(line, int | float) else None

    def without(self, points: float) -> float:
        """The share it would be without a reason of so many points: exact for a logistic model."""
        share = min(max(float(self.score.value), LEAST), MOST)
        return 1 / (1 + math.exp(-(math.log(share / (1 - share)) - points * PER_POINT)))


def of(*, record_ids: Iterable[UUID], kind: str) -> dict[UUID, Believed]:
    """Return the score that counts per record, with its model and standing. Three queries."""
    rows = scores.current(record_ids=record_ids, kind=kind)
    model = trained.in_use(kind) if rows else None
    standings = trained.standings(model) if model else {}
    return {key: Believed(row, model, standings.get(row.segment)) for key, row in rows.items()}


def band_of(card: dict[str, Any], share: float) -> Band | None:
    """The bin of the reliability table that holds the share."""
    for one in card.get("reliability", ()):
        if one["low"] <= share <= one["high"] and one["n"]:
            return Band(one["low"], one["high"], one["n"], one["actual"]["low"], one["actual"]["high"])
    return None
