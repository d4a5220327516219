"""Handing out what crmgov knows, in the headings and ids of a source: the way back, and the way to another system."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction
from django.db.models import QuerySet

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.imports.adapters import hubspot_sheets, salesforce_sheets
from crmgov.records.imports.adapters.own_sheets import (
    HISTORY,
    HISTORY_HEADINGS,
    OBJECTS,
    archived_sheet,
    own_sheet,
)
from crmgov.records.imports.adapters.sheets import OUR_ID, Sheet
from crmgov.records.imports.catalog import GOVERNED
from crmgov.records.models import Activity, Export, ExternalId, Source
from crmgov.records.selectors.exports import News, require_admin, seen_so_far

from . import export_files
from .export_histories import history
from .export_rows import SheetRows
from .import_access import source_named

SHEETS: dict[str, tuple[Sheet, ...]] = {
    Export.Format.CSV: (),
    Export.Format.HUBSPOT: hubspot_sheets.SHEETS,
    Export.Format.SALESFORCE: salesforce_sheets.SHEETS,
}
# What an export of changes holds; names, people and rates are the source's own.
IN_CHANGES = {*GOVERNED, "leads", "activities", "consents", "suppressions"}
# Files of what there rarely is are left out when they would be empty.
RARE = {
    "crmgov_leads.csv",
    "Lead.csv",
    *(f"{archived_sheet(name).file}.csv" for name in (*GOVERNED, "leads")),
}


def export(
    *,
    export_format: str,
    source_name: str,
    user: User,
    at: datetime,
    into: Path | IO[bytes],
    only_changes: bool = False,
    since: datetime | None = None,
) -> Export:
    """Write one CSV file per kind of thing into an empty folder, or as a zip into a binary stream.

    `only_changes`: what others than the source changed since the last export to it in this format, whole records as
    they are now; `since` takes a time instead. Raises NotAllowed, Invalid.
    """
    require_admin(user)
    if export_format not in SHEETS:
        raise Invalid(f"There is no format “{export_format}”. There are {', '.join(SHEETS)}.")
    with export_files.writer(into) as write:
        source = hand_out_ids(source_name)
        return _write(source, export_format, user, at, write, only_changes=only_changes, since=since)


@transaction.atomic(durable=True)
def hand_out_ids(source_name: str) -> Source:
    """Give every record that has no id in the source one of ours, so that it is known again when it comes back.

    Raises UnfitSource.
    """
    source = source_named(source_name)
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    tables = {registry.type_of(model): model._meta.db_table for model in registry.MODELS.values()}
    with connection.cursor() as cursor:
        for kind, table in (
            *tables.items(),
            ("activity", Activity._meta.db_table),
            ("user", User._meta.db_table),
        ):
            key = "lpad(to_hex(t.id), 32, '0')::uuid" if kind == "user" else "t.id"
            cursor.execute(
                f"""INSERT INTO {ExternalId._meta.db_table}
                      (source_id, kind, value, record_type, record_id, last_seen)
                    SELECT %s, %s, %s || t.id, %s, {key}, '{{}}' FROM {table} AS t
                    WHERE NOT EXISTS (SELECT FROM {ExternalId._meta.db_table} AS known WHERE known.source_id + 0 = %s
                      AND known.record_id = {key} AND known.record_type = %s)
                    ORDER BY t.id ON CONFLICT DO NOTHING""",  # noqa: S608
                [source.pk, kind, OUR_ID, kind, source.pk, kind],
            )
    return source


@transaction.atomic(durable=True)
def _write(
    source: Source,
    export_format: str,
    user: User,
    at: datetime,
    write: export_files.Write,
    *,
    only_changes: bool,
    since: datetime | None,
) -> Export:
    """Everything is read from one snapshot, so that each file finds what the others name."""
    # A test's own transaction has begun already; it is alone and sees one state anyway.
    if not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    last_change, marks = seen_so_far()
    news = News(source, since=since) if since else News.since_last(source, export_format)
    asked = news if only_changes or since else None
    counts: dict[str, int] = {}
    for name, headings, rows in _files(export_format, source, asked):
        counts |= write(name, headings, rows, keep_empty=asked is None and name not in RARE)
    return Export.objects.create(
        source=source,
        format=export_format,
        only_changes=asked is not None,
        after_change=asked.after if asked else 0,
        last_change=last_change,
        counts=counts,
        marks=marks,
        made_by=user,
        made_at=at,
    )


def _files(
    export_format: str, source: Source, news: News | None
) -> Iterator[tuple[str, list[str], Iterator[list[str]]]]:
    """Yield the name, the headings and the rows of each file."""
    for sheet, rows in _sheets(export_format, source):
        if news is None:
            found = SheetRows(sheet, source, rows)
        elif sheet.object in IN_CHANGES:
            found = SheetRows(sheet, source, _changed(sheet, rows, news))
        else:
            continue
        yield f"{sheet.file}.csv", found.headings, found.cells()
    yield f"{HISTORY}.csv", list(HISTORY_HEADINGS), history(source, news)


def _sheets(export_format: str, source: Source) -> Iterator[tuple[Sheet, QuerySet[Any]]]:
    """Yield each sheet with the rows of ours that belong there; what the format has no file for goes into ours."""
    native = SHEETS[export_format]
    for name in OBJECTS:
        left = _all(name, source)
        here = [sheet for sheet in native if sheet.object == name]
        for sheet in here:
            yield sheet, left.filter(**sheet.only)
            left = left.exclude(**sheet.only) if sheet.only else left.none()
        if not here or all(sheet.only for sheet in here):
            yield own_sheet(name), left
        if own_sheet(name).plan.governed:
            yield archived_sheet(name), _all(name, source, archived=True)


def _all(name: str, source: Source, *, archived: bool = False) -> QuerySet[Any]:
    """Every row of an object: records that are there, or those that were archived."""
    plan = own_sheet(name).plan
    rows: QuerySet[Any] = plan.model._default_manager.all()
    if plan.governed:
        rows = rows.filter(archived_at__isnull=not archived)
    if name in {"contacts", "leads"}:
        leads = _leads(source)
        rows = rows.filter(pk__in=leads) if name == "leads" else rows.exclude(pk__in=leads)
    return rows.filter(lifted_at=None) if name == "suppressions" else rows


def _leads(source: Source) -> QuerySet[Any, Any]:
    """Contacts the source knows as leads only."""
    known = ExternalId.objects.filter(source=source)
    contacts = known.filter(kind="contact").values("record_id")
    return known.filter(kind="lead").exclude(record_id__in=contacts).values("record_id")


def _changed(sheet: Sheet, rows: QuerySet[Any], news: News) -> QuerySet[Any]:
    if sheet.plan.governed:
        return rows.filter(pk__in=news.records(sheet.plan.record_type))
    return rows.filter(pk__in=getattr(news, sheet.object).values("pk"))
