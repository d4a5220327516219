"""Out of sight until a time. Nothing wakes it but the clock; the SLA keeps running."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Note, Suggestion
from approvals.rules.snoozes import why_not_until
from approvals.rules.verbs import Verb
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User

from . import leases, way


@transaction.atomic(durable=True)
def snooze(*, suggestion_id: UUID, until: datetime, user: User, at: datetime, text: str = "") -> Suggestion:
    """Take it out of sight for everybody until then; whoever snoozes it lets go of it.

    Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow, Invalid.
    """
    suggestion = way.lock(suggestion_id, user, Verb.SNOOZE, at)
    if sentence := why_not_until(until, at):
        raise Invalid(sentence, {"until": sentence})
    text = way.words(text, missing="")
    suggestion.snoozed_until = until
    leases.drop(suggestion)
    suggestion.save(update_fields=["snoozed_until", *leases.FIELDS])
    way.note(suggestion, Note.Kind.SNOOZE, user, at, text=text, until=until)
    return suggestion


@transaction.atomic(durable=True)
def wake(*, suggestion_id: UUID, user: User, at: datetime) -> Suggestion:
    """Bring it back before its time. Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow."""
    suggestion = way.lock(suggestion_id, user, Verb.WAKE, at)
    suggestion.snoozed_until = None
    suggestion.save(update_fields=["snoozed_until"])
    way.note(suggestion, Note.Kind.WAKE, user, at)
    return suggestion
