"""Two claims on one field: one person decides once (DESIGN §2, §5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals.models import Claim, Conflict, Suggestion, SuggestionItem
from approvals.selectors import conflicts as conflict_selectors
from approvals.selectors import subjects
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import RecordEvent
from crmgov.records.models.governed import Governed
from crmgov.records.selectors import imports
from crmgov.records.selectors.standing import in_team

from . import notes, settlements, sides
from .signals import records_moved
from .values import current

LONGEST_NOTE = 500
# What is needed of a suggestion that claims, to approve it.
WHO_CLAIMS = (
    "suggestion__agent",
    "suggestion__proposed_by",
    "suggestion__policy_version",
    "suggestion__workflow_version__workflow",
)


class AlreadySettled(Refused):
    """A colleague settled this conflict a moment ago."""


class Overtaken(Refused):
    """The value changed while this conflict was open. Look at the claims again, then settle."""


class ClaimClosed(Refused):
    """The suggestion behind this claim is closed, so it cannot win any more. Look at the claims again, then settle."""


class RecordGone(Refused):
    """The record is archived or no longer there, so there is nothing to settle."""


def open_for_suggestions(
    *, newcomer: Suggestion, rivals: Sequence[Suggestion], field: str, at: datetime
) -> Conflict:
    """Let suggestions that want different values for one field stand against each other and our value.

    All join, earlier claims stay. Their question on the field closes: the conflict asks it now. Joins the
    transaction of the intake.
    """
    record = _record(newcomer.record_type, newcomer.record_id)
    conflict = _open(Conflict.Kind.SUGGESTIONS, record, field, at)
    for suggestion in (*rivals, newcomer):
        item = SuggestionItem.objects.get(suggestion=suggestion, field=field)
        Claim.objects.get_or_create(
            conflict=conflict,
            suggestion=suggestion,
            defaults={
                "origin": Claim.Origin.SUGGESTION,
                "value": item.proposed,
                "value_label": item.proposed_label,
                "source": str(suggestion.agent or suggestion.proposed_by)[:120],
                "made_at": suggestion.made_at,
            },
        )
        _join(suggestion, field)
    return conflict


def take_import_conflicts(*, events: Sequence[RecordEvent]) -> list[Conflict]:
    """Open a conflict for each value that an import and we both changed. Joins the caller's transaction."""
    ordered = sorted(events, key=lambda event: (event.record_id, event.data["field"], event.pk))
    asking = SuggestionItem.objects.filter(
        record_id__in={event.record_id for event in ordered},
        field__in={event.data["field"] for event in ordered},
        suggestion__status=Suggestion.Status.QUEUED,
    )
    sides.lock(set(asking.values_list("suggestion_id", flat=True)))
    # Put back before anybody heard of it: it claims nothing.
    gone = imports.put_back({run for event in ordered if (run := _run_of(event)) is not None})
    standing = [event for event in ordered if _run_of(event) not in gone]
    return [conflict for event in standing if (conflict := _take_import_conflict(event)) is not None]


@transaction.atomic(durable=True)
def settle(
    *,
    conflict_id: UUID,
    claim_id: int,
    seen_digest: str,
    user: User,
    at: datetime,
    note: str = "",
    shown_at: datetime | None = None,
) -> Conflict:
    """Let one claim win; its value is written at once, the others close. Our own claim keeps the value.

    Raises NotFound, AlreadySettled, NotAllowed, OwnProposal, ClaimClosed, Overtaken, NotNow, AgentOff, RecordGone.
    """
    note = notes.checked(note, most=LONGEST_NOTE)
    sides.lock_around(_claiming(conflict_id))
    conflict = _lock_open(conflict_id, user)
    record = _require_may_settle(user, conflict)
    claims = list(conflict.claims.select_related(*WHO_CLAIMS).order_by("id"))
    winner = _winner(conflict, claims, claim_id)
    _require_as_shown(conflict, record, claims, seen_digest)
    settling = settlements.Settling(
        conflict=conflict,
        winner=winner,
        ours=current(record, conflict.field),
        user=user,
        at=at,
        shown_at=shown_at or at,
        note=note,
        sole_admin=settlements.require_not_own(user, winner, at),
    )
    change_set_id = _apply(settling)
    settlements.close_losers(settling, claims)
    winner.won = True
    winner.save(update_fields=["won"])
    # What was said of claims that were withdrawn stays behind the word of whoever settles.
    conflict.note = f"{note} {conflict.note}".strip()[:LONGEST_NOTE]
    conflict.change_set_id = change_set_id
    _close(conflict, user, at)
    _leave_elsewhere(claims, user, at)
    records_moved.send_robust(sender=Conflict)
    return conflict


