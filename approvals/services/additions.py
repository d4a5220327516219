"""What an action adds beside the records, in the transaction of its execution: a suppression.

No change set is written, because no field of a record changes; the decision says by whom, and the note what was done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from approvals.actions.request_suppression import end_of
from approvals.models import Suggestion
from crmgov.kernel.actors import Actor
from crmgov.records.models import Suppression
from crmgov.records.services import suppressions
from crmgov.records.services.changes import Patch
from crmgov.records.services.suppressions import Target


def add(suggestion: Suggestion, patch: Patch, *, actor: Actor, at: datetime) -> str:
    """Add it, and return what was done in a sentence. Joins the caller's transaction.

    Raises Invalid and suppressions.AlreadySuppressed: then nothing was added.
    """
    return _suppress(suggestion, {edit.field: edit.new for edit in patch.edits}, actor, at)


def _suppress(suggestion: Suggestion, said: dict[str, Any], actor: Actor, at: datetime) -> str:
    whole = said["kind"] == Suppression.Kind.ACCOUNT
    target = (
        Target(said["kind"], account_id=suggestion.record_id)
        if whole
        else Target(said["kind"], said["value"])
    )
    made = suppressions.add(
        target=target,
        reason=said["reason"],
        until=end_of(said.get("until")),
        actor=_asked_for(suggestion, actor),
        at=at,
    )
    long = f"until {made.until:%d %b %Y}" if made.until else "for good"
    return f"Nobody writes to {made.value or suggestion.record_label} {long}."


def _asked_for(suggestion: Suggestion, actor: Actor) -> Actor:
    """Whoever let it happen, with the agent that asked for it."""
    asked = str(suggestion.agent or suggestion.proposed_by)
    if asked == actor.label:
        return actor
    return replace(actor, label=f"{actor.label}, asked by {asked}")
