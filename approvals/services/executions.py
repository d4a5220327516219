"""Did we? The outbox: what is approved is executed exactly as approved, once (DESIGN §5).

Rows are the truth: a lost message costs seconds. What a batch claims is locked with SKIP LOCKED, asked again, written
through the door and recorded in one transaction, so that effect and record of the effect commit together. Three kinds
never share one, because each locks in an order of its own: what writes fields, what adds to lists, and what adds
beside the records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from approvals import actions
from approvals.models import Attempt, Decision, Execution, Settlement, Suggestion, SuggestionItem
from crmgov.kernel.ids import new_id
from crmgov.kernel.refusals import NotAllowed, NotFound, Refused
from crmgov.people import policy
from crmgov.people.models import User
from crmgov.records.services import changes, lists, match_candidates, trouble
from crmgov.records.services.changes import Patch

from . import additions, audits, payloads, recheck, standing
from .pauses import Paused
from .prepared import Ended, Prepared
from .signals import records_moved, ring_for

log = structlog.get_logger(__name__)

BATCH = 1_000
BESIDE = Q(appends=True)
WIDENS = Q(suggestion__action__in=[kind.name for kind in actions.BUILT.values() if kind.adds])
# How an answer of the door reads on an execution.
ENDS = {
    "stale": Execution.Status.STALE,
    "gone": Execution.Status.STALE,
    "locked": Execution.Status.CANCELLED,
    "floor": Execution.Status.CANCELLED,
    "exists": Execution.Status.FAILED,
    "circle": Execution.Status.CANCELLED,
}
STORE = """
UPDATE approvals_execution x
SET status = v.status, note = v.note, change_set_id = v.change_set_id, payload_digest = v.digest,
    attempts_made = v.attempts, finished_at = %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::int[])
     AS v(id, status, note, change_set_id, digest, attempts)
