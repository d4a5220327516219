"""Sums, rows and a plain loop over every outcome say the same of any two thresholds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from approvals.models import CellOutcome, OutcomeRollup
from approvals.rules.studio import NEVER, Ground, Thresholds
from approvals.selectors import studio
from approvals.selectors.studio import BAD, BLOCKED, GOOD, LABELS, RAN, REVIEWED, UNKNOWN, Asked, Slice
from approvals.services import rollups
from tests.bench import recorded
from tests.decisions import scene

pytestmark = pytest.mark.django_db(transaction=True)
CAP = 95


def looped(rows: QuerySet[CellOutcome], thresholds: Thresholds) -> dict[tuple[str, str], int]:
    """By what would happen and what is known, one row after the other, in decimals."""
    found = {(would, known): 0 for would in (RAN, REVIEWED, BLOCKED) for known in LABELS}
    floor, auto = Decimal(thresholds.floor) / 100, Decimal(thresholds.auto) / 100
    for row in rows:
        counts = None if row.confidence is None else min(row.confidence, Decimal(CAP) / 100)
        known = next(known for known, labels in LABELS.items() if row.label in labels)
        if row.held == "block" or (counts is not None and counts < floor):
            found[BLOCKED, known] += 1
        elif not row.held and counts is not None and counts >= auto:
            found[RAN, known] += 1
        else:
            found[REVIEWED, known] += 1
    return found


def slice_of(at: datetime, *, stake: int | None = None) -> Slice:
    amount = None if stake is None else Decimal(stake)
    return Slice(scene.WORKFLOW, "set_fields", "firmographics", "*", 5, amount)


@pytest.mark.parametrize("stake", [None, 40_000])
def test_sums_rows_and_a_loop_say_the_same(stake: int | None) -> None:
    at = timezone.now()
    recorded.fill(recorded.patterns(), 1_500, until=at, span=timedelta(days=60))
    CellOutcome.objects.filter(pk__in=CellOutcome.objects.order_by("pk")[:40]).update(held="queue")
    CellOutcome.objects.filter(pk__in=CellOutcome.objects.order_by("-pk")[:40]).update(confidence=None)
    rollups.rebuild()
    slice_ = slice_of(at, stake=stake)
    rows = studio.outcomes_of(scene.admin(), slice_, at)
    assert 200 < rows.count() < CellOutcome.objects.count()
    ground = Ground(studio.added_up(slice_, at).recorded)
    chance = random.Random(7)

    for floor, auto in [
        (0, 0),
        (40, 90),
        (96, 99),
        *((chance.randint(0, 100), chance.randint(0, NEVER)) for _ in range(9)),
    ]:
        thresholds = Thresholds(floor, auto, CAP)
        replayed = ground.under(thresholds)
        counted = looped(rows, thresholds)
        for would, said in ((RAN, replayed.ran), (REVIEWED, replayed.reviewed), (BLOCKED, replayed.blocked)):
            for known, number in ((GOOD, said.good), (BAD, said.bad), (UNKNOWN, said.unknown)):
                behind = studio.narrowed(rows, Asked(thresholds, would=would, known=known)).count()
                assert number == counted[would, known] == behind, (floor, auto, would, known)


def test_what_fell_out_of_the_window_is_in_no_sum() -> None:
    at = timezone.now()
    recorded.fill(recorded.patterns(), 60, until=at - timedelta(weeks=6), span=timedelta(days=1))
    assert OutcomeRollup.objects.exists()

    assert Ground(studio.added_up(slice_of(at), at).recorded).total.all <= 2
