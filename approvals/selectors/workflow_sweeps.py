"""What the clock shows built-in workflows at night: records that time alone may have moved, by id, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from crmgov.records.models import Account, Activity
from scoring.selectors import facts as scored

from .workflow_briefs import TALK

RENEWAL_WINDOW = timedelta(days=90)
# A lead nobody wrote anything about for so long may have gone cold.
UNTOUCHED = timedelta(days=180)
# With whom nobody talked for so long a conversation has ended.
DORMANT = timedelta(days=120)


def _renewing(at: datetime) -> QuerySet[Any]:
    """Customers whose contract ends soon."""
    days = (at.date(), at.date() + RENEWAL_WINDOW)
    return scored.customers().filter(renewal_date__range=days)


def _customers(at: datetime) -> QuerySet[Any]:
    return scored.customers()


def _old_leads(at: datetime) -> QuerySet[Any]:
    return scored.leads().filter(created_at__lt=at - UNTOUCHED).exclude(tags__contains=["cold"])


def _quiet_prospects(at: datetime) -> QuerySet[Any]:
    """Accounts that never bought, with whom somebody once talked, and nobody since."""
    talked = Activity.objects.filter(account=OuterRef("pk"), kind__in=TALK, occurred_at__lte=at)
    rows = Account.objects.present().exclude(lifecycle__in=scored.NO_LEADS)
    return rows.filter(Exists(talked)).exclude(Exists(talked.filter(occurred_at__gt=at - DORMANT)))


SWEEPS: dict[str, Callable[[datetime], QuerySet[Any]]] = {
    "renewing": _renewing,
    "customers": _customers,
    "old_leads": _old_leads,
    "quiet_prospects": _quiet_prospects,
}


def page(sweep: str, *, after: UUID | None, most: int, at: datetime) -> list[UUID]:
    """The next ids behind `after`."""
    rows = SWEEPS[sweep](at)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:most])
