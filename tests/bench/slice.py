"""script/bench slice: what no rollup tells (only what moves at least so much), added up from the rows.

The peer is one bare SQL scan of the same rows that counts for a single pair of thresholds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from approvals.rules.studio import Ground, Thresholds
from approvals.selectors import studio
from approvals.selectors.studio import Slice
from tests.bench import recorded
from tests.bench.rounds import alternate, report
from tests.decisions import scene

DECISIONS = 200_000
WEEKS = 12
STAKE = Decimal(25_000)
HERE = Thresholds(40, 90)
SCAN = """
SELECT count(*) FILTER (WHERE o.held = '' AND o.confidence >= 0.9) AS ran,
  count(*) FILTER (WHERE o.held = 'block' OR o.confidence < 0.4) AS blocked, count(*) AS all
FROM approvals_celloutcome o JOIN approvals_suggestion s ON s.id = o.suggestion_id
WHERE o.cell_id = ANY(%s) AND o.at >= %s AND s.value_at_stake >= %s"""


def run() -> dict[str, Any]:
    at = timezone.now()
    recorded.fill(recorded.patterns(), DECISIONS, until=at, span=timedelta(weeks=WEEKS))
    slice_ = replace(Slice(scene.WORKFLOW, "set_fields", "firmographics", "*", WEEKS + 1), stake=STAKE)
    replayed = ours(slice_, at).under(HERE)
    ran, blocked, all_ = scan(slice_, at)
    assert (replayed.ran.all, replayed.blocked.all) == (ran, blocked)
    assert sum(one.all for one in replayed) == all_ > 0
    seconds = alternate({"ours": lambda _: ours(slice_, at), "one scan": lambda _: scan(slice_, at)})
    return report(f"{all_:,} of {DECISIONS:,} decisions, every pair of thresholds against one", seconds)


def ours(slice_: Slice, at: datetime) -> Ground:
    """All pairs are answered from this."""
    return Ground(studio.added_up(slice_, at).recorded)


def scan(slice_: Slice, at: datetime) -> tuple[int, ...]:
    cells = list(studio.cells_of(slice_).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(SCAN, [cells, slice_.begins(at), slice_.stake])
        found: tuple[int, ...] = cursor.fetchone()
    return found
