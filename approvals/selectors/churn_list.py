"""Accounts by how likely they leave: only where that was shown to hold, and only those the reader may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from crmgov.people.models import User
from crmgov.records.models import Account
from scoring.models import Score, SegmentStanding, TrainedModel
from scoring.selectors import trained
from scoring.selectors.believed import Believed

from .keyset import Order, Page, page_of

SIZE = 25
KIND = Score.Kind.CHURN_RISK
LIKELIEST_FIRST = Order(("value", "pk"), descending=True)
# Below so much of 1, from the band before.
BANDS: dict[str, tuple[str, Decimal, Decimal]] = {
    "75": ("75 of 100 and more", Decimal("0.75"), Decimal("1.0001")),
    "50": ("50 to 75 of 100", Decimal("0.5"), Decimal("0.75")),
    "25": ("25 to 50 of 100", Decimal("0.25"), Decimal("0.5")),
    "0": ("under 25 of 100", Decimal(0), Decimal("0.25")),
}
NO_SEGMENT = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; empty for all. `segment` "none" is that of accounts without one."""

    segment: str = ""
    band: str = ""
    mine: bool = False

    @property
    def is_filtered(self) -> bool:
        return bool(self.segment or self.band or self.mine)


@dataclass(frozen=True, slots=True)
class Ground:
    """The model whose scores count, and its standings; `calibrated` are the segments that may be shown."""

    model: TrainedModel | None
    standings: dict[str, SegmentStanding]

    @property
    def calibrated(self) -> list[str]:
        return sorted(
            segment
            for segment, one in self.standings.items()
            if one.standing == SegmentStanding.Standing.CALIBRATED
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One account with its score."""

    believed: Believed
    account: Account

    @property
    def renews_on(self) -> date | None:
        return self.account.renewal_date


def ground() -> Ground:
    """What can be said at all; two queries."""
    model = trained.in_use(KIND)
    return Ground(model, trained.standings(model) if model else {})


def page_for(user: User, *, on: Ground, asked: Asked, cursor: str = "", size: int = SIZE) -> Page[Line]:
    """One page, those likeliest to leave first."""
    return page_of(
        _rows(user, on, asked),
        LIKELIEST_FIRST,
        cursor=cursor,
        size=size,
        plate=lambda rows: lines_of(on, list(rows)),
    )


def exported(user: User, *, on: Ground, asked: Asked, batch: int = 1_000) -> Iterator[Line]:
    """All of them, a batch at a time."""
    rows = _rows(user, on, asked).order_by("-value", "-pk")
    held: list[Score] = []
    for row in rows.iterator(chunk_size=batch):
        held.append(row)
        if len(held) == batch:
            yield from lines_of(on, held)
            held = []
    yield from lines_of(on, held)


def lines_of(on: Ground, rows: Sequence[Score]) -> list[Line]:
    """These with their accounts; two queries."""
    accounts = Account.objects.select_related("owner").in_bulk([row.record_id for row in rows])
    return [
        Line(Believed(row, on.model, on.standings.get(row.segment)), accounts[row.record_id])
        for row in rows
        if row.record_id in accounts
    ]


def _rows(user: User, on: Ground, asked: Asked) -> QuerySet[Score]:
    seen: QuerySet[Any] = Account.objects.for_user(user).present()
    if asked.mine:
        seen = seen.filter(owner=user)
    rows = Score.objects.filter(
        kind=KIND,
        current=True,
        trained=on.model,
        trained__isnull=False,
        segment__in=_segments(on, asked),
        record_id__in=seen.values("pk"),
    )
    if asked.band in BANDS:
        _, least, most = BANDS[asked.band]
        rows = rows.filter(value__gte=least, value__lt=most)
    return rows


def _segments(on: Ground, asked: Asked) -> list[str]:
    if not asked.segment:
        return on.calibrated
    wanted = "" if asked.segment == NO_SEGMENT else asked.segment
    return [one for one in on.calibrated if one == wanted]
