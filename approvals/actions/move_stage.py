"""Move an opportunity to another stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from approvals.models import Suggestion, SuggestionItem

from .kinds import LONGEST_TITLE, ActionKind, fields_said, from_to, value_label

# What changes together with a stage.
TAKES = ("stage", "close_date", "forecast_category", "closed_reason", "next_step")


class MoveStage(ActionKind):
    name = "move_stage"
    about = ("opportunity",)

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        if record_type not in self.about:
            return
        if "stage" not in fields:
            yield "/items", "move_stage needs an item for the field stage."
        for place, field in enumerate(fields):
            if field not in TAKES:
                yield (
                    f"/items/{place}/field",
                    f"move_stage sets {', '.join(TAKES)}; use set_fields for {field}.",
                )

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        return ", ".join(from_to(record_type, item) for item in items)[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        stage = value_label(items, "stage") or "no stage"
        with_it = f" and changes {fields_said(len(items) - 1)} with it" if len(items) > 1 else ""
        return f"Moves {suggestion.record_label} to {stage}{with_it} at once. It can be reverted."
