"""script/bench replay: a million recorded decisions under 100 × 100 pairs of thresholds, and a handle that is moved.

Ours adds up the rollups. The peers: one pass of numpy over the decisions packed into an array, and what the ORM would
ask the rows, one aggregate a pair (some pairs are timed, and scaled). What numpy reads lies in memory already, so ours
is timed from rollups in memory, too, and once more with the query that reads them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy
from django.db.models import Count, Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.models import CellOutcome, OutcomeRollup
from approvals.rules.studio import NOT_GIVEN, TOP, Ground, Row
from approvals.selectors import studio
from approvals.selectors.studio import Slice
from tests.bench import recorded
from tests.bench.rounds import alternate, report
from tests.decisions import scene

DECISIONS = 1_000_000
WEEKS = 12
PAIRS = range(TOP)
# What takes milliseconds is timed more often.
ROUNDS_OF_MS = 25
# Of 10,000 pairs: an aggregate over the rows takes about as long whichever it is.
ASKED = [(40, 90), (55, 80)]
HELD = ("", "queue", "block")
LABELS = ("", "unchanged", "edited", "rejected", "reverted", "contested")
GOOD, BAD = (1,), (2, 3, 4, 5)


def run() -> dict[str, Any]:
    at = timezone.now()
    recorded.fill(recorded.patterns(), DECISIONS, until=at, span=timedelta(weeks=WEEKS))
    slice_ = Slice(scene.WORKFLOW, "set_fields", "firmographics", "*", WEEKS + 1)
    rows = studio.outcomes_of(scene.admin(), slice_, at)
    packed = pack(rows)
    assert flat(ours(slice_, at)) == in_numpy(packed).tolist()
    for floor, auto in ASKED:
        assert asked_of_orm(rows, floor, auto) == flat(ours(slice_, at))[floor][auto], (floor, auto)

    sums = studio.added_up(slice_, at).recorded
    fast = alternate(
        {
            "ours": lambda _: Ground(sums).every_pair(PAIRS, PAIRS),
            "numpy": lambda _: in_numpy(packed),
            "ours with its query": lambda _: ours(slice_, at),
        },
        rounds=ROUNDS_OF_MS,
    )
    scale = len(PAIRS) ** 2 / len(ASKED)
    slow = alternate(
        {"ours": lambda _: ours(slice_, at), "orm": lambda _: [asked_of_orm(rows, *pair) for pair in ASKED]}
    )
    slow = {"ours": slow["ours"], "ORM aggregates, scaled": [one * scale for one in slow["orm"]]}
    many, rollups = f"{len(PAIRS)} × {len(PAIRS)} pairs", OutcomeRollup.objects.count()
    title = f"{len(packed):,} decisions under {many}, from {rollups:,} rollups"
    return {
        "replay": report(title, fast),
        "orm": report("with its query, against the ORM", slow),
        "handle": moved_handle(),
    }


def ours(slice_: Slice, at: datetime) -> list[Row]:
    """By floor and auto: what ran with its good, bad and unknown, and how many were reviewed and blocked."""
    return Ground(studio.added_up(slice_, at).recorded).every_pair(PAIRS, PAIRS)


def pack(rows: Any) -> Any:
    """One number a decision: hundredth (0 for none), what else held it, what people said."""
    return numpy.fromiter(
        (
            ((NOT_GIVEN if confidence is None else int(confidence * 100)) + 1) * 18
            + HELD.index(held) * 6
            + LABELS.index(label)
            for confidence, held, label in rows.values_list("confidence", "held", "label").iterator(50_000)
        ),
        dtype=numpy.uint16,
    )


def in_numpy(packed: Any) -> Any:
    """The same, from one pass over all decisions."""
    cells = numpy.bincount(packed, minlength=(TOP + 2) * 18).reshape(TOP + 2, 3, 6)
    given, free = cells[1:].sum(axis=2), cells[1:, 0, :]
    above = free[::-1].cumsum(axis=0)[::-1]
    stopped = cells[:, 2].sum()
    soft = given[:, 0] + given[:, 1]
    below = stopped + numpy.concatenate(([0], soft.cumsum()))[: len(PAIRS)]
    floors, autos = numpy.arange(len(PAIRS))[:, None], numpy.arange(len(PAIRS))[None, :]
    from_ = numpy.maximum(floors, autos)
    ran = above.sum(axis=1)[from_]
    blocked = numpy.broadcast_to(below[:, None], ran.shape)
    good, bad = above[:, GOOD].sum(axis=1)[from_], above[:, BAD].sum(axis=1)[from_]
    return numpy.stack([ran, cells.sum() - ran - blocked, blocked, good, bad, above[:, 0][from_]], axis=2)


def asked_of_orm(rows: Any, floor: int, auto: int) -> list[int]:
    """One pair by one aggregate over the rows."""
    low, start = floor / TOP, max(floor, auto) / TOP
    ran = Q(held="", confidence__gte=start)
    blocked = Q(held="block") | Q(confidence__lt=low)
    found = rows.aggregate(
        ran=Count("pk", filter=ran),
        blocked=Count("pk", filter=blocked),
        good=Count("pk", filter=ran & Q(label=CellOutcome.Label.UNCHANGED)),
        bad=Count("pk", filter=ran & Q(label__in=studio.LABELS[studio.BAD])),
        unknown=Count("pk", filter=ran & Q(label="")),
        all=Count("pk"),
    )
    reviewed = found["all"] - found["ran"] - found["blocked"]
    return [found["ran"], reviewed, found["blocked"], found["good"], found["bad"], found["unknown"]]


def flat(grid: list[Row]) -> list[list[list[int]]]:
    """As numpy and the ORM have it: ran, reviewed, blocked, good, bad, unknown."""
    return [
        [
            [ran.all, reviewed, row.blocked, ran.good, ran.bad, ran.unknown]
            for ran, reviewed in zip(row.ran, row.reviewed, strict=True)
        ]
        for row in grid
    ]


def moved_handle() -> dict[str, Any]:
    """Everything a moved handle redraws, as an admin's browser asks for it."""
    # Everything is imported before anything is timed.
    address = reverse("approvals:studio")
    client = Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
    client.force_login(scene.admin(), backend="django.contrib.auth.backends.ModelBackend")

    def move(number: int) -> None:
        answer = client.get(f"{address}?floor=0.4&auto=0.{80 + number}")
        assert answer.status_code == 200, answer.status_code

    return report(f"a moved handle over {DECISIONS:,} decisions", alternate({"ours": move}))
