"""The views of the inbox that a person sees beside the built-in ones: their own, then what admins share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from approvals.models import SavedView
from crmgov.people.models import User

from . import inbox
from .filters import Filters, known
from .orders import DUE, ORDERS

# So many may one person save, and so many shared ones are shown beside them.
MOST = 12


def shown_to(user: User) -> list[SavedView]:
    """One's own in one's own order, then those others share, by name; one query."""
    return in_order(seen_by(user).select_related("owner"), user)


def seen_by(user: User) -> QuerySet[SavedView]:
    """One's own, and those others share, in no order."""
    return SavedView.objects.filter(Q(owner=user) | Q(shared=True, owner__is_active=True))


def in_order(found: Iterable[SavedView], user: User) -> list[SavedView]:
    """One's own first; no more of the others than MOST."""
    rows = sorted(found, key=lambda row: _place(row, user))
    own = [row for row in rows if row.owner_id == user.pk]
    return own + [row for row in rows if row.owner_id != user.pk][:MOST]


def view_of(saved: SavedView) -> str:
    """The built-in view it narrows; one that is gone reads as what waits for oneself."""
    return saved.view if saved.view in inbox.VIEWS else inbox.MINE


def order_of(saved: SavedView) -> str:
    return saved.order if saved.order in ORDERS else DUE


def filters_of(saved: SavedView) -> dict[str, str]:
    """Its filters as they stand in an address; what is unknown by now is passed over."""
    return known(saved.filters)


def counts(user: User, saved: Sequence[SavedView], *, at: datetime) -> tuple[dict[str, int], list[int]]:
    """How many wait in each built-in view and in each of these, up to inbox.COUNTED + 1; one query for all."""
    lists = [inbox.waiting(user, view=view, at=at) for view in inbox.VIEWS]
    for row in saved:
        waiting = inbox.waiting(user, view=view_of(row), at=at)
        lists.append(Filters.read(filters_of(row)).apply(waiting, at=at))
    counted = inbox.counts_of(lists)
    views = len(inbox.VIEWS)
    return dict(zip(inbox.VIEWS, counted[:views], strict=True)), counted[views:]


def _place(row: SavedView, user: User) -> tuple[int, str, int]:
    return (row.position, "", row.pk) if row.owner_id == user.pk else (0, row.name.casefold(), row.pk)