def digest_of(conflict: Conflict) -> str:
    """What settling it would be about, as of now: compare it with what the person saw."""
    record = _found(conflict.record_type, conflict.record_id)
    claims = conflict.claims.select_related("suggestion").order_by("id")
    return conflict_selectors.digest_of(conflict, conflict_selectors.offered(conflict, claims), record)


def leave(*, suggestion: Suggestion, user: User, at: datetime) -> None:
    """Take a closed suggestion out of its open conflicts; one that is left alone is an ordinary question again.

    The caller locked what stands around it (`sides.lock_around`).
    """
    claims = Claim.objects.filter(suggestion=suggestion, conflict__status=Conflict.Status.OPEN)
    standing = Conflict.objects.select_for_update().filter(pk__in=claims.values("conflict"))
    for conflict in standing.order_by("pk"):
        others = conflict.claims.exclude(suggestion=suggestion).exclude(origin=Claim.Origin.OURS)
        alive = conflict_selectors.offered(conflict, others.select_related("suggestion"))
        if len(alive) > 1 or conflict.kind == Conflict.Kind.IMPORT:
            conflict.claims.filter(suggestion=suggestion).delete()
            continue
        done = "rejected" if suggestion.status == Suggestion.Status.REJECTED else "closed"
        end(conflict, alive, why=f"{user} {done} suggestion {suggestion.number}", user=user, at=at)


def end(conflict: Conflict, alive: Sequence[Claim], *, why: str, user: User, at: datetime) -> None:
    """Close it because the other side went away; the suggestions left alone are ordinary questions again.

    The caller locked it and what stands around it.
    """
    conflict.note = f"Closed by itself when {why}"[:LONGEST_NOTE]
    _close(conflict, user, at)
    for claim in alive:
        if claim.suggestion is not None:
            settlements.release(claim.suggestion, conflict)


def refresh_ours(*, record: Governed, fields: Sequence[str], at: datetime) -> None:
    """Keep `ours` of open conflicts at the value that stands there now. Joins the caller's transaction."""
    for conflict in Conflict.objects.filter(
        record_id=record.pk, field__in=fields, status=Conflict.Status.OPEN
    ):
        value, label = _ours(record, conflict.field)
        conflict.claims.filter(origin=Claim.Origin.OURS).update(value=value, value_label=label, made_at=at)


def _open(kind: Conflict.Kind, record: Governed, field: str, at: datetime) -> Conflict:
    record_type = registry.type_of(record)
    account = subjects.around(record).account
    conflict, made = Conflict.objects.select_for_update(of=("self",)).get_or_create(
        record_id=record.pk,
        field=field,
        status=Conflict.Status.OPEN,
        defaults={
            "kind": kind,
            "team_id": record.team_id,
            "record_type": record_type,
            "record_label": record.label[:300],
            "account_id": account.pk if account else None,
            "opened_at": at,
        },
    )
    if made:
        value, label = _ours(record, field)
        source = str(record.provenance.get(field, {}).get("source", ""))[:120]
        Claim.objects.create(
            conflict=conflict,
            origin=Claim.Origin.OURS,
            value=value,
            value_label=label,
            source=source,
            made_at=at,
        )
    return conflict


def _ours(record: Governed, field: str) -> tuple[Any, str]:
    value = current(record, field)
    return value, _label(registry.type_of(record), field, value)


def _label(record_type: str, field: str, value: Any) -> str:
    names: dict[Any, str] = {}
    if subjects.is_reference(record_type, field):
        names = {str(key): name for key, name in settlements.names_of(record_type, field, value).items()}
    return subjects.shown(record_type, field, value, names)


def _join(suggestion: Suggestion, field: str) -> None:
    SuggestionItem.objects.filter(suggestion=suggestion, field=field).update(question_open=False)
    Suggestion.objects.filter(pk=suggestion.pk).update(in_conflict=True)
    suggestion.in_conflict = True


def _run_of(event: RecordEvent) -> UUID | None:
    return subjects.as_uuid(event.data.get("import_run"))


def _take_import_conflict(event: RecordEvent) -> Conflict | None:
    record = _found(event.record_type, event.record_id)
    if record is None:
        return None
    data, at = event.data, event.at
    conflict = _open(Conflict.Kind.IMPORT, record, data["field"], at)
    # The same source may say another value before anybody settled: its later word stands.
    claim, _ = Claim.objects.update_or_create(
        conflict=conflict,
        origin=Claim.Origin.IMPORT,
        source=str(data.get("source", ""))[:120],
        defaults=said_by(event),
    )
    _close_questions(conflict, claim)
    return conflict


