"""The door: the only writer of governed records (DESIGN §4).

Many changes go through in one call and cost a handful of statements: stage, lock and compare, write. Rows are
locked in the order of their ids; a patch that does not fit is returned, not written; the value, its ledger row,
the snapshot and the event are written by one statement, so that none exists without the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction

from crmgov.kernel.actors import ActorType
from crmgov.records.contracts import Overwrite, Permission, contract_for, is_protected
from crmgov.records.models import ChangeSet
from crmgov.records.registry import MODELS
from crmgov.records.rules.values import empty

from . import references, timelines
from .circles import closing
from .door import Stage
from .inheritance import TEAM, followers, names_team, with_team
from .patches import INHERITED, Edit, Mismatch, NewChangeSet, Outcome, Patch, Refusal

# Rows per statement: large enough that the statement is what costs, small enough for memory to stay flat.
BATCH = 20_000

__all__ = ["Edit", "Mismatch", "NewChangeSet", "Outcome", "Patch", "Refusal", "apply"]


def apply(*, change_sets: Sequence[NewChangeSet], patches: Sequence[Patch], at: datetime) -> Outcome:
    """Write what fits, return the rest. Joins the caller's transaction; the caller may still roll back.

    A change set of which nothing fits is not written. Several patches of one record are written in the order
    given. Raises TransactionManagementError outside a transaction, KeyError for a patch of no given change set.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("changes.apply joins a transaction, and there is none.")
    known = {change_set.id: change_set for change_set in change_sets}
    outcome, written = Outcome([], []), set[UUID]()
    allowed = list(_above_the_floor(known, patches, outcome))
    for round_ in _rounds(allowed):
        for record_type in MODELS:
            group = [patch for patch in round_ if patch.record_type == record_type]
            if group:
                _write(record_type, group, known, written, outcome, at)
    _pass_on(known, written, outcome.applied, at)
    return outcome


def _pass_on(
    known: dict[UUID, NewChangeSet], written: set[UUID], applied: Sequence[Patch], at: datetime
) -> None:
    """What hangs on a record follows it into its team, level by level; the caller's outcome says nothing of it.

    What a person fixed there stays where it is.
    """
    moved = list(applied)
    settled = {patch.record_id for patch in moved if names_team(patch)}
    timelines.follow(moved)
    while moved and (patches := followers(moved, settled)):
        followed = Outcome([], [])
        for record_type in MODELS:
            group = [patch for patch in patches if patch.record_type == record_type]
            if group:
                _write(record_type, group, known, written, followed, at)
        moved = followed.applied
        timelines.follow(moved)
        settled.update(patch.record_id for patch in moved)


def _write(
    record_type: str,
    patches: list[Patch],
    known: dict[UUID, NewChangeSet],
    written: set[UUID],
    outcome: Outcome,
    at: datetime,
) -> None:
    for creates in (True, False):
        asked = [patch for patch in patches if patch.creates is creates]
        group = with_team(record_type, asked) if creates else asked
        # The caller gets back the very patches it gave, whatever was completed here.
        given = {id(patch): original for patch, original in zip(group, asked, strict=True)}
        labels, unknown = references.labels_of(record_type, group)
        refused = [Refusal(given[id(patch)], "floor", say) for patch, say in unknown]
        group = _without(group, [patch for patch, _ in unknown])
        circles = [] if creates else list(closing(record_type, group))
        refused += [
            Refusal(given[id(patch)], "circle", _round(field), field=field) for patch, field in circles
        ]
        group = _without(group, [patch for patch, _ in circles])
        for start in range(0, len(group), BATCH):
            batch = group[start : start + BATCH]
            stage = Stage(record_type, batch, known, creates=creates, at=at, labels=labels)
            misfits = stage.lock_and_compare()
            if misfits:
                refused += [replace(misfit, patch=given[id(misfit.patch)]) for misfit in misfits]
                batch = _without(batch, [misfit.patch for misfit in misfits])
                stage = Stage(record_type, batch, known, creates=creates, at=at, labels=labels)
            if batch:
                _insert({patch.change_set for patch in batch} - written, known, at)
                written.update(patch.change_set for patch in batch)
                _open_door(batch[0].change_set)
                stage.write()
                outcome.applied.extend(given[id(patch)] for patch in batch)
        outcome.refused.extend(refused)


