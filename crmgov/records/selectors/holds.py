"""Which holds run: until the end of their last day where the person who placed them is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from crmgov.records.models import Hold

# No day anywhere ends later than this after it ended in UTC.
FARTHEST = timedelta(hours=14)


def running_on(accounts: Iterable[UUID], *, at: datetime) -> list[Hold]:
    """Return the holds that run on these accounts, with who placed them; one query."""
    return [hold for hold in open_on(accounts, at=at).select_related("placed_by") if hold.runs(at)]


def open_on(accounts: Iterable[UUID], *, at: datetime) -> QuerySet[Hold]:
    """The same as far as the database can tell: whether it runs (`runs`) depends on where who placed it is."""
    return Hold.objects.filter(account__in=list(accounts), lifted_at=None, until__gte=(at - FARTHEST).date())
