"""Putting a whole import back: its plan first, above 100 records with a second person, step by step like the import.

Each change set of the import is put back in one transaction, the newest first, and only where its values still
stand; after a kill the next worker goes on with the next change set.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotFound, Refused
from crmgov.people import admins
from crmgov.people.models import Role, User
from crmgov.people.policy import sees_everything
from crmgov.records.models import ChangeSet, FieldChange, Import, ImportFile, ImportRevert, ImportRun

from . import trouble
from .import_access import locked, require_admin
from .import_children import held
from .import_outlooks import RevertPlan, counts_of, outlook
from .import_reverts import (
    FOUR_EYES_ABOVE,
    KEPT_WITH_RUN,
    Back,
    Outcome,
    put_back,
    require_revertible,
    written_by,
)
from .import_runs import SECONDS_AT_A_TIME, Clock, OutOfStep
from .import_turns import turn
from .signals import import_put_back, revert_confirmed

log = structlog.get_logger(__name__)
REVERTIBLE = (Import.Status.DONE, Import.Status.FAILED)


class SecondPersonNeeded(Refused):
    """Putting back more than 100 records takes a second admin; the only admin may confirm after 24 hours."""

    status = 403


class NothingToPutBack(Refused):
    """Nothing of this import can be put back: everything it wrote was changed since, or has no ledger."""


class AlreadyProposed(Refused):
    """Somebody proposed to put this import back already: confirm that, or withdraw it."""


class RevertClosed(Refused):
    """This was confirmed or withdrawn already."""


def plan(*, import_id: UUID, user: User, after: UUID | None = None) -> RevertPlan:
    """Return what putting the import back would do, and a page of its records. Raises NotFound."""
    if not sees_everything(user) or not Import.objects.filter(pk=import_id).exists():
        raise NotFound("There is no such import.")
    return outlook(list(ImportRun.objects.filter(parent=import_id).order_by("position")), after=after)


@transaction.atomic(durable=True)
def as_whole(*, run_id: UUID, user: User) -> Import:
    """Make a single file's run a whole import under the same id, so that it goes back as one; return it.

    Raises NotAllowed, NotFound, NotRevertible.
    """
    require_admin(user)
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("source").filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"There is no import {run_id}.")
    require_revertible(run)
    rows = run.counts.get("read", 0)
    whole = Import.objects.create(
        id=run.pk,
        source=run.source,
        status=Import.Status.DONE,
        made_by=run.confirmed_by,
        made_at=run.started_at,
        confirmed_by=run.confirmed_by,
        confirmed_at=run.started_at,
        finished_at=run.finished_at,
        rows_total=rows,
        rows_done=rows,
    )
    # Its bytes were never kept, only what it was called and its checksum.
    run.file = ImportFile.objects.create(
        parent=whole, name=run.file_name, size=0, sha256=run.file_sha256, rows=rows, added_at=run.started_at
    )
    run.parent, run.position, run.rows_done = whole, 1, rows
    run.save(update_fields=["parent", "file", "position", "rows_done"])
    return whole


def propose(*, import_id: UUID, user: User, reason: str, at: datetime) -> ImportRevert:
    """Ask to put an import back. Up to 100 records it is done at once; above, it waits for a second admin.

    Raises NotAllowed, NotFound, WrongState, Invalid (no reason), AlreadyProposed, NothingToPutBack.
    """
    require_admin(user)
    if not reason.strip():
        raise Invalid("Say why this import is put back; it stands in the ledger.", {"reason": "Say why."})
    made = _propose(import_id, user, reason.strip()[:500], at)
    if made.status == ImportRevert.Status.RUNNING:
        go_on(revert_id=made.pk, at=at)
        made.refresh_from_db()
    return made


@transaction.atomic(durable=True)
def confirm(*, revert_id: int, user: User, at: datetime) -> ImportRevert:
    """Confirm what another admin proposed, or, as the only admin, the own proposal after 24 hours; a worker does it.

    The counts are those of the plan as it is now, which is what the page shows who confirms.

    Raises NotAllowed, NotFound, RevertClosed, SecondPersonNeeded, WrongState.
    """
    require_admin(user)
    found = _proposed(revert_id)
    found.sole_admin = _require_second_person(found, user, at)
    found.status, found.confirmed_by, found.confirmed_at = ImportRevert.Status.RUNNING, user, at
    parent = locked(found.parent_id, *REVERTIBLE)
    found.counts = counts_of(list(ImportRun.objects.filter(parent=parent)))
    found.records = found.counts["archive"] + found.counts["put_back"]
    found.save(update_fields=["status", "confirmed_by", "confirmed_at", "sole_admin", "counts", "records"])
    _begin(parent)
    revert_confirmed.send(sender=ImportRevert, revert_id=found.pk)
    return found


def why_not_confirm(found: ImportRevert, user: User, *, at: datetime) -> str:
    """Return why this admin may not confirm the plan now, "" when they may."""
    try:
        _require_second_person(found, user, at)
    except SecondPersonNeeded as refusal:
        return refusal.say
    return ""


@transaction.atomic(durable=True)
def withdraw(*, revert_id: int, user: User, at: datetime) -> ImportRevert:
    """Give the plan up, whoever proposed it. Raises NotAllowed, NotFound, RevertClosed."""
    require_admin(user)
    found = _proposed(revert_id)
    found.status, found.finished_at = ImportRevert.Status.WITHDRAWN, at
    found.outcome = {"withdrawn_by": str(user)}
    found.save(update_fields=["status", "finished_at", "outcome"])
    return found


def go_on(*, revert_id: int, at: datetime) -> bool:
    """Take a confirmed revert up and put back what is left of it, for ten minutes at most; is it finished?

    False also when there is nothing to do, and while an import of the same source is at work. What breaks stops it:
    what was put back stays so, and the rest can be proposed again.
    """
    found = _running(revert_id)
    if found is None:
        return False
    with turn(found.parent.source) as ours:
        # Somebody may have finished it while we came.
        found = _running(revert_id) if ours else None
        if found is None:
            return False
        clock = Clock(at)
        try:
            return _work(found, clock)
        except OutOfStep:
            return False
        except Exception as error:
            if trouble.of_the_database(error):
                raise  # it is rung for again
            log.exception("import_not_put_back", revert_id=revert_id)
            _fail(found, error.say if isinstance(error, Refused) else trouble.first_line(error), clock)
            return False


def _work(found: ImportRevert, clock: Clock) -> bool:
    runs = list(ImportRun.objects.filter(parent=found.parent).order_by("position"))
    keys = [run.pk for run in runs]
    change_sets = written_by(keys)
    done_to = found.outcome.get("done_to", "")
    left = change_sets[[str(key) for key in change_sets].index(done_to) + 1 :] if done_to else change_sets
    back = Back(
        f"Import from {found.parent.source}", change_sets, _who(found), found.reason, clock.at, held(keys)
    )
    for change_set in left:
        if clock.seconds > SECONDS_AT_A_TIME:
            revert_confirmed.send(sender=ImportRevert, revert_id=found.pk)
            return False
        _one(found, back, change_set, clock)
    _finish(found, runs, change_sets, clock)
    return True


@transaction.atomic(durable=True)
def _one(found: ImportRevert, back: Back, change_set: UUID, clock: Clock) -> None:
    """Put one change set back, once. Raises OutOfStep when somebody else is at it."""
    current = ImportRevert.objects.select_for_update().get(pk=found.pk)
    if current.status != ImportRevert.Status.RUNNING or current.outcome != found.outcome:
        raise OutOfStep
    outcomes = put_back(back, [change_set])
    stayed = [*found.outcome.get("stayed", []), *(_stayed(one) for one in outcomes if one.say)]
    found.outcome = {"done_to": str(change_set), "stayed": stayed[:KEPT_WITH_RUN]}
    found.save(update_fields=["outcome"])
    Import.objects.filter(pk=found.parent_id).update(beat_at=clock.now)


@transaction.atomic(durable=True)
def _finish(
    found: ImportRevert, runs: Sequence[ImportRun], change_sets: Sequence[UUID], clock: Clock
) -> None:
    """Count what was done as the ledger has it, and close."""
    wrote = FieldChange.objects.filter(change_set__in=change_sets).order_by()
    undone = FieldChange.objects.filter(
        change_set__in=ChangeSet.objects.filter(reverses__in=change_sets, authority="revert")
    ).order_by()
    archived = undone.filter(field="archived_at").exclude(new=None).values("record_id").distinct().count()
    touched = undone.values("record_id").distinct().count()
    total = wrote.values("record_id").distinct().count()
    counts = {"archived": archived, "put_back": touched - archived, "stayed": total - touched}
    found.outcome = {**found.outcome, "counts": counts}
    found.status, found.finished_at = ImportRevert.Status.DONE, clock.now
    found.save(update_fields=["outcome", "status", "finished_at"])
    ImportRun.objects.filter(pk__in=[run.pk for run in runs]).update(status=ImportRun.Status.REVERTED)
    Import.objects.filter(pk=found.parent_id).update(status=Import.Status.REVERTED, beat_at=clock.now)
    import_put_back.send(sender=Import)


@transaction.atomic(durable=True)
def _fail(found: ImportRevert, say: str, clock: Clock) -> None:
    """Stop, and let the import be what it was, so that the rest can be proposed again."""
    current = ImportRevert.objects.select_for_update().get(pk=found.pk)
    if current.status != ImportRevert.Status.RUNNING:
        return
    current.status, current.finished_at = ImportRevert.Status.FAILED, clock.now
    current.outcome = {**current.outcome, "problem": say.replace("\x00", "␀")[:500]}
    current.save(update_fields=["status", "finished_at", "outcome"])
    parent = found.parent
    was = Import.Status.FAILED if parent.problem else Import.Status.DONE
    Import.objects.filter(pk=parent.pk).update(status=was, beat_at=clock.now)


@transaction.atomic(durable=True)
def _propose(import_id: UUID, user: User, reason: str, at: datetime) -> ImportRevert:
    parent = locked(import_id, *REVERTIBLE)
    if ImportRevert.objects.filter(parent=parent, status=ImportRevert.Status.PROPOSED).exists():
        raise AlreadyProposed
    counts = counts_of(list(ImportRun.objects.filter(parent=parent)))
    records = counts["archive"] + counts["put_back"]
    if not records:
        raise NothingToPutBack
    alone = records <= FOUR_EYES_ABOVE
    if alone:
        _begin(parent)
    return ImportRevert.objects.create(
        parent=parent,
        status=ImportRevert.Status.RUNNING if alone else ImportRevert.Status.PROPOSED,
        reason=reason,
        counts=counts,
        records=records,
        proposed_by=user,
        proposed_at=at,
        confirmed_by=user if alone else None,
        confirmed_at=at if alone else None,
    )


def _begin(parent: Import) -> None:
    parent.status, parent.beat_at = Import.Status.REVERTING, None
    parent.save(update_fields=["status", "beat_at"])


def _proposed(revert_id: int) -> ImportRevert:
    found = (
        ImportRevert.objects.select_for_update(of=("self",))
        .select_related("proposed_by")
        .filter(pk=revert_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such plan.")
    if found.status != ImportRevert.Status.PROPOSED:
        raise RevertClosed
    return found


def _running(revert_id: int) -> ImportRevert | None:
    return (
        ImportRevert.objects.filter(pk=revert_id, status=ImportRevert.Status.RUNNING)
        .select_related("parent__source", "proposed_by", "confirmed_by")
        .first()
    )


def _require_second_person(found: ImportRevert, user: User, at: datetime) -> bool:
    """Return whether the only admin confirms the own proposal. Raises SecondPersonNeeded."""
    if user != found.proposed_by:
        return False
    if User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk).exists():
        raise SecondPersonNeeded("You proposed this, so another admin confirms it.")
    if at < found.proposed_at + admins.SOLE_ADMIN_WAITS:
        due = found.proposed_at + admins.SOLE_ADMIN_WAITS
        raise SecondPersonNeeded(
            f"You are the only admin: you may confirm this yourself from {due:%Y-%m-%d %H:%M} UTC on."
        )
    return True


def _who(found: ImportRevert) -> User:
    return found.confirmed_by or found.proposed_by


def _stayed(one: Outcome) -> dict[str, Any]:
    return {
        "record_type": one.record_type,
        "record_id": str(one.record_id),
        "label": one.label,
        "say": one.say,
    }
