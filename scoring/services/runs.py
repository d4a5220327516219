"""Scoring runs: every record of a kind, or those that changed, in chunks that survive whoever works at them.

A chunk reads features as of the run's own moment, predicts, and commits its scores together with the last id it did.
Whoever takes the run up again begins behind that id and writes what would have been written; two workers never share
a run. `scoring` writes scores; what becomes of a record is the gate's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from crmgov.kernel.refusals import Refused
from scoring.features.schema import Feature, Subject
from scoring.models import ScoringRun, TrainedModel
from scoring.selectors import features, populations
from scoring.selectors.populations import POPULATIONS, Population

from . import model_reading, score_rows
from .signals import run_started
from .turns import turn

if TYPE_CHECKING:
    from scoring.learning.scorers import Scorer

CHUNK = 5_000
# A broker hands a task to somebody else after a while; a run that is not finished by then is rung for again.
SECONDS_AT_A_TIME = 600
MOST_REASONS = 5
IN_USE = (TrainedModel.Status.CHAMPION, TrainedModel.Status.CHALLENGER)
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Work:
    """A run taken up: what it is about, and the model ready for use."""

    run: ScoringRun
    model: TrainedModel
    population: Population
    subject: Subject
    scorer: Scorer
    at: datetime
    began: float

    @property
    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> float:
        return monotonic() - self.began


@transaction.atomic(durable=True)
def start(*, model_id: UUID, scope: str, at: datetime) -> ScoringRun:
    """Begin a run of this model as of `at`, or return the one that is under way."""
    model = TrainedModel.objects.select_for_update(of=("self",)).defer("file", "card").get(pk=model_id)
    under_way = ScoringRun.objects.filter(trained=model, status=ScoringRun.Status.RUNNING).first()
    if under_way is not None:
        return under_way
    of = POPULATIONS[model.kind]
    total = populations.count(of) if scope == ScoringRun.Scope.ALL else populations.changed(of, at)
    run = ScoringRun.objects.create(
        trained=model, scope=scope, as_of=at, total=total, started_at=at, beat_at=at
    )
    run_started.send(sender=ScoringRun, run_id=run.pk)
    return run


def go_on(
    *,
    run_id: UUID,
    at: datetime,
    seconds: float = SECONDS_AT_A_TIME,
    after_chunk: Callable[[], object] = bool,
) -> bool:
    """Work at the run, for ten minutes at most (and one chunk at least); is it finished?

    False also where there is nothing to do or another worker is at it. A model that cannot be used ends the run with
    the reason; what was written stays.
    """
    run = ScoringRun.objects.filter(pk=run_id).only("trained_id").first()
    if run is None:
        return False
    with turn(f"run {run.trained_id}") as ours:
        if not ours:
            return False
        under_way = ScoringRun.objects.filter(pk=run_id, status=ScoringRun.Status.RUNNING)
        found = under_way.select_related("trained").first()
        if found is None:
            return False
        try:
            work = _taken_up(found, at)
        except Refused as refused:
            under_way.update(status=ScoringRun.Status.FAILED, problem=refused.say[:500], finished_at=at)
            return True
        while _chunk(work):
            after_chunk()
            if work.seconds > seconds:
                return False
        _finish(work)
        return True


def _taken_up(run: ScoringRun, at: datetime) -> _Work:
    """Raises FeaturesChanged, NotLoadable."""
    model, of = run.trained, POPULATIONS[run.trained.kind]
    subject, scorer = model_reading.opened(model)
    return _Work(run, model, of, subject, scorer, at, monotonic())


@transaction.atomic(durable=True)
def _chunk(work: _Work) -> bool:
    """Score the next chunk; False when there is none."""
    run = work.run
    if run.scope == ScoringRun.Scope.ALL:
        ids, qualified = populations.page(work.population, run.after, CHUNK)
    else:
        ids, qualified = populations.changed_page(work.population, run.as_of, run.after, CHUNK)
    if not ids:
        return False
    gone = set(ids) - set(qualified)
    changed = _score(work, qualified) if qualified else 0
    if gone:
        _retire(work.model, "record_id = ANY(%s)", [sorted(gone)])
    run.after, run.done, run.changed = ids[-1], run.done + len(ids), run.changed + changed
    run.beat_at = work.now
    run.save(update_fields=["after", "done", "changed", "beat_at"])
    return True


def _score(work: _Work, ids: Sequence[UUID]) -> int:
    read = features.read(work.subject, ids, [work.run.as_of] * len(ids))
    by_name = work.subject.by_name()
    scored = work.scorer.score(
        read.columns,
        {name: str(feature.kind) for name, feature in by_name.items()},
        above=work.model.card["threshold"]["at"],
        most=MOST_REASONS,
    )
    rows = [
        (
            record_id,
            read.segments[row],
            scored.shares[row],
            [_reason(by_name[name], read.columns[name][row], points) for name, points in scored.reasons[row]],
        )
        for row, record_id in enumerate(read.ids)
    ]
    return score_rows.write(
        model=work.model, record_type=work.population.record_type, rows=rows, as_of=work.run.as_of
    )


def _reason(feature: Feature, value: Any, points: float) -> dict[str, Any]:
    return {"criterion": feature.name, "points": round(points * 100), "say": feature.sentence(value)}


@transaction.atomic(durable=True)
def _finish(work: _Work) -> None:
    run, of = work.run, work.population
    if run.scope == ScoringRun.Scope.ALL:
        qualify = f"record_id NOT IN (SELECT x.id FROM {of.table} x WHERE {of.qualifies})"  # noqa: S608
        _retire(work.model, qualify, [])
    run.status, run.finished_at, run.beat_at = ScoringRun.Status.DONE, work.now, work.now
    run.save(update_fields=["status", "finished_at", "beat_at"])
    _forget_changed(work)
    log.info("scored", model=str(work.model), scope=run.scope, done=run.done, changed=run.changed)


def _retire(model: TrainedModel, which: str, parameters: Sequence[Any]) -> None:
    """A customer who left keeps the old scores, and has none of this model that counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE scoring_score SET current = false WHERE trained_id = %s AND current AND {which}",  # noqa: S608
            [model.pk, *parameters],
        )


def _forget_changed(work: _Work) -> None:
    """What every model in use has scored since it changed waits no more: champion and challenger read one list."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM scoring_changed w WHERE w.record_type = %s AND w.since <= (
                 SELECT min(coalesce((SELECT max(r.as_of) FROM scoring_scoringrun r
                   WHERE r.trained_id = m.id AND r.status = 'done'), '-infinity'))
                 FROM scoring_trainedmodel m WHERE m.kind = %s AND m.status = ANY(%s))""",
            [work.population.record_type, work.model.kind, list(IN_USE)],
        )
