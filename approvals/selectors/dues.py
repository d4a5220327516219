"""When a suggestion is due, as every screen says it: one time, and whether that is now because it was escalated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

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


def late(at: datetime) -> Q:
    """Those whose time has passed, of which `of` says no “now”: the same in SQL."""
    in_time = Q(escalated_at__isnull=False, effective_due_at__gte=F("escalated_at"))
    return Q(effective_due_at__lte=at) & ~(in_time & (Q(sla_due_at=None) | Q(sla_due_at__gt=at)))
