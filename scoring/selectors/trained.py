"""Trained models: which one counts, and what may be believed of it."""

from __future__ import annotations

from scoring.models import SegmentStanding, TrainedModel

# What lists and pages need; the file alone is a quarter of a megabyte.
WITHOUT_FILE = TrainedModel.objects.defer("file")


def in_use(kind: str) -> TrainedModel | None:
    """Return the trained model whose scores count, None where the rules judge. One query, without the file."""
    return WITHOUT_FILE.filter(kind=kind, status=TrainedModel.Status.CHAMPION).first()


def beside(kind: str) -> TrainedModel | None:
    """Return the model that scores in shadow."""
    return WITHOUT_FILE.filter(kind=kind, status=TrainedModel.Status.CHALLENGER).first()


def standings(model: TrainedModel) -> dict[str, SegmentStanding]:
    """Return what may be believed per segment; a segment that is missing is not proven."""
    return {row.segment: row for row in SegmentStanding.objects.filter(trained=model)}
