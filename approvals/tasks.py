"""Doorbells: each carries an id or nothing, does one service call and may ring twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from approvals.services import (
    autonomy,
    cell_letters,
    events,
    executions,
    idempotency,
    invariants,
    letters,
    liveness,
    offers,
    outcomes,
    overdue,
    publishing,
    regating,
    replays,
    runs,
    sending,
    taking_up,
    workflow_letters,
    workflow_triggers,
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
def run_workflows() -> None:
    """What the built-in workflows say about what is new."""
    workflow_triggers.run(at=timezone.now(), clock=timezone.now)


@shared_task
def publish_scores() -> None:
    """What the models in use say of records, where it moved."""
    publishing.publish(at=timezone.now())


@shared_task
def drain() -> None:
    """Finish whatever a lost doorbell left behind."""
    executions.drain(at=timezone.now())


@shared_task
def send_messages() -> None:
    """Approved messages whose countdown is over leave."""
    sending.work_off(clock=timezone.now)


@shared_task
def follow() -> None:
    """Open suggestions follow the policy in force, the samples of runs and the people who are here."""
    regating.follow_policy(at=timezone.now())
    runs.follow(at=timezone.now())
    regating.follow_people(at=timezone.now())


@shared_task
def replay_drafts() -> None:
    """What policy drafts would have changed, for those who decide on them."""
    replays.make_missing(at=timezone.now())


@shared_task
def tell_outcomes() -> None:
    """What became of suggestions, for bands, studio and autonomy."""
    if outcomes.take(at=timezone.now()):
        follow_cells.delay()


@shared_task
def follow_cells() -> None:
    """Cells that moved: what they prove now, what is offered, what is taken back; and what an offer would cost."""
    autonomy.follow(at=timezone.now())
    offers.forecast_missing()


@shared_task
def mark_overdue() -> None:
    overdue.mark(at=timezone.now())


@shared_task
def write_to_people() -> None:
    """Digests, reminders, and news of autonomy and workflows by mail."""
    letters.send_digests(at=timezone.now())
    letters.send_reminders(at=timezone.now())
    cell_letters.send(at=timezone.now())
    workflow_letters.send(at=timezone.now())


@shared_task
def check_invariants() -> None:
    invariants.check_all(at=timezone.now())


@shared_task
def forget_old_calls() -> None:
    idempotency.prune(at=timezone.now())
