"""What was due and waits on is marked once, by the clock: lists show it, and its people are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from approvals.models import Suggestion
from approvals.selectors import dues

BATCH = 1_000


def mark(*, at: datetime) -> int:
    """Mark what became overdue; return how many. Somebody who decides one at this moment is not kept waiting."""
    marked = 0
    while count := _mark_some(at):
        marked += count
    return marked


@transaction.atomic(durable=True)
def _mark_some(at: datetime) -> int:
    rows = Suggestion.objects.waiting().filter(dues.late(at), overdue_at=None)
    ids = rows.select_for_update(skip_locked=True).order_by("effective_due_at").values_list("pk", flat=True)
    return Suggestion.objects.filter(pk__in=list(ids[:BATCH])).update(overdue_at=at)
