"""Scores, the models that give them, and what became of those they were about."""

from __future__ import annotations

from .outcome import Outcome
from .run import Changed, ScoringRun
from .score import Score
from .trained import SegmentStanding, TrainedModel

__all__ = ["Changed", "Outcome", "Score", "ScoringRun", "SegmentStanding", "TrainedModel"]
