"""From a service's signal to a task, after commit. A broker that is down costs time only: the beat finds the rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from scoring import tasks
from scoring.services.signals import run_started, training_asked


def connect() -> None:
    training_asked.connect(_training_asked, dispatch_uid="nudge_training")
    run_started.connect(_run_started, dispatch_uid="nudge_scoring_run")


def _training_asked(*, training_id: UUID, **_: Any) -> None:
    # A named function: Django's robust on_commit names it in the log when the broker is dead.
    def ring_training() -> None:
        tasks.train.delay(training_id=str(training_id))

    transaction.on_commit(ring_training, robust=True)


def _run_started(*, run_id: UUID, **_: Any) -> None:
    def ring_run() -> None:
        tasks.score.delay(run_id=str(run_id))

    transaction.on_commit(ring_run, robust=True)
