"""Make a new record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from approvals.models import Suggestion, SuggestionItem
from approvals.selectors import subjects
from crmgov.records.services.changes import Edit, Patch
from crmgov.records.services.patches import INHERITED

from .kinds import LONGEST_TITLE, ActionKind, fields_said, missing_fields, value_label

# Tasks have an action of their own, so that they always hang on something.
NOT_HERE = "task"
TEAM = "team"


class CreateRecord(ActionKind):
    name = "create_record"
    creates = True

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=True)
        if has_record:
            yield "/record", "create_record names only the type; the record does not exist yet."
        if record_type == NOT_HERE:
            yield "/record/type", "A task is proposed by create_task, on the record it is about."
        said = subjects.named(record_type)
        if missing := missing_fields(record_type, fields):
            yield "/items", f"A new {said} needs {', '.join(missing)}."
        elif not fields:
            yield "/items", f"A new {said} needs at least one field."

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        return f"New {subjects.named(record_type)}: {record_label}"[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        said = subjects.named(suggestion.record_type)
        on = value_label(items, "account") or value_label(items, "opportunity")
        where = f" at {on}" if on else ""
        return f"Makes a new {said}{where} with {fields_said(len(items))}. It can be archived, not deleted."

    def _patch(self, suggestion: Suggestion, change_set_id: UUID, edits: list[Edit]) -> Patch:
        """What hangs on nothing belongs to the team it was proposed for; the rest takes its parent's at the door."""
        patch = super()._patch(suggestion, change_set_id, edits)
        named = {edit.field for edit in edits if edit.field == TEAM or edit.new is not None}
        if suggestion.team_id is None or named & {TEAM, *subjects.PARENTS.get(suggestion.record_type, ())}:
            return patch
        return replace(patch, edits=(*edits, Edit(TEAM, None, suggestion.team_id, INHERITED)))


def label_of_new(record_type: str, items: Sequence[SuggestionItem]) -> str:
    """What a record that does not exist yet is called."""
    said = {
        "contact": ("first_name", "last_name"),
        "ticket": ("subject",),
        "task": ("title",),
        "buying_role": ("contact", "role"),
    }.get(record_type, ("name",))
    label = " ".join(filter(None, (value_label(items, field) for field in said)))
    return label or value_label(items, "email") or f"New {subjects.named(record_type)}"
