"""The features in force here: ours, and what the installation adds to them."""

from __future__ import annotations

from scoring.features.schema import Subject
from scoring.features.subjects import SUBJECTS


def subject(question: str) -> Subject:
    """Return what a model of this question reads."""
    return SUBJECTS[question]
