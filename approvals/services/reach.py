"""How far a decision reaches: nobody points a record at what they may not see, or moves it between teams unasked."""

from __future__ import annotations

from collections.abc import Sequence

from approvals import actions
from approvals.models import Decision, Suggestion, SuggestionItem
from crmgov.kernel.refusals import Invalid, NotAllowed
from crmgov.people.models import User
from crmgov.people.policy import Act, may
from crmgov.records import registry
from crmgov.records.services.references import unseen

TEAM = "team"
ADMINS_MOVE = "Which team sees a record is decided by an admin: leave Team out, or ask one."


def require(suggestion: Suggestion, items: Sequence[SuggestionItem], decider: User) -> None:
    """Ask it of the items taken, as edited. Raises Invalid naming each field, NotAllowed."""
    writes = actions.of(suggestion).writes(suggestion.record_type)
    taken = [item for item in items if item.taken]
    errors = {item.field: say for item in taken if (say := unseen(writes, item.field, item.wanted, decider))}
    if errors:
        said = [f"{registry.label(writes, field)}: {say}" for field, say in errors.items()]
        raise Invalid(" ".join(said), errors)
    if any(moves(suggestion, item) for item in taken) and not may(decider, Act.ADMINISTER):
        raise NotAllowed(ADMINS_MOVE)


def moves(suggestion: Suggestion, item: SuggestionItem) -> bool:
    """Whether the item puts the record into another team than the one that looks at the suggestion."""
    return item.field == TEAM and item.wanted != suggestion.team_id


def only_moves(suggestion: Suggestion, items: Sequence[SuggestionItem]) -> bool:
    """Whether nothing is left of it without the move."""
    return all(moves(suggestion, item) for item in items if item.taken is not False)


def moved(suggestion: Suggestion, decision: Decision) -> bool:
    """Whether what was decided puts the record into another team."""
    edits = (edit for patch in decision.payload for edit in patch["edits"])
    return any(edit["field"] == TEAM and edit["new"] != suggestion.team_id for edit in edits)
