"""The history of fields as a file: what sources told of earlier times, and our own ledger after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, QuerySet

from crmgov.people.models import Team, User
from crmgov.records import registry
from crmgov.records.contracts import EXTRA
from crmgov.records.imports.adapters.sheets import OUR_ID
from crmgov.records.imports.catalog import HISTORY_OF
from crmgov.records.imports.references import as_uuid
from crmgov.records.models import EarlierChange, FieldChange, Source
from crmgov.records.models.governed import Governed
from crmgov.records.selectors.exports import News

from .export_queries import first_of_several, ids_in
from .export_rows import cell

CHUNK = 2000
# What a line is made of, in this order.
Told = tuple[UUID, int, UUID, str, Any, Any, Any, str, str]


def history(source: Source, news: News | None) -> Iterator[list[str]]:
    """Yield id, record type, record, field, old, new, time, author and source of each change, oldest first.

    An id begins with the change set, or the import run that told it, so that we know it again. An export of changes
    holds only what others than the source changed since.
    """
    for record_type in HISTORY_OF:
        if news is None:
            told = EarlierChange.objects.filter(record_type=record_type)
            yield from _lines(source, record_type, _told(told, "import_run_id", "by"))
        ours = (news.changes if news else FieldChange.objects.all()).filter(record_type=record_type)
        yield from _lines(source, record_type, _told(ours, "change_set_id", "change_set__actor_label"))


def _told(rows: QuerySet[Any], leading: str, by: str) -> Iterator[Told]:
    named = rows.order_by("id").annotate(told_in=F(leading), told_by=F(by))
    fields = ("told_in", "id", "record_id", "field", "old", "new", "at", "told_by", "source")
    yield from named.values_list(*fields).iterator(chunk_size=CHUNK)


def _lines(source: Source, record_type: str, rows: Iterator[Told]) -> Iterator[list[str]]:
    for chunk in _chunks(rows):
        wanted = {(record_type, row[2]) for row in chunk}
        for row in chunk:
            wanted |= {key for value in row[4:6] if (key := _key(record_type, row[3], value))}
        ids = _ids(source, wanted)
        teams = _teams(record_type, chunk)
        for told_in, number, record_id, field, old, new, at, by, whence in chunk:
            values = (_said(record_type, field, value, ids, teams) for value in (old, new))
            yield [
                f"{told_in}/{number}", record_type, cell(ids[record_type, record_id]), cell(field),
                *(cell(value) for value in values), cell(at), cell(by), cell(whence),
            ]  # fmt: skip


def _said(
    record_type: str, field: str, value: Any, ids: dict[tuple[str, UUID], str], teams: dict[str, str]
) -> Any:
    """A value of the ledger; of a reference the id in the source, of a team its name."""
    if key := _key(record_type, field, value):
        return ids[key]
    return teams.get(str(value), value) if _target(record_type, field) is Team else value


def _target(record_type: str, field: str) -> Any:
    """The model a field refers to; None for what is no reference, and for fields that are no longer there."""
    if field.startswith(EXTRA):
        return None
    try:
        column = registry.column(record_type, field)
    except registry.UnknownField:
        return None
    return column.related_model if isinstance(column, models.ForeignKey) else None


def _key(record_type: str, field: str, value: Any) -> tuple[str, UUID] | None:
    """What a value of the ledger refers to, as external ids name it; what an earlier source told is a name already."""
    target = _target(record_type, field)
    try:
        if target is User and value is not None:
            return "user", as_uuid(value)
        if value and isinstance(target, type) and issubclass(target, Governed):
            return registry.type_of(target), UUID(str(value))
    except ValueError:
        return None
    return None


def _ids(source: Source, wanted: set[tuple[str, UUID]]) -> dict[tuple[str, UUID], str]:
    """Ids in the source, ours with a prefix where it has none: one query."""
    found = first_of_several(ids_in(source).filter(record_id__in={key for _, key in wanted})).values_list(
        "record_type", "record_id", "value"
    )
    ids = {key: f"{OUR_ID}{key[1].int if key[0] == 'user' else key[1]}" for key in wanted}
    known: dict[tuple[str, UUID], str] = {}
    for record_type, record_id, value in found:
        known.setdefault((record_type, record_id), value)
    return ids | known


def _teams(record_type: str, chunk: Sequence[Told]) -> dict[str, str]:
    """Names of teams by their number as text."""
    keys = {value for row in chunk if _target(record_type, row[3]) is Team for value in row[4:6]}
    numbers = {int(key) for key in keys if isinstance(key, int) or (isinstance(key, str) and key.isdigit())}
    rows = Team.objects.filter(pk__in=numbers).values_list("pk", "name") if numbers else ()
    return {str(key): name for key, name in rows}


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
