"""Whom nobody writes to, newest first, as admins read it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from crmgov.records.models import Suppression

from .cursors import Cursor
from .keyset import Order, Page, page_of

ORDER = Order(("added_at", "pk"), descending=True)
VIEWS = ("standing", "asked", "over")


def page_for(view: str, *, query: str, at: datetime, cursor: Cursor | None) -> Page[Suppression]:
    """One page of those that stand, that somebody asks to lift, or that are over; narrowed by what they name."""
    rows = _of(view, at).select_related("account", "lift_asked_by", "lifted_by")
    if query.strip():
        words = query.strip()
        rows = rows.filter(Q(value__icontains=words) | Q(account__name__icontains=words))
    return page_of(rows, order=ORDER, cursor=cursor)


def _of(view: str, at: datetime) -> QuerySet[Suppression]:
    stands = Q(lifted_at=None) & (Q(until=None) | Q(until__gt=at))
    if view == "over":
        return Suppression.objects.exclude(stands)
    found = Suppression.objects.filter(stands)
    return found.filter(lift_asked_by__isnull=False) if view == "asked" else found
