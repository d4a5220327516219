"""What every verb on the way to a decision does first and last: lock and ask whether it is allowed; write the note.

A verb never changes the status, and who may say no may also use them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from approvals.models import Note, Suggestion
from approvals.rules.verbs import Verb, Way, why_not
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User

from . import notes, standing
from .recording import LONGEST_NOTE, lock_queued


class NotNow(Refused):
    """This cannot be done to it as it stands now."""


def lock(suggestion_id: UUID, user: User, verb: Verb, at: datetime) -> Suggestion:
    """Lock the suggestion and return it if it waits, this person may decide it and the verb is allowed.

    Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow.
    """
    suggestion = lock_queued(suggestion_id, user)
    standing.require_may_reject(user, suggestion, at)
    require(verb, suggestion, user, at)
    return suggestion


def require(verb: Verb, suggestion: Suggestion, user: User, at: datetime) -> None:
    """Raises NotNow where its state forbids the verb."""
    if sentence := why_not(verb, of(suggestion, user, at), at):
        raise NotNow(sentence)


def of(suggestion: Suggestion, user: User, at: datetime) -> Way:
    """How it stands to this person."""
    return Way(
        asked=suggestion.asked_at is not None,
        escalated=suggestion.escalated_at is not None,
        in_conflict=suggestion.in_conflict,
        snoozed_until=suggestion.snoozed_until,
        held_by=_holder(suggestion, user, at),
    )


def note(
    suggestion: Suggestion,
    kind: Note.Kind,
    user: User,
    at: datetime,
    *,
    text: str = "",
    until: datetime | None = None,
    place: str = "",
) -> Note:
    """Write down who did what; names are copied in."""
    return Note.objects.create(
        suggestion=suggestion,
        kind=kind,
        person=user,
        label=str(user)[:200],
        text=text,
        until=until,
        place=place,
        at=at,
    )


def words(text: str, *, missing: str) -> str:
    """The text somebody typed. Raises Invalid where it is longer than a note may be, or missing though needed."""
    kept = notes.checked(text, most=LONGEST_NOTE)
    if missing and not kept:
        raise Invalid(missing, {"text": missing})
    return kept


def _holder(suggestion: Suggestion, user: User, at: datetime) -> str:
    if suggestion.claimed_until is None or suggestion.claimed_until <= at:
        return ""
    if suggestion.claimed_by is None or suggestion.claimed_by_id == user.pk:
        return ""
    return str(suggestion.claimed_by)
