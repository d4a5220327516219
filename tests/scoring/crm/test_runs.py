"""Scoring everybody and those that changed: only what moved is written, nothing twice, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from crmgov.records.models import Activity, Source
from crmgov.records.services import activities
from scoring.models import Changed, Score, ScoringRun, TrainedModel
from scoring.selectors import scores
from scoring.services import run_starts, runs
from tests.world import NOW, change

from . import ground, models

pytestmark = pytest.mark.django_db
KIND = Score.Kind.CHURN_RISK
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    monkeypatch.setattr(runs, "CHUNK", 20)
    return ground.customers(80, leaving=0.2)


@pytest.fixture
def model(ids: list[UUID]) -> TrainedModel:
    return models.fitted(ids, NOW)


def score_all(trained: TrainedModel, at=NOW) -> ScoringRun:  # type: ignore[no-untyped-def]
    run = runs.start(model_id=trained.pk, scope="all", at=at)
    assert runs.go_on(run_id=run.pk, at=at)
    run.refresh_from_db()
    return run


def rows(trained: TrainedModel) -> list[tuple[object, ...]]:
    found = Score.objects.filter(trained=trained).order_by("record_id", "scored_at")
    return list(found.values_list("record_id", "segment", "value", "reasons", "current", "scored_at"))


def test_the_life_of_scores(model: TrainedModel, ids: list[UUID]) -> None:
    run = score_all(model)

    assert (run.status, run.done, run.total, run.changed) == ("done", run.total, run.total, run.total)
    found = scores.current(record_ids=ids, kind=KIND)
    assert len(found) == run.total
    values = sorted(score.value for score in found.values())
    assert values[0] < values[-1]
    assert {score.segment for score in found.values()} == {"small", "mid"}
    before = rows(model)

    # Scoring again as of the same moment writes nothing.
    again = score_all(model)
    assert (again.done, again.changed) == (run.total, 0)
    assert rows(model) == before

    # Killed after two chunks and taken up: the rows are those of a run nobody disturbed.
    Score.objects.all().delete()
    broken = runs.start(model_id=model.pk, scope="all", at=NOW)
    with pytest.raises(KeyboardInterrupt):
        runs.go_on(run_id=broken.pk, at=NOW, after_chunk=_dies_after(2))
    broken.refresh_from_db()
    assert (broken.status, broken.done) == ("running", 40)
    assert Score.objects.count() == 40
    assert runs.start(model_id=model.pk, scope="all", at=LATER) == broken
    assert runs.go_on(run_id=broken.pk, at=LATER)
    assert rows(model) == before


class _dies_after:  # noqa: N801
    def __init__(self, chunks: int) -> None:
        self.left = chunks

    def __call__(self) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_what_changed_is_scored_again_and_nobody_else(model: TrainedModel, ids: list[UUID]) -> None:
    score_all(model)
    run_starts.take_news(at=NOW)
    Changed.objects.all().delete()
    stayed = list(
        Score.objects.filter(current=True).order_by("record_id").values_list("record_id", flat=True)
    )
    left, seen, silent = stayed[:3]
    change("account", left, at=LATER, lifecycle="churned")
    _logs_in(seen)

    assert run_starts.start_due(at=LATER + timedelta(minutes=1)) == 1

    run = ScoringRun.objects.get(status="running")
    assert (run.scope, run.total) == ("changed", 2)
    assert runs.go_on(run_id=run.pk, at=LATER + timedelta(minutes=1))
    now = scores.current(record_ids=[left, seen, silent], kind=KIND)
    assert set(now) == {seen, silent}
    assert now[silent].scored_at == NOW
    assert not Changed.objects.exists()
    assert run_starts.take_news(at=LATER) == 0
    assert run_starts.start_due(at=LATER + timedelta(minutes=2)) == 0


def test_what_was_committed_behind_a_run_is_scored_again_though_it_happened_before(
    model: TrainedModel, ids: list[UUID]
) -> None:
    """An import of an hour says when it began; the run in between did not see it."""
    between, after = LATER + timedelta(minutes=10), LATER + timedelta(minutes=12)
    run_starts.take_news(at=between)
    score_all(model, between)
    Changed.objects.all().delete()
    _logs_in(ids[0])

    assert run_starts.start_due(at=after) == 1

    run = ScoringRun.objects.get(status="running")
    assert (run.scope, run.total) == ("changed", 1)


def _logs_in(account: UUID) -> None:
    from crmgov.records.models import Account

    source = Source.objects.get_or_create(name="App", kind="verified_system", trust_rank=40)[0]
    about = Account.objects.get(pk=account)
    activities.append(
        [activities.NewActivity(about, "login", LATER, source, external_id=str(n)) for n in range(9)],
        at=LATER,
    )
    assert Activity.objects.filter(account=account, occurred_at=LATER).count() == 9


def test_champion_and_challenger_read_one_list(model: TrainedModel, ids: list[UUID]) -> None:
    TrainedModel.objects.update(status="challenger")
    new = models.fitted(ids, NOW, version=2)
    assert run_starts.start_due(at=NOW) == 2
    for run in ScoringRun.objects.all():
        runs.go_on(run_id=run.pk, at=NOW)
    Changed.objects.all().delete()
    Changed.objects.create(record_type="account", record_id=ids[0], since=LATER)
    assert run_starts.start_due(at=LATER) == 2

    first, second = ScoringRun.objects.filter(status="running").order_by("trained__version")
    assert (first.trained, second.trained) == (model, new)
    runs.go_on(run_id=first.pk, at=LATER)
    assert Changed.objects.exists()
    runs.go_on(run_id=second.pk, at=LATER)

    assert not Changed.objects.exists()


def test_a_model_of_other_features_scores_nobody_and_says_why(
    model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.features.schema.VERSION", "3")

    run = score_all(model)

    assert run.status == "failed"
    assert run.problem.startswith("This model was trained on features 2, and these are 3.")
    assert not Score.objects.filter(trained=model).exists()
