"""The watch over models that score: what moved since the training, and where their numbers no longer hold.

Each night a model looks at its records as they are now (features, predictions, mix of segments), and at those moments
since its training of which the end is known by now. Where a segment's numbers do not hold on these, it stands down
until another version is trained: the gate then holds whatever is said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from crmgov.kernel.refusals import Refused
from scoring.features.schema import Subject
from scoring.models import ModelEvent, SegmentStanding, TrainedModel, WatchFinding
from scoring.selectors import examples, populations
from scoring.selectors.examples import QUESTIONS
from scoring.selectors.populations import POPULATIONS

from . import comparisons, model_reading, outcomes
from .turns import turn

if TYPE_CHECKING:
    from scoring.learning.cards import Drifted

Status, Standing = TrainedModel.Status, SegmentStanding.Standing
# Looked at once a night; a worker that was off looks when it is back.
EVERY = timedelta(hours=20)
# More rows than these tell nothing more about a distribution of ten bins.
MOST_ROWS = 20_000
PAGE = 5_000
THE_WATCH = "the watch"
# At or above it, a finding is an alarm: see the top of scoring/learning/drift.py.
LINES = {"missing": 0.05, "unseen": 0.05, "calibration": 0.02}
SHIFT = 0.25


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw: alarms, and the segments that stand down because of it."""

    findings: int
    alarms: int
    stood_down: tuple[str, ...]


def look_at_all(*, at: datetime) -> int:
    """Look at every model that scores and was not looked at since last night; return how many were."""
    scores = TrainedModel.objects.filter(status__in=[Status.CHAMPION, Status.CHALLENGER])
    seen = scores.alias(seen=Max("findings__at"))
    waiting = seen.filter(Q(seen=None) | Q(seen__lte=at - EVERY))
    models = list(waiting.values_list("pk", flat=True))
    for model_id in models:
        look(model_id=model_id, at=at)
    return len(models)


def look(*, model_id: UUID, at: datetime) -> Look | None:
    """Look at one model; None where another worker is at it. What it cannot read is a finding, no error."""
    with turn(f"watch {model_id}") as ours:
        if not ours:
            return None
        model = TrainedModel.objects.get(pk=model_id)
        outcomes.rebuild()
        try:
            now, since = _compared(model, at)
        except Refused as refused:
            # Its scores are as old as whatever it can no longer read: nothing of them is shown to hold.
            everywhere = {row.segment: refused.say for row in model.standings.all()}
            return _kept(model, [_blind(model, refused.say, at)], everywhere, at)
        rows = [
            *_rows(model, now, at),
            *(row for row in _rows(model, since, at) if row.code == "calibration"),
            *_calm(model, now, since, at),
            *comparisons.against_the_one_in_use(model, at=at),
        ]
        down = {one["segment"]: one["sentence"] for one in since["standings"] if one["stands_down"]}
        return _kept(model, rows, down, at)


def _compared(model: TrainedModel, at: datetime) -> tuple[Drifted, Drifted]:
    """How today's records differ from the training's, and how what ended since differs from what was said."""
    from scoring.learning import drift

    of = POPULATIONS[model.kind]
    subject, scorer = model_reading.opened(model)
    weights = {one["name"]: one["weight"] for one in model.card["importance"]}
    ids = _sample(of)
    table, p = model_reading.read(subject, scorer, ids, [at] * len(ids))
    now = drift.compare(model.card["reference"], table, p, importance=weights)
    ended = _ended(model, subject, at)
    table, p = model_reading.read(
        subject, scorer, [one.record_id for one in ended], [one.cut for one in ended]
    )
    known = drift.labels([one.positive for one in ended])
    return now, drift.compare(model.card["reference"], table, p, outcomes=known, importance=weights)


def _ended(model: TrainedModel, subject: Subject, at: datetime) -> list[examples.Example]:
    """Moments later than any that the model learned from, of which the end is known."""
    question = QUESTIONS[POPULATIONS[model.kind].question]
    last = model.card.get("own", {}).get("cut_offs", {}).get("last")
    since = datetime.fromisoformat(last) if last else model.trained_at
    return [one for one in examples.find(question, subject, at) if one.cut > since][-MOST_ROWS:]


def _sample(of: populations.Population) -> list[UUID]:
    """All of them, or evenly spread ones of very many."""
    stride = max(1, populations.count(of) // MOST_ROWS)
    found: list[UUID] = []
    after: UUID | None = None
    while True:
        ids, qualified = populations.page(of, after, PAGE)
        if not ids:
            return found
        found += [one for one in qualified if stride == 1 or int.from_bytes(one.bytes[8:]) % stride == 0]
        after = ids[-1]


def _rows(model: TrainedModel, found: Drifted, at: datetime) -> list[WatchFinding]:
    return [
        WatchFinding(
            trained=model,
            at=at,
            code=one["code"],
            segment=_segment(one["subject"]) if one["code"] == "calibration" else "",
            feature="" if one["code"] == "calibration" else one["subject"][:120],
            size=abs(one["figure"]),
            line=LINES.get(one["code"], SHIFT),
            alarm=True,
            sentence=one["sentence"][:500],
            cause=one["cause"][:500],
        )
        for one in found["findings"]
    ]


def _calm(model: TrainedModel, now: Drifted, since: Drifted, at: datetime) -> list[WatchFinding]:
    """What was looked at and holds, so that a quiet page says what it is quiet about."""
    quiet = [
        WatchFinding(
            trained=model, at=at, code="calibration", segment=_segment(one["segment"]),
            size=abs(one["gap"]["mid"]) if one["gap"] else 0.0, line=LINES["calibration"], alarm=False,
            sentence=one["sentence"][:500],
        )
        for one in since["standings"]
        if not one["stands_down"]
    ]  # fmt: skip
    if now["findings"]:
        return quiet
    read = len(model.card["features"])
    say = f"None of {read} features, nor the predictions, nor the mix of segments moved beyond chance."
    calm = WatchFinding(trained=model, at=at, code="feature", size=0.0, line=SHIFT, alarm=False, sentence=say)
    return [calm, *quiet]


def _blind(model: TrainedModel, say: str, at: datetime) -> WatchFinding:
    return WatchFinding(
        trained=model, at=at, code="gone", size=1.0, line=SHIFT, alarm=True, sentence=say[:500],
        cause="Train a new version.",
    )  # fmt: skip


@transaction.atomic(durable=True)
def _kept(model: TrainedModel, rows: list[WatchFinding], down: dict[str, str], at: datetime) -> Look:
    WatchFinding.objects.bulk_create(rows)
    fallen = []
    for name, sentence in sorted(down.items()):
        segment = _segment(name)
        standing, _ = SegmentStanding.objects.select_for_update().get_or_create(
            trained=model,
            segment=segment,
            defaults={"standing": Standing.NOT_PROVEN, "why": "", "outcomes": 0, "positives": 0, "since": at},
        )
        if standing.standing == Standing.STANDS_DOWN:
            continue
        standing.standing, standing.why, standing.since = Standing.STANDS_DOWN, sentence[:500], at
        standing.save(update_fields=["standing", "why", "since"])
        ModelEvent.objects.create(
            trained=model, kind=ModelEvent.Kind.STOOD_DOWN, why=sentence[:500], by=THE_WATCH, at=at
        )
        fallen.append(segment)
    return Look(len(rows), sum(row.alarm for row in rows), tuple(fallen))


def _segment(name: str) -> str:
    return "" if name in ("none", "all rows") else name[:40]
