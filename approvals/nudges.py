"""From a service's signal to a task, after commit. A broker that is down costs time only: the drain finds the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import tasks
from approvals.services.signals import (
    draft_kept,
    execution_made,
    message_due,
    outcome_said,
    records_moved,
)
from crmgov.records.services.signals import import_put_back

# More than these at once are one batch for the drain, not a thousand messages.
RING_EACH = 20


def connect() -> None:
    execution_made.connect(_execution_made, dispatch_uid="nudge_execution")
    message_due.connect(_message_due, dispatch_uid="nudge_message")
    records_moved.connect(_records_moved, dispatch_uid="nudge_news")
    import_put_back.connect(_records_moved, dispatch_uid="nudge_import_put_back")
    outcome_said.connect(_outcome_said, dispatch_uid="nudge_outcomes")
    draft_kept.connect(_draft_kept, dispatch_uid="nudge_replay")


def _execution_made(*, execution_ids: Sequence[UUID], **_: Any) -> None:
    # A named function: Django's robust on_commit names it in the log when the broker is dead.
    def ring_for_executions() -> None:
        ring_executions(execution_ids)

    transaction.on_commit(ring_for_executions, robust=True)


def _message_due(*, seconds: float, **_: Any) -> None:
    def ring_for_a_message() -> None:
        # A moment later than the countdown, so that it is over by the worker's clock too.
        tasks.send_messages.apply_async(countdown=seconds + 1)

    transaction.on_commit(ring_for_a_message, robust=True)


def _records_moved(**_: Any) -> None:
    transaction.on_commit(ring_news, robust=True)


def _outcome_said(**_: Any) -> None:
    transaction.on_commit(ring_outcomes, robust=True)


def ring_outcomes() -> None:
    tasks.tell_outcomes.delay()


def _draft_kept(**_: Any) -> None:
    transaction.on_commit(ring_replays, robust=True)


def ring_replays() -> None:
    tasks.replay_drafts.delay()


def ring_executions(execution_ids: Sequence[UUID]) -> None:
    if len(execution_ids) > RING_EACH:
        tasks.drain.delay()
        return
    for execution_id in execution_ids:
        tasks.run_execution.delay(execution_id=str(execution_id))


def ring_news() -> None:
    tasks.take_news.delay()
