"""Scores as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from scoring.models import Score
from scoring.rules import churn, lead_fit

from . import trained


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the criteria on screen."""

    name: str
    points: int
    rule: str


def current(*, record_ids: Iterable[UUID], kind: str) -> dict[UUID, Score]:
    """Return the score that counts now per record; a record nobody scored is missing. Two queries.

    The trained model in use counts where there is one, else the rules.
    """
    rows = Score.objects.filter(record_id__in=list(record_ids), kind=kind, current=True)
    return {row.record_id: row for row in rows.filter(trained=trained.in_use(kind))}


def story(*, record_id: UUID, kind: str, limit: int = 20) -> list[Score]:
    """Return how the score of a record went, newest first."""
    rows = Score.objects.filter(record_id=record_id, kind=kind).order_by("-scored_at", "-id")
    return list(rows[:limit])


def criteria(*, kind: str, segment: str) -> list[Shown]:
    """Return what counts in a segment, strongest first."""
    if kind == Score.Kind.CHURN_RISK:
        known = [Shown(one.name, one.points, one.rule) for one in churn.criteria(segment)]
    else:
        known = [Shown(one.name, one.points, one.rule) for one in lead_fit.criteria(segment)]
    return sorted(known, key=lambda shown: (-abs(shown.points), shown.name))
