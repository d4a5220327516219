"""From raw rows to rows that can be taken: external id, typed values, remarks. A batch costs one query per lookup."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from crmgov.kernel.canonical import plain
from crmgov.records.rules.domains import identifies, is_free_mail
from crmgov.records.rules.values import Kind, ValueProblem, ValueSpec, empty

from .catalog import FieldPlan, ObjectPlan
from .files import RawRow
from .first_lines import FirstLines
from .mappings import Entry, Mapping
from .nearest import did_you_mean
from .readings import cell_text, readings_of, typed, typed_extra
from .references import Lookup, References
from .regions import Regions
from .reports import REWRITTEN, Report

EXTRA_SPEC = ValueSpec(Kind.TEXT)
LONGEST_ID = 300
# Different texts of a column whose values are remembered.
MOST_TYPED = 2_000


@dataclass(slots=True)
class Row:
    """What one row of the file says. `values` are typed; `later` are references to rows of this same file's object.

    `region` is the country by whose rules its phone numbers are read when they name none.
    """

    line: int
    external_id: str
    values: dict[str, Any] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    region: str = ""

    @property
    def theirs(self) -> dict[str, Any]:
        """The values as they stand in the ledger."""
        return {name: plain(value) for name, value in self.values.items()}

    @property
    def mark(self) -> str:
        """What tells two rows of one external id apart; a column that says nothing is no difference."""
        return _checksum(
            [{name: value for name, value in self.theirs.items() if not empty(value)}, self.later]
        )[:32]


class Unusable(Exception):
    """The row cannot be taken: one of its values says why."""

    def __init__(self, reason: str, say: str, column: str = "", value: str = "") -> None:
        self.reason, self.say, self.column, self.value = reason, say, column, value
        super().__init__(say)

    @property
    def facts(self) -> dict[str, str]:
        return {"reason": self.reason, "say": self.say, "column": self.column, "value": self.value}


class Unknown(ValueProblem):
    """The value is well formed and there is no such thing."""


class Interpreter:
    """Reads the rows of one file by one mapping."""

    def __init__(self, plan: ObjectPlan, mapping: Mapping, source_name: str, report: Report) -> None:
        self.plan, self.mapping, self.report = plan, mapping, report
        self.references = References()
        self.lookups = {
            entry.field: Lookup(plan.fields[entry.field].refers, entry.by, entry.source or source_name)
            for entry in mapping.entries
            if entry.by
        }
        self.regions = Regions(plan, mapping, self.lookups, self.references)
        self.own = {name for name, lookup in self.lookups.items() if lookup.refers == plan.name}
        self.sentences = {
            entry.field: readings_of(
                entry, plan.fields[entry.field].spec if entry.field in plan.fields else None
            )
            for entry in mapping.entries
        }
        self.first_lines = FirstLines()
        self.typed_before: dict[str, dict[str, Any]] = {entry.field: {} for entry in mapping.entries}
        self.repeats: list[Row] = []
        self.refused: dict[str, Unusable] = {}

    def read(self, raw_rows: Sequence[RawRow]) -> list[Row]:
        """Return the rows that can be taken; the others, and what was odd, stand in the report."""
        self._load(raw_rows)
        taken = []
        for raw in raw_rows:
            self.report.read += 1
            try:
                taken += self._once(self._row(raw))
            except Unusable as refused:
                self.report.refuse(
                    line=raw.line,
                    reason=refused.reason,
                    say=refused.say,
                    column=refused.column,
                    value=refused.value,
                )
        return taken

    def settle(self, rows: Sequence[Row], refused: MappingType[int, Unusable]) -> None:
        """Report what could not be written, and count repeated rows as what became of the first."""
        for row in rows:
            if row.line in refused:
                self.refused[row.external_id] = refused[row.line]
                self.report.refuse(line=row.line, **refused[row.line].facts)
        for row in self.repeats:
            if row.external_id in self.refused:
                self.report.refuse(line=row.line, **self.refused[row.external_id].facts)
            else:
                self.report.unchanged += 1
        self.repeats = []

    def read_later(self, rows: Sequence[Row]) -> list[Row]:
        """Return what rows say about other rows of their own object, now that all of them are there."""
        references = References()
        by_field = {entry.field: entry for entry in self.mapping.entries}
        for name in self.own:
            references.load(self.lookups[name], {row.later[name] for row in rows if name in row.later})
        found = []
        for row in rows:
            second = Row(row.line, row.external_id)
            for name, text in row.later.items():
                key = references.key(self.lookups[name], text)
                if key is None:
                    why = references.why_not(self.lookups[name], text)
                    self._leave_out(second, by_field[name], text, f"unknown_{name}", why)
                else:
                    second.values[name] = key
                    self._forget(second, by_field[name])
            found.append(second)
        return found

    def _load(self, raw_rows: Sequence[RawRow]) -> None:
        usable = [raw.cells for raw in raw_rows if not _unfit(raw)]
        self.references.start_batch()
        for entry in self.mapping.entries:
            if entry.by and entry.field not in self.own:
                self.references.load(self.lookups[entry.field], {cell_text(entry, cells) for cells in usable})
        if self.regions.phones:
            self.regions.load(usable)

    def _row(self, raw: RawRow) -> Row:
        if unfit := _unfit(raw):
            raise unfit
        row = Row(raw.line, self._external_id(raw))
        if self.regions.phones and self.regions.asks(raw.cells):
            row.region, whence = self.regions.of(raw.cells)
            if whence:
                self.report.readings[f"a phone number without a country is read by the {whence}"] += 1
        for entry in self.mapping.entries:
            text = cell_text(entry, raw.cells)
            if entry.values and text != (said := raw.cells[entry.column].strip()):
                self.report.readings[f"{entry.column} “{said[:40]}” is taken as “{text[:40]}”"] += 1
            self._take(row, entry, text)
        for column in self.mapping.rest if self.plan.rest else ():
            name = self.plan.kept_as(column)
            if name not in row.values:
                row.values[name] = self._kept(row, column, raw.cells[column])
        return row

    def _external_id(self, raw: RawRow) -> str:
        cells = [raw.cells[column].strip() for column in self.mapping.identity]
        columns = ", ".join(self.mapping.identity)
        if not any(cells) or (not all(cells) and not self.mapping.natural):
            raise Unusable("no_external_id", f"Nothing in {columns} says which row this is.", columns)
        if self.mapping.digest:
            return _checksum(cells)
        joined = "|".join(cells)
        if len(joined) > LONGEST_ID:
            raise Unusable(
                "external_id_too_long",
                f"The external id has {len(joined)} characters, and {LONGEST_ID} is the most. "
                "“digest”: true in the mapping stores its checksum instead.",
                columns,
                joined,
            )
        return joined

    def _once(self, row: Row) -> list[Row]:
        """A repeated external id: the same again changes nothing, something else is refused."""
        first = self.first_lines.get(row.external_id)
        if first is None:
            self.first_lines.put(row.external_id, row.line, row.mark)
            return [row]
        if first[1] == row.mark:
            self.repeats.append(row)
            return []
        raise Unusable(
            "repeated_external_id",
            f"“{row.external_id[:80]}” already stands in line {first[0]} with other values.",
            ", ".join(self.mapping.identity),
            row.external_id,
        )

    def _take(self, row: Row, entry: Entry, text: str) -> None:
        if not text:
            self._take_nothing(row, entry)
            return
        for sentence in self.sentences[entry.field]:
            self.report.readings[sentence] += 1
        if entry.field in self.own:
            row.later[entry.field] = text
            return
        try:
            row.values[entry.field] = self._value(row, entry, text)
            self._compare_form(row, entry, text)
        except Unknown as problem:
            self._leave_out(row, entry, text, f"unknown_{self._short(entry)}", str(problem))
        except (ValueProblem, OverflowError) as problem:
            self._leave_out(row, entry, text, f"invalid_{self._short(entry)}", str(problem))

    def _compare_form(self, row: Row, entry: Entry, text: str) -> None:
        """What is stored in another form than it was written in is kept as written too, and counted."""
        planned, stored = self.plan.fields.get(entry.field), row.values[entry.field]
        if planned is None or not planned.spec.format:
            self._forget(row, entry)
            return
        if planned.spec.format == "domain" and not identifies(stored):
            self._say_shared(row, entry, stored)
        if stored == text or stored == normalize("NFC", text):
            self._forget(row, entry)
            return
        kept = self._keep(row, entry, text)
        self.report.normalize(
            line=row.line,
            reason=f"{REWRITTEN}{self._short(entry)}",
            say=f"“{text[:80]}” is stored as “{stored}”.{kept}",
            column=entry.heading,
            value=text,
        )

    def _say_shared(self, row: Row, entry: Entry, stored: str) -> None:
        free = is_free_mail(stored)
        why = "Anybody can have an address at" if free else "Many have a page at"
        self.report.remark(
            line=row.line,
            reason="free_mail_domain" if free else "shared_domain",
            say=f"{why} {stored}, so it identifies no company. It is kept as written.",
            column=entry.heading,
            value=stored,
        )

    def _keep(self, row: Row, entry: Entry, text: str) -> str:
        """Keep the value as written among the unmapped columns; return the sentence that says so."""
        if not self.plan.rest or not entry.column:
            return ""
        name = self.plan.kept_as(entry.column)
        row.values[name] = self._kept(row, entry.column, text)
        return f" It is kept in {name}."

    def _forget(self, row: Row, entry: Entry) -> None:
        """A value that can be read now no longer stands among the unmapped columns."""
        if self.plan.rest and entry.column and entry.column not in self.mapping.rest:
            row.values.setdefault(self.plan.kept_as(entry.column), None)

    def _take_nothing(self, row: Row, entry: Entry) -> None:
        planned = self.plan.fields.get(entry.field)
        if entry.required or (planned and planned.required):
            raise Unusable(
                f"no_{self._short(entry)}",
                f"{_heading(entry)} is empty, and {self._words(entry)} may not be.",
                entry.heading,
            )
        if entry.empty == "report":
            self.report.remark(
                line=row.line,
                reason=f"no_{self._short(entry)}",
                say=f"{_heading(entry)} is empty: the file does not say {self._words(entry)}.",
                column=entry.heading,
            )
        row.values[entry.field] = _nothing(planned)
        self._forget(row, entry)

    def _value(self, row: Row, entry: Entry, text: str) -> Any:
        planned = self.plan.fields.get(entry.field)
        self._check_known(row, entry, text)
        if planned is None:
            return typed_extra(entry, self.mapping, EXTRA_SPEC, text)
        if not planned.refers:
            return self._typed(row, entry, planned.spec, text)
        lookup = self.lookups[entry.field]
        key = self.references.key(lookup, text)
        if key is None:
            raise Unknown(self.references.why_not(lookup, text))
        return key

    def _typed(self, row: Row, entry: Entry, spec: ValueSpec, text: str) -> Any:
        """Most columns say the same few things over and over: each is read once."""
        if spec.format == "phone" or spec.kind is Kind.TEXTS:
            return typed(entry, self.mapping, spec, text, row.region)
        known = self.typed_before[entry.field]
        if text in known:
            return known[text]
        value = typed(entry, self.mapping, spec, text)
        if len(known) < MOST_TYPED:
            known[text] = value
        return value

    def _check_known(self, row: Row, entry: Entry, text: str) -> None:
        if not entry.known_values or text in entry.known_values:
            return
        hint = did_you_mean(text, entry.known_values)
        say = f"“{text[:80]}” is not among the known values of {self._words(entry)}.{hint}"
        if entry.unknown != "keep":
            raise Unknown(say)
        self.report.remark(
            line=row.line,
            reason=f"unknown_{self._short(entry)}",
            say=f"{say} It is kept as written.",
            column=entry.heading,
            value=text,
        )

    def _leave_out(self, row: Row, entry: Entry, text: str, reason: str, say: str) -> None:
        """The row is taken without this value, which stays in the unmapped columns as the source wrote it."""
        planned = self.plan.fields.get(entry.field)
        if entry.required or entry.unknown == "refuse" or (planned and planned.required):
            raise Unusable(reason, say, entry.heading, text)
        kept = self._keep(row, entry, text)
        self.report.remark(line=row.line, reason=reason, say=f"{say}{kept}", column=entry.heading, value=text)

    def _kept(self, row: Row, column: str, text: str) -> str | None:
        """A column as it stands, or nothing where it cannot be stored."""
        try:
            return typed_extra(Entry(column, column=column), self.mapping, EXTRA_SPEC, text.strip())
        except ValueProblem as problem:
            self.report.remark(
                line=row.line, reason="invalid_extra", say=str(problem), column=column, value=text
            )
            return None

    def _short(self, entry: Entry) -> str:
        return entry.field.removeprefix(self.plan.rest)[:50] if self.plan.rest else entry.field[:50]

    def _words(self, entry: Entry) -> str:
        return f"the {self.plan.record_type.replace('_', ' ')}’s {self._short(entry).replace('_', ' ')}"


def _checksum(value: Any) -> str:
    """SHA-256 of JSON with sorted keys, as hex: as stable as the canonical form for text, and ten times faster."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _unfit(raw: RawRow) -> Unusable | None:
    """What makes the whole row unreadable, whatever its mapping."""
    if raw.problem:
        return Unusable("wrong_number_of_cells", raw.problem)
    for column, text in raw.cells.items():
        if "\x00" in text:
            return Unusable("unreadable_text", f"{column} holds a zero byte, which no text has.", column)
    return None


def _nothing(planned: FieldPlan | None) -> Any:
    """The empty value of a field: what its column holds when nothing is said."""
    if planned is None or planned.spec.nullable:
        return None
    return {Kind.TEXTS: [], Kind.BOOLEAN: False}.get(planned.spec.kind, "")


def _heading(entry: Entry) -> str:
    return entry.heading or f"“{entry.field}”"
