"""Records by what they are called: name, e-mail or domain anywhere, an id or an external id exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import ExternalId
from crmgov.records.models.governed import Governed
from crmgov.records.rules.searches import Query, patterns

from .keyset import Order
from .lists import JOINED, SEARCHED

# The types that a search shows, in the order of the page.
KINDS = ("account", "contact", "opportunity", "ticket")
# How the hits of a type are sorted: by a key with an index, none of them null.
ORDERS = {
    "account": Order(("name", "id")),
    "contact": Order(("last_name", "first_name", "id")),
    "opportunity": Order(("name", "id")),
    "ticket": Order(("opened_at", "id"), descending=True),
}
# An external id that so many records share is none.
MOST_EXACT = 20


def rows_for(*, user: User, kind: str, query: Query) -> QuerySet[Governed]:
    """Return what this person sees of a type and what carries every word, not yet in order."""
    rows = cast("Any", registry.model_of(kind)).objects.for_user(user).present()
    found = rows.filter(matching(SEARCHED[kind], query)).select_related(*JOINED[kind])
    return cast("QuerySet[Governed]", found)


def matching(columns: Iterable[str], query: Query) -> Q:
    """Return the condition that each word stands in one of the columns; nothing where nothing can be found."""
    if not query.is_findable:
        return Q(pk__in=())
    found = Q()
    for word in query.words:
        one = Q()
        for pattern in patterns(word):
            for column in columns:
                one |= Q(**{f"{column}__ilike": pattern})
        found &= one
    return found


def exact(*, user: User, query: Query) -> list[Governed]:
    """Return the records that are called exactly so: by id, e-mail, domain or a source's id; five queries at most.

    Archived ones are among them: who knows the id of a thing wants that thing.
    """
    if not query.is_findable:
        return []
    keys = _named(query.text)
    found: list[Governed] = []
    for kind in KINDS:
        if (where := _exactly(kind, query, keys.get(kind, set()))) is not None:
            found += (
                of_user(user, kind).filter(where).select_related(*JOINED[kind]).order_by("pk")[:MOST_EXACT]
            )
    return found[:MOST_EXACT]


def seen_by(user: User, keys: Mapping[str, Iterable[UUID]]) -> dict[UUID, Governed]:
    """Return those of the records that this person may see, by id; one query per type."""
    return {
        row.pk: row
        for kind, ids in keys.items()
        if kind in KINDS
        for row in of_user(user, kind).filter(pk__in=list(ids)).select_related(*JOINED[kind])
    }


def of_user(user: User, kind: str) -> QuerySet[Governed]:
    return cast("QuerySet[Governed]", cast("Any", registry.model_of(kind)).objects.for_user(user))


def _exactly(kind: str, query: Query, ids: set[UUID]) -> Q | None:
    """What makes a record of this type an exact hit; None where nothing could, which spares the query."""
    keys = ids | ({query.key} if query.key else set())
    where = Q(pk__in=keys) if keys else None
    text = query.text.lower()
    if kind == "contact" and "@" in text:
        return Q(email=text) if where is None else where | Q(email=text)
    if kind == "account" and "." in text:
        return Q(domain=text) if where is None else where | Q(domain=text)
    return where


def _named(value: str) -> dict[str, set[UUID]]:
    """Type -> records that some source calls so; whoever may see them is asked next."""
    found: dict[str, set[UUID]] = {}
    rows = ExternalId.objects.filter(value=value, record_type__in=KINDS)
    for kind, key in rows.values_list("record_type", "record_id")[:MOST_EXACT]:
        found.setdefault(kind, set()).add(key)
    return found
