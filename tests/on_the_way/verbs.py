"""Each verb as a test calls it, at scene.LATER; and the proof that nothing broke."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from approvals.models import Note, Suggestion
from approvals.services import (
    asks,
    escalations,
    executions,
    invariants,
    leases,
    reassignments,
    snoozes,
    undoing,
)
from crmgov.people.models import User
from tests.decisions import scene
from tests.world import NOW

QUESTION = "Which register is that from?"


class Written(Exception):
    """It was too late to take it back; the argument is the change set."""


def a_suggestion(**more: Any) -> Suggestion:
    """What an agent posted, waiting in the queue of team North."""
    scene.reviewer()
    scene.publish()
    about = scene.account(**more)
    return scene.propose(about, employees=310)


def ask(
    suggestion: Suggestion, user: User, question: str = QUESTION, at: datetime = scene.LATER
) -> Suggestion:
    return asks.ask(suggestion_id=suggestion.pk, user=user, question=question, at=at)


def escalate(suggestion: Suggestion, user: User, reason: str = "It smells.") -> Suggestion:
    return escalations.escalate(suggestion_id=suggestion.pk, user=user, reason=reason, at=scene.LATER)


def snooze(suggestion: Suggestion, user: User, *, hours: float = 2, at: datetime = scene.LATER) -> Suggestion:
    return snoozes.snooze(suggestion_id=suggestion.pk, user=user, until=at + timedelta(hours=hours), at=at)


def wake(suggestion: Suggestion, user: User) -> Suggestion:
    return snoozes.wake(suggestion_id=suggestion.pk, user=user, at=scene.LATER)


def reassign(suggestion: Suggestion, user: User, queue_id: int | None) -> Suggestion:
    return reassignments.reassign(suggestion_id=suggestion.pk, user=user, queue_id=queue_id, at=scene.LATER)


def claim(suggestion: Suggestion, user: User, at: datetime = scene.LATER) -> Suggestion:
    return leases.claim(suggestion_id=suggestion.pk, user=user, at=at)


def take_over(suggestion: Suggestion, user: User, at: datetime = scene.LATER) -> Suggestion:
    return leases.take_over(suggestion_id=suggestion.pk, user=user, at=at)


def take_back(suggestion: Suggestion, user: User) -> Suggestion:
    """What asks the question now; for what is written already a Written."""
    undone = undoing.take_back(suggestion_id=suggestion.pk, user=user, at=scene.LATER)
    if undone.again is None:
        raise Written(undone.change_set_id)
    return undone.again


def ask_again(suggestion: Suggestion, user: User) -> Suggestion:
    return undoing.ask_again(suggestion_id=suggestion.pk, user=user, at=scene.LATER)


def again(suggestion: Suggestion) -> Suggestion:
    """The row as it is now."""
    return Suggestion.objects.get(pk=suggestion.pk)


def kinds(suggestion: Suggestion) -> list[str]:
    """The notes on it, oldest first."""
    return list(Note.objects.filter(suggestion=suggestion).order_by("id").values_list("kind", flat=True))


def nothing_is_broken() -> None:
    """Once everything approved has run, every invariant that can be asked holds."""
    executions.drain(at=scene.LATER)
    broken = [one for one in invariants.check_all(at=NOW) if one.outcome == "VIOLATED"]
    assert not broken, broken
