"""What is open about a record follows it: another team sees it then, another queue asks it (X1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from approvals.models import Conflict, Suggestion
from approvals.selectors import homes, subjects
from crmgov.records import registry

from . import queues


def follow(suggestion: Suggestion, at: datetime) -> bool:
    """Put it where its record is now; whether it was elsewhere. The caller holds the lock.

    Nobody of the old team keeps a claim on it.
    """
    team, account = homes.team_of(suggestion), suggestion.account_id
    if suggestion.record_id is not None:
        account = _account_of(suggestion.record_type, suggestion.record_id)
    if (team, account) == (suggestion.team_id, suggestion.account_id):
        return False
    suggestion.account_id = account
    if team != suggestion.team_id:
        suggestion.team_id = team
        suggestion.queue = queues.route(suggestion, at)
        suggestion.claimed_by, suggestion.claimed_until = None, None
    suggestion.save(update_fields=["team", "account_id", "queue", "claimed_by", "claimed_until"])
    return True


def follow_conflict(conflict: Conflict) -> None:
    """The same for a conflict, which waits in no queue."""
    record = registry.model_of(conflict.record_type).objects.filter(pk=conflict.record_id).first()
    if record is not None:
        conflict.team_id = record.team_id
        conflict.account_id = _account_of(conflict.record_type, conflict.record_id)
        conflict.save(update_fields=["team", "account_id"])


def _account_of(record_type: str, record_id: UUID) -> UUID | None:
    rows = registry.model_of(record_type).objects.select_related(*subjects.WITH[record_type])
    found = rows.filter(pk=record_id).first()
    account = subjects.around(found).account if found is not None else None
    return account.pk if account is not None else None
