"""What a settled conflict writes and closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals.models import Attempt, Claim, Conflict, Decision, Execution, Suggestion, SuggestionItem
from approvals.rules.vocabulary import Verdict
from approvals.selectors import surroundings
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Refused
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import AuthorityKind
from crmgov.records.services import changes
from crmgov.records.services.changes import Edit, NewChangeSet, Patch
from crmgov.records.services.references import labels_for

from . import gate, payloads, standing
from .recording import close, items_of, record
from .values import same


class NotNow(Refused):
    """Its claim cannot win now, because nothing of this suggestion may be executed."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Who lets which claim win, over which value (`ours`, as it stands in JSON), and whether they do so alone."""

    conflict: Conflict
    winner: Claim
    ours: Any
    user: User
    at: datetime
    shown_at: datetime
    note: str
    sole_admin: bool


def require_not_own(user: User, winner: Claim, at: datetime) -> bool:
    """Settling for a suggestion approves it: nobody does that to their own (D3), but the sole possible approver."""
    return winner.suggestion is not None and standing.require_not_own_side(user, winner.suggestion, at)


def names_of(record_type: str, field: str, value: Any) -> dict[Any, str]:
    """Key -> name of what a reference points to."""
    return labels_for(record_type, field, [value])


def write(settling: Settling) -> tuple[UUID | None, str]:
    """Write the winning value over ours. Returns the change set, or the sentence of the door's refusal."""
    conflict, winner, user = settling.conflict, settling.winner, settling.user
    if winner.suggestion is not None:
        return _write_suggestion(settling, winner.suggestion)
    change_set = NewChangeSet(
        actor=payloads.person(user),
        authority=AuthorityKind.DECISION,
        authority_id=str(conflict.pk),
        authority_label=f"Conflict settled by {user}"[:200],
        reason=settling.note,
    )
    field = conflict.field
    edit = Edit(
        field=field,
        old=registry.restore(conflict.record_type, field, settling.ours),
        new=registry.restore(conflict.record_type, field, winner.value),
        source=winner.source or "import",
    )
    patch = Patch(change_set.id, conflict.record_type, conflict.record_id, (edit,))
    outcome = changes.apply(change_sets=[change_set], patches=[patch], at=settling.at)
    return change_set.id, _refused(outcome)


def close_losers(settling: Settling, claims: Sequence[Claim]) -> None:
    """Each losing suggestion loses this field; one that proposed nothing else is rejected."""
    for claim in claims:
        if claim.suggestion is not None and claim.pk != settling.winner.pk:
            _lose(settling, claim.suggestion)


def release(suggestion: Suggestion, conflict: Conflict) -> None:
    """Nothing stands against it here any more; in no other open conflict it is an ordinary question again."""
    items = SuggestionItem.objects.filter(suggestion=suggestion, field=conflict.field, taken=None)
    items.update(question_open=True)
    _leave_if_last(suggestion, conflict)


def _write_suggestion(settling: Settling, suggestion: Suggestion) -> tuple[UUID | None, str]:
    """Approve the field in dispute and write it at once; the rest of the suggestion closes as not approved."""
    field, at = settling.conflict.field, settling.at
    items = items_of(suggestion)
    _require_free(settling, suggestion, items)
    payloads.choose(suggestion, items, taken=[field], edits={})
    change_set_id = new_id()
    patches = payloads.patches_for(suggestion, items, change_set_id, expected={field: settling.ours})
    whole = all(item.taken for item in items)
    decision = record(
        suggestion,
        items,
        kind=Decision.Kind.APPROVE if whole else Decision.Kind.APPROVE_SOME,
        person=settling.user,
        digest=suggestion.digest,
        at=at,
        shown_at=settling.shown_at,
        note=settling.note or f"Chosen in the conflict on {field}.",
        sole_admin=settling.sole_admin,
        patches=patches,
    )
    execution = Execution(decision=decision, suggestion=suggestion, due_at=at, made_at=at)
    change_set = payloads.change_set_of(
        change_set_id=change_set_id, suggestion=suggestion, decision=decision, execution_id=execution.pk
    )
    outcome = changes.apply(change_sets=[change_set], patches=patches, at=at)
    if not outcome.refused:
        _succeed(execution, change_set_id, patches, at)
    return change_set_id, _refused(outcome)


def _require_free(settling: Settling, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> None:
    """It is written at once, so what would keep an approved change from being executed is asked here (D4).

    The gate may block it, by a pause too; its agent may be off; and a hold placed since the page was drawn was
    not seen by whoever settles.
    """
    standing.require_agent_on(suggestion)
    now = gate.look(suggestion, items, settling.at)
    about = ("", settling.conflict.field)
    for finding in now.reading.findings:
        if finding.verdict is Verdict.BLOCK and finding.field in about:
            raise NotNow(f"This claim cannot win now: {finding.sentence}", rule=finding.rule)
    hold = surroundings.hold_on(suggestion.account_id, settling.at)
    if hold is not None and hold.placed_at > settling.shown_at:
        raise NotNow(
            f"{hold.placed_by} placed a hold on this account until {hold.until:%d %b %Y} while you looked: "
            f"{hold.reason} Look again, then settle."
        )
    gate.keep_if_moved(suggestion, now, settling.at)


def _succeed(execution: Execution, change_set_id: UUID, patches: Sequence[Patch], at: datetime) -> None:
    execution.status, execution.change_set_id = Execution.Status.SUCCEEDED, change_set_id
    execution.finished_at, execution.attempts_made = at, 1
    execution.payload_digest = payloads.digest_of(patches)
    execution.save(force_insert=True)
    Attempt.objects.create(execution=execution, number=1, outcome=execution.status, at=at)


def _lose(settling: Settling, suggestion: Suggestion) -> None:
    conflict, winner, at = settling.conflict, settling.winner, settling.at
    locked = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    if locked.status != Suggestion.Status.QUEUED:
        return
    items = items_of(locked)
    rest = [item for item in items if item.field != conflict.field and item.taken is None]
    if rest:
        SuggestionItem.objects.filter(suggestion=locked, field=conflict.field).update(
            taken=False, question_open=False
        )
        _leave_if_last(locked, conflict)
        return
    mine = next(item for item in items if item.field == conflict.field)
    if same(mine.proposed, winner.value):
        close(locked, Suggestion.Status.SUPERSEDED, at, items)
        return
    record(
        locked,
        items,
        kind=Decision.Kind.REJECT,
        person=settling.user,
        digest=locked.digest,
        at=at,
        shown_at=at,
        reason_code=Decision.Reason.WRONG_VALUE,
        note=f"Another value was chosen: {winner.value_label or 'empty'}.",
    )


def _leave_if_last(suggestion: Suggestion, conflict: Conflict) -> None:
    others = Claim.objects.filter(suggestion=suggestion, conflict__status=Conflict.Status.OPEN)
    if not others.exclude(conflict=conflict).exists():
        Suggestion.objects.filter(pk=suggestion.pk).update(in_conflict=False)


def _refused(outcome: changes.Outcome) -> str:
    return outcome.refused[0].say if outcome.refused else ""
