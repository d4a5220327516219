"""The preview of an import, row by row: what would become of it, and what it would change, in words."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from types import TracebackType
from typing import IO, Any, Self
from uuid import UUID

from crmgov.kernel.canonical import plain
from crmgov.records import registry
from crmgov.records.imports.catalog import GOVERNED, LISTS, ObjectPlan
from crmgov.records.imports.references import KEYED_BY_NAME
from crmgov.records.imports.reports import Remark
from crmgov.records.imports.rows import Row
from crmgov.records.models import ImportFate, ImportRun
from crmgov.records.rules.values import empty

from .import_batches import Note
from .import_passes import Taken

BATCH = 2000
LONGEST_WORDS = 300


@dataclass(slots=True)
class Fate:
    """One row. `changes`: field, label, ours, theirs, conflict; values in words."""

    line: int
    fate: str
    external_id: str = ""
    label: str = ""
    record_id: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    say: str = ""

    @property
    def json(self) -> str:
        return json.dumps(
            [self.line, self.fate, self.external_id, self.label, self.record_id, self.changes, self.say],
            ensure_ascii=False,
        )


def fates_of(plan: ObjectPlan, taken: Taken, remarks: Sequence[Remark]) -> list[Fate]:
    """Return the fates of a chunk in the order of its lines."""
    batch, words = taken.batch, _Words(plan)
    rows = {row.line: row for row in taken.rows}
    said = {
        line: _said(rows[line], batch.notes.get(line), outcome) for line, outcome in batch.outcomes.items()
    }
    words.look_up(note for notes in said.values() for note in notes)
    fates = [Fate(one.line, "refused", say=one.say) for one in remarks if not one.row_taken]
    for row in taken.repeats:
        fates.append(Fate(row.line, "unchanged", row.external_id, _named(row, None)))
    for line, outcome in batch.outcomes.items():
        key, record = batch.found.get(line, (None, None))
        fates.append(
            Fate(
                line,
                "conflict" if any(note.conflict for note in said[line]) else outcome,
                rows[line].external_id,
                _named(rows[line], record),
                None if key is None else str(key),
                [words.change(note) for note in said[line]],
            )
        )
    return sorted(fates, key=lambda fate: fate.line)


class Spool:
    """Fates and remarks of one step, on disk until they are stored: a preview is rolled back, these are not.

    What a second pass found is joined to the first by line.
    """

    def __init__(self) -> None:
        self.files = ExitStack()
        self.first, self.second, self.remarks = (_file(self.files) for _ in range(3))
        self.total = sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.files.close()

    @property
    def digest(self) -> str:
        """The SHA-256 of all fates, as hex."""
        return self.total.hexdigest()

    def add(self, fates: Iterable[Fate], remarks: Iterable[Remark], *, again: bool) -> None:
        """Keep a chunk of the first pass, or with `again` of the second."""
        for fate in fates:
            if not again or fate.changes:
                self._write(self.second if again else self.first, fate.json)
        for one in remarks:
            self._write(
                self.remarks,
                json.dumps([one.line, one.column, one.value, one.reason, one.say, one.row_taken]),
            )

    def stored_remarks(self) -> Iterator[Remark]:
        for line, column, value, reason, say, row_taken in _lines(self.remarks):
            yield Remark(line, column, value, reason, say, row_taken)

    def store(self, run: ImportRun) -> None:
        """Write the fates to the database, some thousand at a time."""
        waiting: list[ImportFate] = []
        for fate in self._joined():
            waiting.append(
                ImportFate(
                    run=run,
                    line=fate.line,
                    fate=fate.fate,
                    external_id=_fit(fate.external_id, 300),
                    label=_fit(fate.label, 300),
                    record_id=fate.record_id and UUID(fate.record_id),
                    changes=fate.changes,
                    say=_fit(fate.say, 500),
                )
            )
            if len(waiting) == BATCH:
                ImportFate.objects.bulk_create(waiting)
                waiting = []
        ImportFate.objects.bulk_create(waiting)

    def _joined(self) -> Iterator[Fate]:
        later = (Fate(*found) for found in _lines(self.second))
        more = next(later, None)
        for found in _lines(self.first):
            fate = Fate(*found)
            if more is not None and more.line == fate.line:
                fate.changes += more.changes
                if fate.fate == "unchanged" or more.fate == "conflict":
                    fate.fate = more.fate
                more = next(later, None)
            yield fate

    def _write(self, file: IO[str], line: str) -> None:
        self.total.update(line.encode(errors="surrogatepass"))
        file.write(f"{line}\n")


class _Words:
    """Values as a person reads them; a reference by the name of what it points to, one query per field."""

    def __init__(self, plan: ObjectPlan) -> None:
        self.plan = plan
        self.names: dict[str, dict[str, str]] = {}

    def look_up(self, notes: Iterable[Note]) -> None:
        wanted: dict[str, set[str]] = {}
        for note in notes:
            refers = self._refers(note.field)
            if refers:
                wanted.setdefault(refers, set()).update(
                    str(key) for key in (note.ours, note.theirs) if isinstance(key, str | int)
                )
        for refers, keys in wanted.items():
            model = {**GOVERNED, **LISTS}[refers]
            self.names[refers] = {str(row.pk): str(row) for row in model._default_manager.filter(pk__in=keys)}

    def change(self, note: Note) -> dict[str, Any]:
        return {
            "field": note.field,
            "label": self._label(note.field),
            "ours": self._words(note.field, note.ours),
            "theirs": self._words(note.field, note.theirs),
            "conflict": note.conflict,
        }

    def _refers(self, name: str) -> str:
        """The object a field points to by a key that says nothing to people; "" for all others."""
        planned = self.plan.fields.get(name)
        refers = planned.refers if planned else ""
        return refers if refers in {**GOVERNED, **LISTS} and refers not in KEYED_BY_NAME else ""

    def _label(self, name: str) -> str:
        if self.plan.governed and name in self.plan.fields:
            return registry.label(self.plan.record_type, name)
        return name.removeprefix(self.plan.rest).replace("_", " ")

    def _words(self, name: str, value: Any) -> str:
        if empty(value):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return _fit(", ".join(str(one) for one in value), LONGEST_WORDS)
        refers = self._refers(name)
        return _fit(self.names.get(refers, {}).get(str(value), str(value)), LONGEST_WORDS)


def _said(row: Row, notes: Sequence[Note] | None, outcome: str) -> list[Note]:
    """What the row would write: all it says, when it is new."""
    if notes is not None or outcome != "new":
        return list(notes or ())
    return [Note(name, None, plain(value)) for name, value in row.values.items() if not empty(value)]


def _named(row: Row, record: Any) -> str:
    """How a person would call the row, from what it says or from the record that is there."""
    return _name(row.values.get) or (_name(lambda name: getattr(record, name, None)) if record else "")


def _name(get: Callable[[str], Any]) -> str:
    person = f"{get('first_name') or ''} {get('last_name') or ''}".strip()
    names = (get("name"), person, get("subject"), get("title"), get("email"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _file(files: ExitStack) -> IO[str]:
    return files.enter_context(
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="\n")
    )


def _lines(file: IO[str]) -> Iterator[list[Any]]:
    file.seek(0)
    for line in file:
        found: list[Any] = json.loads(line)
        yield found


def _fit(text: str, length: int) -> str:
    """Text that a column can hold: no zero byte, no half character, not too long."""
    return text.replace("\x00", "␀").encode(errors="replace").decode()[:length]
