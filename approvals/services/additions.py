"""What an action adds beside the records, in the transaction of its execution: a suppression, a summary.

No change set is written, because no field of a record changes; the decision says by whom, and the note what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from approvals.actions.request_suppression import end_of
from approvals.models import Suggestion
from approvals.selectors import origins
from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.days import last_day
from crmgov.records import registry
from crmgov.records.models import SUMMARY, ActivityKind, Suppression, Task
from crmgov.records.models.governed import Governed
from crmgov.records.services import activities, suppressions
from crmgov.records.services.activities import NewActivity
from crmgov.records.services.changes import Patch
from crmgov.records.services.suppressions import Target

from . import appending, payloads
from .proposed import proposer_of


def add(suggestion: Suggestion, patch: Patch, *, actor: Actor, at: datetime) -> str:
    """Add it, and return what was done in a sentence. Joins the caller's transaction.

    Raises Invalid and suppressions.AlreadySuppressed: then nothing was added.
    """
    said = {edit.field: edit.new for edit in patch.edits}
    return _ADDS[patch.record_type](suggestion, said, actor, at)


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
    long = f"until {last_day(made.until):%d %b %Y}" if made.until else "for good"
    whom = f"{made.value} by e-mail" if made.value else suggestion.record_label
    return f"Nobody writes to {whom} {long}."


def _asked_for(suggestion: Suggestion, actor: Actor) -> Actor:
    """Whoever let it happen, with the agent that asked for it."""
    asked = str(suggestion.agent or suggestion.proposed_by)
    if asked == actor.label:
        return actor
    return replace(actor, label=f"{actor.label}, asked by {asked}")


def _log(suggestion: Suggestion, said: dict[str, Any], actor: Actor, at: datetime) -> str:
    """On the timeline, with what it is of and who read it before it came there."""
    assert suggestion.record_id is not None  # noqa: S101 (log_summary is about a record)
    record = registry.model_of(suggestion.record_type)._default_manager.get(pk=suggestion.record_id)
    reader = actor.label if actor.type is not ActorType.AI else ""
    told = {
        "suggestion": suggestion.number,
        "made_of": _origin(said.get("of"), record, suggestion),
        "read_by": reader,
    }
    new = NewActivity(
        about=record,
        kind=ActivityKind.NOTE,
        occurred_at=at,
        source=appending.source_for(suggestion),
        external_id=f"summary {suggestion.pk}",
        subject=f"Summary: {said['about']}" if said.get("about") else "Summary",
        body=f"{said['summary']}\n\nNext: {said['next_action']}"
        if said.get("next_action")
        else said["summary"],
        by=str(suggestion.agent or suggestion.proposed_by)[:160],
        data={SUMMARY: {**told, "of": said.get("of") or ""}},
        chain=payloads.chain_of(suggestion),
    )
    activities.append([new], at=at)
    return f"On the timeline, read by {reader or 'nobody yet'}."


def _origin(of: Any, record: Governed, suggestion: Suggestion) -> str:
    """What it is made of, as a line of the timeline names it; nothing where its proposer may know of it no more."""
    found = origins.find(of, record, proposer_of(suggestion)) if of else None
    if found is None:
        return ""
    if isinstance(found, Task):
        return f"the task “{found.title}”"
    return f"the {found.get_kind_display().lower()} of {found.occurred_at:%d %b %Y}"


_ADDS: dict[str, Callable[[Suggestion, dict[str, Any], Actor, datetime], str]] = {
    "suppression": _suppress,
    "summary": _log,
}
