"""What a person says about a file of plain CSV: what its rows are, which column is which, how it is written."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from crmgov.kernel.refusals import Invalid, NotFound, Refused
from crmgov.people.models import User
from crmgov.records.imports import mappings, sniffing
from crmgov.records.imports.adapters.csv import ORDER
from crmgov.records.imports.catalog import ObjectPlan, plan_of
from crmgov.records.imports.files import DELIMITERS, Unreadable, open_csv
from crmgov.records.imports.mappings import BadMapping
from crmgov.records.models import Import, ImportFile, ImportFileBlock, ImportRun, RememberedMapping
from crmgov.records.rules.values import Kind

from .import_access import PREPARING, locked, reopen, require_admin
from .import_files import SPOOL, spooled

# What the rows of a plain file can be, in the order of writing.
OBJECTS = ORDER
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1")
READING_KEYS = {"encoding", "delimiter", "dates", "numbers", "time_zone"}


class Unanswered(Invalid):
    """The cells can be read in two ways, and nobody said which is meant."""


class NotChosen(Refused):
    """The files of this source are read by its adapter, so there is nothing to map."""


def first_rows(file: ImportFile, count: int = 5) -> list[dict[str, str]]:
    """Return the first rows as they stand in the file, for a page; reads its first megabyte only."""
    block = ImportFileBlock.objects.filter(file=file, number=0).values_list("data", flat=True).first()
    with tempfile.TemporaryDirectory(prefix=SPOOL) as folder:
        path = Path(folder) / file.name
        path.write_bytes(bytes(block or b""))
        try:
            start = open_csv(path, encoding=file.reading["encoding"], delimiter=file.reading["delimiter"])
            return [row.cells for row in islice(start.rows(), count)]
        except Unreadable:
            return []


def suggest_mapping(*, file: ImportFile, object_name: str) -> dict[str, Any]:
    """Return a mapping to start from: as the source's last file of this object was mapped, else by headings.

    Columns that are not in this file are left out, new ones go by their headings; dates are read as they look.
    `fields` is {} where nothing fits.
    """
    plan = plan_of(object_name)
    known = RememberedMapping.objects.filter(source=file.parent.source, object=object_name).first()
    raw = _by_headings(plan, file.headings)
    if known:
        raw = _joined(_fitting(known.mapping, file.headings), raw, known.headings)
    return _with_dates(raw, plan, file.guesses.get("columns", {}), order="")


def choose(
    *,
    import_id: UUID,
    file_id: int,
    user: User,
    object_name: str,
    mapping: dict[str, Any],
    reading: dict[str, Any],
    at: datetime,
) -> ImportRun:
    """Say what the rows of a file are; again for another object when one file feeds several.

    `reading` holds what the person says otherwise than it looks: encoding, delimiter, dates (the order of day and
    month, as a pattern), numbers, time_zone. Remembered for the source's next file of this object.
    Raises NotAllowed, NotFound, WrongState, NotChosen, Unreadable, BadMapping, Unanswered.
    """
    require_admin(user)
    plan = plan_of(object_name)
    file = ImportFile.objects.filter(parent_id=import_id, pk=file_id).first()
    if file is None:
        raise NotFound("There is no such file in this import.")
    _require_reading(reading)
    looked = _look_again(file, reading)
    with transaction.atomic(durable=True):
        parent = locked(import_id, *PREPARING)
        if parent.adapter != Import.Adapter.CSV:
            raise NotChosen
        if looked:
            file.headings, file.guesses = list(looked.headings), looked.guesses
            file.reading = {**file.reading, **looked.reading}
        file.reading = {**file.reading, **reading}
        whole = _complete(mapping, plan, file)
        mappings.from_json(whole, plan, file.headings)
        _require_answers(whole, plan, file)
        reopen(parent)
        file.save(update_fields=["headings", "guesses", "reading"])
        _remember(parent, plan, file, mapping, user, at)
        return _keep(parent, file, plan, whole, user, at)


def read_as(
    *, import_id: UUID, file_id: int, user: User, encoding: str, delimiter: str, at: datetime
) -> ImportFile:
    """Look at a file again with another encoding or delimiter; what was chosen for its columns is taken back.

    Raises NotAllowed, NotFound, WrongState, Unreadable, BadMapping (no such encoding or delimiter).
    """
    require_admin(user)
    file = ImportFile.objects.filter(parent_id=import_id, pk=file_id).first()
    if file is None:
        raise NotFound("There is no such file in this import.")
    reading = {"encoding": encoding, "delimiter": delimiter}
    _require_reading(reading)
    looked = _look_again(file, reading)
    with transaction.atomic(durable=True):
        parent = locked(import_id, *PREPARING)
        if looked:
            reopen(parent)
            ImportRun.objects.filter(parent=parent, file=file).delete()
            file.headings, file.reading, file.guesses = list(looked.headings), looked.reading, looked.guesses
            file.save(update_fields=["headings", "reading", "guesses"])
    return file


@transaction.atomic(durable=True)
def leave_out(*, import_id: UUID, run_id: UUID, user: User, at: datetime) -> None:
    """Take back what was chosen for a file. Raises NotAllowed, NotFound, WrongState."""
    require_admin(user)
    parent = locked(import_id, *PREPARING)
    chosen = ImportRun.objects.filter(parent=parent, pk=run_id).first()
    if chosen is None:
        raise NotFound("There is no such choice in this import.")
    reopen(parent)
    chosen.delete()


def _look_again(file: ImportFile, reading: MappingType[str, Any]) -> sniffing.Reading | None:
    """The file as it looks with another encoding or delimiter; None when these stay. Raises Unreadable."""
    encoding, delimiter = (reading.get(key, file.reading[key]) for key in ("encoding", "delimiter"))
    if (encoding, delimiter) == (file.reading["encoding"], file.reading["delimiter"]):
        return None
    with spooled(file) as path:
        return sniffing.guess(path, encoding=encoding, delimiter=delimiter)


def _require_reading(reading: MappingType[str, Any]) -> None:
    for key, value in reading.items():
        if key not in READING_KEYS:
            raise BadMapping(f"A file is read by {', '.join(sorted(READING_KEYS))}, not by “{key}”.")
        if key == "encoding" and value not in ENCODINGS:
            raise BadMapping(f"The encoding is one of {', '.join(ENCODINGS)}, not “{value}”.")
        if key == "delimiter" and value not in DELIMITERS:
            raise BadMapping("Columns are separated by a comma, a semicolon or a tab.")


def _complete(mapping: dict[str, Any], plan: ObjectPlan, file: ImportFile) -> dict[str, Any]:
    """The mapping with what the file's reading says; what the mapping says itself counts more."""
    reading = file.reading
    said = {key: reading[key] for key in ("dates", "numbers", "time_zone") if reading.get(key)}
    whole = {**said, **mapping, "object": plan.name}
    if "dates" in mapping:
        return whole
    return _with_dates(whole, plan, file.guesses.get("columns", {}), order=str(reading.get("dates") or ""))


