"""What is paused, what was, and what could be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from approvals.models import Action, Agent, PauseSwitch, Workflow

# So many lifted ones tell who paused what lately.
RECENT = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One pause in words; `lifted_at` None while it holds."""

    id: int
    scope: str
    what: str
    cause: str
    reason: str
    by: str
    at: datetime
    lifted_by: str
    lifted_at: datetime | None


def running() -> list[Line]:
    """What is paused now, newest first; one query."""
    return [line(row) for row in open_ones().select_related("paused_by", "lifted_by")]


def open_ones() -> QuerySet[PauseSwitch]:
    return PauseSwitch.objects.filter(lifted_at=None).order_by("-paused_at", "-pk")


def on_agent(name: str) -> list[Line]:
    """What stops this agent now: its own pause, or that of everything."""
    rows = open_ones().select_related("paused_by", "lifted_by")
    return [line(row) for row in rows if (row.scope, row.target) in (("all", ""), ("agent", name))]


def lifted() -> list[Line]:
    """The pauses lifted last; one query."""
    rows = PauseSwitch.objects.filter(lifted_at__isnull=False).select_related("paused_by", "lifted_by")
    return [line(row) for row in rows.order_by("-lifted_at", "-pk")[:RECENT]]


def agent_names() -> list[str]:
    return list(Agent.objects.filter(deactivated_at=None).order_by("name").values_list("name", flat=True))


def workflow_names() -> list[str]:
    return list(Workflow.objects.order_by("name").values_list("name", flat=True).distinct())


def line(row: PauseSwitch) -> Line:
    """It in words."""
    return Line(
        id=row.pk,
        scope=row.scope,
        what=_said(row),
        cause=str(row.get_cause_display()) if row.cause != PauseSwitch.Cause.OTHER else "",
        reason=row.reason,
        by=str(row.paused_by),
        at=row.paused_at,
        lifted_by=str(row.lifted_by or ""),
        lifted_at=row.lifted_at,
    )


def _said(row: PauseSwitch) -> str:
    """The thing as a sentence begins with it."""
    if row.scope == PauseSwitch.Scope.ALL:
        return "Everything AI does"
    if row.scope == PauseSwitch.Scope.ACTION:
        return f"The action “{Action(row.target).label}”"
    return f"The {row.scope} {row.target}"
