"""What wakes the built-in workflows: news of records, what they wanted to look at again, and the clock.

Rung by the beat alone. With nothing new it costs a few lookups by key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from approvals.models import Agent, WorkflowLook, WorkflowStart
from approvals.workflows import BUILT_IN, BuiltIn, News, Trigger
from crmgov.records import registry
from crmgov.records.models import RecordEvent

from . import message_writer, workflow_sweeps, workflow_work, workflows_built_in
from .pauses import Paused
from .workflow_sweeps import Swept
from .workflow_work import Done, Errand, Room, Worker

BATCH = 1_000
# So many batches of each in one ring: a task that ran for many minutes would be taken for dead.
ROUNDS = 20
# A transaction that is open longer than this has long been ended by a timeout.
SETTLED = timedelta(hours=1)
UNTAKEN = """
SELECT e.id FROM records_recordevent e
WHERE e.id > %s AND ({which})
  AND NOT EXISTS (SELECT 1 FROM records_eventreceipt r WHERE r.consumer = %s AND r.event_id = e.id)
ORDER BY e.id LIMIT %s"""


@dataclass(slots=True)
class Ran:
    """What a ring did: records looked at, suggestions made, failures kept, workflows whose news waits for room."""

    looked_at: int = 0
    proposed: int = 0
    failed: int = 0
    full: set[str] = field(default_factory=set)

    def add(self, worker: Worker, done: Done) -> None:
        self.looked_at += done.looked_at
        self.proposed += done.proposed
        self.failed += done.failed
        (self.full.add if done.left else self.full.discard)(worker.workflow.name)


@dataclass(frozen=True, slots=True)
class Glance:
    """What there is at all, in three lookups: the newest event, who has something due, whose night is over."""

    at: datetime
    newest: int
    due: frozenset[int]
    slept: frozenset[int]

    @classmethod
    def of(cls, at: datetime) -> Glance:
        newest = RecordEvent.objects.aggregate(last=Max("id"))["last"] or 0
        due = WorkflowLook.objects.filter(due_at__lte=at).values_list("workflow_id", flat=True).distinct()
        return cls(at, newest, frozenset(due), workflow_sweeps.slept(at))

    def has_something(self, worker: Worker) -> bool:
        start = worker.start
        night = start.workflow_id not in self.slept and workflow_sweeps.is_awake(worker, self.at)
        return bool(self.newest > start.read_to or start.workflow_id in self.due or night)


def run(
    *, at: datetime, workflows: Sequence[BuiltIn] = BUILT_IN, clock: Callable[[], datetime] | None = None
) -> Ran:
    """Let every workflow take what is new, until nothing is left, its agent may propose no more for now, or it was
    enough for one ring.
    """
    ran = Ran()
    registered = workflows_built_in.register(at=at, workflows=workflows)
    if registered is None:
        return ran
    paused = Paused.now()
    workers = [
        Worker(one, registered.agent, registered.starts[one.name], clock)
        for one in workflows
        if one.name in registered.starts
        and not is_paused(paused, one, registered.agent)
        and not message_writer.is_at_work(registered.starts[one.name], at)
    ]
    left = workers
    for _ in range(ROUNDS):
        left = _round(left, ran, at) if left else []
    for worker in workers:
        _note_room(worker.start, worker.workflow.name in ran.full, at)
    return ran


def _round(workers: Sequence[Worker], ran: Ran, at: datetime) -> list[Worker]:
    """One batch of each, which share the room alike; return those that have more, none where nothing
    fitted.
    """
    glance, more, before = Glance.of(at), [], ran.looked_at
    busy = [worker for worker in workers if glance.has_something(worker)]
    most = workflow_work.room_of(busy[0].agent, at) if busy else 0
    if not most:
        # Nothing is read that could not be proposed; who waits is all there is to know.
        ran.full |= {one.workflow.name for one in busy if _waits(one, glance)}
        return []
    for place, worker in enumerate(busy):
        room = Room(share=-(-most // (len(busy) - place)), most=most)
        done, has_more = _turn(worker, room, glance, at)
        most -= done.proposed
        ran.add(worker, done)
        if has_more or done.left:
            more.append(worker)
    return more if ran.looked_at > before else []


def _waits(worker: Worker, glance: Glance) -> bool:
    return worker.start.workflow_id in glance.due or bool(_untaken(worker))


def _turn(worker: Worker, room: Room, glance: Glance, at: datetime) -> tuple[Done, bool]:
    """One batch of looks, one of news and one of the clock's; whether there is more."""
    done = Done()
    looks = _looks(worker, at) if worker.start.workflow_id in glance.due else []
    done.add(workflow_work.work(worker, looks, room=room, at=at))
    ids = _untaken(worker) if glance.newest > worker.start.read_to else []
    events = list(RecordEvent.objects.filter(pk__in=ids).order_by("pk")) if ids else []
    errands, idle = _errands(worker.workflow, events)
    if idle:
        _pass_over(worker, idle, at)
    done.add(workflow_work.work(worker, errands, room=room.without(done.proposed), at=at))
    if len(ids) < BATCH and not done.left:
        _read_on(worker.start, glance.newest, at)
    swept = Swept(Done())
    if worker.start.workflow_id not in glance.slept:
        swept = workflow_sweeps.turn(worker, room=room.without(done.proposed), at=at)
    done.add(swept.done)
    return done, max(len(ids), len(looks)) == BATCH or swept.has_more


