"""One batch of a built-in workflow: facts, what it says, and the intake, in one transaction.

Where it breaks, the batch is halved until the culprit stands alone and is kept; all others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from approvals.models import Agent, Suggestion, WorkflowLook, WorkflowStart, WorkflowTick
from approvals.selectors import workflow_facts
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer
from approvals.workflows import Again, BuiltIn, Case, News, Step
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.models import Team
from crmgov.people.rules.calendars import Calendar
from crmgov.records.models import EventReceipt
from crmgov.records.services import trouble

from . import (
    experiment_arms,
    gate,
    intake,
    message_writer,
    queues,
    workflow_failures,
    workflow_messages,
    workflow_proposals,
)
from .message_writer import Texts

log = structlog.get_logger(__name__)

# The lock is (LOCKS, the agent): batches take turns, so that none takes news or room that another is just taking.
LOCKS = 4717
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLAIM = """
INSERT INTO records_eventreceipt (consumer, event_id, taken_at)
SELECT %s, unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING"""
LOOK = """
INSERT INTO approvals_workflowlook (workflow_id, record_type, record_id, why, due_at)
SELECT %s, %s, u.record, u.why, u.due
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS u(record, why, due)
ON CONFLICT (workflow_id, record_id, why) DO UPDATE SET due_at = excluded.due_at"""


class NotPossible(Exception):
    """What the workflow said could not be proposed: a mistake in the workflow."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A record to look at, and why: the news about it, what was to be looked at again, or the clock.

    `chain` is the deepest of the causes that led here. `tick` is the turn of the clock it belongs to. `again` is for
    one that failed: its news was taken already.
    """

    record_id: UUID
    news: tuple[News, ...] = ()
    events: tuple[int, ...] = ()
    chain: tuple[UUID, ...] = ()
    woken: frozenset[str] = frozenset()
    looks: tuple[int, ...] = ()
    tick: int | None = None
    again: bool = False

    @property
    def is_swept(self) -> bool:
        """Whether only the clock led here."""
        return not self.news and not self.woken


@dataclass(slots=True)
class Done:
    """How many records were looked at, how many suggestions came of it, and what waits for want of room."""

    looked_at: int = 0
    proposed: int = 0
    failed: int = 0
    left: list[Errand] = field(default_factory=list)

    def add(self, other: Done) -> None:
        self.looked_at += other.looked_at
        self.proposed += other.proposed
        self.failed += other.failed
        self.left += other.left


@dataclass(frozen=True, slots=True)
class Room:
    """How many suggestions there may be: `most` by the policy, `share` so that the other workflows have some too."""

    share: int
    most: int

    def without(self, made: int) -> Room:
        return Room(self.share - made, self.most - made)

    def within(self, most: int) -> Room:
        return Room(min(self.share, most), min(self.most, most))


# For a person who asks for one record again.
PLENTY = Room(1_000, 1_000)


@dataclass(frozen=True, slots=True)
class Worker:
    """A workflow with the agent it proposes as and where it stands."""

    workflow: BuiltIn
    agent: Agent
    start: WorkflowStart

    # What time it is; without one it is the time of the run.
    clock: Callable[[], datetime] | None = None

    @property
    def consumer(self) -> str:
        return f"workflow:{self.workflow.name}"


def work(
    worker: Worker, errands: Sequence[Errand], *, room: Room, at: datetime, texts: Texts | None = None
) -> Done:
    """Look at every record, as far as there is room for what is said of it. Owns its transactions.

    `texts` were written ahead for a batch that this is a half of: nothing is paid for twice.
    """
    done = Done()
    if not errands:
        return done
    try:
        with message_writer.turn(worker.start, worker.clock() if worker.clock else at) as mine:
            if not mine:
                return Done(left=list(errands))
            texts = texts or _written_ahead(worker, errands, room, at)
            done.add(attempt(worker, errands, room=room, at=at, texts=texts))
    except Exception as error:
        if trouble.of_the_database(error):
            raise
        if len(errands) == 1:
            log.exception("workflow_failed", workflow=worker.workflow.name, record=str(errands[0].record_id))
            set_aside(worker, errands[0], error, at)
            return Done(looked_at=1, failed=1)
        middle = len(errands) // 2
        done.add(work(worker, errands[:middle], room=room, at=at, texts=texts))
        if done.left:
            done.left += errands[middle:]
        else:
            room = room.without(done.proposed)
            done.add(work(worker, errands[middle:], room=room, at=at, texts=texts))
    return done


def _written_ahead(worker: Worker, errands: Sequence[Errand], room: Room, at: datetime) -> Texts:
    """What a language model makes of the messages these will bring, where it is asked at all. Locks nothing."""
    if not message_writer.is_asked(worker.start.workflow_id):
        return message_writer.NONE
    errands = _untaken(worker, errands)
    answers = _answers(worker, errands, at)
    mine, _ = _fitting(errands, answers, room.within(room_of(worker.agent, at)))
    steps = [step for one in mine for step in answers[one.record_id] if isinstance(step, Step)]
    return message_writer.write(worker.start.workflow_id, steps, at)


def attempt(worker: Worker, errands: Sequence[Errand], *, room: Room, at: datetime, texts: Texts) -> Done:
    """All of them in one transaction; whatever breaks takes all of it back."""
    try:
        return _attempt(worker, errands, room, at, texts)
    except IntegrityError as error:
        if not intake.raced(error):
            raise
    # Somebody opened the same question a moment ago. Now it is there to be seen.
    return _attempt(worker, errands, room, at, texts)


@transaction.atomic(durable=True)
def _attempt(worker: Worker, errands: Sequence[Errand], room: Room, at: datetime, texts: Texts) -> Done:
    _lock(worker)
    errands = _untaken(worker, errands)
    answers = _answers(worker, errands, at)
    if any(isinstance(one, Step) for some in answers.values() for one in some):
        room = room.within(room_of(worker.agent, at))
    mine, left = _fitting(errands, answers, room)
    steps = [(step, one) for one in mine for step in answers[one.record_id] if isinstance(step, Step)]
    made = _propose(worker, steps, texts, at)
    _note_looks(worker, [(again, one) for one in mine for again in answers[one.record_id]])
    _settle(worker, mine, made, at)
    done = Done(len(mine), made, 0, left)
    _note_run(worker, done, at)
    return done


def room_of(agent: Agent, at: datetime) -> int:
    """How many suggestions the policy lets the agent make now: what has no room waits instead of being blocked."""
    _, policy = gate.current_policy()
    made = Suggestion.objects.filter(agent=agent, made_at__lte=at)
    hour = policy.quota_hour - made.filter(made_at__gt=at - HOUR).count()
    return max(min(hour, policy.quota_day - made.filter(made_at__gt=at - DAY).count()), 0)


def _lock(worker: Worker) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, worker.agent.pk])


def _untaken(worker: Worker, errands: Sequence[Errand]) -> list[Errand]:
    """Without what another worker did meanwhile."""
    events = [event for one in errands if not one.again for event in one.events]
    looks = [look for one in errands for look in one.looks]
    taken: set[int] = set()
    if events:
        rows = EventReceipt.objects.filter(consumer=worker.consumer, event_id__in=events)
        taken = set(rows.values_list("event_id", flat=True))
    there = set(WorkflowLook.objects.filter(pk__in=looks).values_list("pk", flat=True)) if looks else set()
    ticks = {one.tick for one in errands if one.tick is not None}
    after = dict(WorkflowTick.objects.filter(pk__in=ticks).values_list("pk", "after")) if ticks else {}
    return [
        one
        for one in errands
        if one.again
        or (one.tick is not None and not _is_behind(one.record_id, after.get(one.tick)))
        or there.intersection(one.looks)
        or set(one.events) - taken
    ]


def _is_behind(record_id: UUID, after: UUID | None) -> bool:
    return after is not None and record_id <= after


def _answers(worker: Worker, errands: Sequence[Errand], at: datetime) -> dict[UUID, list[Step | Again]]:
    """What the workflow says of each; nothing of a record that is gone."""
    workflow = worker.workflow
    known = workflow_facts.gather(
        workflow.subject,
        [one.record_id for one in errands],
        needs=workflow.needs,
        workflow_id=worker.start.workflow_id,
        at=at,
    )
    calendars: dict[int | None, Calendar] = {}
    found: dict[UUID, list[Step | Again]] = {}
    for one in errands:
        facts = known.get(one.record_id)
        if facts is None:
            found[one.record_id] = []
            continue
        team = _team(facts.record)
        key = team.pk if team else None
        if key not in calendars:
            calendars[key] = queues.working_calendar(team.calendar if team else None, at)
        case = Case(workflow.subject, facts, at, calendars[key], one.news, one.woken, one.is_swept)
        found[one.record_id] = list(workflow.propose(case))
    return found


def _team(record: Any) -> Team | None:
    return record.team  # type: ignore[no-any-return]


def _fitting(
    errands: Sequence[Errand], answers: dict[UUID, list[Step | Again]], room: Room
) -> tuple[list[Errand], list[Errand]]:
    """Those whose steps there is room for, in their order; from the first that does not fit on, all others wait.

    What one record asks for stays together, so a first one may take more than its share, but never more than all.
    """
    asked = 0
    for place, one in enumerate(errands):
        steps = sum(isinstance(step, Step) for step in answers[one.record_id])
        if steps and (asked + steps > room.most or (asked and asked + steps > room.share)):
            return list(errands[:place]), list(errands[place:])
        asked += steps
    return list(errands), []


def _propose(worker: Worker, steps: Sequence[tuple[Step, Errand]], texts: Texts, at: datetime) -> int:
    """Hand them to the intake as any agent's; return how many became suggestions."""
    steps = experiment_arms.chosen(worker.start.workflow_id, steps, at)
    texts = texts.now(worker.start.workflow_id)
    whole = workflow_messages.filled([step for step, _ in steps], at)
    proposals = [
        workflow_proposals.of(worker.workflow, texts.over(step, plain), one.chain)
        for plain, (step, one) in zip(whole, steps, strict=True)
    ]
    if not proposals:
        return 0
    taken = intake.take(proposals, Sight(Proposer(worker.agent, None)), at)
    for (step, _), one in zip(steps, taken, strict=True):
        # A record that went away meanwhile is no mistake, nor is a message of somebody else that waits already.
        if isinstance(one, Refused) and not isinstance(one, NotFound | intake.MessageWaits):
            raise NotPossible(f"{step.action}: {one.say}")
        call = texts.call_of(step)
        if call is not None and not isinstance(one, Refused) and not one.duplicate:
            Suggestion.objects.filter(pk=one.suggestion.pk).update(model_call=call)
    return sum(not isinstance(one, Refused) and not one.duplicate for one in taken)


