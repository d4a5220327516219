"""The features in force here: ours, and what the installation adds to them (setting SCORING_FEATURES)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from scoring.features.own import BadFeatures, extended
from scoring.features.schema import Subject
from scoring.features.subjects import SUBJECTS


def subject(question: str) -> Subject:
    """Return what a model of this question reads. Raises BadFeatures where the installation's file cannot be used."""
    return in_force(settings.SCORING_FEATURES)[question]


@cache
def in_force(path: str) -> dict[str, Subject]:
    """Return every subject with the features of this file; the file is read once. Raises BadFeatures."""
    if not path:
        return SUBJECTS
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise BadFeatures(
            f"SCORING_FEATURES names {path}, which cannot be read: {error.strerror}. Name a file or leave it out."
        ) from error
    try:
        return extended(SUBJECTS, content)
    except BadFeatures as error:
        raise BadFeatures(f"SCORING_FEATURES, {path}: {error}") from error
