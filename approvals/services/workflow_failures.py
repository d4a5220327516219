"""What a built-in workflow broke over: kept, shown on its page, told to its owner once, tried again by hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F

from approvals.models import WorkflowFailure
from crmgov.records import registry
from crmgov.records.services import trouble

LONGEST_ERROR = 500


def keep(
    *,
    workflow_id: int,
    record_type: str,
    record_id: UUID,
    event_id: int | None,
    why: str,
    error: Exception,
    at: datetime,
) -> WorkflowFailure:
    """One open failure per record; breaking once more over it counts as another try. Joins the caller's transaction."""
    said = f"{type(error).__name__}: {trouble.first_line(error)}"[:LONGEST_ERROR]
    found, made = WorkflowFailure.objects.get_or_create(
        workflow_id=workflow_id,
        record_id=record_id,
        settled_at=None,
        defaults={
            "record_type": record_type,
            "record_label": _label(record_type, record_id),
            "event_id": event_id,
            "why": why[:40],
            "error": said,
            "at": at,
            "tried_at": at,
        },
    )
    if not made:
        newer = {"event_id": event_id} if event_id is not None else {}
        WorkflowFailure.objects.filter(pk=found.pk).update(
            error=said, tries=F("tries") + 1, tried_at=at, **newer
        )
    return found


def _label(record_type: str, record_id: UUID) -> str:
    row = registry.model_of(record_type)._default_manager.filter(pk=record_id).first()
    return str(row)[:300] if row is not None else ""
