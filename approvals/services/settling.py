"""People and messages in the outbox: settle one whose outcome nobody knows, hold one back before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Delivery, Execution, Message, Settlement
from approvals.selectors.together import together
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.people.policy import Act
from crmgov.records.models import Account

from . import deliveries, notes, standing
from .signals import ring_for

LONGEST_NOTE = 300
Status = Execution.Status
Choice = Settlement.Choice


class AlreadySettled(Refused):
    """This is not open any more: somebody settled it, or the mail server's answer came after all."""


class NotHeldBack(Refused):
    """It left already, or it is leaving at this moment."""


@transaction.atomic(durable=True)
def settle(*, execution_id: UUID, choice: str, user: User, at: datetime, note: str = "") -> Settlement:
    """Say what became of a message whose outcome is unknown, or let it be sent again.

    Raises NotFound, NotAllowed, AlreadySettled, Invalid.
    """
    execution = _locked(execution_id, user)
    if not may_settle(user, execution, at):
        raise NotAllowed("Who may decide this may also settle it; you may not.")
    if choice not in Choice.values:
        raise Invalid("Choose what became of it.", {"choice": "Choose one of the three."})
    if execution.status != Status.UNKNOWN:
        raise AlreadySettled
    settlement = Settlement.objects.create(
        execution=execution,
        number=execution.attempts_made,
        choice=choice,
        person=user,
        person_label=str(user)[:200],
        note=notes.checked(note, most=LONGEST_NOTE),
        at=at,
    )
    _follow(execution, Choice(choice), user, at)
    execution.save(update_fields=deliveries.LEFT)
    return settlement


@transaction.atomic(durable=True)
def hold_back(*, execution_id: UUID, user: User, at: datetime) -> Execution:
    """Cancel a message that a policy let out, while it has not left. What a person approved is taken back instead.

    Raises NotFound, NotAllowed, NotHeldBack.
    """
    execution = _locked(execution_id, user)
    if not may_hold_back(user, execution, at):
        raise NotAllowed("Whoever may revert what happens to this account may hold this back; you may not.")
    if execution.decision.person_id is not None:
        raise NotHeldBack("A person approved it: whoever may decide takes it back.")
    if execution.status != Status.PENDING or execution.sending is not None:
        raise NotHeldBack
    deliveries.ended_unsent(execution, Status.CANCELLED, f"Held back by {user}.", at)
    execution.save(update_fields=deliveries.LEFT)
    return execution


def may_settle(user: User, execution: Execution, at: datetime) -> bool:
    """Who may decide it, or an admin."""
    admin = policy.may(user, Act.ADMINISTER)
    return admin or standing.still_may(user, execution.suggestion, at, sole=False)


def may_settle_all(user: User, found: Sequence[Execution], at: datetime) -> set[UUID]:
    """Which of these `may_settle` would let this person settle; one query however many."""
    if policy.may(user, Act.ADMINISTER):
        return {one.pk for one in found}
    answers = together(**standing.asked(user, [one.suggestion for one in found], at))
    return {
        one.pk for one in found if policy.may(user, Act.DECIDE, standing.told(user, one.suggestion, answers))
    }


def may_hold_back(user: User, execution: Execution, at: datetime) -> bool:
    """Who may decide it, or revert what happens around its account."""
    if may_settle(user, execution, at):
        return True
    account = execution.suggestion.account_id
    owns = Account.objects.filter(pk=account, owner=user).exists() if account else False
    team = standing.sees(user, execution.suggestion)
    return policy.may(user, Act.REVERT, policy.Standing(in_team=team, owns_account=owns))


def _follow(execution: Execution, choice: Choice, user: User, at: datetime) -> None:
    match choice:
        case Choice.DELIVERED:
            message = Message.objects.get(suggestion=execution.suggestion_id)
            deliveries.sent(execution, message, _claimed_at(execution), note=f"Delivered, says {user}.")
            execution.finished_at = at
        case Choice.SEND_AGAIN:
            execution.status, execution.due_at, execution.finished_at = Status.PENDING, at, None
            execution.note, execution.tries = f"To be sent again, says {user}."[:500], 0
            ring_for(execution, at)
        case Choice.LEAVE:
            # The slot stays: they may have got it.
            said = f"Left as it is by {user}."
            deliveries.ended_unsent(execution, Status.FAILED, said, at, slot=False)


def _claimed_at(execution: Execution) -> datetime:
    """When it left: that is when they got it."""
    return Delivery.objects.get(execution=execution, number=execution.attempts_made).claimed_at


def _locked(execution_id: UUID, user: User) -> Execution:
    execution = (
        Execution.objects.select_for_update(of=("self",))
        .select_related("suggestion__agent", "decision")
        .filter(pk=execution_id, leaves=True)
        .first()
    )
    if execution is None or not standing.sees(user, execution.suggestion):
        raise NotFound
    return execution
