"""What is read of a suggestion before anybody judges or decides it: its items, its subject, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from approvals.models import Suggestion, SuggestionItem
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Subject
from approvals.selectors.together import instance, together, whole
from crmgov.people.models import User
from crmgov.people.policy import Standing

from . import standing
from .proposed import proposer_of, subject_of


@dataclass(frozen=True, slots=True)
class Opened:
    """`stands` is how the person who opened it stands to it. Items are in their order."""

    suggestion: Suggestion
    stands: Standing
    items: list[SuggestionItem]
    subject: Subject


def of(user: User, suggestion: Suggestion, at: datetime) -> Opened:
    """Read it as it is now; one query where it is about a record. In a decision this comes after the lock."""
    sight = Sight(proposer_of(suggestion))
    record_type, record_id = suggestion.record_type, suggestion.record_id
    found = together(
        **standing.asked(user, suggestion, at),
        items=whole(SuggestionItem.objects.filter(suggestion=suggestion).order_by("position")),
        **({"record": sight.asked(record_type, record_id)} if record_id is not None else {}),
    )
    items = [instance(SuggestionItem, row) for row in found["items"]]
    for item in items:
        item.suggestion = suggestion
    if record_id is not None:
        sight.told(record_type, record_id, found["record"])
    return Opened(
        suggestion=suggestion,
        stands=standing.told(user, suggestion, found),
        items=items,
        subject=subject_of(suggestion, items, sight),
    )
