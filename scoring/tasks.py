"""Doorbells of the scoring floor."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from scoring.services import baseline


@shared_task
def refresh_baseline() -> None:
    baseline.refresh(at=timezone.now())
