"""A blind second look at high-risk decisions: drawn when one is made, answered by somebody else, deciding nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from approvals.models import Decision, SecondLook, Suggestion
from approvals.rules import second_looks
from approvals.selectors import second_looks as looks
from crmgov.kernel.refusals import Invalid, NotFound, Refused
from crmgov.people.models import User

from . import notes

SALT = "approvals.second_look"
LONGEST_NOTE = 300


class AlreadyAnswered(Refused):
    """A colleague has answered this one meanwhile. One second look is enough."""


def draw(decision: Decision, suggestion: Suggestion, at: datetime) -> None:
    """Ask somebody else about one in twenty of what a person decided and was high-risk. Joins the transaction."""
    if decision.person_id is None or not suggestion.high_risk:
        return
    key = salted_hmac(SALT, "key", algorithm="sha256").digest()
    if second_looks.is_drawn(key=key, decision_id=str(decision.pk), share=second_looks.SHARE):
        SecondLook.objects.create(decision=decision, queue_id=suggestion.queue_id, drawn_at=at)


@transaction.atomic(durable=True)
def answer(*, suggestion_id: UUID, user: User, answer: str, at: datetime, note: str = "") -> SecondLook:
    """Keep what this person would have decided.

    Raises NotFound (not drawn, not theirs to answer, or long ago), AlreadyAnswered, Invalid.
    """
    if answer not in second_looks.ANSWERS:
        raise Invalid("Say whether you would approve or reject it.", {"answer": "Choose approve or reject."})
    note = notes.checked(note, most=LONGEST_NOTE)
    row = (
        looks.of(user, at=at)
        .select_for_update(of=("self",))
        .filter(decision__suggestion=suggestion_id)
        .first()
    )
    if row is None:
        raise NotFound
    if row.answer:
        raise AlreadyAnswered
    row.answer, row.note, row.person, row.answered_at = answer, note, user, at
    row.save(update_fields=["answer", "note", "person", "answered_at"])
    return row
