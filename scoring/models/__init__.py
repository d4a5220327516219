"""Scores, the models that give them, and what became of those they were about."""

from __future__ import annotations

from .label import LabelCandidate
from .outcome import Outcome
from .run import Changed, ScoringRun
from .score import Score
from .text import TextExample, TextLabel, TextModel, TextReading
from .trained import SegmentStanding, TrainedModel
from .training import Training
from .watch import ModelEvent, WatchFinding

__all__ = [
    "Changed",
    "LabelCandidate",
    "ModelEvent",
    "Outcome",
    "Score",
    "ScoringRun",
    "SegmentStanding",
    "TextExample",
    "TextLabel",
    "TextModel",
    "TextReading",
    "TrainedModel",
    "Training",
    "WatchFinding",
]
