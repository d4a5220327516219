"""Trained models: which one counts, and what may be believed of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from scoring.models import ModelEvent, SegmentStanding, TrainedModel, Training, WatchFinding

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


@dataclass(frozen=True, slots=True)
class Line:
    """One version in a list; `metrics` as in a card."""

    id: UUID
    kind: str
    version: int
    status: str
    method: str
    trained_at: datetime
    trained_by: str
    review_due: date
    n: int
    metrics: dict[str, Any]
    verdict: str


def versions(kind: str, *, limit: int = 20) -> list[Line]:
    """Return the newest versions of a kind, the newest first. One query; neither files nor whole cards are fetched."""
    rows = TrainedModel.objects.filter(kind=kind).order_by("-version")
    columns = ("id", "kind", "version", "status", "method", "trained_at", "trained_by", "review_due")
    asked = (*columns, "card__n", "card__metrics", "card__verdict")
    return [
        Line(
            **{column: row[column] for column in columns},
            n=row["card__n"] or 0,
            metrics=row["card__metrics"] or {},
            verdict=row["card__verdict"] or "",
        )
        for row in rows.values(*asked)[:limit]
    ]


def one(model_id: UUID) -> TrainedModel | None:
    """Return a version with its card, without its file."""
    return WITHOUT_FILE.select_related("owner").filter(pk=model_id).first()


def events(model: TrainedModel, *, limit: int = 50) -> list[ModelEvent]:
    """Return what was done to it, the newest first."""
    return list(ModelEvent.objects.filter(trained=model).order_by("-at", "-id")[:limit])


def last_look(model: TrainedModel) -> list[WatchFinding]:
    """Return what the watch found at its last look, alarms first."""
    newest = WatchFinding.objects.filter(trained=model).order_by("-at", "-id").first()
    if newest is None:
        return []
    found = WatchFinding.objects.filter(trained=model, at=newest.at)
    return sorted(found, key=lambda row: (not row.alarm, -row.size / (row.line or 1.0), row.pk))


def last_trainings() -> dict[str, Training]:
    """Return the newest training per kind. One query."""
    rows = Training.objects.order_by("kind", "-asked_at").distinct("kind").select_related("asked_by")
    return {row.kind: row for row in rows}
