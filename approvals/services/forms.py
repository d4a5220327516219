"""The prefilled form of a suggestion at level suggest: what a person saved is theirs (DESIGN §2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.models import Attempt, Decision, Execution, Suggestion, SuggestionItem
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User
from crmgov.records.services import changes, lists, match_candidates
from crmgov.records.services.changes import NewChangeSet, Patch

from . import additions, payloads
from .signals import records_moved


class Overtaken(Refused):
    """Somebody changed this record while your form was open. Here is what stands there now."""


def patches_of(
    suggestion: Suggestion,
    items: Sequence[SuggestionItem],
    current: Mapping[str, Any],
    checked: Collection[str],
    change_set_id: UUID,
) -> list[Patch]:
    """From the values the form showed (`current`) to those it was saved with; fields left as they are drop out."""
    typed = {item.field for item in items if item.was_edited}
    verified = frozenset(typed.union(checked))
    patches = payloads.patches_for(suggestion, items, change_set_id, expected=current, verified=verified)
    changed = [
        replace(patch, edits=tuple(edit for edit in patch.edits if patch.creates or edit.old != edit.new))
        for patch in patches
    ]
    if not any(patch.edits for patch in changed):
        raise Invalid("The form changes nothing: every field holds its value already.")
    return [patch for patch in changed if patch.edits]


def save(
    suggestion: Suggestion,
    decision: Decision,
    patches: Sequence[Patch],
    change_set_id: UUID,
    person: User,
    at: datetime,
) -> Execution:
    """Write through the door as the person, with the suggestion named. Raises Overtaken, and nothing is kept."""
    appends = actions.of(suggestion).appends
    execution = Execution(decision=decision, suggestion=suggestion, due_at=at, made_at=at, appends=appends)
    change_set = payloads.change_set_of(
        change_set_id=change_set_id,
        suggestion=suggestion,
        decision=decision,
        execution_id=execution.pk,
        form_of=person,
    )
    execution.note = _write(suggestion, change_set, patches, at)
    execution.status = Execution.Status.SUCCEEDED
    execution.change_set_id = None if appends else change_set_id
    execution.finished_at, execution.attempts_made = at, 1
    execution.payload_digest = payloads.digest_of(patches)
    execution.save(force_insert=True)
    Attempt.objects.create(execution=execution, number=1, outcome=execution.status, at=at)
    payloads.name_what_was_made(suggestion, patches)
    match_candidates.flag_made(patches, at=at)
    records_moved.send_robust(sender=Execution)
    return execution


def _write(suggestion: Suggestion, change_set: NewChangeSet, patches: Sequence[Patch], at: datetime) -> str:
    """Through the door, or beside it; what is to be noted of it."""
    if actions.of(suggestion).appends:
        notes = [additions.add(suggestion, patch, actor=change_set.actor, at=at) for patch in patches]
        return " ".join(notes)[:500]
    if actions.of(suggestion).adds and not (patches := lists.widening(patches)):
        raise Invalid("The record carries it already: nothing would change.")
    outcome = changes.apply(change_sets=[change_set], patches=patches, at=at)
    if outcome.refused:
        raise _overtaken(outcome.refused[0])
    return ""


def _overtaken(refusal: changes.Refusal) -> Overtaken:
    return Overtaken(
        f"Nothing was saved. {refusal.say}",
        values=[{"field": v.field, "seen": v.expected, "now": v.now} for v in refusal.values],
    )
