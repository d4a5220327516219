"""Imported rows of lists: reference names, rates, suppressions and the timeline. They have no ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from crmgov.kernel.canonical import plain
from crmgov.records.imports.catalog import WHOLE_DATA
from crmgov.records.imports.references import as_uuid, number_of
from crmgov.records.imports.rows import Row, Unusable
from crmgov.records.models import Activity, Suppression
from crmgov.records.rules.values import Kind, ValueProblem, ValueSpec, empty, parse

from . import recipients, timelines
from .import_batches import Change, Context, Disagreement

BATCH = 2000
# U+0000 as JSON writes it, which jsonb has no text for; not a backslash and what follows it.
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class ListKeeper:
    """Writes a table directly, many rows at once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.plan = context.plan
        self.model: Any = context.plan.model

    def existing(self) -> models.QuerySet[Any]:
        return self.model.objects.all()  # type: ignore[no-any-return]

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        names = [self.attribute(name) for name in self.plan.natural]
        if not names or not rows:
            return {}
        wanted = {
            tuple(row.values.get(name) or None for name in self.plan.natural): row.external_id for row in rows
        }
        found = self.existing()
        for place, name in enumerate(names):
            given = [key[place] for key in wanted]
            if None not in given:
                found = found.filter(**{f"{name}__in": given})
        keys = ((pk, tuple(part or None for part in parts)) for pk, *parts in found.values_list("pk", *names))
        return {wanted[key]: as_uuid(pk) for pk, key in keys if key in wanted}

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        if self.plan.append_only:
            return {}
        rows = self.existing().filter(pk__in=[number_of(key) for key in keys]).order_by("pk")
        return {as_uuid(row.pk): row for row in rows.select_for_update(of=("self",))}

    def ours(self, record: Any, names: Iterable[str]) -> dict[str, Any]:
        return {name: plain(self.value(record, name)) for name in names}

    def locked(self, record: Any, names: Iterable[str]) -> set[str]:
        return set()

    def untouched(self, record: Any, names: Iterable[str]) -> set[str]:
        return set()

    def unfit(self, row: Row) -> Unusable | None:
        return None

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        return None

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        made = self.model.objects.bulk_create(self.made(rows), batch_size=BATCH)
        return {row.external_id: record.pk for row, record in zip(rows, made, strict=True)}, {}

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        for change in wanted:
            for name in change.fields:
                setattr(change.record, self.attribute(name), change.row.values[name])
        names = sorted({name for change in wanted for name in change.fields})
        self.model.objects.bulk_update([change.record for change in wanted], names, batch_size=BATCH)
        return {}

    def disagree(self, found: Sequence[Disagreement]) -> int:
        """Lists have no conflict desk: ours stands and the report says so."""
        for one in found:
            self.context.report.remark(
                line=one.row.line,
                reason="conflict",
                say=f"The source and we both changed {one.field}: ours is “{str(one.ours)[:80]}” and stands. "
                "Change it in the admin if the source is right.",
                column=one.field,
                value=str(one.theirs),
            )
        return len(found)

    def attribute(self, name: str) -> str:
        """The attribute that holds a field's value; of a reference its key."""
        return f"{name}_id" if self.plan.fields[name].refers else name

    def value(self, record: Any, name: str) -> Any:
        return getattr(record, self.attribute(name))

    def made(self, rows: Sequence[Row]) -> list[Any]:
        """The new rows of the table, not written yet."""
        return [self.new(row) for row in rows]

    def new(self, row: Row) -> Any:
        values = {
            self.attribute(name): value
            for name, value in row.values.items()
            if name in self.plan.fields and not empty(value)
        }
        return self.model(**values)


class ActivityKeeper(ListKeeper):
    """The timeline. An activity takes the account and the team of what it hangs on."""

    def unfit(self, row: Row) -> Unusable | None:
        if not any(row.values.get(name) for name, _ in timelines.HANGS_ON):
            return Unusable(
                "hangs_on_nothing",
                "Neither an account nor a contact, opportunity or ticket was found for it.",
            )
        whole = row.values.pop(self.plan.kept_as(WHOLE_DATA), None)
        try:
            entries = _entries(str(whole or "{}"))
        except (ValueError, RecursionError):
            return Unusable(
                "invalid_data",
                "It is no JSON object of texts, numbers and lists that we could store.",
                WHOLE_DATA,
                str(whole),
            )
        row.values.update({f"{self.plan.rest}{key}": value for key, value in entries.items()})
        return None

    def made(self, rows: Sequence[Row]) -> list[Any]:
        activities = super().made(rows)
        timelines.place(activities)
        return activities

    def new(self, row: Row) -> Activity:
        activity: Activity = super().new(row)
        activity.source, activity.recorded_at = self.context.source, self.context.at
        prefix = self.plan.rest
        activity.data = {
            name.removeprefix(prefix): value
            for name, value in row.values.items()
            if name.startswith(prefix) and not empty(value)
        }
        return activity


def _entries(text: str) -> dict[str, Any]:
    """The data of an activity as an export wrote it. Raises ValueError or RecursionError for what jsonb cannot hold."""
    found = json.loads(text)
    again = json.dumps(found, ensure_ascii=False, allow_nan=False)
    again.encode()
    if not isinstance(found, dict) or NUL.search(again):
        raise ValueError
    return found


class SuppressionKeeper(ListKeeper):
    """Whom nobody writes to. An import adds and never lifts."""

    # A whole suffix (gov.uk) may be suppressed, so any host will do.
    FORMATS = {"address": "email", "domain": "host"}

    def existing(self) -> models.QuerySet[Any]:
        return Suppression.objects.filter(lifted_at=None)

    def unfit(self, row: Row) -> Unusable | None:
        kind, value, account = (row.values.get(name) for name in ("kind", "value", "account"))
        if kind == "account":
            return (
                None
                if account and not value
                else Unusable("no_account", "It names no account we have.", "account")
            )
        if not value or account:
            return Unusable("no_value", f"A suppressed {kind} needs its value, and no account.", "value")
        try:
            row.values["value"] = parse(ValueSpec(Kind.TEXT, format=self.FORMATS[str(kind)]), value)
        except ValueProblem as problem:
            return Unusable("invalid_value", str(problem), "value", str(value))
        return None

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        if any(row.values["kind"] != Suppression.Kind.ADDRESS for row in rows):
            recipients.lock_everybody()
        else:
            recipients.lock_all(str(row.values["value"]) for row in rows)
        return super().create(rows)

    def new(self, row: Row) -> Suppression:
        suppression: Suppression = super().new(row)
        suppression.added_by, suppression.added_at = self.context.actor.label[:160], self.context.at
        return suppression
