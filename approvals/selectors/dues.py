"""When a suggestion is due, as every screen says it: one time, and whether that is now because it was escalated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from approvals.models import Suggestion


@dataclass(frozen=True, slots=True)
class Due:
    """`now` where a colleague escalated it: that makes nobody late while its SLA runs."""

    at: datetime | None
    now: bool = False


def of(suggestion: Suggestion, at: datetime) -> Due:
    """The effective due time; of one that was escalated in time its SLA, once that has passed, too."""
    due, sla, escalated_at = suggestion.effective_due_at, suggestion.sla_due_at, suggestion.escalated_at
    if due is None or escalated_at is None or due < escalated_at:
        return Due(due)
    return Due(due, now=True) if sla is None or sla > at else Due(sla)
