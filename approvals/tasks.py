"""Doorbells: each carries an id or nothing, does one service call and may ring twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from approvals.services import (
    events,
    executions,
    idempotency,
    invariants,
    letters,
    liveness,
    overdue,
    regating,
    replays,
    taking_up,
)


@shared_task
def beat_heart() -> None:
    """Show the supervisor that work still flows from beat through broker and worker to the database."""
    liveness.beat(name="worker", at=timezone.now())


@shared_task
def run_execution(*, execution_id: str) -> None:
    executions.run(execution_id=UUID(execution_id), at=timezone.now())


@shared_task
def take_news() -> None:
    events.take(at=timezone.now())
    taking_up.take_up(at=timezone.now())


@shared_task
def drain() -> None:
    """Finish whatever a lost doorbell left behind."""
    executions.drain(at=timezone.now())


@shared_task
def follow() -> None:
    """Open suggestions follow the policy in force and the people who are here."""
    regating.follow_policy(at=timezone.now())
    regating.follow_people(at=timezone.now())


@shared_task
def replay_drafts() -> None:
    """What policy drafts would have changed, for those who decide on them."""
    replays.make_missing(at=timezone.now())


@shared_task
def mark_overdue() -> None:
    overdue.mark(at=timezone.now())


@shared_task
def write_to_people() -> None:
    """Digests and reminders by mail."""
    letters.send_digests(at=timezone.now())
    letters.send_reminders(at=timezone.now())


@shared_task
def check_invariants() -> None:
    invariants.check_all(at=timezone.now())


@shared_task
def forget_old_calls() -> None:
    idempotency.prune(at=timezone.now())
