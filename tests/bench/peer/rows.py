"""Open tasks of theirs in bulk: ground, not measured. They look like what their own API makes, which is asserted."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction
from django.utils import timezone
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import STATUS

from .flows import ReviewFlow
from .models import PeerAccount, SetEmployees

# What two rows of the same kind may differ in.
OWN = {"id", "process_id", "created", "started", "finished", "data"}
BLOCK = 10_000


def start(number: int, *, seen: int, proposed: int) -> Any:
    """One through their own API."""
    account = PeerAccount.objects.create(name=f"Account {number}", employees=seen)
    return ReviewFlow.start.run(account=account, proposed=proposed)


def waiting(process: Any) -> Any:
    """Its task that waits for a person."""
    return Task.objects.get(process=process, flow_task=ReviewFlow.review)


def fill(count: int, *, seen: int, proposed: int) -> None:
    """Many more of the same, the newest last."""
    like = start(0, seen=seen, proposed=proposed)
    for first in range(1, count, BLOCK):
        with transaction.atomic():
            _block(like, range(first, min(first + BLOCK, count)))
    last = SetEmployees.objects.order_by("-pk").first()
    assert _look(last) == _look(like), (_look(last), _look(like))
    assert set(last.data) == set(like.data)
    assert Task.objects.filter(status=STATUS.NEW).count() == count
    vacuum()


def vacuum() -> None:
    models = (PeerAccount, Process, Task, Task.previous.through)
    with connections["owner"].cursor() as cursor:
        for model in models:
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def _block(like: Any, numbers: range) -> None:
    seen, proposed, now = like.seen, like.proposed, timezone.now()
    accounts = PeerAccount.objects.bulk_create(
        PeerAccount(name=f"Account {number}", employees=seen) for number in numbers
    )
    processes = []
    for account in accounts:
        process = SetEmployees(flow_class=ReviewFlow, created=now)
        process.account, process.name = account.pk, account.name
        process.seen, process.proposed = seen, proposed
        processes.append(process)
    processes = SetEmployees.objects.bulk_create(processes)
    starts = Task.objects.bulk_create(_task(process, ReviewFlow.start, now) for process in processes)
    reviews = Task.objects.bulk_create(_task(process, ReviewFlow.review, now) for process in processes)
    led = Task.previous.through
    led.objects.bulk_create(
        led(from_task=review, to_task=begun) for review, begun in zip(reviews, starts, strict=True)
    )


def _task(process: Any, node: Any, now: Any) -> Any:
    task = Task(process=process, flow_task=node, flow_task_type=node.task_type, created=now)
    if node is ReviewFlow.start:
        task.status, task.started, task.finished = STATUS.DONE, now, now
    return task


def _look(process: Any) -> list[Any]:
    """A process and its tasks without keys and times, and which times are set."""
    rows = [process, *Task.objects.filter(process=process).order_by("pk")]
    return [
        (
            {
                field.attname: getattr(row, field.attname)
                for field in _fields(row)
                if field.attname not in OWN
            },
            [bool(getattr(row, name, None)) for name in ("created", "started", "finished")],
            [one.flow_task for one in row.previous.all()] if isinstance(row, Task) else [],
        )
        for row in rows
    ]


def _fields(row: Any) -> Any:
    return row._meta.concrete_fields


def open_tasks(count: int) -> list[Any]:
    """Some that wait, the oldest first."""
    return list(Task.objects.filter(status=STATUS.NEW).select_related("process").order_by("pk")[:count])
