"""The orders in which the inbox is offered. Each follows an index over what is queued, so no page is sorted."""

from __future__ import annotations

from .keyset import Order

DUE, NEWEST, OLDEST, VALUE = "due", "newest", "oldest", "value"
ORDERS = {
    DUE: Order(("effective_due_at", "pk")),
    NEWEST: Order(("made_at", "pk"), descending=True),
    OLDEST: Order(("made_at", "pk")),
    VALUE: Order(("value_at_stake", "pk"), descending=True, nullable=True),
}
WORDS = {
    DUE: "Due first",
    NEWEST: "Newest first",
    OLDEST: "Oldest first",
    VALUE: "Highest value first",
}
EXPLAINED = {DUE: "Due first, moved up for value and risk"}
