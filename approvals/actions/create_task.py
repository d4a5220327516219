"""Give somebody something to do about a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from approvals.models import Suggestion, SuggestionItem
from crmgov.records import registry
from crmgov.records.services.changes import Edit, Patch

from .kinds import LONGEST_TITLE, ActionKind, value_label

# The record it is about is named by the suggestion, not by an item.
TAKES = ("title", "note", "purpose", "due_on", "assignee")


class CreateTask(ActionKind):
    name = "create_task"
    about = ("account", "contact", "opportunity", "ticket")
    creates = True

    def writes(self, record_type: str) -> str:
        return "task"

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        if "title" not in fields:
            yield "/items", "create_task needs an item for the field title: what is to be done."
        for place, field in enumerate(fields):
            if field not in TAKES:
                yield f"/items/{place}/field", f"create_task sets {', '.join(TAKES)}, not {field}."

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        return f"Task: {value_label(items, 'title')}"[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        who = value_label(items, "assignee")
        when = value_label(items, "due_on")
        given = f" for {who}" if who else ", assigned to nobody yet"
        due = f", due {when}" if when else ""
        return f"Makes a task about {suggestion.record_label}{given}{due}. It can be archived, not deleted."

    def _patch(self, suggestion: Suggestion, change_set_id: UUID, edits: list[Edit]) -> Patch:
        patch = super()._patch(suggestion, change_set_id, edits)
        key = registry.parse("task", suggestion.record_type, suggestion.record_id)
        about = Edit(suggestion.record_type, None, key, edits[0].source)
        return replace(patch, edits=(*patch.edits, about))
