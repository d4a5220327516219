"""Lists of records: scoped, searched, filtered and sorted by indexed keys; page by page or as a whole to export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import CharField, F, Lookup, Q, QuerySet

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import Lifecycle, Ticket
from crmgov.records.models.governed import Governed
from crmgov.records.rules.searches import literal

from .cursors import Cursor
from .keyset import Order, Page, page_of
from .records import JOINED as NAMED

# Rows held in memory at a time while a list is exported.
CHUNK = 2000
SHORTEST_SEARCH = 2


@CharField.register_lookup
class Contains(Lookup[str]):
    """ILIKE on the bare column: Django's icontains wraps it in UPPER() and so passes the trigram index by."""

    lookup_name = "ilike"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, column_params = self.process_lhs(compiler, connection)
        value, value_params = self.process_rhs(compiler, connection)
        return f"{column} ILIKE {value}", (*column_params, *value_params)


@dataclass(frozen=True, slots=True)
class SortKey:
    """A way to sort, with the index that carries it (models/*)."""

    name: str
    order: Order


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked of a list. `filters` maps the name of a filter to the value chosen."""

    q: str = ""
    sort: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)


# The first is how a list opens.
SORTS: dict[str, tuple[SortKey, ...]] = {
    "account": (
        SortKey("name", Order(("name", "id"))),
        SortKey("annual_value", Order(("annual_value", "id"), descending=True, nullable=True)),
        SortKey("renewal_date", Order(("renewal_date", "id"), nullable=True)),
    ),
    "contact": (
        SortKey("name", Order(("last_name", "first_name", "id"))),
        SortKey("lead_score", Order(("lead_score", "id"), descending=True, nullable=True)),
    ),
    "opportunity": (
        SortKey("close_date", Order(("close_date", "id"), descending=True, nullable=True)),
        SortKey("name", Order(("name", "id"))),
        SortKey("amount", Order(("amount", "id"), descending=True, nullable=True)),
    ),
    "ticket": (SortKey("opened_at", Order(("opened_at", "id"), descending=True)),),
}
SEARCHED = {
    "account": ("name", "domain"),
    "contact": ("last_name", "first_name", "email"),
    "opportunity": ("name",),
    "ticket": ("subject",),
}
JOINED = {
    "account": ("owner",),
    "contact": ("account", "owner"),
    "opportunity": ("account", "owner"),
    "ticket": ("account",),
    "task": ("assignee", "account", "contact", "opportunity", "ticket"),
}
OPEN_TICKET = (Ticket.Status.OPEN, Ticket.Status.WAITING)


def _yes(**where: Any) -> Callable[[str, User], Q]:
    return lambda value, user: Q(**where)


def _equals(column: str) -> Callable[[str, User], Q]:
    return lambda value, user: Q(**{column: value})


def _mine(value: str, user: User) -> Q:
    return Q(owner=user)


def _leads(value: str, user: User) -> Q:
    return ~Q(lifecycle__in=[Lifecycle.CUSTOMER, Lifecycle.CHURNED, Lifecycle.EVANGELIST])


FILTERS: dict[str, dict[str, Callable[[str, User], Q]]] = {
    "account": {
        "segment": _equals("segment"),
        "mine": _mine,
        "escalated": _yes(escalated=True),
        "strategic": _yes(strategic=True),
    },
    "contact": {"lifecycle": _equals("lifecycle"), "mine": _mine, "leads": _leads},
    "opportunity": {"stage": _equals("stage"), "mine": _mine, "open": _yes(stage__kind="open")},
    "ticket": {
        "priority": _equals("priority"),
        "open": _yes(status__in=OPEN_TICKET),
        "escalated": _yes(escalated=True),
    },
}


def page_for(*, user: User, record_type: str, asked: Asked, cursor: Cursor | None) -> Page[Governed]:
    """Return one page, loaded with what a row names: two queries at most."""
    rows = rows_for(user=user, record_type=record_type, asked=asked)
    return page_of(rows, order=sort_of(record_type, asked.sort).order, cursor=cursor)


def exported(*, user: User, record_type: str, asked: Asked) -> Iterator[Governed]:
    """Return every row of the filtered list in its order, a chunk at a time."""
    order = sort_of(record_type, asked.sort).order
    first, *rest = [
        F(column).desc(nulls_last=True) if order.descending else F(column) for column in order.columns
    ]
    rows = rows_for(user=user, record_type=record_type, asked=asked).select_related(*NAMED[record_type])
    return rows.order_by(first, *rest).iterator(chunk_size=CHUNK)


def rows_for(*, user: User, record_type: str, asked: Asked) -> QuerySet[Governed]:
    """Return what this person sees of a type and asked for, not yet in order."""
    rows = cast("Any", registry.model_of(record_type)).objects.for_user(user).present()
    for name, value in asked.filters.items():
        if value and name in FILTERS[record_type]:
            rows = rows.filter(FILTERS[record_type][name](value, user))
    return cast(
        "QuerySet[Governed]",
        rows.filter(_searched(record_type, asked.q)).select_related(*JOINED[record_type]),
    )


def sort_of(record_type: str, name: str) -> SortKey:
    """Return the sort of that name, or the one the list opens with."""
    return next((sort for sort in SORTS[record_type] if sort.name == name), SORTS[record_type][0])


def _searched(record_type: str, q: str) -> Q:
    """Every word must stand in one of the names; a single letter finds what begins with it."""
    found = Q()
    for word in q.split():
        pattern = f"{literal(word)}%" if len(word) < SHORTEST_SEARCH else f"%{literal(word)}%"
        one = Q()
        for column in SEARCHED[record_type]:
            one |= Q(**{f"{column}__ilike": pattern})
        found &= one
    return found
