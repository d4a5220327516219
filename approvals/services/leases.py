"""Who looks at a suggestion just now: a lease that ends by itself. It is advice; the digest is the lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from approvals.models import Note, Suggestion
from approvals.rules.verbs import Verb
from crmgov.people.models import User

from . import way

# A claim of a dead browser ends within five minutes (INVARIANTS H3); a page that stays open renews it.
LEASE = timedelta(minutes=5)
FIELDS = ("claimed_by", "claimed_until")


@transaction.atomic(durable=True)
def claim(*, suggestion_id: UUID, user: User, at: datetime) -> Suggestion:
    """Take it or keep it for another five minutes, unless somebody else has it.

    Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow.
    """
    suggestion = way.lock(suggestion_id, user, Verb.CLAIM, at)
    return _lease(suggestion, user, at)


@transaction.atomic(durable=True)
def take_over(*, suggestion_id: UUID, user: User, at: datetime) -> Suggestion:
    """Take it whoever has it; the note says from whom. Raises NotFound, AlreadyDecided, Closed, NotAllowed."""
    suggestion = way.lock(suggestion_id, user, Verb.TAKE_OVER, at)
    if holder := way.of(suggestion, user, at).held_by:
        way.note(suggestion, Note.Kind.TAKE_OVER, user, at, text=f"It was with {holder}.")
    return _lease(suggestion, user, at)


def drop(suggestion: Suggestion) -> None:
    """Nobody has it; not saved here."""
    suggestion.claimed_by, suggestion.claimed_until = None, None


def _lease(suggestion: Suggestion, user: User, at: datetime) -> Suggestion:
    suggestion.claimed_by, suggestion.claimed_until = user, at + LEASE
    suggestion.save(update_fields=[*FIELDS])
    return suggestion
