"""Put tags on a record beside those that are there, whatever others are proposed at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals.models import Suggestion, SuggestionItem
from approvals.selectors.subjects import Subject
from crmgov.records.services.changes import Edit, Patch

from .kinds import LONGEST_TITLE, ActionKind, value_label

TAGS = "tags"


class AddTag(ActionKind):
    """Its one item holds the tags to add. What they are added to is read when it is written, so nothing was seen."""

    name = "add_tag"
    creates = True
    adds = True

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        if TAGS not in fields:
            yield "/items", "add_tag needs an item for the field tags: a list of those to add."
        for place, field in enumerate(fields):
            if field != TAGS:
                yield f"/items/{place}/field", f"add_tag adds tags; use set_fields for {field}."

    def value_problem(self, field: str, values: Mapping[str, Any], subject: Subject, at: datetime) -> str:
        wanted = values.get(TAGS) or []
        if not wanted:
            return "Name at least one tag."
        there = set(subject.record.tags) if subject.record is not None else set()
        return "It carries them already, so there is nothing to add." if there.issuperset(wanted) else ""

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        return f"Add tag: {value_label(items, TAGS)}"[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        tags = value_label(items, TAGS)
        return (
            f"Puts {tags} on {suggestion.record_label} beside its other tags. It can be reverted by itself."
        )

    def _patch(self, suggestion: Suggestion, change_set_id: UUID, edits: list[Edit]) -> Patch:
        assert suggestion.record_id is not None  # noqa: S101 (`problems` refuses a proposal without a record)
        patch = super()._patch(suggestion, change_set_id, edits)
        return replace(
            patch, record_type=suggestion.record_type, record_id=suggestion.record_id, creates=False
        )
