"""Open suggestions go where they belong now: another order of queues, other members, people who left or came back.

One statement finds what stands elsewhere, however much waits; each move is kept (QueueMove).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from approvals.models import Note, Queue, QueueMove, Suggestion
from approvals.models.queue import UNROUTED
from crmgov.people.models import User

from . import queues, storing
from .layouts import Layout

# Rows per transaction: each is locked until it is moved.
BATCH = 1_000
CHANGED = "The queues, who is here, or what it waits for changed."


@dataclass(frozen=True, slots=True)
class Reason:
    """Why suggestions move; `by` is nobody where the clock or people's coming and going did it."""

    why: str = CHANGED
    by: User | None = None


def put_right(*, at: datetime, reason: Reason = Reason()) -> int:
    """Move whatever waits elsewhere than where it belongs, batch by batch; return how many."""
    moved = 0
    while count := put_some_right(at=at, reason=reason):
        moved += count
    return moved


@transaction.atomic(durable=True)
def put_some_right(*, at: datetime, reason: Reason = Reason()) -> int:
    """One batch of it; return how many."""
    names = dict(Queue.objects.values_list("pk", "name"))
    unrouted = next((key for key, name in names.items() if name == UNROUTED), None)
    if unrouted is None:
        unrouted = queues.unrouted().pk
        names[unrouted] = UNROUTED
    rows = list(
        _misplaced(at, unrouted)
        .select_for_update(of=("self",), skip_locked=True)
        # An index of what is queued only; what was ever decided is not looked at.
        .order_by("effective_due_at", "pk")
        .values_list("pk", "queue_id", "belongs")[:BATCH]
    )
    targets: defaultdict[int, list[UUID]] = defaultdict(list)
    for suggestion_id, _, target in rows:
        targets[target].append(suggestion_id)
    for target, ids in targets.items():
        Suggestion.objects.filter(pk__in=ids).update(queue=target)
    label = str(reason.by or "")
    storing.copy(
        [
            QueueMove(
                suggestion_id=suggestion_id,
                came_from=names.get(source, "") if source else "",
                went_to=names[target],
                why=reason.why[:200],
                by=reason.by,
                by_label=label[:120],
                at=at,
            )
            for suggestion_id, source, target in rows
        ]
    )
    return len(rows)


def _misplaced(at: datetime, unrouted: int) -> Any:
    """What waits elsewhere than it should.

    Somebody is about to decide what is claimed: that stays while it is. What a person passed on, or the question it
    answers, stays where they put it, as long as somebody is there.
    """
    layout = Layout(at)
    passed_on = Note.objects.filter(
        Q(suggestion=OuterRef("pk")) | Q(suggestion=OuterRef("supersedes")), kind=Note.Kind.REASSIGN
    )
    rows = Suggestion.objects.queued().annotate(belongs=layout.belongs(unrouted))
    elsewhere = rows.filter(Q(claimed_until=None) | Q(claimed_until__lte=at)).exclude(
        queue__isnull=False, queue=F("belongs")
    )
    return elsewhere.exclude(layout.is_served() & Exists(passed_on))
