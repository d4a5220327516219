"""What every kind of action says about itself: which fields it takes, how it reads, what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any, ClassVar
from uuid import UUID

from approvals.models import GateReading, Suggestion, SuggestionItem
from approvals.selectors import subjects
from approvals.selectors.subjects import Proposer, Subject
from crmgov.kernel.ids import new_id
from crmgov.records import registry
from crmgov.records.contracts import contract_for, fields_of
from crmgov.records.rules.values import ValueProblem
from crmgov.records.services.changes import Edit, Patch

LONGEST_TITLE = 300
EMPTY = "empty"
# The source of what the decider typed: it is not the proposer's any more, and nor is the confidence.
TYPED = "person"


class ActionKind:
    """One kind of action. Subclasses say what is particular to them.

    `problems` yields (pointer, sentence) for what makes a proposal no possible one of this kind; what a value
    may be is for the gate to say.
    """

    name: ClassVar[str]
    # The record types it is about; empty for all.
    about: ClassVar[tuple[str, ...]] = ()
    # Whether accepting makes a new record, of which the items are the fields.
    creates: ClassVar[bool] = False
    # Whether it leaves the database: then its execution takes two transactions (DESIGN §5).
    leaves: ClassVar[bool] = False
    # Whether it adds a row beside the records: then no change set is written, and nothing can be put back.
    appends: ClassVar[bool] = False
    # Whether its items are added to what the fields hold when it is written.
    adds: ClassVar[bool] = False

    # What is taken with the rest or not at all, where it is proposed: without it the rest would say something else.
    inseparable: ClassVar[tuple[str, ...]] = ()

    def writes(self, record_type: str) -> str:
        """The type of record whose fields the items name."""
        return record_type

    def problems(
        self, record_type: str, fields: Sequence[str], *, has_record: bool
    ) -> Iterable[tuple[str, str]]:
        """Why this is no possible proposal of the kind; empty when it is one."""
        if self.about and record_type not in self.about:
            allowed = " or ".join(self.about)
            yield "/record/type", f"{self.name} is about {_a(allowed)}, not about {_a(record_type)}."
            return
        if not has_record:
            yield "/record", f"{self.name} needs the record it is about: an id or an external_id."
        target = self.writes(record_type)
        for place, field in enumerate(fields):
            if contract_for(target, field) is None:
                yield f"/items/{place}/field", _unknown_field(target, field)

    def value_problem(self, field: str, values: Mapping[str, Any], subject: Subject, at: datetime) -> str:
        """Why this value is not possible beside the others and for the subject, in a sentence; empty when it is."""
        return ""

    def unknown(
        self, values: Mapping[str, Any], subject: Subject, proposer: Proposer
    ) -> Iterable[tuple[str, str]]:
        """(field, sentence) for what names a thing that the proposer knows nothing of; asked of what just comes in."""
        return ()

    def title(self, *, record_type: str, record_label: str, items: Sequence[SuggestionItem]) -> str:
        """The line in a list, beside the record's name: what would change."""
        raise NotImplementedError

    def consequence(self, suggestion: Suggestion, items: Sequence[SuggestionItem]) -> str:
        """What happens on yes, in one sentence or two."""
        raise NotImplementedError

    def patches(
        self,
        suggestion: Suggestion,
        change_set_id: UUID,
        *,
        items: Sequence[SuggestionItem] | None = None,
        expected: Mapping[str, Any] | None = None,
        verified: frozenset[str] = frozenset(),
    ) -> list[Patch]:
        """What the door shall write: the items that were taken, with the decider's edits.

        `expected` maps a field to the JSON value it must still have; left out, it is what the last reading of
        the gate found there, which is what a decider saw. `verified` names the fields a person typed or ticked.
        """
        taken = _taken(suggestion, items)
        if not taken:
            return []
        now = expected if expected is not None else _as_read(suggestion)
        target = self.writes(suggestion.record_type)
        edits = [
            Edit(
                field=item.field,
                old=None if self.creates else _typed(target, item.field, now.get(item.field, item.seen)),
                new=registry.parse(target, item.field, item.wanted),
                source=TYPED if item.was_edited else item.source or _proposer_label(suggestion),
                confidence=None if item.was_edited else item.confidence,
                verified=item.field in verified,
            )
            for item in taken
        ]
        return [self._patch(suggestion, change_set_id, edits)]

    def _patch(self, suggestion: Suggestion, change_set_id: UUID, edits: list[Edit]) -> Patch:
        if self.creates:
            return Patch(
                change_set_id, self.writes(suggestion.record_type), new_id(), tuple(edits), creates=True
            )
        assert suggestion.record_id is not None  # noqa: S101 (`problems` refuses a proposal without a record)
        return Patch(change_set_id, suggestion.record_type, suggestion.record_id, tuple(edits))


def from_to(record_type: str, item: SuggestionItem) -> str:
    """Employees: 240 to 310."""
    name = registry.label(record_type, item.field)
    new = _short(item.proposed_label)
    if not item.seen_label:
        return f"{name}: {new or EMPTY}"
    return f"{name}: {_short(item.seen_label)} to {new or EMPTY}"


def names_of(record_type: str, items: Sequence[SuggestionItem]) -> str:
    """Employees, region and title."""
    labels = [registry.label(record_type, item.field) for item in items]
    labels = labels[:1] + [_lower_first(label) for label in labels[1:]]
    if len(labels) > 3:
        labels = [*labels[:2], f"{len(labels) - 2} more"]
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def fields_said(count: int) -> str:
    """one field, 3 fields."""
    return "one field" if count == 1 else f"{count} fields"


def value_label(items: Sequence[SuggestionItem], field: str) -> str:
    """What an item proposes for a field, as people read it; empty when no item names it."""
    return next((item.proposed_label for item in items if item.field == field), "")


def missing_fields(record_type: str, fields: Sequence[str]) -> list[str]:
    """The fields a new record cannot do without and that are not given."""
    given = set(fields)
    return [
        field
        for field in fields_of(record_type)
        if field not in given and registry.spec_of(record_type, field).required
    ]


def _taken(suggestion: Suggestion, items: Sequence[SuggestionItem] | None) -> list[SuggestionItem]:
    every = suggestion.items.all() if items is None else items
    return [item for item in every if item.taken is not False]


def _as_read(suggestion: Suggestion) -> dict[str, Any]:
    reading = GateReading.objects.filter(suggestion=suggestion).order_by("-id").first()
    return {item["field"]: item["current"] for item in reading.facts["items"]} if reading else {}


def _typed(record_type: str, field: str, value: Any) -> Any:
    """The typed value; one that the field could never hold stays as it is and will simply not match."""
    try:
        return registry.parse(record_type, field, value)
    except ValueProblem:
        return value


def _proposer_label(suggestion: Suggestion) -> str:
    return str(suggestion.agent or suggestion.proposed_by)[:120]


def _unknown_field(record_type: str, field: str) -> str:
    near = get_close_matches(field, fields_of(record_type), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{_a(record_type).capitalize()} has no field “{field[:80]}”.{hint} Source columns are extra.NAME."


def _a(record_type: str) -> str:
    said = subjects.named(record_type)
    return f"{'an' if said[0] in 'aeiou' else 'a'} {said}"


def _short(label: str) -> str:
    return label if len(label) <= 60 else f"{label[:59].rstrip()}…"


def _lower_first(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
