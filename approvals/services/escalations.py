"""Escalating: a suggestion stands first for everybody who decides it, the account's owner and the admins too."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.models import Note, Suggestion
from approvals.rules.queues import LONGEST_EXPLANATION
from approvals.rules.verbs import Verb
from approvals.rules.wording import clean
from crmgov.people.models import User

from . import way

MISSING = "Say in a sentence what others should look at."


@transaction.atomic(durable=True)
def escalate(*, suggestion_id: UUID, user: User, reason: str, at: datetime) -> Suggestion:
    """Let it count as due now and say who escalated it and why. Whoever may decide it still may.

    Raises NotFound, AlreadyDecided, Closed, NotAllowed, NotNow, Invalid.
    """
    suggestion = way.lock(suggestion_id, user, Verb.ESCALATE, at)
    reason = way.words(reason, missing=MISSING)
    due = suggestion.effective_due_at
    suggestion.escalated_at = at
    suggestion.effective_due_at = at if due is None else min(due, at)
    suggestion.due_explained = clean(f"Escalated by {user}: {reason}", LONGEST_EXPLANATION)
    suggestion.snoozed_until = None
    suggestion.save(update_fields=["escalated_at", "effective_due_at", "due_explained", "snoozed_until"])
    way.note(suggestion, Note.Kind.ESCALATE, user, at, text=reason)
    return suggestion
