"""A model for the pages: really trained, once per process, on a small company's history made by rule."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import cache

from django.utils import timezone

from crmgov.people.models import User
from scoring.models import ModelEvent, Score, SegmentStanding, TrainedModel, WatchFinding
from tests.world import NOW

ROWS = 480
SEGMENTS = ("small", "mid", "enterprise")


@cache
def training() -> tuple[dict[str, object], bytes, str, str]:
    """Card, file, SHA-256 and method."""
    from scoring.learning import tables
    from scoring.learning.training import Question, train

    draw = random.Random(7)
    rows = []
    for n in range(ROWS):
        logins, tickets = draw.randint(0, 40), draw.randint(0, 6)
        left = draw.random() < 0.5 / (1 + logins / 8) + tickets * 0.05
        rows.append(
            {
                "logins_30": logins,
                "tickets_90": tickets,
                "segment": SEGMENTS[n % len(SEGMENTS)],
                "left": "yes" if left else "no",
            }
        )
    made = train(tables.of_rows(rows), Question("churn", "left", "yes", segment="segment"))
    return dict(made.card), made.file, made.sha256, made.card["chosen"]


def a_model(
    version: int = 1,
    status: TrainedModel.Status = TrainedModel.Status.CANDIDATE,
    *,
    trainer: User | None = None,
    kind: Score.Kind = Score.Kind.CHURN_RISK,
) -> TrainedModel:
    card, file, sha256, method = training()
    model = TrainedModel.objects.create(
        kind=kind,
        version=version,
        status=status,
        method=method,
        schema="1",
        card=card,
        file=file,
        sha256=sha256,
        trained_at=NOW,
        trained_by=str(trainer or "an operator"),
        trainer=trainer,
        review_due=(timezone.now() + timedelta(days=91)).date(),
        since=NOW if status == TrainedModel.Status.CHAMPION else None,
    )
    ModelEvent.objects.create(trained=model, kind="trained", by=model.trained_by, at=NOW)
    standings = {"small": "calibrated", "mid": "stands_down"}
    for segment, standing in standings.items():
        SegmentStanding.objects.create(
            trained=model,
            segment=segment,
            standing=standing,
            why="61 outcomes: 20.1 % predicted, 34.4 % happened.",
            outcomes=61,
            positives=21,
            since=NOW,
        )
    return model


def looked(model: TrainedModel) -> None:
    """The watch has looked: one alarm, one calm line."""
    for alarm, size in ((True, 0.31), (False, 0.04)):
        WatchFinding.objects.create(
            trained=model,
            at=NOW,
            code="feature",
            feature="logins_30",
            size=size,
            line=0.2,
            alarm=alarm,
            sentence=f"logins_30 moved: {size} where 0.2 is the line.",
            cause="Fewer logins are recorded since 1 November." if alarm else "",
        )