WHERE x.id = v.id"""
ADDED_ALREADY = "The record carries it already, so nothing was written."
NOT_AS_DECIDED = "What would be written is not what was decided, so nothing was written."


class NotFailed(Refused):
    """Only what failed can be tried again."""


def run(*, execution_id: UUID, at: datetime) -> Execution | None:
    """Run one execution if it is due and nobody else holds it; ringing twice does no harm."""
    claimed, _ = _run(Q(pk=execution_id), at, limit=1)
    return claimed[0] if claimed else None


def run_batch(*, at: datetime, limit: int = BATCH) -> int:
    """Run up to `limit` due executions; return how many ended.

    First what adds beside the records, one by one; then all that writes fields, in one transaction; and in another
    what adds to lists, which begins where those end. When others hold what one needs for longer than a moment, it and
    what comes with or after it stay pending and the error is passed on.
    """
    ended = 0
    for execution_id in _due(at).filter(BESIDE).order_by("due_at", "id").values_list("pk", flat=True)[:limit]:
        ended += _run(Q(pk=execution_id), at, limit=1)[1]
    for kind in (~BESIDE & ~WIDENS, WIDENS):
        ended += _run(kind, at, limit=limit - ended)[1]
    return ended


def drain(*, at: datetime, limit: int = BATCH) -> int:
    """Run everything that is due, batch by batch; return how many ended."""
    ended = 0
    while count := run_batch(at=at, limit=limit):
        ended += count
    return ended


@transaction.atomic(durable=True)
def retry(*, execution_id: UUID, user: User, at: datetime) -> Execution:
    """Put a failed execution back into the outbox, by hand. Raises NotFound, NotAllowed, NotFailed."""
    execution = (
        Execution.objects.select_for_update(of=("self",))
        .select_related("suggestion__agent", "decision")
        .filter(pk=execution_id)
        .first()
    )
    if execution is None or not standing.sees(user, execution.suggestion):
        raise NotFound
    admin = policy.may(user, policy.Act.ADMINISTER)
    if not (admin or standing.still_may(user, execution.suggestion, at, sole=False)):
        raise NotAllowed("Who may decide this may also try it again; you may not.")
    if execution.status != Execution.Status.FAILED:
        raise NotFailed(f"Only what failed can be tried again; this is: {execution.get_status_display()}.")
    if Settlement.objects.filter(execution=execution, number=execution.attempts_made).exists():
        raise NotFailed(
            "Somebody said to leave it, because they may have got it. Propose it anew to write again."
        )
    execution.status, execution.due_at = Execution.Status.PENDING, at
    execution.finished_at, execution.note, execution.tries = None, "", 0
    execution.save(update_fields=["status", "due_at", "finished_at", "note", "tries"])
    ring_for(execution, at)
    return execution


@transaction.atomic(durable=True)
def _run(which: Q, at: datetime, *, limit: int) -> tuple[list[Execution], int]:
    """Return what was claimed, and how many of it ended."""
    trouble.wait_briefly()
    claimed = _claim(at, which=which, limit=limit)
    ended = _run_all(claimed, at)
    _finish(ended, at)
    return claimed, len(ended)


def _due(at: datetime) -> QuerySet[Execution]:
    """The kill switch is asked in the same moment."""
    pending = Execution.objects.filter(status=Execution.Status.PENDING, leaves=False, due_at__lte=at)
    return pending.exclude(Paused.now().stops())


def _claim(at: datetime, *, which: Q, limit: int) -> list[Execution]:
    """Lock due rows that no other worker holds."""
    return list(
        _due(at)
        .filter(which)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related(
            "decision__person",
            "decision__policy_version",
            "suggestion__agent",
            "suggestion__proposed_by",
            "suggestion__workflow_version__workflow",
        )
        .order_by("due_at", "id")[:limit]
    )


def _run_all(claimed: Sequence[Execution], at: datetime) -> list[Ended]:
    """Ask rights and holds again, then write what may still be written."""
    if not claimed:
        return []
    items = payloads.items_by_suggestion([execution.suggestion_id for execution in claimed])
    prepared = _prepare_all(claimed, items, recheck.Rights(claimed, at))
    ended = [one for one in prepared if isinstance(one, Ended)]
    return ended + _write([one for one in prepared if isinstance(one, Prepared)], at)


def _prepare_all(
    claimed: Sequence[Execution], items: Mapping[UUID, Sequence[SuggestionItem]], rights: recheck.Rights
) -> list[Prepared | Ended]:
    """Prepare all at once; when one cannot be, halve until it stands alone, so that no other waits for it."""
    try:
        with transaction.atomic():
            return [_prepare(one, items[one.suggestion_id], rights) for one in claimed]
    except Exception as error:
        if trouble.of_the_database(error):
            raise
        if len(claimed) == 1:
            log.exception("execution_not_prepared", execution_id=str(claimed[0].pk))
            said = f"It could not be prepared: {trouble.first_line(error)}"
            return [Ended(claimed[0], Execution.Status.FAILED, said)]
        middle = len(claimed) // 2
        return _prepare_all(claimed[:middle], items, rights) + _prepare_all(claimed[middle:], items, rights)


def _prepare(
    execution: Execution, items: Sequence[SuggestionItem], rights: recheck.Rights
) -> Prepared | Ended:
    """The patches, if they may still be written (D4) and are exactly what was decided (D2)."""
    if why_not := rights.why_not(execution):
        return Ended(execution, Execution.Status.CANCELLED, why_not)
    suggestion, decision = execution.suggestion, execution.decision
    change_set_id = new_id()
    patches = payloads.patches_for(suggestion, items, change_set_id)
    digest = payloads.digest_of(patches)
    if digest != decision.payload_digest:
        return Ended(execution, Execution.Status.FAILED, NOT_AS_DECIDED)
    change_set = payloads.change_set_of(
        change_set_id=change_set_id,
        suggestion=suggestion,
        decision=decision,
        execution_id=execution.pk,
        form_of=decision.person if decision.kind == Decision.Kind.ACCEPT_FORM else None,
    )
    return Prepared(execution, change_set, patches, digest)


def _write(ready: Sequence[Prepared], at: datetime) -> list[Ended]:
    """Write all at once; when the database refuses, halve until the one that fails stands alone."""
    if not ready:
        return []
    try:
        with transaction.atomic():
            ended = _through_the_door(ready, at)
            _require_running(ready)
            return ended
    except _Stopped as stopped:
        return _write([one for one in ready if one.execution.pk not in stopped.by], at)
    except _Partly as partly:
        return [partly.ended, *_write([one for one in ready if one.execution != partly.ended.execution], at)]
    except Exception as error:
        if trouble.of_the_database(error):
            raise
        if len(ready) == 1:
            log.exception("execution_failed", execution_id=str(ready[0].execution.pk))
            said = f"The database refused it: {trouble.first_line(error)}"
            return [Ended(ready[0].execution, Execution.Status.FAILED, said)]
        middle = len(ready) // 2
        return _write(ready[:middle], at) + _write(ready[middle:], at)


class _Stopped(Exception):
    """Somebody pulled the kill switch while these were being written: they stay pending."""

    def __init__(self, by: Collection[UUID]) -> None:
        self.by = frozenset(by)


def _require_running(ready: Sequence[Prepared]) -> None:
    """Ask the kill switch again once all is written and nothing is committed: locks and a long batch take time."""
    paused = Paused.now()
    stopped = {one.execution.pk for one in ready if paused.stops_this(one.execution.suggestion)}
    if stopped:
        raise _Stopped(stopped)


class _Partly(Exception):
    """Some records of one execution would be written and others not: none may be (F6)."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended


