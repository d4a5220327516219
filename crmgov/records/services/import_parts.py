"""Imported rows about something that another table brought: links, ids merged away, tags, details of activities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from crmgov.kernel.canonical import plain
from crmgov.records.imports.references import as_uuid
from crmgov.records.imports.rows import Row, Unusable
from crmgov.records.models import Activity, Contact, ExternalId, MatchCandidate

from . import changes
from .changes import Edit, Patch
from .import_batches import Change, Context
from .import_lists import BATCH, ListKeeper
from .import_people import UserKeeper
from .import_records import RecordKeeper, change_set_of


def unknown(what: str, row: Row) -> Unusable:
    """Return the refusal of a row about something that was never brought."""
    words = what.replace("_", " ")
    return Unusable(
        f"unknown_{what}",
        f"There is no {words} with the external id “{row.external_id[:80]}”, so the row says nothing about anyone.",
        "",
        row.external_id,
    )


class LinkKeeper(RecordKeeper):
    """What a record that is there hangs on. It never makes one."""

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        return unknown(self.record_type, row) if record is None else super().unusable(row, record)


class UserTeamKeeper(UserKeeper):
    """The team of a person who is there."""

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        return {}

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        return unknown("user", row) if record is None else None


class TaskKeeper(RecordKeeper):
    """A task nobody has and that is about nothing would never be seen again."""

    SEEN_BY: ClassVar = ("assignee", "account", "contact", "opportunity", "ticket")

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        if record is None and not any(row.values.get(name) for name in self.SEEN_BY):
            return Unusable(
                "hangs_on_nothing",
                "It has no assignee, and neither an account nor a contact, opportunity or ticket was found for it.",
                "",
                row.external_id,
            )
        return super().unusable(row, record)


class ArchiveKeeper(RecordKeeper):
    """Records that were archived when crmgov exported them, archived again. What is archived here stays as it is."""

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        if record is None:
            return unknown(self.record_type, row)
        row.values["archived_at"] = record.archived_at or row.values["archived_at"]
        return None


class DetailKeeper(ListKeeper):
    """Rows that repeat what an activity was taken with. The timeline is never rewritten, so another word is refused."""

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        return {row.pk: row for row in Activity.objects.filter(pk__in=keys)}

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        return unknown("activity", row) if record is None else None

    def value(self, record: Any, name: str) -> Any:
        prefix = self.plan.rest
        if name.startswith(prefix):
            return record.data.get(name.removeprefix(prefix))
        return super().value(record, name)

    def untouched(self, record: Any, names: Iterable[str]) -> set[str]:
        return set(names)

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        return {
            change.row.line: Unusable(
                "already_recorded",
                f"The activity was taken with another {' and '.join(self._words(change.fields))}, "
                "and the timeline is never rewritten.",
                ", ".join(change.fields),
                ", ".join(str(plain(change.row.values[name])) for name in change.fields),
            )
            for change in wanted
        }

    def _words(self, fields: Sequence[str]) -> list[str]:
        return [name.removeprefix(self.plan.rest).replace("_", " ") for name in fields]


class MergeKeeper(ListKeeper):
    """An id that the source merged away becomes a further external id of the survivor.

    Where both are records of ours, a person decides: they stand before the duplicates desk.
    """

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        return {}

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        return {row.pk: row for row in self.model.objects.filter(pk__in=keys)}

    def value(self, record: Any, name: str) -> Any:
        return record.pk

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        survivor = row.values.get("survivor")
        if record is None or survivor is None or record.pk == survivor:
            return None
        self._ask(record.pk, survivor, row)
        return Unusable(
            "two_records_here",
            f"The source merged “{row.external_id[:80]}” away, and both are records of ours. "
            "Nothing is merged by itself: the pair waits for a person.",
            "",
            row.external_id,
        )

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        return {row.external_id: row.values["survivor"] for row in rows}, {}

    def _ask(self, one: UUID, other: UUID, row: Row) -> None:
        ask_about_merge(self.context, one, other, row.external_id)


def ask_about_merge(context: Context, one: UUID, other: UUID, merged: str) -> None:
    """Put a pair that the source merged before the duplicates desk, once."""
    left, right = sorted((one, other))
    pair = MatchCandidate(
        record_type=context.plan.record_type,
        left_id=left,
        right_id=right,
        reason="merged_at_source",
        say=f"{context.source.name} merged {merged[:80]} into the other one."[:300],
        run=context.run,
        found_at=context.at,
    )
    MatchCandidate.objects.bulk_create([pair], ignore_conflicts=True)


class MergedIdsKeeper(ListKeeper):
    """Several ids merged into one contact, as the contact's own row lists them."""

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        return {row.pk: row for row in self.model.objects.filter(pk__in=keys)}

    def ours(self, record: Any, names: Iterable[str]) -> dict[str, Any]:
        return {"merged": None}

    def untouched(self, record: Any, names: Iterable[str]) -> set[str]:
        return set(names)

    def unusable(self, row: Row, record: Any | None) -> Unusable | None:
        return unknown("contact", row) if record is None else None

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        ids = {old for change in wanted for old in change.row.values["merged"]}
        known = dict(self._ids().filter(value__in=ids).values_list("value", "record_id"))
        made: dict[str, ExternalId] = {}
        for change in wanted:
            for old in change.row.values["merged"]:
                if old not in known:
                    known[old] = change.record.pk
                    made[old] = self._further(old, change.record.pk)
                elif known[old] != change.record.pk:
                    self._report(change, known[old], old)
        ExternalId.objects.bulk_create(made.values(), batch_size=BATCH)
        return {}

    def _ids(self) -> models.QuerySet[ExternalId]:
        return ExternalId.objects.filter(source=self.context.source, kind=self.plan.id_kind)

    def _further(self, old: str, key: UUID) -> ExternalId:
        return ExternalId(
            source=self.context.source,
            kind=self.plan.id_kind,
            value=old,
            record_type=self.plan.record_type,
            record_id=key,
            last_seen={},
            last_seen_at=self.context.at,
        )

    def _report(self, change: Change, other: UUID, old: str) -> None:
        ask_about_merge(self.context, change.record.pk, other, old)
        self.context.report.remark(
            line=change.row.line,
            reason="two_records_here",
            say=f"The source merged “{old[:80]}” into this one, and both are records of ours. "
            "Nothing is merged by itself: the pair waits for a person.",
            column="merged",
            value=old,
        )


