"""A batch of rows: find what they stand for, decide by the three-way rule, write, remember what the source said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from crmgov.kernel.actors import Actor
from crmgov.kernel.canonical import plain
from crmgov.records.imports.catalog import ObjectPlan
from crmgov.records.imports.references import as_uuid
from crmgov.records.imports.reports import Report
from crmgov.records.imports.rows import Row, Unusable
from crmgov.records.imports.three_way import Verdict, compare
from crmgov.records.models import ExternalId, ImportRun, Source
from crmgov.records.rules.values import empty
from crmgov.records.selectors.listed import listed

from . import external_ids


@dataclass(frozen=True, slots=True)
class Context:
    """One run: who confirmed it, where it comes from, when."""

    plan: ObjectPlan
    run: ImportRun
    source: Source
    actor: Actor
    at: datetime
    report: Report


@dataclass(frozen=True, slots=True)
class Change:
    """Fields of a record that is there already. `record` is what `load` gave."""

    row: Row
    record: Any
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    row: Row
    key: UUID
    field: str
    ours: Any
    theirs: Any


class Keeper(Protocol):
    """Where rows of an object live: governed records behind the door, or a list."""

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        """Return external id -> key of what is there already under the same natural key."""

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        """Return the records, locked."""

    def ours(self, record: Any, names: Iterable[str]) -> dict[str, Any]:
        """Return current values as they stand in the ledger."""

    def locked(self, record: Any, names: Iterable[str]) -> set[str]:
        """Return the fields a person verified."""

    def untouched(self, record: Any, names: Iterable[str]) -> set[str]:
        """Return the fields nobody ever wrote."""

    def unfit(self, row: Row) -> Unusable | None:
        """Bring the row's values into the form they are stored in; return why it cannot be any record."""

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        """Return why the row cannot become, or change, this record."""

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        """Make records; return external id -> key, and what was refused by line."""

    def change(self, changes: Sequence[Change]) -> dict[int, Unusable]:
        """Change records; return what was refused by line."""

    def disagree(self, found: Sequence[Disagreement]) -> int:
        """Put conflicts before a person; return how many there are."""


@dataclass(frozen=True, slots=True)
class Note:
    """One field as the batch found it, in the form of the ledger; `conflict`: ours stands until a person decides."""

    field: str
    ours: Any
    theirs: Any
    conflict: bool = False


@dataclass(slots=True)
class Batch:
    """What became of the rows of one batch.

    By line: `outcomes` (new, changed, unchanged; without what was refused in the end), `refused`, `found` (the record
    that was there already, and its key), `notes` (what a changed row says differently). `written`: something was.
    """

    new: list[Row] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    links: list[ExternalId] = field(default_factory=list)
    linked: dict[int, ExternalId] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)
    refused: dict[int, Unusable] = field(default_factory=dict)
    found: dict[int, tuple[UUID, Any]] = field(default_factory=dict)
    notes: dict[int, list[Note]] = field(default_factory=dict)

    @property
    def written(self) -> bool:
        return bool(self.new or self.changes or self.links or self.disagreements)


