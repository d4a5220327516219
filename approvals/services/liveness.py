"""Signs of life."""

from __future__ import annotations

from datetime import datetime

from approvals.models import Heartbeat


def beat(*, name: str, at: datetime) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at})
