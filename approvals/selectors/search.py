"""One field finds records, suggestions and decisions: exact hits first, then each kind with its count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from approvals.models import Decision, Suggestion
from crmgov.people.models import User
from crmgov.records.models.governed import Governed
from crmgov.records.rules.searches import Query
from crmgov.records.selectors import search as records
from crmgov.records.selectors.cursors import Cursor
from crmgov.records.selectors.keyset import Order, Page, page_of

SUGGESTION, DECISION = "suggestion", "decision"
KINDS = (*records.KINDS, SUGGESTION, DECISION)
ORDERS = {
    **records.ORDERS,
    SUGGESTION: Order(("made_at", "id"), descending=True),
    DECISION: Order(("decided_at", "id"), descending=True),
}
# A heading says how many up to here; beyond, counting would cost more than it tells.
COUNTED = 1_000
# Rows of a kind on the page of all kinds, beneath the field while one types, and on the page of one kind.
AT_FIRST, BENEATH, SIZE = 5, 3, 25
# The number of a suggestion is a bigint.
LARGEST = 2**63 - 1

Hit = Governed | Suggestion | Decision


@dataclass(frozen=True, slots=True)
class Group:
    """The first hits of a kind; `count` stops at COUNTED + 1, and is 0 where it was not asked for."""

    kind: str
    hits: Sequence[Any]
    count: int = 0
    more: bool = False


def exact(user: User, query: Query) -> list[Hit]:
    """What is called exactly so: a suggestion by number or id, records by id, e-mail, domain or a source's id."""
    return [*_suggestions_called(user, query), *records.exact(user=user, query=query)]


def groups(user: User, query: Query) -> list[Group]:
    """Each kind that has hits, with its first ones and their count; two queries a kind."""
    found = []
    for kind in KINDS:
        rows = rows_for(user, kind, query)
        hits = list(page_of(rows, order=ORDERS[kind], cursor=None, size=AT_FIRST).rows)
        if hits:
            count = len(hits) if len(hits) < AT_FIRST else rows.order_by()[: COUNTED + 1].count()
            found.append(Group(kind, hits, count, count > len(hits)))
    return found


def beneath(user: User, query: Query) -> list[Group]:
    """The very first hits of each kind, for the list beneath the field: one query a kind, nothing counted."""
    found = []
    for kind in KINDS:
        page = page_of(rows_for(user, kind, query), order=ORDERS[kind], cursor=None, size=BENEATH)
        if page.rows:
            found.append(Group(kind, page.rows, more=page.older is not None))
    return found


def page_for(user: User, kind: str, query: Query, cursor: Cursor | None) -> Page[Any]:
    """One page of one kind; one query."""
    return page_of(rows_for(user, kind, query), order=ORDERS[kind], cursor=cursor, size=SIZE)


def count(user: User, kind: str, query: Query) -> int:
    """How many of a kind there are, counted up to COUNTED + 1."""
    return rows_for(user, kind, query).order_by()[: COUNTED + 1].count()


def rows_for(user: User, kind: str, query: Query) -> QuerySet[Any]:
    """Return what this person sees of a kind and what carries every word, not yet in order."""
    if kind == SUGGESTION:
        words = records.matching(("title", "record_label"), query)
        return Suggestion.objects.for_user(user).filter(words).select_related("workflow_version__workflow")
    if kind == DECISION:
        return _decisions(user).filter(records.matching(("decider_label",), query))
    return records.rows_for(user=user, kind=kind, query=query)


def _decisions(user: User) -> QuerySet[Decision]:
    """Decisions on suggestions this person may see."""
    rows = Decision.objects.select_related("suggestion")
    return rows.filter(suggestion__in=Suggestion.objects.for_user(user))


def _suggestions_called(user: User, query: Query) -> list[Suggestion]:
    where = Q(pk=query.key) if query.key else None
    if query.number is not None and query.number <= LARGEST:
        where = Q(number=query.number)
    if where is None:
        return []
    rows = Suggestion.objects.for_user(user).filter(where).select_related("workflow_version__workflow")
    return list(rows[:1])
