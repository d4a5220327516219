"""What a customer notices: messages, who looks after them, how they are addressed, what their tickets say."""

from __future__ import annotations

from collections.abc import Iterable

ACTIONS = frozenset({"send_message", "assign_owner"})
FIELDS = frozenset(
    {
        ("account", "owner"),
        ("opportunity", "owner"),
        ("contact", "owner"),
        ("contact", "first_name"),
        ("contact", "last_name"),
        ("contact", "email"),
        ("contact", "language"),
        ("ticket", "status"),
        ("ticket", "priority"),
    }
)


def customer_notices(action: str, written: Iterable[tuple[str, str]]) -> bool:
    """Return whether a customer notices an action that writes these (record type, field)."""
    return action in ACTIONS or any(one in FIELDS for one in written)