def _through_the_door(ready: Sequence[Prepared], at: datetime) -> list[Ended]:
    """All of one kind, or only one. Whoever locks records and then a recipient never meets the opposite here.

    What adds beside the records locks recipients and no record after them, and comes alone; whatever else is claimed
    locks records, once and in the order of their ids.
    """
    if ready[0].execution.appends:
        return [_added(one, at) for one in ready]
    patches = [patch for one in ready for patch in one.patches]
    if not actions.of(ready[0].execution.suggestion).adds:
        return _applied(ready, patches, at)
    wider = lists.widening(patches)
    changing = {patch.change_set for patch in wider}
    ended = _applied([one for one in ready if one.change_set.id in changing], wider, at)
    return ended + [
        Ended(one.execution, Execution.Status.CANCELLED, ADDED_ALREADY)
        for one in ready
        if one.change_set.id not in changing
    ]


def _applied(ready: Sequence[Prepared], patches: Sequence[Patch], at: datetime) -> list[Ended]:
    outcome = changes.apply(change_sets=[one.change_set for one in ready], patches=patches, at=at)
    refused = {refusal.patch.change_set: refusal for refusal in outcome.refused}
    ended = []
    for one in ready:
        refusal = refused.get(one.change_set.id)
        if refusal is None:
            ended.append(Ended(one.execution, Execution.Status.SUCCEEDED, "", one))
            continue
        ended.append(Ended(one.execution, ENDS[refusal.kind], refusal.say))
        if len(one.patches) > 1:
            raise _Partly(ended[-1])
    return ended


def _added(one: Prepared, at: datetime) -> Ended:
    try:
        notes = [
            additions.add(one.execution.suggestion, patch, actor=one.change_set.actor, at=at)
            for patch in one.patches
        ]
    except Refused as refused:
        return Ended(one.execution, Execution.Status.CANCELLED, refused.say)
    return Ended(one.execution, Execution.Status.SUCCEEDED, " ".join(notes), one)


def _finish(ended: Sequence[Ended], at: datetime) -> None:
    """Write down how each ended, with its try."""
    rows = [end.execution for end in ended]
    for end in ended:
        execution = end.execution
        execution.status, execution.note, execution.finished_at = end.status, end.note[:500], at
        execution.attempts_made += 1
        if end.prepared is not None:
            execution.change_set_id = None if execution.appends else end.prepared.change_set.id
            execution.payload_digest = end.prepared.digest
            payloads.name_what_was_made(execution.suggestion, end.prepared.patches)
    _store(rows, at)
    Attempt.objects.bulk_create(
        [
            Attempt(execution=row, number=row.attempts_made, outcome=row.status, note=row.note, at=at)
            for row in rows
        ]
    )
    match_candidates.flag_made(
        (patch for end in ended if end.prepared for patch in end.prepared.patches), at=at
    )
    audits.draw([end.execution for end in ended if end.prepared is not None], at)
    if any(end.prepared is not None for end in ended):
        records_moved.send_robust(sender=Suggestion)


def _store(rows: Sequence[Execution], at: datetime) -> None:
    """One statement of arrays: Django's bulk_update took as long as everything else of a batch together."""
    columns: list[list[object]] = [
        [row.pk for row in rows],
        [str(row.status) for row in rows],
        [row.note for row in rows],
        [row.change_set_id for row in rows],
        [row.payload_digest for row in rows],
        [row.attempts_made for row in rows],
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(STORE, [at, *columns])
