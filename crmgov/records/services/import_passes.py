"""A pass over a file: raw rows in, records written, counts and remarks out. Single files, dry runs and whole imports
all go through here; the caller owns the transaction.

What a pass knows of earlier rows (external ids and natural keys that stood in the file before) is brought back after
a kill by reading these rows again without writing (`replay`). References to rows of the same file wait for a second
pass, when all of them are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

import structlog

from crmgov.kernel.canonical import plain
from crmgov.records.imports import mappings
from crmgov.records.imports.catalog import ObjectPlan
from crmgov.records.imports.files import CsvFile, RawRow
from crmgov.records.imports.mappings import Mapping
from crmgov.records.imports.reports import Remark, Report
from crmgov.records.imports.rows import Interpreter, Row, Unusable
from crmgov.records.imports.steps import Prepare, RowRefused, Step
from crmgov.records.models import ExternalId, FieldChange, ImportRefusal, ImportRun

from .import_batches import Batch, Batches, Context
from .import_keepers import keeper_of

T = TypeVar("T")
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a chunk: its rows, those that only repeat an earlier one, and the batch that was written."""

    rows: list[Row]
    repeats: list[Row]
    batch: Batch


class FirstPass:
    """Writes everything but references to rows of the same file."""

    def __init__(self, step: Step, file: CsvFile, context: Context) -> None:
        self.step, self.context = step, context
        self.mapping = mapping_of(step, context.plan, file)
        if not context.plan.rest:
            context.report.without_place = list(self.mapping.rest)
        self.reader = Interpreter(context.plan, self.mapping, context.source.name, context.report)
        self.batches = Batches(context, keeper_of(context), existing_only=step.existing_only)

    @property
    def leaves_some(self) -> bool:
        """Can rows refer to others of this file? Then a second pass is needed."""
        return bool(self.reader.own)

    def take(self, raw_rows: Sequence[RawRow]) -> Taken:
        report = self.context.report
        rows = self.reader.read(prepared(self.step, raw_rows, report))
        batch = self.batches.take(rows)
        repeats = list(self.reader.repeats)
        self.reader.settle(rows, batch.refused)
        outcomes = list(batch.outcomes.values())
        report.new += outcomes.count("new")
        report.changed += outcomes.count("changed")
        report.unchanged += outcomes.count("unchanged")
        return Taken(rows, [row for row in repeats if row.external_id not in self.reader.refused], batch)

    def replay(self, raw_rows: Sequence[RawRow]) -> None:
        """Know what these rows said, without writing or counting them again."""
        rows = self._read_silently(raw_rows)
        self.reader.repeats = []
        self.batches.remember(rows)
        refused = _refused(self.context.run, raw_rows)
        self.reader.refused.update(
            {row.external_id: refused[row.line] for row in rows if row.line in refused}
        )

    def _read_silently(self, raw_rows: Sequence[RawRow]) -> list[Row]:
        silent = Report(self.context.plan.name)
        self.reader.report = silent
        rows = self.reader.read(prepared(self.step, raw_rows, silent))
        self.reader.report = self.context.report
        return rows


class SecondPass:
    """Writes references to rows of the same file, now that these are there."""

    def __init__(self, first: FirstPass) -> None:
        self.step, self.context, self.batches = first.step, first.context, first.batches
        own = tuple(entry for entry in first.mapping.entries if entry.field in first.reader.own)
        self.reader = Interpreter(
            first.context.plan,
            replace(first.mapping, entries=own),
            first.context.source.name,
            first.context.report,
        )

    def take(self, raw_rows: Sequence[RawRow]) -> Taken:
        """Write the chunk; a row that was unchanged so far and is not any more is counted over."""
        rows = self._waiting(raw_rows)
        if not rows:
            return Taken([], [], Batch())
        settled = self._settled(rows)
        batch = self.batches.take(self.reader.read_later(rows))
        report = self.context.report
        for line, unusable in batch.refused.items():
            report.remark(line=line, **unusable.facts)
        moved = [
            line for line, outcome in batch.outcomes.items() if outcome == "changed" and line not in settled
        ]
        report.changed += len(moved)
        report.unchanged -= len(moved)
        return Taken(rows, [], batch)

    def replay(self, raw_rows: Sequence[RawRow]) -> None:
        """Know which external ids stood in these rows."""
        self._waiting(raw_rows)

    def _waiting(self, raw_rows: Sequence[RawRow]) -> list[Row]:
        """The rows of the chunk that were taken and refer to others. They were reported about already."""
        refused = _refused(self.context.run, raw_rows)
        report, silent = self.context.report, Report(self.context.plan.name)
        self.reader.report = silent
        rows = self.reader.read(
            [raw for raw in prepared(self.step, raw_rows, silent) if raw.line not in refused]
        )
        self.reader.report, self.reader.repeats = report, []
        return [row for row in rows if row.later]

    def _settled(self, rows: Sequence[Row]) -> set[int]:
        """The lines that the first pass counted as new or changed: it wrote a field, or found a conflict."""
        run = self.context.run
        lines = {row.external_id: row.line for row in rows}
        links = ExternalId.objects.filter(
            source=self.context.source, kind=self.context.plan.id_kind, value__in=lines
        )
        keys = {key: lines[value] for key, value in links.values_list("record_id", "value")}
        wrote = FieldChange.objects.filter(record_id__in=keys, change_set__import_run_id=run.pk)
        conflicts = ImportRefusal.objects.filter(
            run=run, row_taken=True, reason="conflict", line__in=lines.values()
        )
        return {keys[key] for key in wrote.values_list("record_id", flat=True).distinct()} | set(
            conflicts.values_list("line", flat=True)
        )


