"""Passing a suggestion on to another queue whose members see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Note, Suggestion
from approvals.rules.verbs import Verb
from approvals.selectors import on_the_way
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User

from . import leases, way
from .layouts import Layout

NO_QUEUE = "Choose a queue. Only those are offered in which somebody present sees the record."


@transaction.atomic(durable=True)
def reassign(
    *, suggestion_id: UUID, queue_id: int | None, user: User, at: datetime, text: str = ""
) -> Suggestion:
    """Put it into another queue, awake and in nobody's hands. Its due time stays.

    Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow, Invalid.
    """
    suggestion = way.lock(suggestion_id, user, Verb.REASSIGN, at)
    text = way.words(text, missing="")
    offered = {queue.pk: queue for queue in on_the_way.queues_for(suggestion, at=at)}
    queue = offered.get(queue_id) if queue_id is not None else None
    if queue is None or not Layout(at).serves(queue, suggestion.team_id):
        raise Invalid(NO_QUEUE, {"queue": NO_QUEUE})
    suggestion.queue, suggestion.snoozed_until = queue, None
    leases.drop(suggestion)
    suggestion.save(update_fields=["queue", "snoozed_until", *leases.FIELDS])
    way.note(suggestion, Note.Kind.REASSIGN, user, at, text=text, place=queue.name)
    return suggestion
