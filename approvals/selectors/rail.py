"""What the frame around every page says: how much waits where, and what is paused; one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper

from approvals.models import PauseSwitch
from crmgov.people.models import User
from crmgov.records.selectors import tasks

from . import audits, cells, conflicts, done, dues, inbox, outbox, pauses, second_looks
from .together import Sql, counted, instance, together, whole


@dataclass(frozen=True, slots=True)
class Rail:
    """Counted up to inbox.COUNTED + 1. `late` and `tasks_late`: how many of these are past their time."""

    waiting: int
    late: int
    done: int
    audits: int
    offers: int
    conflicts: int
    second_looks: int
    unknown: int
    tasks: int
    tasks_late: int
    paused: Sequence[pauses.Line]


def of(user: User, *, at: datetime) -> Rail:
    """As this person sees it."""
    most, today = inbox.COUNTED + 1, user.day(at)
    is_late = ExpressionWrapper(dues.late(at), BooleanField())
    waiting = inbox.waiting(user, view=inbox.MINE, at=at).values(is_late=is_late)
    due = tasks.due(user, today=today).values("due_on")
    found = together(
        inbox=counted(waiting, most=most, late=Sql("is_late", [])),
        done=counted(done.unseen(user, at=at).values("pk"), most=most),
        audits=counted(audits.to_read(user).values("pk"), most=most),
        offers=counted(cells.offers_open(user).values("pk"), most=most),
        conflicts=counted(conflicts.to_settle(user).values("pk"), most=most),
        looks=counted(second_looks.waiting(user, at=at).values("pk"), most=most),
        unknown=counted(outbox.unknown(user).values("pk"), most=most),
        tasks=counted(due, most=most, late=Sql("due_on < %s", [today])),
        paused=whole(pauses.open_ones(), "paused_by", "lifted_by"),
    )
    (counts,), (ran,), (drawn,), (offered,), (disputes,), (looks,), (lost,), (tasks_due,) = (
        found[name]
        for name in ("inbox", "done", "audits", "offers", "conflicts", "looks", "unknown", "tasks")
    )
    return Rail(
        waiting=counts["all"],
        late=counts["late"],
        done=ran["all"],
        audits=drawn["all"],
        offers=offered["all"],
        conflicts=disputes["all"],
        second_looks=looks["all"],
        unknown=lost["all"],
        tasks=tasks_due["all"],
        tasks_late=tasks_due["late"],
        paused=[pauses.line(instance(PauseSwitch, row)) for row in found["paused"]],
    )