def mapping_of(step: Step, plan: ObjectPlan, file: CsvFile) -> Mapping:
    """Return how the step reads the file. Raises BadMapping."""
    headings = (*file.headings, *step.added)
    if step.mapping is None:
        return mappings.by_headings(plan, headings)
    return mappings.from_json(step.mapping, plan, headings)


def prepared(step: Step, raw_rows: Sequence[RawRow], report: Report) -> list[RawRow]:
    """The rows that are of this step, as its adapter completes them; what it refuses stands in the report."""
    if step.prepare is None:
        return list(raw_rows)
    ready = []
    for raw in raw_rows:
        if raw.problem:
            ready.append(raw)
            continue
        try:
            row = _completed(step.prepare, raw)
        except RowRefused as refused:
            report.read += 1
            report.refuse(
                line=raw.line,
                reason=refused.reason,
                say=refused.say,
                column=refused.column,
                value=refused.value,
            )
            continue
        if row is not None:
            ready.append(row)
    return ready


def _completed(prepare: Prepare, raw: RawRow) -> RawRow | None:
    """What nobody foresaw in one row refuses that row, not the import."""
    try:
        return prepare(raw)
    except RowRefused:
        raise
    except Exception as error:
        logger.exception("row_unreadable", line=raw.line)
        say = "The row holds something that cannot be read, and why is in the log of the server."
        raise RowRefused("unreadable_row", say) from error


def chunks(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def store(run: ImportRun, remarks: Sequence[Remark]) -> None:
    """Keep the remarks with the run; a zero byte, which Postgres has no text for, is shown as ␀."""
    ImportRefusal.objects.bulk_create(
        [
            ImportRefusal(
                run=run,
                line=remark.line,
                column=remark.column.replace("\x00", "␀")[:200],
                value=str(plain(remark.value)).replace("\x00", "␀")[:2000],
                reason=remark.reason[:60],
                say=remark.say.replace("\x00", "␀")[:500],
                row_taken=remark.row_taken,
            )
            for remark in remarks
        ],
        batch_size=2000,
    )


def restored(plan: ObjectPlan, run: ImportRun) -> Report:
    """Return the report of a run as it stood after its last committed chunk."""
    counts: dict[str, Any] = run.counts
    report = Report(plan.name)
    for name in ("read", "new", "changed", "unchanged", "conflicts"):
        setattr(report, name, counts.get(name, 0))
    for name in ("refused", "reported", "readings"):
        getattr(report, name).update(counts.get(name, {}))
    for reason in {*report.refused, *report.reported}:
        report.examples[reason] = examples(run, reason)
    return report


def examples(run: ImportRun, reason: str, count: int = 3) -> list[Remark]:
    """The first remarks of a reason."""
    found = ImportRefusal.objects.filter(run=run, reason=reason[:60]).order_by("line", "id")[:count]
    return [Remark(one.line, one.column, one.value, one.reason, one.say, one.row_taken) for one in found]


def _refused(run: ImportRun, raw_rows: Sequence[RawRow]) -> dict[int, Unusable]:
    """What was refused among these lines, by line."""
    if not raw_rows:
        return {}
    found = ImportRefusal.objects.filter(
        run=run, row_taken=False, line__gte=raw_rows[0].line, line__lte=raw_rows[-1].line
    )
    return {one.line: Unusable(one.reason, one.say, one.column, one.value) for one in found}
