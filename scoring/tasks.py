"""Doorbells of the scoring floor."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from scoring.services import baseline, run_starts, runs, text_reading, text_training, trainings, watching


@shared_task
def refresh_baseline() -> None:
    baseline.refresh(at=timezone.now())


@shared_task
def train(*, training_id: str) -> None:
    trainings.go_on(training_id=UUID(training_id), at=timezone.now())


@shared_task
def score(*, run_id: str) -> None:
    runs.go_on(run_id=UUID(run_id), at=timezone.now())


@shared_task
def keep_scores() -> None:
    """Begin what is due, and ring for whatever a lost doorbell or a dead worker left behind."""
    run_starts.start_due(at=timezone.now())
    run_starts.take_up()
    trainings.take_up()


@shared_task
def read_texts() -> None:
    """What customers just wrote."""
    text_reading.read_news(at=timezone.now())


@shared_task
def learn_texts() -> None:
    """What people said of texts since yesterday, and all texts that nobody has read by it."""
    text_training.train_if_said(at=timezone.now())
    text_reading.read_rest(at=timezone.now())


@shared_task
def watch_models() -> None:
    watching.look_at_all(at=timezone.now())
