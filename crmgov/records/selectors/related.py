"""What hangs on a record: the people, deals and tickets its page leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import IntegerField, QuerySet, Subquery

from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models.governed import Governed

from .cursors import Cursor
from .keyset import Order, Page, page_of
from .lists import JOINED

# Beyond this a page says "1,000+": counting on costs more than the figure tells.
MOST_COUNTED = 1000

BY_PERSON = Order(("last_name", "first_name", "id"))
BY_CLOSE = Order(("close_date", "id"), descending=True, nullable=True)
BY_OPENED = Order(("opened_at", "id"), descending=True)
BY_DUE = Order(("due_on", "id"), nullable=True)


class Counted(Subquery):
    """How many rows a query finds, as a column of another."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class Relation:
    """Records of one type that name this one by `lookup`."""

    name: str
    record_type: str
    lookup: str
    order: Order


RELATIONS: dict[str, tuple[Relation, ...]] = {
    "account": (
        Relation("contacts", "contact", "account", BY_PERSON),
        Relation("opportunities", "opportunity", "account", BY_CLOSE),
        Relation("tickets", "ticket", "account", BY_OPENED),
        Relation("tasks", "task", "account", BY_DUE),
    ),
    "contact": (
        Relation("opportunities", "opportunity", "buying_roles__contact", BY_CLOSE),
        Relation("tickets", "ticket", "contact", BY_OPENED),
        Relation("tasks", "task", "contact", BY_DUE),
    ),
    "opportunity": (
        Relation("people", "contact", "buying_roles__opportunity", BY_PERSON),
        Relation("tasks", "task", "opportunity", BY_DUE),
    ),
    "ticket": (Relation("tasks", "task", "ticket", BY_DUE),),
    "task": (),
}


def counts_of(record: Governed, user: User) -> dict[str, int]:
    """Return how many of each relation there are, up to MOST_COUNTED + 1; one query for all."""
    counts = {
        relation.name: Counted(_rows(record, relation, user).values("pk")[: MOST_COUNTED + 1])
        for relation in RELATIONS[registry.type_of(record)]
    }
    if not counts:
        return {}
    one = type(record)._default_manager.filter(pk=record.pk)
    names = {f"count_of_{name}": counted for name, counted in counts.items()}
    found = one.annotate(**names).values(*names).first() or {}
    return {name: found.get(f"count_of_{name}", 0) for name in counts}


def page_for(record: Governed, relation: Relation, *, user: User, cursor: Cursor | None) -> Page[Governed]:
    rows = _rows(record, relation, user).select_related(*JOINED[relation.record_type])
    return page_of(rows, order=relation.order, cursor=cursor)


def relation_named(record_type: str, name: str) -> Relation | None:
    return next((relation for relation in RELATIONS[record_type] if relation.name == name), None)


def _rows(record: Governed, relation: Relation, user: User) -> QuerySet[Governed]:
    rows = cast("Any", registry.model_of(relation.record_type)).objects.for_user(user).present()
    return cast("QuerySet[Governed]", rows.filter(**{relation.lookup: record.pk}))
