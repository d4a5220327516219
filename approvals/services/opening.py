"""What is read of suggestions before anybody judges or decides them: their items, their subjects, and who asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals.models import Suggestion, SuggestionItem
from approvals.selectors import subjects
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Subject
from approvals.selectors.together import Rows, instance, together, whole
from crmgov.people.models import User
from crmgov.people.policy import Standing

from . import standing
from .proposed import Proposed, proposer_of, subject_of

# Whose sight it is (agent or person), and the sight.
Sights = Mapping[tuple[int | None, int | None], Sight]
# The records of a type that one proposer is asked for.
Wanted = Mapping[tuple[Sight, str], set[UUID]]


@dataclass(frozen=True, slots=True)
class Opened:
    """`stands` is how the person who opened it stands to it. Items are in their order."""

    suggestion: Suggestion
    stands: Standing
    items: list[SuggestionItem]
    subject: Subject
    sight: Sight

    @property
    def proposed(self) -> Proposed:
        """As the gate looks at it."""
        return Proposed(self.suggestion, self.items, self.subject, self.sight)


def of(user: User, suggestion: Suggestion, at: datetime) -> Opened:
    """Read it as it is now; one query where it is about a record. In a decision this comes after the lock."""
    (opened,) = of_all(user, [suggestion], at)
    return opened


def of_all(user: User, suggestions: Sequence[Suggestion], at: datetime) -> list[Opened]:
    """Read them as they are now; one query, and where they would make something new one per proposer and parent."""
    sights = {_whose(one): Sight(proposer_of(one)) for one in suggestions}
    wanted = _records(suggestions, sights)
    rows = SuggestionItem.objects.filter(suggestion__in=[one.pk for one in suggestions])
    found = together(
        **standing.asked(user, suggestions, at),
        items=whole(rows.order_by("suggestion_id", "position")),
        **{f"records_{n}": sight.asked(kind, ids) for n, ((sight, kind), ids) in enumerate(wanted.items())},
    )
    for n, ((sight, kind), ids) in enumerate(wanted.items()):
        sight.told(kind, ids, found[f"records_{n}"])
    items = _items(suggestions, found["items"])
    _learn_parents(suggestions, sights, items)
    return [
        Opened(
            suggestion=one,
            stands=standing.told(user, one, found),
            items=items[one.pk],
            subject=subject_of(one, items[one.pk], sights[_whose(one)]),
            sight=sights[_whose(one)],
        )
        for one in suggestions
    ]


def _whose(suggestion: Suggestion) -> tuple[int | None, int | None]:
    return suggestion.agent_id, suggestion.proposed_by_id


def _records(suggestions: Sequence[Suggestion], sights: Sights) -> Wanted:
    """The records they are about."""
    wanted: defaultdict[tuple[Sight, str], set[UUID]] = defaultdict(set)
    for one in suggestions:
        if one.record_id is not None:
            wanted[sights[_whose(one)], one.record_type].add(one.record_id)
    return wanted


def _items(suggestions: Sequence[Suggestion], rows: Rows) -> dict[UUID, list[SuggestionItem]]:
    """The items of each, in their order, which is that of the rows."""
    by_id = {one.pk: one for one in suggestions}
    items: dict[UUID, list[SuggestionItem]] = {key: [] for key in by_id}
    for row in rows:
        item = instance(SuggestionItem, row)
        item.suggestion = by_id[item.suggestion_id]
        items[item.suggestion_id].append(item)
    return items


def _learn_parents(
    suggestions: Sequence[Suggestion], sights: Sights, items: Mapping[UUID, Sequence[SuggestionItem]]
) -> None:
    """What those without a record of their own will hang on, so that their subjects need no query each."""
    wanted: defaultdict[tuple[Sight, str], set[UUID]] = defaultdict(set)
    for one in suggestions:
        if one.record_id is None:
            given = {item.field: item.proposed for item in items[one.pk]}
            for field, key in _parents(one.record_type, given)[:1]:
                wanted[sights[_whose(one)], field].add(key)
    for (sight, field), keys in wanted.items():
        sight.learn(field, keys)


def _parents(record_type: str, given: Mapping[str, Any]) -> list[tuple[str, UUID]]:
    """The fields that name one, with its id; the first that is there gives the subject."""
    named = ((field, given.get(field)) for field in subjects.PARENTS.get(record_type, ()))
    return [(field, key) for field, raw in named if raw and (key := subjects.as_uuid(raw)) is not None]
