"""What ran by itself: a person looked at it, or says that it was wrong (DESIGN §2, "contest")."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import AuditSample, ContestedChange, Execution, SeenExecution, Suggestion
from crmgov.kernel.refusals import Invalid, NotFound, Refused
from crmgov.people.models import User
from crmgov.records.services import contests, trouble
from crmgov.records.services.contests import TakenBack

from . import notes, scored, standing
from .signals import outcome_said

LONGEST_REASON = 300


class AlreadyContested(Refused):
    """This was contested already, and it counts once."""


class SentAlready(Refused):
    """It has left, and what is sent cannot be put back. End the standing approval of its template instead."""


class StaysBeside(Refused):
    """What it added stands beside the records and stays: two admins lift a suppression, a timeline keeps all."""


class NoReason(Invalid):
    """Say why the score is wrong: it is kept as an example to learn from."""

    def __init__(self) -> None:
        say = " ".join((type(self).__doc__ or "").split())
        super().__init__(say, {"reason": say})


class NotByItself(Refused):
    """A person let this happen, or it never ran. What a person approved is put back from the record's history."""


@transaction.atomic(durable=True)
def contest(*, execution_id: UUID, user: User, at: datetime, reason: str = "") -> ContestedChange:
    """Put the old values back, lock them, and count it against the cell, also where nothing can be put back.

    Raises NotFound (another team), contests.NotYourAccount, NotByItself, SentAlready, StaysBeside,
    AlreadyContested, NoReason (of a score), Invalid (the reason).
    """
    execution = _locked(execution_id, user)
    if not execution.by_itself or execution.status != Execution.Status.SUCCEEDED:
        raise NotByItself
    if execution.leaves:
        raise SentAlready
    if execution.appends:
        raise StaysBeside
    change_set_id = execution.change_set_id
    assert change_set_id is not None  # noqa: S101 (the database says so of what succeeded)
    reason = notes.checked(reason, most=LONGEST_REASON)
    if scored.is_ours(execution.suggestion) and not reason:
        raise NoReason
    with trouble.waiting_briefly():
        back = contests.take_back(change_set_id=change_set_id, user=user, reason=reason, at=at)
    if earlier := ContestedChange.objects.filter(execution=execution).first():
        # Said only to whoever may contest; what was put back a second time goes with the transaction.
        raise AlreadyContested(f"{earlier.person_label} contested this already. It counts once.")
    seen([execution_id], user=user, at=at)
    made = kept(execution, back, user=user, reason=reason, at=at)
    # It was drawn to be read: this is the answer.
    AuditSample.objects.filter(execution=execution, verdict="").update(
        verdict=AuditSample.Verdict.WRONG, read_by=user, read_at=at, note=reason
    )
    return made


def kept(execution: Execution, back: TakenBack, *, user: User, reason: str, at: datetime) -> ContestedChange:
    """Keep that it was wrong, and what could be put back. Joins the caller's transaction."""
    change_set_id = execution.change_set_id
    assert change_set_id is not None  # noqa: S101 (the database says so of what succeeded)
    made = ContestedChange.objects.create(
        execution=execution,
        change_set_id=change_set_id,
        person=user,
        person_label=str(user)[:200],
        reason=reason,
        restored=list(back.restored),
        kept=back.kept,
        revert_id=back.change_set_id,
        at=at,
    )
    scored.tell(execution.suggestion, why=reason, by=made.person_label, at=at)
    outcome_said.send_robust(sender=ContestedChange)
    return made


@transaction.atomic(durable=True)
def mark_seen(*, execution_ids: Collection[UUID], user: User, at: datetime) -> int:
    """Note that this person looked at these; return how many there were to look at. Twice changes nothing."""
    return seen(execution_ids, user=user, at=at)


def seen(execution_ids: Collection[UUID], *, user: User, at: datetime) -> int:
    """The same in the caller's transaction: what this person cannot see is passed over."""
    mine = Suggestion.objects.for_user(user).values("pk")
    found = Execution.objects.filter(pk__in=execution_ids, by_itself=True, suggestion__in=mine)
    rows = [SeenExecution(person=user, execution=one, at=at) for one in found]
    SeenExecution.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _locked(execution_id: UUID, user: User) -> Execution:
    """Of two people who contest it at once, the second waits and is told."""
    execution = (
        Execution.objects.select_for_update(of=("self",))
        .select_related("suggestion__agent", "suggestion__workflow_version__workflow")
        .filter(pk=execution_id)
        .first()
    )
    if execution is None or not standing.sees(user, execution.suggestion):
        raise NotFound
    return execution
