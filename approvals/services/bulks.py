"""Deciding several alike with one press: each gets its own decision and outcome, and the press can be undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from secrets import SystemRandom
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from approvals.models import Bulk, BulkItem, Decision, Execution, Suggestion
from approvals.rules import bulk as rules
from approvals.rules.attention import UNMEASURED, Attention
from approvals.rules.bulk import Traits
from approvals.rules.findings import HIGH_RISK
from approvals.rules.staleness import same
from approvals.selectors import bulks as selector
from approvals.selectors import on_the_way
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records.models import ChangeSet
from crmgov.records.services import reverts, trouble

from . import decisions, desk, undoing
from .desk import Look

SAMPLED = "read one by one before deciding together"
NOT_TRIED = "Not decided: the press was interrupted before its turn."
NOT_UNDONE = "Not undone yet: the database was in trouble at its turn. Undo again."
UNDONE_TOGETHER = "Decided together with others, and undone."
PUT_BACK = "Put back as it was before."
chance = SystemRandom()
log = structlog.get_logger(__name__)


class NotRead(Invalid):
    """Read the ones picked at random first."""


class TooMany(Invalid):
    """That are too many to be read."""


class NothingTogether(Refused):
    """None of these can be decided together."""

    status = 422


class UndoneAlready(Refused):
    """This was undone already."""


@dataclass(frozen=True, slots=True)
class _Pressed:
    """What was pressed, the same for each; `seen` is {suggestion: digest on the page}."""

    bulk: Bulk
    seen: Mapping[UUID, str]
    at: datetime
    shown_at: datetime
    note: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """`together` are decided with one press; `alone` says of each of the others why not."""

    together: Sequence[Look]
    alone: Sequence[tuple[Look, str]]


def gather(user: User, ids: Sequence[UUID], at: datetime) -> Gathered:
    """Look at each as its page would; what this person may not see is not there. Raises TooMany, NotFound."""
    asked = list(dict.fromkeys(ids))
    if len(asked) > rules.MOST:
        raise TooMany(f"{len(asked)} are chosen, and {rules.MOST} at once are the most.")
    looks = desk.look_at_all(user, asked, at)
    if not looks:
        raise NotFound
    together, alone = rules.sort_out({key: traits_of(look) for key, look in looks.items()})
    return Gathered([looks[key] for key in together], [(looks[key], said) for key, said in alone.items()])


def traits_of(look: Look) -> Traits:
    """What the rules of deciding together ask about."""
    suggestion = look.suggestion
    held = look.blocked_by
    return Traits(
        proposer=f"agent {suggestion.agent_id}"
        if suggestion.agent_id
        else f"person {suggestion.proposed_by_id}",
        workflow=str(suggestion.workflow_version_id),
        action=suggestion.action,
        fields=frozenset(item.field for item in look.items),
        level=suggestion.level,
        high_risk=suggestion.high_risk or any(found.rule in HIGH_RISK for found in look.findings),
        in_conflict=suggestion.in_conflict,
        stale=_moved(look),
        closed="" if suggestion.is_open else f"It is over: {suggestion.get_status_display().lower()}.",
        blocked=f"The gate blocks it now: {held.sentence}" if held else "",
        not_mine=look.not_approving,
    )


def pick_sample(together: Sequence[Look]) -> list[UUID]:
    """The ones to be read one by one first, at random."""
    keys = [look.suggestion.pk for look in together]
    return chance.sample(keys, min(rules.SAMPLE, len(keys)))


def decide(
    *,
    user: User,
    kind: str,
    seen: Mapping[UUID, str],
    sample: Sequence[UUID],
    looked_at: Sequence[UUID],
    at: datetime,
    shown_at: datetime,
    note: str = "",
    reason_code: str = "",
) -> Bulk:
    """Decide each of `seen` {suggestion: digest on the page}, one transaction each; what is refused stays as it was.

    They were shown side by side, so what is decided of one is no evidence for the next: else the first ones of an
    agent that has few outcomes would change what the gate says of the others while they are being decided.
    High-risk is asked again at the moment of the press (D8). Raises NotRead, NotFound, NothingTogether, TooMany,
    Invalid for a rejection without its reason.
    """
    if rules.missing(sample, looked_at):
        raise NotRead(
            f"Read the {len(sample)} picked at random first, and tick that you did.", {"looked": "Tick each."}
        )
    if kind == Bulk.Kind.REJECT:
        decisions.require_reason(reason_code, note)
    gathered = gather(user, list(seen), at)
    if not gathered.together:
        raise NothingTogether
    bulk = _begin(user, kind, gathered, sample, at)
    pressed = _Pressed(bulk, seen, at, shown_at, note, reason_code)
    tried = [item for item in bulk.items.all() if item.say == NOT_TRIED]
    for item in tried:
        before = [one.suggestion_id for one in tried if one.decision_id is not None]
        _decide_one(item, pressed, before)
    return bulk


def undo(*, bulk_id: UUID, user: User, at: datetime) -> Bulk:
    """Take the whole press back, each by itself: what is not written yet is canceled, what is, put back.

    Where the database was in trouble the item says so and the others go on; pressed again, it goes on with what is
    left. Raises NotFound, NotAllowed, UndoneAlready.
    """
    bulk = _claim_undo(bulk_id, user, at)
    for item in selector.to_undo(bulk).select_related("suggestion", "decision"):
        try:
            said = _undo_one(item, bulk, user, at)
        except (trouble.Busy, DatabaseError, InterfaceError) as error:
            _say_not_yet(item, error)
        except Refused as refusal:
            said = _undone_before(item, bulk)
            _keep(item, said or f"Stays as decided: {refusal.say}", is_done=bool(said))
        else:
            _keep(item, said, is_done=True)
    return bulk


def _keep(item: BulkItem, said: str, *, is_done: bool) -> None:
    """Of two presses at once the one that did it has the word, whichever comes last."""
    rows = BulkItem.objects.filter(pk=item.pk)
    (rows if is_done else rows.filter(undone="")).update(undone=said[:500], say="")


def _say_not_yet(item: BulkItem, error: Exception) -> None:
    """It stays to be undone. A connection that broke is opened again; while there is none, nothing can be said."""
    log.warning("bulk_undo_interrupted", item=item.pk, exc_info=error)
    connection.close_if_unusable_or_obsolete()
    with suppress(DatabaseError, InterfaceError):
        BulkItem.objects.filter(pk=item.pk, undone="").update(say=NOT_UNDONE)


def _undone_before(item: BulkItem, bulk: Bulk) -> str:
    """What an undo that was interrupted had done of it without saying so; "" for nothing."""
    since = bulk.undone_at
    again = on_the_way.successor_of(item.suggestion)
    if again is not None and since is not None and again.made_at >= since:
        return _said_again(bulk, again)
    reverted = ChangeSet.objects.filter(
        reverses__in=Execution.objects.filter(suggestion=item.suggestion_id).values("change_set_id"),
        reason=UNDONE_TOGETHER,
    )
    return PUT_BACK if reverted.exists() else ""


def _said_again(bulk: Bulk, again: Suggestion) -> str:
    if bulk.kind == Bulk.Kind.REJECT:
        return f"Put again, as suggestion {again.number}."
    return f"Not written; asked again as suggestion {again.number}."


def _undo_one(item: BulkItem, bulk: Bulk, user: User, at: datetime) -> str:
    if bulk.kind == Bulk.Kind.REJECT:
        again = undoing.ask_again(suggestion_id=item.suggestion_id, user=user, at=at)
        return _said_again(bulk, again)
    undone = undoing.take_back(suggestion_id=item.suggestion_id, user=user, at=at)
    if undone.again is not None:
        return _said_again(bulk, undone.again)
    if undone.change_set_id is None:
        raise Refused("What it wrote cannot be found.")
    reverts.revert(
        change_set_id=undone.change_set_id,
        user=user,
        reason=UNDONE_TOGETHER,
        at=at,
        decided_it=bulk.person_id == user.pk,
    )
    return PUT_BACK


def _moved(look: Look) -> bool:
    if look.record is None or look.facts is None:
        return False
    current = {item.field: item.current for item in look.facts.items}
    return any(not same(item.seen, current.get(item.field)) for item in look.items)


@transaction.atomic(durable=True)
def _begin(user: User, kind: str, gathered: Gathered, sample: Sequence[UUID], at: datetime) -> Bulk:
    """The press with all its items, before the first is decided: whatever happens then, each has an outcome."""
    bulk = Bulk.objects.create(kind=kind, person=user, sample=[str(key) for key in sample], made_at=at)
    lines = [(look.suggestion, NOT_TRIED) for look in gathered.together]
    lines += [(look.suggestion, f"Left out: {said}"[:500]) for look, said in gathered.alone]
    BulkItem.objects.bulk_create(
        [
            BulkItem(bulk=bulk, position=place, suggestion=suggestion, say=said)
            for place, (suggestion, said) in enumerate(lines)
        ]
    )
    return bulk


def _decide_one(item: BulkItem, pressed: _Pressed, before: Collection[UUID]) -> None:
    try:
        item.decision = _decided(item, pressed, before)
        item.say = ""
    except Refused as refusal:
        item.say = f"Not decided: {refusal.say}"[:500]
    item.save(update_fields=["decision", "say"])


def _decided(item: BulkItem, pressed: _Pressed, before: Collection[UUID]) -> Decision:
    """`before` are those that this press has decided already."""
    bulk, digest = pressed.bulk, pressed.seen[item.suggestion_id]
    attention = Attention(opened=(SAMPLED,)) if str(item.suggestion_id) in bulk.sample else UNMEASURED
    if bulk.kind == Bulk.Kind.REJECT:
        return decisions.reject(
            suggestion_id=item.suggestion_id,
            reviewer=bulk.person,
            at=pressed.at,
            shown_at=pressed.shown_at,
            reason_code=pressed.reason_code,
            seen_digest=digest,
            note=pressed.note,
            attention=attention,
        )
    _require_plain(item.suggestion_id)
    return decisions.approve(
        suggestion_id=item.suggestion_id,
        seen_digest=digest,
        reviewer=bulk.person,
        at=pressed.at,
        shown_at=pressed.shown_at,
        note=pressed.note,
        attention=attention,
        together_with=before,
    )


def _require_plain(suggestion_id: UUID) -> None:
    """D8: a reading since the page was drawn may have made it high-risk."""
    if Suggestion.objects.filter(pk=suggestion_id, high_risk=True).exists():
        raise NothingTogether("It is high-risk by now, and that is decided one by one.")


@transaction.atomic(durable=True)
def _claim_undo(bulk_id: UUID, user: User, at: datetime) -> Bulk:
    bulk = selector.visible(user).select_for_update(of=("self",)).filter(pk=bulk_id).first()
    if bulk is None:
        raise NotFound
    if not may_undo(user, bulk):
        raise NotAllowed(f"{bulk.person} pressed this; they or an admin may undo it.")
    if bulk.undone_at is None:
        bulk.undone_at = at
        bulk.save(update_fields=["undone_at"])
    elif not selector.to_undo(bulk).exists():
        raise UndoneAlready
    return bulk


def may_undo(user: User, bulk: Bulk) -> bool:
    """Whoever pressed, and admins."""
    return bulk.person_id == user.pk or may(user, Act.ADMINISTER)