def said_by(event: RecordEvent) -> dict[str, Any]:
    """What an import claims in a conflict, as columns of its claim."""
    data = event.data
    label = data.get("theirs_label") or _label(event.record_type, data["field"], data["theirs"])
    return {
        "value": data["theirs"],
        "value_label": str(label)[:300],
        "import_run_id": data.get("import_run"),
        "made_at": event.at,
    }


def _close_questions(conflict: Conflict, claim: Claim) -> None:
    """Suggestions that already ask about this field stand against the source now, if they say something else."""
    asking = SuggestionItem.objects.filter(
        record_id=conflict.record_id, field=conflict.field, suggestion__status=Suggestion.Status.QUEUED
    ).select_related("suggestion__agent", "suggestion__proposed_by")
    for item in asking:
        Claim.objects.get_or_create(
            conflict=conflict,
            suggestion=item.suggestion,
            defaults={
                "origin": Claim.Origin.SUGGESTION,
                "value": item.proposed,
                "value_label": item.proposed_label,
                "source": str(item.suggestion.agent or item.suggestion.proposed_by)[:120],
                "made_at": item.suggestion.made_at,
            },
        )
        _join(item.suggestion, conflict.field)


def _record(record_type: str, record_id: UUID | None) -> Governed:
    record = _found(record_type, record_id)
    if record is None:
        raise RecordGone
    return record


def _found(record_type: str, record_id: UUID | None) -> Governed | None:
    if record_id is None:
        return None
    return registry.model_of(record_type).objects.filter(pk=record_id, archived_at=None).first()


def _claiming(conflict_id: UUID) -> list[UUID]:
    claims = Claim.objects.filter(conflict=conflict_id, suggestion__isnull=False)
    return [key for key in claims.values_list("suggestion_id", flat=True) if key is not None]


def _lock_open(conflict_id: UUID, user: User) -> Conflict:
    conflict = (
        Conflict.objects.for_user(user)
        .select_for_update(of=("self",))
        .select_related("settled_by")
        .filter(pk=conflict_id)
        .first()
    )
    if conflict is None:
        raise NotFound
    if conflict.status != Conflict.Status.OPEN:
        raise AlreadySettled(f"{conflict.settled_by} settled this conflict already.")
    return conflict


def _require_may_settle(user: User, conflict: Conflict) -> Governed:
    record = _record(conflict.record_type, conflict.record_id)
    if not in_team(user, record.team_id):
        raise NotFound
    if not conflict_selectors.may_settle(user, conflict):
        raise NotAllowed("An account manager of the team or an admin settles this.")
    return record


def _winner(conflict: Conflict, claims: Sequence[Claim], claim_id: int) -> Claim:
    winner = next((claim for claim in claims if claim.pk == claim_id), None)
    if winner is None:
        raise NotFound("This claim is not part of the conflict.")
    if winner not in conflict_selectors.offered(conflict, claims):
        raise ClaimClosed
    return winner


def _require_as_shown(
    conflict: Conflict, record: Governed, claims: Sequence[Claim], seen_digest: str
) -> None:
    """Each claim and our value must be what the person saw; the lock keeps them so."""
    offered = conflict_selectors.offered(conflict, claims)
    if conflict_selectors.digest_of(conflict, offered, record) == seen_digest:
        return
    value, now = _ours(record, conflict.field)
    said = f"The value is now {now or 'empty'}" if _ours_moved(claims, value) else "The claims have changed"
    raise Overtaken(f"{said}. Look at the claims again, then settle.", field=conflict.field)


def _ours_moved(claims: Sequence[Claim], value: Any) -> bool:
    return any(claim.origin == Claim.Origin.OURS and claim.value != value for claim in claims)


def _apply(settling: settlements.Settling) -> UUID | None:
    if settling.winner.origin == Claim.Origin.OURS:
        return None
    change_set_id, refused = settlements.write(settling)
    if refused:
        raise Overtaken(refused)
    return change_set_id


def _close(conflict: Conflict, user: User, at: datetime) -> None:
    conflict.status, conflict.settled_by, conflict.settled_at = Conflict.Status.SETTLED, user, at
    conflict.save(update_fields=["status", "settled_by", "settled_at", "note", "change_set_id"])


def _leave_elsewhere(claims: Sequence[Claim], user: User, at: datetime) -> None:
    """A suggestion that closed here claims nothing in another conflict any more."""
    here = [claim.suggestion_id for claim in claims if claim.suggestion_id is not None]
    closed = Suggestion.objects.filter(pk__in=here).exclude(status=Suggestion.Status.QUEUED)
    for suggestion in closed.order_by("pk"):
        leave(suggestion=suggestion, user=user, at=at)
