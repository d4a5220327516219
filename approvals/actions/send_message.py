"""Write to a customer. Nothing is written to a record: what is approved are the bytes that leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from approvals.models import Suggestion, SuggestionItem
from crmgov.records.services.changes import Patch

from .kinds import LONGEST_TITLE, ActionKind, value_label

NEEDED = ("purpose", "subject", "body")


class SendMessage(ActionKind):
    name = "send_message"
    about = ("contact",)
    creates = True
    leaves = True

    def writes(self, record_type: str) -> str:
        return "message"

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        for field in NEEDED:
            if field not in fields:
                yield "/items", f"send_message needs an item for the field {field}."

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        return f"Message: {value_label(items, 'subject')}"[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        return (
            f"Sends this message to {suggestion.record_label} once its countdown is over. "
            "Until then it can be taken back; afterwards nothing can."
        )

    def patches(
        self,
        suggestion: Suggestion,
        change_set_id: UUID,
        *,
        items: Sequence[SuggestionItem] | None = None,
        expected: Mapping[str, Any] | None = None,
        verified: frozenset[str] = frozenset(),
    ) -> list[Patch]:
        """Nothing goes through the door."""
        return []
