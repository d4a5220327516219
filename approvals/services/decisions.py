"""May we? Terminal answers of people and of the policy (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import actions
from approvals.models import Decision, Suggestion, SuggestionItem
from approvals.rules.attention import UNMEASURED, Attention
from approvals.rules.facts import Facts
from approvals.rules.vocabulary import Level, Verdict
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import Invalid, Refused
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.services import trouble

from . import conflicts, forms, gate, message_facts, messages, payloads, sides, standing, typed_texts
from .gate import Judged
from .message_ground import MessageGround
from .opening import Opened
from .recording import (
    AlreadyDecided,
    Closed,
    decision_of,
    execution_of,
    make_execution,
    open_to_decide,
    record,
)
from .storing import Made
from .values import same

__all__ = [
    "AlreadyDecided",
    "Closed",
    "accept_form",
    "approve",
    "decide_by_policy",
    "reject",
    "require_reason",
]


class Changed(Refused):
    """Something this decision rests on has changed since the page was loaded. Look again, then decide."""


class Stale(Refused):
    """The record moved on since this was proposed, so it cannot be applied as shown."""


class OpensAsForm(Refused):
    """At level suggest a person enters it: open the prefilled form, check it and save."""


class NoForm(Refused):
    """This one is decided with one click; the form is for suggestions at level suggest."""


class InConflict(Refused):
    """Two claims stand against each other here. Settle the conflict; that decides this one too."""


class NowBlocked(Refused):
    """The gate blocks this now."""


@trouble.twice(trouble.crossed)
@transaction.atomic(durable=True)
def approve(
    *,
    suggestion_id: UUID,
    seen_digest: str,
    reviewer: User,
    at: datetime,
    shown_at: datetime,
    taken: Collection[str] | None = None,
    edits: Mapping[str, Any] | None = None,
    note: str = "",
    attention: Attention = UNMEASURED,
    together_with: Collection[UUID] = (),
    read_again: str = "",
) -> Decision:
    """Let exactly what was shown be executed: all of it, the fields in `taken`, or with `edits` {field: raw value}.

    `together_with` are suggestions that the same press decided a moment ago: they were open when this one was shown,
    so what was chosen there is no evidence here yet. `read_again` is what SaysMore of a message asked to be told.

    Raises NotFound, AlreadyDecided, Closed, AgentOff, Changed, Stale, OpensAsForm, InConflict, NowBlocked, NotAllowed,
    Invalid, and of a message NotSendable, NotContactable, SaysMore.
    """
    opened = open_to_decide(suggestion_id, reviewer, at)
    suggestion, items = opened.suggestion, opened.items
    sole_admin = standing.require_may_approve(reviewer, suggestion, at, opened.stands)
    facts = require_as_seen(opened, seen_digest, at, together_with)
    if suggestion.level == Level.SUGGEST:
        raise OpensAsForm
    payloads.choose(suggestion, items, taken=taken, edits=edits or {}, decider=reviewer)
    payloads.require_possible(suggestion, items, opened.subject, at)
    payloads.leave_what_stands(suggestion, items)
    _require_not_stale(suggestion, items, facts)
    _require_checked(opened, facts, at)
    if actions.of(suggestion).leaves:
        typed_texts.require_read(items, read_again)
    decision = record(
        suggestion,
        items,
        kind=_kind(items),
        person=reviewer,
        digest=seen_digest,
        at=at,
        shown_at=shown_at,
        note=note,
        attention=attention,
        sole_admin=sole_admin,
        message=messages.fix(suggestion, items, at) if actions.of(suggestion).leaves else None,
    )
    sends = actions.of(suggestion).leaves
    due_at = messages.reserve(suggestion, items, at, by=str(reviewer)) if sends else at
    make_execution(suggestion, decision, at, due_at=due_at)
    return decision


@transaction.atomic(durable=True)
def reject(
    *,
    suggestion_id: UUID,
    reviewer: User,
    at: datetime,
    shown_at: datetime,
    reason_code: str,
    seen_digest: str = "",
    note: str = "",
    attention: Attention = UNMEASURED,
) -> Decision:
    """Close the suggestion unexecuted, keeping the reason to teach the workflow.

    What changed meanwhile does not stand in the way of a no.
    Raises NotFound, AlreadyDecided, Closed, NotAllowed, Invalid.
    """
    sides.lock_around([suggestion_id])
    opened = open_to_decide(suggestion_id, reviewer, at)
    suggestion, items = opened.suggestion, opened.items
    standing.require_may_reject(reviewer, suggestion, at, opened.stands)
    require_reason(reason_code, note)
    decision = record(
        suggestion,
        items,
        kind=Decision.Kind.REJECT,
        person=reviewer,
        digest=seen_digest or suggestion.digest,
        at=at,
        shown_at=shown_at,
        note=note,
        attention=attention,
        reason_code=reason_code,
    )
    conflicts.leave(suggestion=suggestion, user=reviewer, at=at)
    return decision


def decide_by_policy(
    suggestion: Suggestion, items: Sequence[SuggestionItem], judged: Judged, at: datetime, *, made: Made
) -> None:
    """Approve what the gate lets run by itself: put the rows that say so into `made`, to be stored with it."""
    payloads.choose(suggestion, items, taken=None, edits={})
    standing_id = gate.standing_of(judged)
    message, due_at = None, at
    if standing_id:
        message = messages.fix(suggestion, items, at, standing_id=standing_id)
        due_at = messages.reserve(suggestion, items, at, by=str(message.standing))
    decision = decision_of(
        suggestion,
        items,
        kind=Decision.Kind.APPROVE,
        person=None,
        digest=suggestion.digest,
        at=at,
        message=message,
    )
    if message is not None:
        message.decision = decision
        made.messages.append(message)
    suggestion.status, suggestion.closed_at = Suggestion.Status.APPROVED.value, at
    made.decisions.append(decision)
    made.executions.append(execution_of(suggestion, decision, at, due_at=due_at))


@trouble.twice(trouble.crossed)
@transaction.atomic(durable=True)
def accept_form(
    *,
    suggestion_id: UUID,
    seen_digest: str,
    reviewer: User,
    at: datetime,
    shown_at: datetime,
    values: Mapping[str, Any],
    checked: Collection[str] = (),
    note: str = "",
    attention: Attention = UNMEASURED,
) -> Decision:
    """Save the prefilled form of a suggestion at level suggest: decision, execution and change in one transaction.

    `values` {field: raw value} are the fields the person leaves in the form. What they typed (it differs from the
    proposal) or ticked in `checked` is verified and locked. Raises as `approve` does, and NoForm, Overtaken.
    """
    opened = open_to_decide(suggestion_id, reviewer, at)
    suggestion, items = opened.suggestion, opened.items
    sole_admin = standing.require_may_approve(reviewer, suggestion, at, opened.stands)
    facts = require_as_seen(opened, seen_digest, at)
    if suggestion.level != Level.SUGGEST or actions.of(suggestion).leaves:
        raise NoForm
    payloads.choose(suggestion, items, taken=values, edits=values, decider=reviewer)
    payloads.require_possible(suggestion, items, opened.subject, at)
    current = {item.field: item.current for item in facts.items}
    change_set_id = new_id()
    patches = forms.patches_of(suggestion, items, current, frozenset(checked), change_set_id)
    decision = record(
        suggestion,
        items,
        kind=Decision.Kind.ACCEPT_FORM,
        person=reviewer,
        digest=seen_digest,
        at=at,
        shown_at=shown_at,
        note=note,
        attention=attention,
        sole_admin=sole_admin,
        patches=patches,
    )
    forms.save(suggestion, decision, patches, change_set_id, reviewer, at)
    return decision


def require_as_seen(
    opened: Opened, seen_digest: str, at: datetime, together_with: Collection[UUID] = ()
) -> Facts:
    """The gate is asked again: what the reviewer saw must be what is there now, and not blocked.

    A pause does not hinder a decision; what it lets happen waits until the pause is lifted. A reading that moved on
    since the last stored one is kept, so that an auditor sees what the decider saw (D6).
    """
    suggestion = opened.suggestion
    standing.require_agent_on(suggestion)
    if suggestion.in_conflict:
        raise InConflict
    now = gate.look(suggestion, opened.items, at, subject=opened.subject, uncounted=together_with)
    if now.digest != seen_digest:
        raise Changed(digest=now.digest)
    blocked = [f for f in now.reading.findings if f.verdict is Verdict.BLOCK and f.rule != "paused"]
    if blocked:
        raise NowBlocked(f"The gate blocks this now: {blocked[0].sentence}", rule=blocked[0].rule)
    gate.keep_if_moved(suggestion, now, at)
    return now.facts


def _require_checked(opened: Opened, facts: Facts, at: datetime) -> None:
    """The gate judged what was proposed; what a person wrote instead is looked at as well. Raises Invalid."""
    if facts.message is None or not any(item.was_edited for item in opened.items):
        return
    found = message_facts.concerns(opened.proposed, MessageGround([opened.proposed], at))
    if new := [concern.sentence for concern in found if concern not in facts.message.concerns]:
        raise Invalid(" ".join(new), {"body": " ".join(new)})


def _require_not_stale(suggestion: Suggestion, items: Sequence[SuggestionItem], facts: Facts) -> None:
    """Stale never executes (D7): each taken field must still hold the value the proposer saw.

    `facts` were gathered in this transaction, and the door compares once more under the lock of the record (F2).
    """
    if suggestion.record_id is None or actions.of(suggestion).creates:
        return
    current = {item.field: item.current for item in facts.items}
    for item in items:
        now = current[item.field]
        if item.taken and not same(item.seen, now):
            label = registry.label(suggestion.record_type, item.field)
            raise Stale(
                f"{label} has changed since this was proposed. Untick it, or ask for a new proposal.",
                field=item.field,
                seen=item.seen,
                now=now,
                proposed=item.proposed,
            )


def _kind(items: Sequence[SuggestionItem]) -> Decision.Kind:
    if any(not item.taken for item in items):
        return Decision.Kind.APPROVE_SOME
    if any(item.was_edited for item in items):
        return Decision.Kind.APPROVE_EDITED
    return Decision.Kind.APPROVE


def require_reason(reason_code: str, note: str) -> None:
    """Raises Invalid: a no teaches the workflow only with its reason."""
    if reason_code not in Decision.Reason.values:
        raise Invalid("A rejection needs a reason.", {"reason_code": "Choose a reason."})
    if reason_code == Decision.Reason.OTHER and not note.strip():
        raise Invalid("Say in a sentence what the other reason is.", {"note": "Say why."})
