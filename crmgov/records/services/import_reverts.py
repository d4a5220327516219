"""Putting a whole import back: one outcome per record, and nothing that changed since is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.kernel.canonical import plain
from crmgov.kernel.refusals import Invalid, NotAllowed, NotFound, Refused
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records import registry
from crmgov.records.imports.catalog import GOVERNED
from crmgov.records.models import AuthorityKind, ChangeSet, FieldChange, ImportRun, RecordEvent
from crmgov.records.models.governed import Governed

from . import changes
from .edits import person
from .import_children import held
from .import_records import authority_label
from .patches import Edit, NewChangeSet, Patch
from .signals import import_put_back

CHUNK = 5000
SOURCE = "revert"
# How many records that stayed are kept with the run; the ledger has them all.
KEPT_WITH_RUN = 1000
TOUCHED = "It was made by the import and changed since, so it stays."
# DESIGN §2: a rollback above so many records takes two people, and where there is only one, a day.
FOUR_EYES_ABOVE = 100


class NotRevertible(Refused):
    """This import cannot be reverted."""


class TwoPeopleNeeded(Refused):
    """So many records are put back by two people, as a whole import is: proposed by one, confirmed by another."""

    status = 403


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: reverted, archived, partly (some fields changed since) or overtaken (all did)."""

    record_type: str
    record_id: UUID
    label: str
    result: str
    say: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back: `label` names the import in the ledger, `ours` are all change sets it wrote.

    `held`: records that it made and that stay all the same, with why.
    """

    label: str
    ours: Collection[UUID]
    user: User
    reason: str
    at: datetime
    held: Mapping[UUID, str]


@dataclass(slots=True)
class _Story:
    """What the revert did to one record so far."""

    label: str
    back: int = 0
    archived: bool = False
    stays: list[str] = field(default_factory=list)


@transaction.atomic(durable=True)
def revert(*, run_id: UUID, user: User, reason: str, at: datetime) -> list[Outcome]:
    """Put back what the import changed and archive what it made, where that is still what the import wrote.

    The source's last word stays remembered, so the same file imported again changes nothing.
    Raises NotAllowed, NotFound, Invalid (no reason given), NotRevertible, TwoPeopleNeeded (above 100 records: then
    it goes back as a whole import does, see `import_whole_reverts.as_whole`).
    """
    if not may(user, Act.ADMINISTER):
        raise NotAllowed(f"{user} may not revert an import: only an active admin may.")
    if not reason.strip():
        raise Invalid("Say why this import is reverted; it stands in the ledger.")
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("source").filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"There is no import {run_id}.")
    require_revertible(run)
    back = Back(authority_label(run), written_by([run.pk]), user, reason, at, held([run.pk]))
    if _records(back.ours) > FOUR_EYES_ABOVE:
        raise TwoPeopleNeeded
    outcomes = put_back(back, back.ours)
    _close(run, outcomes, user)
    return outcomes


def written_by(runs: Collection[UUID]) -> list[UUID]:
    """Return the change sets of these runs, newest first."""
    written = ChangeSet.objects.filter(import_run_id__in=runs).order_by("-id")
    return list(written.values_list("pk", flat=True))


def put_back(back: Back, change_sets: Collection[UUID]) -> list[Outcome]:
    """Put these change sets back, in the order given; one outcome per record. Joins the caller's transaction."""
    stories: dict[tuple[str, UUID], _Story] = {}
    for change_set in change_sets:
        for rows in _chunks(change_set):
            # What hangs on a record follows it in the same change set.
            for record_type in sorted({row.record_type for row in rows}):
                _put_back(back, change_set, [row for row in rows if row.record_type == record_type], stories)
    return [_outcome(key, story) for key, story in stories.items()]


def _records(change_sets: Collection[UUID]) -> int:
    wrote = FieldChange.objects.filter(change_set__in=change_sets).order_by()
    return wrote.values("record_id").distinct().count()


def require_revertible(run: ImportRun) -> None:
    """Raises NotRevertible."""
    what = run.object.replace("_", " ")
    if run.object not in GOVERNED:
        raise NotRevertible(
            f"An import of {what} has no ledger to go back by. Change or deactivate them in the admin."
        )
    if run.parent_id is not None:
        raise NotRevertible(
            f"This is a step of the import {run.parent_id}, which is put back as a whole: --revert {run.parent_id}."
        )
    if run.status != ImportRun.Status.DONE:
        raise NotRevertible(
            f"This import is {run.get_status_display().lower()}, so there is nothing to revert."
        )


def _chunks(change_set: UUID) -> Iterator[list[FieldChange]]:
    """The field changes of a change set, whole records at a time."""
    part: list[FieldChange] = []
    records: set[UUID] = set()
    rows = FieldChange.objects.filter(change_set_id=change_set).order_by("record_id", "id")
    for row in rows.iterator(chunk_size=CHUNK):
        if row.record_id not in records and len(records) == CHUNK:
            yield part
            part, records = [], set()
        part.append(row)
        records.add(row.record_id)
    if part:
        yield part


