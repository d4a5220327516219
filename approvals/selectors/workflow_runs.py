"""How a built-in workflow runs: when it last had something to do, and over what it broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from approvals.models import Workflow, WorkflowFailure, WorkflowStart

# A page shows so many; what broke once for all records is put right once for all.
MOST = 20


@dataclass(frozen=True, slots=True)
class Running:
    """Where it stands, and its open failures, newest first; `more` are not shown."""

    start: WorkflowStart
    failures: Sequence[WorkflowFailure]
    more: int = 0


def of(workflow: Workflow) -> Running | None:
    """None for a workflow that is not ours: nobody here knows how it runs."""
    start = WorkflowStart.objects.filter(workflow=workflow).first()
    if start is None:
        return None
    rows = WorkflowFailure.objects.filter(workflow=workflow, settled_at=None)
    shown = list(rows.order_by("-at", "pk")[:MOST])
    return Running(start, shown, max(rows.count() - len(shown), 0) if len(shown) == MOST else 0)


def broken(keys: Sequence[int]) -> dict[int, int]:
    """Workflow -> how many records it broke over that nobody has put right."""
    rows = WorkflowFailure.objects.filter(workflow__in=keys, settled_at=None)
    return dict(rows.values("workflow").annotate(n=Count("pk")).values_list("workflow", "n"))