def _note_looks(worker: Worker, found: Iterable[tuple[Step | Again, Errand]]) -> None:
    """When to look again. One of before gives way to a newer one for the same reason."""
    rows = {(one.record_id, again.why): again.at for again, one in found if isinstance(again, Again)}
    if not rows:
        return
    keys = sorted(rows, key=str)
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK,
            [
                worker.start.workflow_id,
                worker.workflow.subject,
                [record for record, _ in keys],
                [why for _, why in keys],
                [rows[key] for key in keys],
            ],
        )


def _settle(worker: Worker, errands: Sequence[Errand], made: int, at: datetime) -> None:
    """They are done with. A look that was put off just now is another one."""
    claim(worker, [event for one in errands for event in one.events], at)
    looks = [look for one in errands for look in one.looks]
    if looks:
        WorkflowLook.objects.filter(pk__in=looks, due_at__lte=at).delete()
    for tick in {one.tick for one in errands if one.tick is not None}:
        last = max(one.record_id for one in errands if one.tick == tick)
        WorkflowTick.objects.filter(pk=tick).update(after=last, proposed=F("proposed") + made)


def claim(worker: Worker, events: Sequence[int], at: datetime) -> None:
    """Nobody looks at these for this workflow any more. Joins the caller's transaction."""
    if events:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [worker.consumer, sorted(set(events)), at])


def _note_run(worker: Worker, done: Done, at: datetime) -> None:
    WorkflowStart.objects.filter(pk=worker.start.pk).update(
        ran_at=at, looked_at=F("looked_at") + done.looked_at, proposed=F("proposed") + done.proposed
    )


@transaction.atomic(durable=True)
def set_aside(worker: Worker, errand: Errand, error: Exception, at: datetime) -> None:
    """Keep it for a person, so that it is not tried again by itself for ever."""
    _lock(worker)
    workflow_failures.keep(
        workflow_id=worker.start.workflow_id,
        record_type=worker.workflow.subject,
        record_id=errand.record_id,
        event_id=max(errand.events, default=None),
        why=", ".join(sorted(errand.woken)),
        error=error,
        at=at,
    )
    _settle(worker, [errand], 0, at)
    _note_run(worker, Done(looked_at=1), at)