def _put_back(
    back: Back, change_set: UUID, rows: Sequence[FieldChange], stories: dict[tuple[str, UUID], _Story]
) -> None:
    record_type, ids = rows[0].record_type, {row.record_id for row in rows}
    model = registry.model_of(record_type)
    records = {
        record.pk: record
        for record in model.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    }
    created = _created(change_set, ids)
    stays = dict(back.held) | dict.fromkeys(_touched_since(_made(ids, back.ours), back.ours), TOUCHED)
    new = NewChangeSet(
        actor=person(back.user),
        authority=AuthorityKind.REVERT,
        authority_id=str(back.user.pk),
        authority_label=f"{back.label} reverted"[:200],
        reason=back.reason,
        reverses=change_set,
    )
    patches = []
    by_record: dict[UUID, list[FieldChange]] = {}
    for row in rows:
        by_record.setdefault(row.record_id, []).append(row)
    for record_id, written in by_record.items():
        story = stories.setdefault((record_type, record_id), _Story(written[0].record_label))
        record = records.get(record_id)
        edits = _edits(story, record, written, created, stays, back.at)
        if edits:
            patches.append(Patch(new.id, record_type, record_id, tuple(edits)))
    for refusal in changes.apply(change_sets=[new], patches=patches, at=back.at).refused:
        story = stories[record_type, refusal.patch.record_id]
        story.back, story.archived = 0, False
        story.stays.append(refusal.say)


def _edits(
    story: _Story,
    record: Governed | None,
    written: Sequence[FieldChange],
    created: Collection[UUID],
    stays: Mapping[UUID, str],
    at: datetime,
) -> list[Edit]:
    if record is None or (record.archived_at and not _archived_by(written, record, created)):
        story.stays.append("It is already archived.")
        return []
    if record.pk in stays:
        # Several change sets of the import may have written it.
        story.stays = [stays[record.pk]]
        return []
    if record.pk not in created:
        return [edit for row in written if (edit := _edit(story, record, row))]
    story.archived = True
    return [Edit("archived_at", None, at, SOURCE)]


def _archived_by(written: Sequence[FieldChange], record: Governed, created: Collection[UUID]) -> bool:
    """Is it in the archive because these rows put it there? Then it comes out again, with everything else."""
    now = plain(record.archived_at)
    return record.pk not in created and any(row.field == "archived_at" and row.new == now for row in written)


def _edit(story: _Story, record: Governed, row: FieldChange) -> Edit | None:
    current = registry.get(record, row.field)
    now = plain(current)
    if now == row.old:
        story.back += 1
        return None
    if now != row.new:
        story.stays.append(
            f"{registry.label(row.record_type, row.field)} was “{_words(row.old)}”, the import wrote "
            f"“{_words(row.new)}”, and now it is “{_words(now)}”."
        )
        return None
    story.back += 1
    old = None if row.old is None else registry.restore(row.record_type, row.field, row.old)
    return Edit(row.field, current, old, SOURCE)


def _created(change_set: UUID, ids: Collection[UUID]) -> set[UUID]:
    """The records this change set made: their first ledger row is of it."""
    first = FieldChange.objects.filter(record_id__in=ids).order_by("record_id", "id").distinct("record_id")
    made = RecordEvent.objects.filter(
        kind=RecordEvent.Kind.CREATED, change_set_id=change_set, record_id__in=ids
    )
    made_ids = set(made.values_list("record_id", flat=True))
    return {row.record_id for row in first if row.change_set_id == change_set and row.record_id in made_ids}


def _made(ids: Collection[UUID], ours: Collection[UUID]) -> set[UUID]:
    """The records that the import made, with whichever change set."""
    made = RecordEvent.objects.filter(
        kind=RecordEvent.Kind.CREATED, record_id__in=ids, change_set_id__in=ours
    )
    return set(made.values_list("record_id", flat=True))


def _touched_since(created: Collection[UUID], of_the_run: Collection[UUID]) -> set[UUID]:
    """Created records that somebody else changed after; taking back a part of this run does not count."""
    ours = set(of_the_run) | set(
        ChangeSet.objects.filter(reverses__in=of_the_run, authority=AuthorityKind.REVERT).values_list(
            "pk", flat=True
        )
    )
    others = FieldChange.objects.filter(record_id__in=created).exclude(change_set__in=ours)
    return set(others.values_list("record_id", flat=True))


def _outcome(key: tuple[str, UUID], story: _Story) -> Outcome:
    if story.archived:
        result = "archived"
    elif story.stays:
        result = "partly" if story.back else "overtaken"
    else:
        result = "reverted"
    return Outcome(*key, story.label, result, " ".join(story.stays)[:500])


def _close(run: ImportRun, outcomes: Sequence[Outcome], user: User) -> None:
    stayed: list[dict[str, Any]] = [
        {"record_type": one.record_type, "record_id": str(one.record_id), "label": one.label, "say": one.say}
        for one in outcomes
        if one.result in {"partly", "overtaken"}
    ]
    run.status = ImportRun.Status.REVERTED
    run.counts = {
        **run.counts,
        "revert": dict(Counter(one.result for one in outcomes)),
        "stayed": stayed[:KEPT_WITH_RUN],
        "reverted_by": user.pk,
    }
    run.save(update_fields=["status", "counts"])
    import_put_back.send(sender=ImportRun)


def _words(value: Any) -> str:
    return "" if value is None else str(value)[:80]
