"""The clock's turn of a built-in workflow: once a night over what time alone may have moved, a page at a time.

How far it came is kept with what came of it, so that a beat that rings twice, or a worker that dies, repeats nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from approvals.models import WorkflowTick
from approvals.selectors import workflow_sweeps

from . import workflow_work
from .workflow_work import Done, Errand, Room, Worker

PAGE = 1_000
# A night begins at one o'clock UTC.
BEGINS = timedelta(hours=1)
# Longer than a page takes; who died is followed by another after that.
LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a turn did, and whether the night goes on."""

    done: Done
    has_more: bool = False


def turn(worker: Worker, *, room: Room, at: datetime) -> Swept:
    """The next page of this night; nothing once it is over. Owns its transactions."""
    if not is_awake(worker, at):
        return Swept(Done())
    tick = _taken(worker, at)
    if tick is None:
        return Swept(Done())
    try:
        return _page(worker, tick, room, at)
    finally:
        WorkflowTick.objects.filter(pk=tick.pk).update(busy_until=None)


def _page(worker: Worker, tick: WorkflowTick, room: Room, at: datetime) -> Swept:
    workflow = worker.workflow
    tonight = workflow.most_a_night - tick.proposed
    ids = workflow_sweeps.page(workflow.sweep, after=tick.after, most=PAGE, at=at) if tonight > 0 else []
    if not ids:
        WorkflowTick.objects.filter(pk=tick.pk, finished_at=None).update(finished_at=at)
        return Swept(Done())
    errands = [Errand(key, tick=tick.pk) for key in ids]
    share = min(room.share, tonight)
    done = workflow_work.work(worker, errands, room=Room(share, room.most), at=at)
    if done.left and share == tonight:
        # Enough for one night: the rest is no news that waits.
        done.left = []
    return Swept(done, has_more=True)


def is_awake(worker: Worker, at: datetime) -> bool:
    """Whether the clock shows it anything. Its first night begins after it was registered, not within a day."""
    return bool(worker.workflow.sweep) and worker.start.registered_at.date().isoformat() <= _night(at)


def slept(at: datetime) -> frozenset[int]:
    """The workflows whose night is over."""
    rows = WorkflowTick.objects.filter(tick=_night(at), finished_at__isnull=False)
    return frozenset(rows.values_list("workflow_id", flat=True))


def _night(at: datetime) -> str:
    """The night that began last, by the day before it."""
    return (at - BEGINS - timedelta(days=1)).date().isoformat()


@transaction.atomic(durable=True)
def _taken(worker: Worker, at: datetime) -> WorkflowTick | None:
    """Of two beats one makes the row, and one at a time goes on with it; None where there is nothing to do."""
    row, _ = WorkflowTick.objects.get_or_create(
        workflow_id=worker.start.workflow_id, tick=_night(at), defaults={"started_at": at}
    )
    if row.finished_at is not None:
        return None
    free = Q(busy_until=None) | Q(busy_until__lte=at)
    mine = WorkflowTick.objects.filter(free, pk=row.pk, finished_at=None).update(busy_until=at + LONGEST)
    if not mine:
        return None
    # How far the one before us came is known only now.
    row.refresh_from_db()
    return row