def _with_dates(
    raw: dict[str, Any], plan: ObjectPlan, columns: MappingType[str, Any], *, order: str
) -> dict[str, Any]:
    """Give each date column the pattern it looks like; where that is open, the one in the `order` a person gave."""
    fields = dict(raw.get("fields") or {})
    for name, spec in fields.items():
        entry = {"column": spec} if isinstance(spec, str) else spec
        if not isinstance(entry, dict) or "dates" in entry or not _is_date(name, entry, plan):
            continue
        column = columns.get(entry.get("column", ""), {})
        pattern = _pattern(column, order)
        if pattern is not None:
            fields[name] = {**entry, "dates": pattern}
    return {**raw, "fields": fields}


def _pattern(column: MappingType[str, Any], order: str) -> str | None:
    """The column's pattern, or None where the file's own counts (or is asked)."""
    if column.get("kind") not in {"date", "moment"}:
        return None
    if not column["choices"]:
        return str(column["dates"])
    if not order:
        return None
    day_first = order.find("%d") < order.find("%m")
    return str(column["choices"][0 if day_first else 1])


def _is_date(name: str, entry: MappingType[str, Any], plan: ObjectPlan) -> bool:
    known = plan.fields.get(name)
    return entry.get("as") == "date" if known is None else known.spec.kind in {Kind.DATE, Kind.MOMENT}


