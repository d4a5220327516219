"""Writing a decision down: lock, insert, close, and put what it lets happen into the outbox.

Of two reviewers exactly one wins: the row lock lets one in at a time, the status tells the other that it is over,
and the unique index on the decision's suggestion holds even if both were taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from approvals import actions
from approvals.models import Decision, Execution, Message, Suggestion, SuggestionItem
from approvals.rules.attention import UNMEASURED, Attention
from approvals.rules.noticing import customer_notices
from approvals.rules.vocabulary import Level
from crmgov.kernel import canonical
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.models import User
from crmgov.records.services.changes import Patch

from . import messages, notes, opening, payloads, second_looks, standing
from .opening import Opened
from .signals import ring_for

LONGEST_NOTE = 4_000


class AlreadyDecided(Refused):
    """A colleague decided this one a moment ago. Here is what they chose."""


class Closed(Refused):
    """This suggestion is no longer open."""


class Said(TypedDict):
    """What a decider said. `patches` are what is written where that is known; else they follow from the items.

    `payload` is what happened already, where a person did it by hand.
    `message` is what is sent, where it is one; it is stored with the decision.
    """

    kind: Decision.Kind
    person: User | None
    digest: str
    shown_at: NotRequired[datetime]
    note: NotRequired[str]
    attention: NotRequired[Attention]
    reason_code: NotRequired[str]
    sole_admin: NotRequired[bool]
    patches: NotRequired[Sequence[Patch]]
    message: NotRequired[Message | None]
    payload: NotRequired[list[dict[str, Any]]]


def lock_queued(suggestion_id: UUID, user: User) -> Suggestion:
    """Lock the row and return it if this person may see it and it still waits."""
    suggestion = _locked(suggestion_id)
    if suggestion is None or not standing.sees(user, suggestion):
        raise NotFound
    if suggestion.status != Suggestion.Status.QUEUED:
        raise _over(suggestion)
    return suggestion


def open_to_decide(suggestion_id: UUID, user: User, at: datetime) -> Opened:
    """The same, with what a decision rests on read under the lock."""
    suggestion = _locked(suggestion_id)
    if suggestion is None:
        raise NotFound
    opened = opening.of(user, suggestion, at)
    if not standing.sees(user, suggestion, opened.stands):
        raise NotFound
    if suggestion.status != Suggestion.Status.QUEUED:
        raise _over(suggestion)
    return opened


def items_of(suggestion: Suggestion) -> list[SuggestionItem]:
    return list(suggestion.items.order_by("position"))


def record(
    suggestion: Suggestion, items: Sequence[SuggestionItem], *, at: datetime, **said: Unpack[Said]
) -> Decision:
    """Insert the decision and close the suggestion and its questions. The items carry the choice."""
    decision = decision_of(suggestion, items, at=at, **said)
    decision.save(force_insert=True)
    if (message := said.get("message")) is not None:
        message.decision = decision
        message.save(force_insert=True)
    approves = decision.kind != Decision.Kind.REJECT
    close(suggestion, Suggestion.Status.APPROVED if approves else Suggestion.Status.REJECTED, at, items)
    second_looks.draw(decision, suggestion, at)
    return decision


def decision_of(
    suggestion: Suggestion, items: Sequence[SuggestionItem], *, at: datetime, **said: Unpack[Said]
) -> Decision:
    """The decision that the items carry; not stored here."""
    kind, person = said["kind"], said["person"]
    approves = kind != Decision.Kind.REJECT
    if not approves:
        for item in items:
            item.taken, item.edited, item.was_edited = False, None, False
    payload = _payload(suggestion, items, said) if approves else []
    attention = said.get("attention", UNMEASURED)
    return Decision(
        suggestion=suggestion,
        kind=kind.value,
        person=person,
        policy_version=None if person else suggestion.policy_version,
        decider_label=str(person or suggestion.policy_version)[:200],
        digest=said["digest"],
        taken=[item.field for item in items if item.taken],
        edits={item.field: item.edited for item in items if item.was_edited},
        reason_code=said.get("reason_code", ""),
        note=notes.checked(said.get("note", ""), most=LONGEST_NOTE),
        payload=payload,
        payload_digest=canonical.digest(payload) if approves else "",
        agent_owner_id=suggestion.agent.owner_id if suggestion.agent else None,
        sole_admin=said.get("sole_admin", False),
        shown_at=said.get("shown_at"),
        evidence_opened=list(attention.opened),
        visible_ms=attention.visible_ms,
        decided_at=at,
    )


def close(
    suggestion: Suggestion, status: Suggestion.Status, at: datetime, items: Sequence[SuggestionItem]
) -> None:
    """Compare and swap: only what still waits (or was just made) is closed. Its questions close with it."""
    before = (Suggestion.Status.QUEUED, Suggestion.Status.APPROVED)
    swapped = Suggestion.objects.filter(pk=suggestion.pk, status__in=before, closed_at=None).update(
        status=status, closed_at=at, claimed_by=None, claimed_until=None, held_by_run=False
    )
    if swapped != 1:
        raise AlreadyDecided
    suggestion.status, suggestion.closed_at, suggestion.held_by_run = status, at, False
    for item in items:
        item.question_open = False
    SuggestionItem.objects.bulk_update(items, ["taken", "edited", "was_edited", "question_open"])


def make_execution(
    suggestion: Suggestion, decision: Decision, at: datetime, *, due_at: datetime | None = None
) -> Execution:
    """Put it into the outbox and ring; losing the ring costs seconds, the drain finds the row."""
    execution = execution_of(suggestion, decision, at, due_at=due_at)
    execution.save(force_insert=True)
    ring_for(execution, at)
    return execution


def execution_of(
    suggestion: Suggestion, decision: Decision, at: datetime, *, due_at: datetime | None = None
) -> Execution:
    """The row of the outbox, due at once where nothing is said; not stored here."""
    leaves = actions.of(suggestion).leaves
    # What reaches a customer is told to the owner, however far its level goes.
    by_itself = decision.person is None and (leaves or suggestion.level == Level.EXECUTE)
    return Execution(
        decision=decision,
        suggestion=suggestion,
        leaves=leaves,
        appends=actions.of(suggestion).appends,
        due_at=due_at or at,
        made_at=at,
        by_itself=by_itself,
        customer_visible=by_itself and customer_notices(suggestion.action, _written(decision)),
    )


def _written(decision: Decision) -> Iterator[tuple[str, str]]:
    """Record type and field of all it lets happen."""
    return ((patch["record_type"], edit["field"]) for patch in decision.payload for edit in patch["edits"])


def _payload(suggestion: Suggestion, items: Sequence[SuggestionItem], said: Said) -> list[dict[str, Any]]:
    if (payload := said.get("payload")) is not None:
        return payload
    if (message := said.get("message")) is not None:
        return messages.payload_of(message)
    patches = said.get("patches")
    if patches is None:
        patches = payloads.patches_for(suggestion, items, new_id())
    return payloads.payload_of(patches)


def _locked(suggestion_id: UUID) -> Suggestion | None:
    # What else a decision rests on is read after this, never beside it: whoever waited for the lock would see what
    # was there before they waited.
    return (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("agent", "workflow_version__workflow", "policy_version")
        .filter(pk=suggestion_id)
        .first()
    )


def _over(suggestion: Suggestion) -> Refused:
    decision = Decision.objects.select_related("person").filter(suggestion=suggestion).first()
    if decision is None:
        said = suggestion.get_status_display().lower()
        return Closed(f"This suggestion is no longer open: {said}.", status=suggestion.status)
    chose = decision.get_kind_display().lower()
    return AlreadyDecided(
        f"{decision.decider_label} decided this one: {chose}.",
        decision_id=decision.pk,
        kind=decision.kind,
        by=decision.decider_label,
        decided_at=decision.decided_at,
        note=decision.note,
    )
