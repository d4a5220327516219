"""Change fields of one record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from approvals.models import Suggestion, SuggestionItem

from .kinds import LONGEST_TITLE, ActionKind, fields_said, from_to, names_of


class SetFields(ActionKind):
    name = "set_fields"

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        if not fields:
            yield "/items", "set_fields needs at least one item."

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        if not items:
            return "No change"
        shown = ", ".join(from_to(record_type, item) for item in items)
        if len(items) > 2 or len(shown) > 120:
            shown = names_of(record_type, items)
        return shown[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        return (
            f"Changes {fields_said(len(items))} of {suggestion.record_label} at once. "
            "Each can be reverted while nobody has changed it again."
        )
