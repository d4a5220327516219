"""A CRM with a past: customers whose use fades before they leave, among others who stay."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from crmgov.records.models import Account, Activity, Segment
from crmgov.records.services import changes
from tests.world import NOW, hand_edit

FIRST = 0x01900000_0000_7000_8000_000000000000
BEGAN = NOW - timedelta(days=900)


def customers(count: int, *, leaving: float = 0.5, soon: float = 0.0, seed: int = 7) -> list[UUID]:
    """Make customers of two segments, of whom a share leaves at some time in the last two years.

    Who leaves logs in less and less in the 120 days before; who stays logs in every few days. Of those who are still
    there, `soon` will leave within four months.
    """
    luck = random.Random(seed)
    for name in ("small", "mid"):
        Segment.objects.get_or_create(name=name)
    ids = _made(count)
    leave: dict[UUID, datetime] = {}
    events: list[Activity] = []
    for record_id in ids:
        gone = NOW - timedelta(days=luck.randrange(5, 700, 20)) if luck.random() < leaving else None
        if gone:
            leave[record_id] = gone
        elif soon and luck.random() < soon:
            gone = NOW + timedelta(days=luck.randrange(1, 120))
        events += _life(record_id, gone, luck)
    Activity.objects.bulk_create(events, batch_size=2000)
    _leave(leave)
    return ids


def _made(count: int) -> list[UUID]:
    # Moments are drawn by the id: the same ids, the same examples.
    change_set, ids = hand_edit(), [UUID(int=FIRST + number) for number in range(count)]
    patches = [
        changes.Patch(
            change_set.id,
            "account",
            record_id,
            (
                changes.Edit("name", None, f"Customer {number}", "a test"),
                changes.Edit("lifecycle", None, "customer", "a test"),
                changes.Edit("segment", None, ("small", "mid")[number % 2], "a test"),
            ),
            creates=True,
        )
        for number, record_id in enumerate(ids)
    ]
    _apply([change_set], patches, BEGAN)
    return ids


def _life(record_id: UUID, gone: datetime | None, luck: random.Random) -> list[Activity]:
    """Logins about every six days; of those in the last 120 before leaving one in six is left."""
    found, at = [], NOW - timedelta(days=luck.uniform(780, 790))
    while at < (gone or NOW):
        fades = gone is not None and at > gone - timedelta(days=120)
        if not fades or luck.random() < 0.17:
            found.append(
                Activity(
                    kind=luck.choice(("login", "login", "call", "reply")),
                    account_id=record_id, occurred_at=at, recorded_at=at,
                )
            )  # fmt: skip
        at += timedelta(days=luck.uniform(2, 10))
    return found


def _leave(leave: dict[UUID, datetime]) -> None:
    for gone in sorted(set(leave.values())):
        change_set = hand_edit()
        edit = changes.Edit("lifecycle", "customer", "churned", "a test")
        patches = [
            changes.Patch(change_set.id, "account", record_id, (edit,))
            for record_id, at in leave.items()
            if at == gone
        ]
        _apply([change_set], patches, gone)


def _apply(sets: Sequence[changes.NewChangeSet], patches: Sequence[changes.Patch], at: datetime) -> None:
    with transaction.atomic():
        assert not changes.apply(change_sets=sets, patches=patches, at=at).refused


def leave_without_a_sign(share: float, *, since: datetime, seed: int = 11) -> None:
    """Of who is still there, so many leave in the months after `since`, logging in as ever until the end."""
    luck = random.Random(seed)
    still = Account.objects.filter(lifecycle="customer").order_by("id").values_list("id", flat=True)
    days = (NOW - since).days - 1
    _leave(
        {
            record_id: since + timedelta(days=luck.randrange(10, days, 5))
            for record_id in still
            if luck.random() < share
        }
    )