class TagKeeper(RecordKeeper):
    """Tags added to contacts, through the door. What people tagged stays; a source takes no tag away."""

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        return {}

    def ours(self, record: Any, names: Iterable[str]) -> dict[str, Any]:
        return {"contact": str(record.pk), "tag": None}

    def locked(self, record: Any, names: Iterable[str]) -> set[str]:
        return set()

    def untouched(self, record: Any, names: Iterable[str]) -> set[str]:
        return {"tag"}

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        refused = self._tag(rows)
        keys = {row.external_id: row.values["contact"] for row in rows if row.line not in refused}
        return keys, refused

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        return self._tag([change.row for change in wanted])

    def _tag(self, rows: Sequence[Row]) -> dict[int, Unusable]:
        by_contact: dict[UUID, list[Row]] = {}
        for row in rows:
            by_contact.setdefault(as_uuid(row.values["contact"]), []).append(row)
        contacts = Contact.objects.filter(pk__in=by_contact).order_by("pk").select_for_update(of=("self",))
        change_set = change_set_of(self.context)
        patches = []
        for contact in contacts:
            tags = sorted({*contact.tags, *(row.values["tag"] for row in by_contact[contact.pk])})
            if tags != sorted(contact.tags):
                edit = Edit("tags", contact.tags, tags, self.context.source.name)
                patches.append(Patch(change_set.id, "contact", contact.pk, (edit,)))
        outcome = changes.apply(change_sets=[change_set], patches=patches, at=self.context.at)
        return {
            row.line: Unusable(f"door_{refusal.kind}", refusal.say)
            for refusal in outcome.refused
            for row in by_contact[refusal.patch.record_id]
        }
