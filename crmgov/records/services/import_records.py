"""Imported rows of governed records: through the door, by the person who confirmed the import."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crmgov.kernel.ids import new_id
from crmgov.records import registry
from crmgov.records.contracts import EXTRA, contract_for
from crmgov.records.imports.rows import Row, Unusable
from crmgov.records.models import AuthorityKind, ExternalId, ImportRun, RecordEvent
from crmgov.records.models.governed import Governed
from crmgov.records.rules import identity_keys
from crmgov.records.rules.values import Kind, empty
from crmgov.records.selectors.listed import listed

from . import changes, match_candidates
from .changes import Edit, NewChangeSet, Patch
from .import_batches import Change, Context, Disagreement
from .import_waves import waves
from .references import labels_for


class RecordKeeper:
    """The door's side of an import. Rows are locked when they are read, so that nothing is stale when written."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.record_type = context.plan.record_type

    def match(self, rows: Sequence[Row]) -> dict[str, UUID]:
        names = self.context.plan.natural
        if not rows:
            return {}
        if not names:
            return self._linked(rows)
        wanted = {tuple(row.values.get(name) for name in names): row.external_id for row in rows}
        given = {name: [key[place] for key in wanted] for place, name in enumerate(names)}
        model = registry.model_of(self.record_type)
        found = model.objects.filter(**{f"{name}__in": keys for name, keys in given.items()})
        return {
            wanted[key]: pk
            for pk, *parts in found.values_list("pk", *(f"{name}_id" for name in names))
            if (key := tuple(parts)) in wanted
        }

    def _linked(self, rows: Sequence[Row]) -> dict[str, UUID]:
        """By an exact key: the e-mail of a contact, the domain of an account."""
        keys = [(row.external_id, identity_keys.exact_key(self.record_type, row.values)) for row in rows]
        keys = [(external_id, key) for external_id, key in keys if key]
        if not keys:
            return {}
        found = match_candidates.present(self.record_type, {key for _, key in keys})
        known = ExternalId.objects.filter(
            source=self.context.source,
            kind=self.context.plan.id_kind,
            record_id__in=listed((pk for records in found.values() for pk in records), "uuid"),
        )
        links = identity_keys.linked(keys, found, set(known.values_list("record_id", flat=True)))
        if links:
            what = identity_keys.EXACT[self.record_type][1]
            self.context.report.readings[f"linked by {what} to a record that was there"] += len(links)
        return links

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        rows = registry.model_of(self.record_type).objects.filter(pk__in=keys).order_by("pk")
        return {row.pk: row for row in rows.select_for_update(of=("self",))}

    def ours(self, record: Governed, names: Iterable[str]) -> dict[str, Any]:
        return {name: registry.to_json(registry.get(record, name)) for name in names}

    def locked(self, record: Governed, names: Iterable[str]) -> set[str]:
        return {
            name for name in names if _verified(self.record_type, name, record.provenance, self.context.at)
        }

    def untouched(self, record: Governed, names: Iterable[str]) -> set[str]:
        return {name for name in names if name not in record.provenance}

    def unfit(self, row: Row) -> Unusable | None:
        return None

    def unusable(self, row: Row, record: Governed | None) -> Unusable | None:
        if record is not None and record.archived_at:
            return Unusable(
                "record_archived",
                f"We archived this record on {record.archived_at:%Y-%m-%d}. Restore it first, or leave it out.",
                "",
                row.external_id,
            )
        if record is None and all(empty(value) for value in row.values.values()) and not row.later:
            return Unusable("empty_row", "Besides its external id the row says nothing.")
        return None

    def create(self, rows: Sequence[Row]) -> tuple[dict[str, Any], dict[int, Unusable]]:
        change_set = change_set_of(self.context)
        keys = {row.external_id: new_id() for row in rows}
        patches = [
            Patch(
                change_set.id,
                self.record_type,
                keys[row.external_id],
                tuple(
                    Edit(name, None, value, self.context.source.name)
                    for name, value in row.values.items()
                    if not empty(value)
                ),
                creates=True,
            )
            for row in rows
        ]
        refused = self._apply(change_set, patches, rows)
        made = [row for row in rows if row.line not in refused]
        self._flag({keys[row.external_id]: row.values for row in made})
        return {row.external_id: keys[row.external_id] for row in made}, refused

    def _flag(self, made: Mapping[UUID, Mapping[str, Any]]) -> None:
        found = match_candidates.flag(self.record_type, made, run=self.context.run, at=self.context.at)
        for reason, count in found.items():
            words = reason.replace("_", " ")
            self.context.report.readings[f"may be a record that is there: {words}"] += count

    def change(self, wanted: Sequence[Change]) -> dict[int, Unusable]:
        change_set = change_set_of(self.context)
        patches = [
            Patch(
                change_set.id,
                self.record_type,
                change.record.pk,
                tuple(
                    Edit(
                        name,
                        registry.get(change.record, name),
                        change.row.values[name],
                        self.context.source.name,
                    )
                    for name in change.fields
                ),
            )
            for change in wanted
        ]
        return self._apply(change_set, patches, [change.row for change in wanted])

    def disagree(self, found: Sequence[Disagreement]) -> int:
        """One event per value, for the desk to take; the report names the line."""
        labels = self._labels(found)
        RecordEvent.objects.bulk_create(
            [self._event(one, labels.get(one.field, {})) for one in found], batch_size=1000
        )
        for one in found:
            self.context.report.remark(
                line=one.row.line,
                reason="conflict",
                say=f"The source and we both changed {registry.label(self.record_type, one.field)}: ours is "
                f"“{str(one.ours)[:80]}” and stands until a person decides.",
                column=one.field,
                value=str(one.theirs),
            )
        return len(found)

    def _apply(
        self, change_set: NewChangeSet, patches: Sequence[Patch], rows: Sequence[Row]
    ) -> dict[int, Unusable]:
        """Write what fits, in as many change sets as a very wide file needs; a refused record is left by all."""
        lines = {patch.record_id: row.line for patch, row in zip(patches, rows, strict=True)}
        refused: dict[int, Unusable] = {}
        for place, wave in enumerate(waves(patches)):
            one = replace(change_set, id=new_id()) if place else change_set
            left = [
                replace(patch, change_set=one.id) for patch in wave if lines[patch.record_id] not in refused
            ]
            outcome = changes.apply(change_sets=[one], patches=left, at=self.context.at)
            refused |= {
                lines[refusal.patch.record_id]: Unusable(f"door_{refusal.kind}", refusal.say, refusal.field)
                for refusal in outcome.refused
            }
        return refused

    def _labels(self, found: Sequence[Disagreement]) -> dict[str, dict[Any, str]]:
        keys: dict[str, set[Any]] = {}
        for one in found:
            if not one.field.startswith(EXTRA):
                spec = registry.spec_of(self.record_type, one.field)
                if spec.kind is Kind.REFERENCE:
                    keys.setdefault(one.field, set()).update({one.ours, one.theirs})
        return {name: labels_for(self.record_type, name, wanted) for name, wanted in keys.items()}

    def _event(self, one: Disagreement, labels: Mapping[Any, str]) -> RecordEvent:
        return RecordEvent(
            kind=RecordEvent.Kind.IMPORT_CONFLICT,
            record_type=self.record_type,
            record_id=one.key,
            fields=[one.field],
            data={
                "field": one.field,
                "ours": one.ours,
                "theirs": one.theirs,
                # Names of what a reference points to; any other value is worded where it is shown.
                "ours_label": labels.get(one.ours, ""),
                "theirs_label": labels.get(one.theirs, ""),
                "source": self.context.source.name,
                "import_run": str(self.context.run.pk),
                "line": one.row.line,
            },
            at=self.context.at,
        )


def authority_label(run: ImportRun) -> str:
    """Return how the ledger names the import; readable after the run is gone."""
    return f"Import of {run.object.replace('_', ' ')} from {run.file_name} ({run.source})"[:200]


def change_set_of(context: Context) -> NewChangeSet:
    return NewChangeSet(
        actor=context.actor,
        authority=AuthorityKind.IMPORT,
        authority_id=str(context.run.pk),
        authority_label=authority_label(context.run),
        import_run_id=context.run.pk,
    )


def _verified(record_type: str, name: str, provenance: Mapping[str, Any], at: datetime) -> bool:
    """A person verified this value, and its re-check is not due yet; the door asks the same in SQL."""
    entry = provenance.get(name) or {}
    contract = contract_for(record_type, name)
    if entry.get("locked") is not True or contract is None:
        return False
    verified_at = datetime.fromisoformat(entry["verified_at"])
    return verified_at > at - timedelta(days=contract.recheck_days)
