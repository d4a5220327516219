"""Put a summary on the timeline: what was said, what comes next, what it was made of, and whether a person read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from approvals.models import Suggestion, SuggestionItem
from approvals.selectors import origins
from approvals.selectors.subjects import Proposer, Subject

from .kinds import LONGEST_TITLE, ActionKind, value_label

SHORT = 80


class LogSummary(ActionKind):
    """`of` is the id of the activity or task it is made of; without one it is about the record as a whole."""

    name = "log_summary"
    about = ("account", "contact", "opportunity", "ticket")
    creates = True
    appends = True
    inseparable = ("of",)

    def writes(self, record_type: str) -> str:
        return "summary"

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        yield from super().problems(record_type, fields, has_record=has_record)
        if "summary" not in fields:
            yield "/items", "log_summary needs an item for the field summary."

    def unknown(
        self, values: Mapping[str, Any], subject: Subject, proposer: Proposer
    ) -> Iterable[tuple[str, str]]:
        of = values.get("of")
        if of and subject.record is not None and origins.find(of, subject.record, proposer) is None:
            yield "of", "There is no such activity or task on this record."

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        said = value_label(items, "about") or value_label(items, "summary").partition("\n")[0]
        return f"Summary: {said if len(said) <= SHORT else f'{said[: SHORT - 1]}…'}"[:LONGEST_TITLE]

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        return (
            f"Puts this summary on the timeline of {suggestion.record_label}, with who read it. "
            "It changes no field, and an entry of a timeline stays."
        )
