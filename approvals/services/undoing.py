"""Undo after a decision: what is not written yet is cancelled, and the question is put again as a new suggestion.

The decision stays: it was made, and the ledger of decisions only grows. What is written already is reverted instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals import actions
from approvals.models import Execution, Note, Suggestion, SuggestionItem
from approvals.rules.vocabulary import Level, lowest
from approvals.selectors import on_the_way
from approvals.selectors.sights import Sight
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import NotFound, Refused
from crmgov.people.models import User
from crmgov.records.services import contacting, trouble

from . import intake, sent_by_hand, standing, way
from .drafts import Draft
from .proposed import proposer_of, subject_of
from .recording import items_of

WITH = ("agent", "proposed_by", "team", "policy_version", "workflow_version__workflow")


# What can be undone of a decision; empty for nothing.
TAKE_BACK, NOT_SENT, ASK_AGAIN, NOTHING = "take_back", "not_sent", "ask_again", ""


@dataclass(frozen=True, slots=True)
class Undone:
    """`again` asks the question now; it is None where `change_set_id` was written before anything could be undone."""

    again: Suggestion | None
    change_set_id: UUID | None = None
    # A person had said that they sent it.
    not_sent: bool = False


class NothingToUndo(Refused):
    """There is nothing to undo here."""


def offered(user: User, suggestion: Suggestion, at: datetime) -> str:
    """What this person can undo of it: TAKE_BACK, NOT_SENT, ASK_AGAIN or NOTHING."""
    found = NOTHING
    if suggestion.status == Suggestion.Status.APPROVED:
        found = _open_end(suggestion)
    elif suggestion.status == Suggestion.Status.REJECTED:
        found = ASK_AGAIN if on_the_way.successor_of(suggestion) is None else NOTHING
    return found if found and standing.may_reject(user, suggestion, at) else NOTHING


def _open_end(suggestion: Suggestion) -> str:
    """What people approved and has not run, or what one of them says to have sent."""
    rows = Execution.objects.filter(suggestion=suggestion, decision__person__isnull=False)
    execution = rows.select_related("decision").first()
    if execution is None:
        return NOTHING
    if execution.status == Execution.Status.PENDING:
        return TAKE_BACK
    return NOT_SENT if _is_said_to_be_sent(execution) else NOTHING


def _is_said_to_be_sent(execution: Execution) -> bool:
    return execution.status == Execution.Status.SUCCEEDED and sent_by_hand.is_told(execution.decision)


def take_back(*, suggestion_id: UUID, user: User, at: datetime) -> Undone:
    """Cancel what was approved and has not run, and put its question again; say so where it has run.

    What a person said to have sent by hand, and did not, is taken back like it.

    Raises NotFound, NotAllowed, NothingToUndo.
    """
    return _take_back(suggestion_id, user, at)


def ask_again(*, suggestion_id: UUID, user: User, at: datetime) -> Suggestion:
    """Put the question of a rejected suggestion again; return what asks it now.

    Raises NotFound, NotAllowed, NothingToUndo.
    """
    return _ask_again(suggestion_id, user, at)


@trouble.twice(intake.raced)
@transaction.atomic(durable=True)
def _take_back(suggestion_id: UUID, user: User, at: datetime) -> Undone:
    # The executor locks the execution first and its suggestion after it; so does this.
    execution = (
        Execution.objects.select_for_update(of=("self",))
        .select_related("decision", *(f"suggestion__{name}" for name in WITH))
        .filter(suggestion=suggestion_id)
        .first()
    )
    if execution is None:
        raise _nothing_to_take_back(suggestion_id, user, at)
    suggestion, decision = execution.suggestion, execution.decision
    _require_may(user, suggestion, at)
    if decision.person_id is None:
        where = "Hold it back in the outbox" if execution.leaves else "Revert what it wrote"
        raise NothingToUndo(f"The policy approved it, not a person. {where} instead.")
    if _is_said_to_be_sent(execution):
        sent_by_hand.untold(execution, user=user, at=at)
        said = f"Suggestion {suggestion.number}, which {decision.decider_label} said to have sent. It was not sent."
        return Undone(_put_again(suggestion, user, at, said), not_sent=True)
    if execution.status == Execution.Status.SUCCEEDED and execution.leaves:
        raise NothingToUndo("It has left. What is sent cannot be taken back.")
    if execution.status == Execution.Status.SUCCEEDED and execution.appends:
        raise NothingToUndo(f"It is done and is not put back like this. {execution.note}")
    if execution.status == Execution.Status.SUCCEEDED:
        return Undone(None, execution.change_set_id)
    if execution.status != Execution.Status.PENDING:
        said = execution.get_status_display().lower()
        raise NothingToUndo(f"Nothing of it is left to take back: {said}.")
    if execution.sending is not None:
        raise NothingToUndo("It is leaving at this moment. The outbox says in a minute what became of it.")
    execution.status, execution.finished_at = Execution.Status.CANCELLED, at
    execution.note = f"Taken back by {user}."[:500]
    execution.save(update_fields=["status", "finished_at", "note"])
    if execution.leaves:
        contacting.release(suggestion_id=suggestion.pk, at=at)
    done = "sent" if execution.leaves else "written"
    said = f"Suggestion {suggestion.number}, approved by {decision.decider_label}. Nothing was {done}."
    return Undone(_put_again(suggestion, user, at, said))


@trouble.twice(intake.raced)
@transaction.atomic(durable=True)
def _ask_again(suggestion_id: UUID, user: User, at: datetime) -> Suggestion:
    suggestion = (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("decision", *WITH)
        .filter(pk=suggestion_id)
        .first()
    )
    if suggestion is None:
        raise NotFound
    _require_may(user, suggestion, at)
    if suggestion.status != Suggestion.Status.REJECTED:
        raise NothingToUndo("Only what was rejected is put again like this.")
    if (newer := on_the_way.successor_of(suggestion)) is not None:
        raise NothingToUndo(f"It was put again already, as suggestion {newer.number}.")
    said = f"Suggestion {suggestion.number}, rejected by {suggestion.decision.decider_label}."
    return _put_again(suggestion, user, at, said)


def _require_may(user: User, suggestion: Suggestion, at: datetime) -> None:
    """Rights as for deciding it. Raises NotFound, NotYours, OwnProposal."""
    if not standing.sees(user, suggestion):
        raise NotFound
    standing.require_may_reject(user, suggestion, at)


def _nothing_to_take_back(suggestion_id: UUID, user: User, at: datetime) -> Refused:
    suggestion = Suggestion.objects.filter(pk=suggestion_id).first()
    if suggestion is None:
        return NotFound()
    _require_may(user, suggestion, at)
    return NothingToUndo("Nothing of this was approved.")


def _put_again(old: Suggestion, user: User, at: datetime, said: str) -> Suggestion:
    """The same question through the same gate, with a note that says whose decision was undone."""
    sight = Sight(proposer_of(old))
    received = intake.take_drafted([(0, _draft(old, sight, at))], sight, at)[0]
    if isinstance(received, Refused):
        raise received
    way.note(received.suggestion, Note.Kind.TAKE_BACK, user, at, text=said)
    return received.suggestion


def _draft(old: Suggestion, sight: Sight, at: datetime) -> Draft:
    """What was proposed, as it was proposed. A person undid it, so a person decides it: it never runs by itself."""
    kind = actions.of(old)
    suggestion = Suggestion(
        id=new_id(),
        action=old.action,
        record_type=old.record_type,
        record_id=old.record_id,
        record_label=old.record_label,
        account_id=old.account_id,
        team=old.team,
        agent=old.agent,
        proposed_by=old.proposed_by,
        workflow_version=old.workflow_version,
        title=old.title,
        asks=old.asks,
        purpose=old.purpose,
        reason=old.reason,
        confidence=old.confidence,
        facts=old.facts,
        level_requested=lowest((Level(old.level_requested), Level.DRAFT)).value,
        chain=old.chain,
        supersedes=old,
        made_at=at,
    )
    items = [_item(suggestion, item) for item in items_of(old)]
    return Draft(suggestion, items, subject_of(old, items, sight), kind, asked_before=True)


def _item(suggestion: Suggestion, old: SuggestionItem) -> SuggestionItem:
    return SuggestionItem(
        suggestion=suggestion,
        position=old.position,
        record_id=old.record_id,
        field=old.field,
        group=old.group,
        seen=old.seen,
        proposed=old.proposed,
        seen_label=old.seen_label,
        proposed_label=old.proposed_label,
        confidence=old.confidence,
        source=old.source,
        evidence=old.evidence,
    )
