"""Examples that people hand down: plain rows, kept until somebody decides whether to learn from them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from scoring.models import LabelCandidate, Score


def suggest(*, score_id: UUID, label: bool | None, why: str, by: str, at: datetime) -> LabelCandidate | None:
    """Keep that somebody contested the score; the first word stands. None where nobody knows the score any more.

    Joins the caller's transaction.
    """
    score = Score.objects.filter(pk=score_id).first()
    if score is None:
        return None
    made, _ = LabelCandidate.objects.get_or_create(
        score=score,
        defaults={
            "record_type": score.record_type,
            "record_id": score.record_id,
            "kind": score.kind,
            "said": score.value,
            "label": label,
            "why": why,
            "by": by[:200],
            "at": at,
        },
    )
    return made