def _require_answers(whole: dict[str, Any], plan: ObjectPlan, file: ImportFile) -> None:
    """What can be read in two ways and is used must have been said. Raises Unanswered."""
    asked = file.guesses.get("asked", {})
    for name, spec in whole["fields"].items():
        entry = {"column": spec} if isinstance(spec, str) else spec
        column, known = entry.get("column", ""), plan.fields.get(name)
        is_date = _is_date(name, entry, plan)
        if (
            is_date
            and column in asked.get("dates_columns", ())
            and not (entry.get("dates") or whole.get("dates"))
        ):
            raise Unanswered(
                f"The dates in “{column}” can be read as day and month or as month and day: say which.",
                errors={"dates": "Say which is meant."},
            )
        number = (
            entry.get("as") == "number" if known is None else known.spec.kind in {Kind.DECIMAL, Kind.INTEGER}
        )
        if number and column in asked.get("numbers_columns", ()) and not whole.get("numbers"):
            raise Unanswered(
                f"The numbers in “{column}” can be read with a decimal comma or with a decimal point: say which.",
                errors={"numbers": "Say which is meant."},
            )


def _remember(
    parent: Import, plan: ObjectPlan, file: ImportFile, mapping: dict[str, Any], user: User, at: datetime
) -> None:
    RememberedMapping.objects.update_or_create(
        source=parent.source,
        object=plan.name,
        defaults={"headings": file.headings, "mapping": mapping, "by": user, "at": at},
    )


def _keep(
    parent: Import, file: ImportFile, plan: ObjectPlan, whole: dict[str, Any], user: User, at: datetime
) -> ImportRun:
    chosen = ImportRun.objects.filter(parent=parent, file=file, object=plan.name).first()
    if chosen is None:
        last = ImportRun.objects.filter(parent=parent).order_by("-position").first()
        chosen = ImportRun(
            parent=parent, file=file, object=plan.name, position=last.position + 1 if last else 1
        )
    chosen.source, chosen.file_name, chosen.file_sha256 = parent.source, file.name, file.sha256
    chosen.mapping, chosen.step, chosen.preview = whole, plan.name, {}
    chosen.status, chosen.confirmed_by, chosen.started_at = ImportRun.Status.WAITING, user, at
    chosen.save()
    return chosen


def _by_headings(plan: ObjectPlan, headings: Sequence[str]) -> dict[str, Any]:
    """What the headings say, also where no column is called like an id: that one is then for a person to name."""
    identity, entries = mappings.named_columns(plan, headings)
    raw: dict[str, Any] = {
        "object": plan.name,
        "fields": {entry.field: {"column": entry.column} for entry in entries},
    }
    return {**raw, "external_id": identity} if identity else raw


def _fitting(mapping: dict[str, Any], headings: Sequence[str]) -> dict[str, Any]:
    """A remembered mapping without what names columns this file does not have."""
    there = set(headings)
    fields = {
        name: spec for name, spec in mapping.get("fields", {}).items() if set(_columns_of(spec)) <= there
    }
    raw = {**mapping, "fields": fields}
    for key in ("ignore", "keep"):
        if key in raw:
            raw[key] = [column for column in raw[key] if column in there]
    identity = raw.get("external_id")
    names = identity.get("columns", []) if isinstance(identity, dict) else identity or []
    if not {names} <= there if isinstance(names, str) else not set(names) <= there:
        raw.pop("external_id")
    return raw


def _joined(raw: dict[str, Any], fresh: dict[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """A remembered mapping with the fields that only columns of this file say, which nobody was asked about yet."""
    more = {
        name: spec
        for name, spec in fresh["fields"].items()
        if name not in raw["fields"] and not set(_columns_of(spec)) & set(known)
    }
    return {**raw, "fields": {**raw["fields"], **more}}


def _columns_of(spec: Any) -> list[str]:
    if isinstance(spec, str):
        return [spec]
    if "template" in spec:
        return mappings.PLACE.findall(spec["template"])
    return [spec["column"]] if "column" in spec else []
