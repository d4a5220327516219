"""Runs of a workflow, how each stands, and the sample of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from approvals.models import Run, Suggestion, Workflow
from crmgov.people.models import User

SHOWN = 25


@dataclass(frozen=True, slots=True)
class RunLine:
    """`held` waits for the sample, `open` for people; `drawn` and `decided` are of the sample."""

    run: Run
    held: int
    open: int
    ran: int
    drawn: int
    decided: int


def of_workflow(workflow: Workflow) -> list[RunLine]:
    """The newest runs; one query."""
    return [_line(row) for row in _counted(Run.objects.filter(workflow=workflow))[:SHOWN]]


def one(run_id: int) -> RunLine | None:
    """One of them, with its workflow."""
    row = _counted(Run.objects.filter(pk=run_id)).select_related("workflow__agent", "settled_by").first()
    return _line(row) if row is not None else None


def sample_of(user: User, run: Run) -> Sequence[Suggestion]:
    """What was drawn, of what this person may see, in the order it came in."""
    rows = Suggestion.objects.for_user(user).filter(run=run, in_run_sample=True)
    return list(rows.select_related("decision", "decision__person").order_by("number"))


def _counted(rows: QuerySet[Run]) -> QuerySet[Run]:
    queued = Q(suggestions__status="queued")
    return rows.annotate(
        held=Count("suggestions", filter=queued & Q(suggestions__held_by_run=True)),
        open=Count("suggestions", filter=queued & Q(suggestions__held_by_run=False)),
        ran=Count(
            "suggestions", filter=Q(suggestions__status="approved", suggestions__decision__person=None)
        ),
        drawn=Count("suggestions", filter=Q(suggestions__in_run_sample=True)),
        decided=Count("suggestions", filter=Q(suggestions__in_run_sample=True) & ~queued),
    ).order_by("-started_at", "-pk")


def _line(row: Any) -> RunLine:
    return RunLine(row, row.held, row.open, row.ran, row.drawn, row.decided)
