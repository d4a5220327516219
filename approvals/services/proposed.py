"""A suggestion together with what it is about, as the gate and the intake look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from approvals import actions
from approvals.models import Suggestion, SuggestionItem
from approvals.selectors import subjects, surroundings
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer, Subject

from . import values


@dataclass(frozen=True, slots=True)
class Proposed:
    """A suggestion with its items, the subject as it is now and what each value means."""

    suggestion: Suggestion
    items: Sequence[SuggestionItem]
    subject: Subject
    sight: Sight
    # Of what just comes in: how many of the same call come before it and are not stored yet. None for all else.
    ahead: int | None = None

    @property
    def writes(self) -> str:
        """The type of record whose fields the items name."""
        return actions.of(self.suggestion).writes(self.suggestion.record_type)

    @property
    def current(self) -> Any:
        """The record the items would change; None where they would make one."""
        return None if actions.of(self.suggestion).creates else self.subject.record

    @property
    def remembered(self) -> Any:
        """The record whose past counts: the one it would change, or would add a tag to."""
        return self.subject.record if actions.of(self.suggestion).adds else self.current

    def holds(self, field: str) -> Any:
        """What the field holds now, as JSON; null where a new record would be made."""
        return values.current(self.current, field) if self.current is not None else None

    @property
    def cell(self) -> surroundings.Cell:
        """Where its autonomy is earned."""
        suggestion = self.suggestion
        return surroundings.Cell(
            suggestion.agent_id, suggestion.workflow_version_id, suggestion.action, self.subject.segment
        )


def proposer_of(suggestion: Suggestion) -> Proposer:
    """Who proposed a stored suggestion."""
    return Proposer(suggestion.agent, suggestion.proposed_by)


def subject_of(
    suggestion: Suggestion, items: Sequence[SuggestionItem], sight: Sight | None = None
) -> Subject:
    """The subject as it is now; without a record where the proposer may no longer see it."""
    sight = sight or Sight(proposer_of(suggestion))
    if suggestion.record_id is None:
        given = {item.field: item.proposed for item in items}
        return sight.of_new(suggestion.record_type, given)
    found = sight.find(suggestion.record_type, suggestion.record_id)
    return subjects.around(found) if found is not None else Subject(suggestion.record_type)


class HasProposer(Protocol):
    """Whose it is: an agent's, or by hand a person's."""

    @property
    def agent_id(self) -> int | None: ...
    @property
    def proposed_by_id(self) -> int | None: ...


def same_proposer(one: HasProposer, other: HasProposer) -> bool:
    """Whether both come from one agent, or by hand from one person."""
    return (one.agent_id, one.proposed_by_id) == (other.agent_id, other.proposed_by_id)
