"""What became of suggestions like this one: how many people took unchanged, of how many they judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from approvals.models import Decision, Suggestion

from .together import Rows, together

# A person decided it, or contested what had run by itself: then it was judged, too, and not accepted.
JUDGED = Q(person__isnull=False) | Q(execution__contest__isnull=False)
UNCHANGED = Q(kind=Decision.Kind.APPROVE, person__isnull=False)


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What people did with similar ones: `rate` taken unchanged, of `of` judged; None without any."""

    rate: float | None
    of: int


# Agent, workflow version, action, segment.
Cell = tuple[int, int, str, str]
CELL = (
    "suggestion__agent",
    "suggestion__workflow_version",
    "suggestion__action",
    "suggestion__segment",
)


def track_records(suggestions: Collection[Suggestion]) -> dict[object, TrackRecord]:
    """Of suggestions of the same agent, workflow version, action and segment, by the key of each; one query."""
    return told(suggestions, together(cells=asked(suggestions))["cells"])


def asked(suggestions: Collection[Suggestion]) -> QuerySet[Any, Any]:
    """What they rest on, to be asked together with something else; `told` reads the answers."""
    cells = {cell for suggestion in suggestions if (cell := _cell(suggestion)) is not None}
    rows = Decision.objects.filter(_any_of(cells), JUDGED) if cells else Decision.objects.none()
    counted: QuerySet[Any, Any] = (
        rows.values(*CELL).order_by().annotate(unchanged=Count("id", filter=UNCHANGED), judged=Count("id"))
    )
    return counted


def told(suggestions: Collection[Suggestion], rows: Rows) -> dict[object, TrackRecord]:
    """By the key of each suggestion, by these answers."""
    found = {tuple(row[name] for name in CELL): (row["unchanged"], row["judged"]) for row in rows}
    return {one.pk: _record(*found.get(_cell(one) or (), (0, 0))) for one in suggestions}


def _cell(suggestion: Suggestion) -> Cell | None:
    if suggestion.agent_id is None:
        return None
    return suggestion.agent_id, suggestion.workflow_version_id, suggestion.action, suggestion.segment


def _record(unchanged: int, of: int) -> TrackRecord:
    return TrackRecord(unchanged / of if of else None, of)


def _any_of(cells: Iterable[Cell]) -> Q:
    found = Q()
    for agent, version, action, segment in cells:
        found |= Q(
            suggestion__agent=agent,
            suggestion__workflow_version=version,
            suggestion__action=action,
            suggestion__segment=segment,
        )
    return found