def _round(field: str) -> str:
    return f"It would stand beneath itself: its new {field} already stands beneath it."


def _without(patches: list[Patch], lost: list[Patch]) -> list[Patch]:
    gone = {id(patch) for patch in lost}
    return [patch for patch in patches if id(patch) not in gone]


def _above_the_floor(
    known: dict[UUID, NewChangeSet], patches: Sequence[Patch], outcome: Outcome
) -> Iterator[Patch]:
    """The contract's floor, asked again whoever calls."""
    for patch in patches:
        actor = known[patch.change_set].actor.type
        say = next((say for edit in patch.edits if (say := _beneath(actor, patch, edit))), "")
        if say or not patch.edits:
            outcome.refused.append(Refusal(patch, "floor", say or "There is nothing to change."))
        else:
            yield patch


def _beneath(actor: ActorType, patch: Patch, edit: Edit) -> str:
    contract = contract_for(patch.record_type, edit.field)
    if contract is None:
        return f"{patch.record_type} has no governed field “{edit.field}”."
    if actor in {ActorType.HUMAN, ActorType.SYSTEM} or _goes_home(patch, edit):
        return ""
    if contract.permission is Permission.NEVER:
        return f"AI may never change {edit.field}."
    if actor is ActorType.HUMAN_APPROVED_AI:
        return ""
    fills = empty(edit.old)
    if contract.permission is Permission.PROPOSE or is_protected(
        contract, current_is_empty=fills, current=edit.old, proposed=edit.new
    ):
        return f"A person decides on {edit.field}."
    if not fills and (
        contract.permission is Permission.FILL_IF_EMPTY or contract.overwrite is Overwrite.ANY_VALUE
    ):
        return f"A person decides when {edit.field} already has a value."
    return ""


def _goes_home(patch: Patch, edit: Edit) -> bool:
    """A new record that hangs on nothing belongs to the team it was proposed for; nobody chose it."""
    return patch.creates and edit.source == INHERITED and edit.field == TEAM


def _rounds(patches: Iterable[Patch]) -> Iterator[list[Patch]]:
    """A row is never written twice in one statement: the second patch of a record waits for the next round."""
    rest = list(patches)
    while rest:
        seen: set[UUID] = set()
        now: list[Patch] = []
        later: list[Patch] = []
        for patch in rest:
            (later if patch.record_id in seen else now).append(patch)
            seen.add(patch.record_id)
        yield now
        rest = later


def _open_door(change_set: UUID) -> None:
    """Name the change set for the trigger; the statement that writes closes the door behind itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crmgov.change_set', %s, true)", [str(change_set)])


def _insert(ids: set[UUID], known: dict[UUID, NewChangeSet], at: datetime) -> None:
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
    ChangeSet.objects.bulk_create(
        [_row(known[change_set], request_id, at) for change_set in known if change_set in ids],
        batch_size=1000,
    )


def _row(new: NewChangeSet, request_id: str, at: datetime) -> ChangeSet:
    return ChangeSet(
        id=new.id,
        at=at,
        actor_type=new.actor.type.value,
        actor_id=new.actor.id,
        actor_label=new.actor.label,
        authority=new.authority,
        authority_id=new.authority_id,
        authority_label=new.authority_label,
        reason=new.reason,
        agent_label=new.agent_label,
        workflow=new.workflow,
        workflow_version=new.workflow_version,
        model=new.model,
        suggestion_id=new.suggestion_id,
        suggestion_number=new.suggestion_number,
        decision_id=new.decision_id,
        execution_id=new.execution_id,
        import_run_id=new.import_run_id,
        event_id=new.event_id,
        reverses=new.reverses,
        request_id=request_id,
    )