class Batches:
    """Takes rows batch by batch inside the caller's transaction.

    `existing_only`: a row of a record that is not there is refused. What one batch must know of those before it is
    `naturals`; `remember` brings it back after a kill.
    """

    def __init__(self, context: Context, keeper: Keeper, *, existing_only: bool = False) -> None:
        self.context, self.keeper, self.existing_only = context, keeper, existing_only
        self.naturals: dict[tuple[Any, ...], tuple[int, str]] = {}

    def take(self, rows: Sequence[Row]) -> Batch:
        """Write the batch and return what became of each row."""
        work = Batch()
        rows = self._fit(work, rows)
        links = self._links(rows)
        matched = self.keeper.match([row for row in rows if row.external_id not in links])
        records = self.keeper.load({link.record_id for link in links.values()} | set(matched.values()))
        for row in rows:
            try:
                self._decide(work, row, links.get(row.external_id), matched, records)
            except Unusable as refused:
                work.refused[row.line] = refused
        self._write(work)
        work.outcomes = {line: outcome for line, outcome in work.outcomes.items() if line not in work.refused}
        return work

    def remember(self, rows: Sequence[Row]) -> None:
        """Take note of rows that an earlier process wrote."""
        for row in self._fit(Batch(), rows):
            with suppress(Unusable):
                self._once_in_the_file(row)

    def _fit(self, work: Batch, rows: Sequence[Row]) -> list[Row]:
        found = {row.line: unfit for row in rows if (unfit := self.keeper.unfit(row))}
        work.refused.update(found)
        return [row for row in rows if row.line not in found]

    def _links(self, rows: Sequence[Row]) -> dict[str, ExternalId]:
        found = ExternalId.objects.filter(
            source=self.context.source,
            kind=self.context.plan.id_kind,
            value__in=listed((row.external_id for row in rows), "text"),
        )
        return {link.value: link for link in found}

    def _decide(
        self,
        work: Batch,
        row: Row,
        link: ExternalId | None,
        matched: Mapping[str, UUID],
        records: Mapping[UUID, Any],
    ) -> None:
        self._once_in_the_file(row)
        key = link.record_id if link else matched.get(row.external_id)
        if key is None and self.existing_only:
            raise self._unknown(row)
        if key is None:
            self._check(row, None)
            work.new.append(row)
            work.outcomes[row.line] = "new"
        elif self.context.plan.append_only:
            self._already_recorded(work, row, link)
        else:
            self._compare(work, row, link, key, records.get(key))

    def _unknown(self, row: Row) -> Unusable:
        what = self.context.plan.record_type.replace("_", " ")
        return Unusable(
            "unknown_record",
            f"There is no {what} with the external id “{row.external_id[:80]}”, so there is nothing to say this of.",
            "",
            row.external_id,
        )

    def _once_in_the_file(self, row: Row) -> None:
        """Two rows that are one thing by its natural key, under two external ids."""
        names = self.context.plan.natural
        if not names or any(name not in row.values for name in names if name not in {"value", "account"}):
            return
        key = tuple(plain(row.values.get(name)) for name in names)
        if all(empty(part) for part in key):
            return
        line, external_id = self.naturals.setdefault(key, (row.line, row.external_id))
        if external_id != row.external_id:
            raise Unusable(
                "repeated_key",
                f"Line {line} already brought the {self.context.plan.record_type.replace('_', ' ')} "
                f"with the same {', '.join(names)}, under the external id “{external_id[:80]}”.",
                ", ".join(names),
                ", ".join(str(part) for part in key),
            )

    def _check(self, row: Row, record: Any | None) -> None:
        unusable = self.keeper.unusable(row, record)
        if unusable:
            raise unusable
        missing = [
            planned.name
            for planned in self.context.plan.fields.values()
            if record is None
            and planned.required
            and empty(row.values.get(planned.name))
            and planned.name not in row.later
        ]
        if missing:
            what = self.context.plan.record_type.replace("_", " ")
            raise Unusable(
                f"no_{missing[0]}",
                f"A new {what} needs {', '.join(missing)}, and no column gives it.",
                missing[0],
            )

    def _already_recorded(self, work: Batch, row: Row, link: ExternalId | None) -> None:
        # An id that an export handed out has no mark: what it stands for is our own.
        if link is None or link.last_seen.get("mark", row.mark) == row.mark:
            work.outcomes[row.line] = "unchanged"
            return
        raise Unusable(
            "already_recorded",
            "This activity was recorded with other words, and the timeline is never rewritten. "
            "Give it another external id if it is another activity.",
            "",
            row.external_id,
        )

    def _compare(self, work: Batch, row: Row, link: ExternalId | None, key: UUID, record: Any) -> None:
        if record is None:
            raise Unusable(
                "record_gone", "The record of this external id is no longer there.", "", row.external_id
            )
        work.found[row.line] = (key, record)
        self._check(row, record)
        self._not_itself(row, key)
        theirs = row.theirs
        ours = self.keeper.ours(record, theirs)
        self._keys_stand(row, theirs, ours)
        verdict = compare(
            seen=link.last_seen if link else {},
            ours=ours,
            theirs=theirs,
            locked=self.keeper.locked(record, theirs),
            untouched=self.keeper.untouched(record, theirs),
        )
        self._note(work, row, key, record, verdict, ours, theirs)
        if verdict.moved or link is None:
            link = link or self._link(row, key)
            link.last_seen = {**link.last_seen, **_present(verdict.moved, link.last_seen)}
            link.last_seen_at = self.context.at
            work.links.append(link)
            work.linked[row.line] = link

    def _not_itself(self, row: Row, key: UUID) -> None:
        for name, planned in self.context.plan.fields.items():
            if planned.refers == self.context.plan.name and row.values.get(name) == key:
                raise Unusable("refers_to_itself", f"Its {name} would be itself.", name, row.external_id)

    def _keys_stand(self, row: Row, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        for name in self.context.plan.fixed:
            if (
                name in theirs
                and theirs[name] != ours[name]
                and not (empty(theirs[name]) and empty(ours[name]))
            ):
                raise Unusable(
                    "key_changed",
                    f"This external id stands for {name} “{ours[name]}”, which others refer to, and the file says "
                    f"“{theirs[name]}”. Give the new one an external id of its own.",
                    name,
                    str(theirs[name]),
                )

    def _note(
        self,
        work: Batch,
        row: Row,
        key: UUID,
        record: Any,
        verdict: Verdict,
        ours: Mapping[str, Any],
        theirs: Mapping[str, Any],
    ) -> None:
        if verdict.apply:
            work.changes.append(Change(row, record, tuple(verdict.apply)))
        work.disagreements += [
            Disagreement(row, key, name, ours[name], theirs[name]) for name in verdict.conflicts
        ]
        said = [*((name, False) for name in verdict.apply), *((name, True) for name in verdict.conflicts)]
        if said:
            work.notes[row.line] = [Note(name, ours[name], theirs[name], disputed) for name, disputed in said]
        work.outcomes[row.line] = "changed" if said else "unchanged"

    def _write(self, work: Batch) -> None:
        keys: dict[str, Any] = {}
        if work.new:
            keys, refused = self.keeper.create(work.new)
            work.refused.update(refused)
        if work.changes:
            work.refused.update(self.keeper.change(work.changes))
        kept = [link for line, link in work.linked.items() if line not in work.refused]
        # An external id that came to be meanwhile breaks the import rather than leave its record without one.
        external_ids.add(
            [
                (row.external_id, as_uuid(keys[row.external_id]), self._first_said(row))
                for row in work.new
                if row.external_id in keys
            ],
            source=self.context.source,
            kind=self.context.plan.id_kind,
            record_type=self.context.plan.record_type,
            at=self.context.at,
        )
        ExternalId.objects.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=["source", "kind", "value"],
            update_fields=["last_seen", "last_seen_at"],
            batch_size=2000,
        )
        found = [one for one in work.disagreements if one.row.line not in work.refused]
        self.context.report.conflicts += self.keeper.disagree(found)

    def _first_said(self, row: Row) -> dict[str, Any]:
        return {"mark": row.mark} if self.context.plan.append_only else _present(row.theirs, {})

    def _link(self, row: Row, key: UUID) -> ExternalId:
        return ExternalId(
            source=self.context.source,
            kind=self.context.plan.id_kind,
            value=row.external_id,
            record_type=self.context.plan.record_type,
            record_id=key,
            last_seen={},
            last_seen_at=self.context.at,
        )


def _present(values: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth remembering: nothing said is only remembered where something was said before."""
    return {name: value for name, value in values.items() if not empty(value) or name in seen}