def is_paused(paused: Paused, one: BuiltIn, agent: Agent) -> bool:
    """Behind a pause its news waits: what was blocked now would never be proposed again."""
    return (
        paused.everything
        or one.name in paused.workflows
        or agent.name in paused.agents
        or bool(paused.actions.intersection(one.terms.actions))
    )


def _untaken(worker: Worker) -> list[int]:
    if not worker.workflow.triggers:
        return []
    parts, params = zip(*(_which(one) for one in worker.workflow.triggers), strict=True)
    flat = [value for some in params for value in some]
    with connection.cursor() as cursor:
        sql = UNTAKEN.format(which=" OR ".join(parts))
        cursor.execute(sql, [worker.start.read_to, *flat, worker.consumer, BATCH])
        return [row[0] for row in cursor.fetchall()]


def _which(trigger: Trigger) -> tuple[str, list[Any]]:
    said, params = "(e.kind = %s AND e.record_type = ANY(%s)", [trigger.kind, list(trigger.record_types)]
    if trigger.fields:
        said += " AND e.fields && %s::varchar[]"
        params.append(list(trigger.fields))
    if trigger.activities:
        said += " AND e.data ->> 'kind' = ANY(%s)"
        params.append([str(one) for one in trigger.activities])
    return f"{said})", params


def _errands(workflow: BuiltIn, events: Sequence[RecordEvent]) -> tuple[list[Errand], list[int]]:
    """One errand per record, in the order in which news came; and the events that are about none of them."""
    subjects = _subjects(workflow.subject, events)
    about: dict[UUID, list[RecordEvent]] = {}
    idle = []
    for event in events:
        key = subjects.get((event.record_type, event.record_id))
        if key is None:
            idle.append(event.pk)
        else:
            about.setdefault(key, []).append(event)
    return [_errand(key, some) for key, some in about.items()], idle


def errand_of(workflow: BuiltIn, record_id: UUID, event: RecordEvent | None, why: str) -> Errand:
    """The one that failed, to be tried once more."""
    woken = frozenset(part for part in why.split(", ") if part)
    if event is None:
        return Errand(record_id, woken=woken, again=True)
    return Errand(record_id, (_news(event),), (event.pk,), tuple(event.chain), woken, again=True)


def _errand(key: UUID, events: Sequence[RecordEvent]) -> Errand:
    chain = max((event.chain for event in events), key=len)
    return Errand(
        key, tuple(_news(event) for event in events), tuple(event.pk for event in events), tuple(chain)
    )


def _news(event: RecordEvent) -> News:
    activity = str(event.data.get("kind", "")) if event.kind == RecordEvent.Kind.ACTIVITY else ""
    return News(event.kind, event.record_type, frozenset(event.fields), activity, event.at)


def _subjects(subject: str, events: Sequence[RecordEvent]) -> dict[tuple[str, UUID], UUID]:
    """(type, id) of the news -> the record of the workflow's type: itself, or what it hangs on."""
    found: dict[tuple[str, UUID], UUID] = {}
    for kind, some in groupby(sorted(events, key=lambda one: one.record_type), lambda one: one.record_type):
        keys = {one.record_id for one in some}
        if kind == subject:
            found.update({(kind, key): key for key in keys})
            continue
        rows = registry.model_of(kind)._default_manager.filter(pk__in=keys)
        pairs = rows.exclude(**{f"{subject}_id": None}).values_list("pk", f"{subject}_id")
        found.update({(kind, key): parent for key, parent in pairs})
    return found


def _looks(worker: Worker, at: datetime) -> list[Errand]:
    rows = WorkflowLook.objects.filter(workflow=worker.start.workflow_id, due_at__lte=at)
    due: dict[UUID, list[WorkflowLook]] = {}
    for row in rows.order_by("due_at", "pk")[:BATCH]:
        due.setdefault(row.record_id, []).append(row)
    return [
        Errand(key, woken=frozenset(row.why for row in some), looks=tuple(row.pk for row in some))
        for key, some in due.items()
    ]


@transaction.atomic(durable=True)
def _pass_over(worker: Worker, idle: Sequence[int], at: datetime) -> None:
    """News of a ticket without an account, say: read, and about nothing this workflow thinks about."""
    workflow_work.claim(worker, idle, at)


def _note_room(start: WorkflowStart, full: bool, at: datetime) -> None:
    if full and start.full_since is None:
        WorkflowStart.objects.filter(pk=start.pk, full_since=None).update(full_since=at)
        start.full_since = at
    elif not full and start.full_since is not None:
        WorkflowStart.objects.filter(pk=start.pk).update(full_since=None)
        start.full_since = None


def _read_on(start: WorkflowStart, newest: int, at: datetime) -> None:
    """All that was there is taken. What was there an hour ago is behind us for good."""
    if newest == start.read_to or start.seen_at > at - SETTLED:
        return
    start.read_to, start.seen_to, start.seen_at = max(start.read_to, start.seen_to), newest, at
    start.save(update_fields=["read_to", "seen_to", "seen_at"])
