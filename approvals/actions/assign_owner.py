"""Give a record an owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from approvals.models import Suggestion, SuggestionItem

from .kinds import LONGEST_TITLE, ActionKind, from_to, value_label

# The territory goes with the owner, where there is one.
TAKES = {"account": ("owner", "territory"), "contact": ("owner",), "opportunity": ("owner",)}


class AssignOwner(ActionKind):
    name = "assign_owner"
    about = ("account", "contact", "opportunity")

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        takes = TAKES.get(record_type, ())
        if takes and "owner" not in fields:
            yield "/items", "assign_owner needs an item for the field owner."
        for place, field in enumerate(fields):
            if takes and field not in takes:
                yield (
                    f"/items/{place}/field",
                    f"assign_owner sets {' and '.join(takes)}; use set_fields for {field}.",
                )

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        return ", ".join(from_to(record_type, item) for item in items)[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        owner = value_label(items, "owner") or "Nobody"
        return f"{owner} becomes the owner of {suggestion.record_label} at once. It can be reverted."
