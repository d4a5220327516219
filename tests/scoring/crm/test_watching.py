"""The watch over a model in use: quiet while nothing moves, loud and standing down when the world has turned."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from crmgov.records.models import Activity
from scoring.models import ModelEvent, SegmentStanding, TrainedModel, WatchFinding
from scoring.selectors import trained as plates
from scoring.services import comparisons, outcomes, trainings, watching
from tests.world import NOW

from . import ground

pytestmark = pytest.mark.django_db
HALF_A_YEAR = NOW - timedelta(days=180)


def in_use(at: object = NOW) -> TrainedModel:
    model = trainings.train(question="churn", at=at)  # type: ignore[arg-type]
    TrainedModel.objects.filter(pk=model.pk).update(status="champion", since=at)
    SegmentStanding.objects.filter(trained=model).update(standing="calibrated")
    model.refresh_from_db()
    return model


def log_in_much(ids: list[UUID]) -> None:
    """Somebody wired a robot to the product: everybody logs in every day since a month."""
    Activity.objects.bulk_create(
        Activity(kind="login", account_id=one, occurred_at=day, recorded_at=day)
        for one in ids
        for day in (NOW - timedelta(days=n, hours=5) for n in range(29))
    )


def test_where_the_numbers_hold_it_says_on_what_and_is_not_looked_at_twice_a_night() -> None:
    ground.customers(600, leaving=0.6, soon=0.3)
    model = in_use(HALF_A_YEAR)

    assert watching.look_at_all(at=NOW) == 1

    lines = WatchFinding.objects.filter(trained=model, code="calibration")
    assert {(row.segment, row.alarm) for row in lines} == {("small", False), ("mid", False)}
    assert all("predicted" in row.sentence or "too few" in row.sentence for row in lines)
    assert watching.look_at_all(at=NOW + timedelta(hours=3)) == 0
    assert watching.look_at_all(at=NOW + timedelta(hours=21)) == 1


def test_a_feature_that_moved_is_an_alarm_with_its_likely_cause() -> None:
    ids = ground.customers(420, leaving=0.75)
    model = in_use()
    log_in_much(ids)

    look = watching.look(model_id=model.pk, at=NOW)

    assert look is not None
    assert look.alarms > 0
    first = plates.last_look(model)[0]
    assert first.alarm
    moved = WatchFinding.objects.filter(trained=model, code="feature", alarm=True)
    assert any("logins" in row.feature and "then" in row.cause for row in moved)


def test_a_segment_whose_numbers_no_longer_hold_stands_down_once() -> None:
    """It was trained half a year ago; since then customers leave who logged in as ever."""
    ground.customers(1000, leaving=0.6)
    model = in_use(HALF_A_YEAR)
    ground.leave_without_a_sign(0.7, since=HALF_A_YEAR)

    look = watching.look(model_id=model.pk, at=NOW)
    again = watching.look(model_id=model.pk, at=NOW + timedelta(days=1))

    assert look is not None
    assert again is not None
    assert set(look.stood_down) == {"small", "mid"}
    assert again.stood_down == ()
    assert set(SegmentStanding.objects.filter(trained=model).values_list("standing", flat=True)) == {
        "stands_down"
    }
    told = ModelEvent.objects.filter(trained=model, kind="stood_down")
    assert [(one.by, "stands down" in one.why) for one in told] == [("the watch", True)] * 2


def test_features_of_another_schema_are_a_finding_and_all_of_it_stands_down() -> None:
    ground.customers(420, leaving=0.75)
    model = in_use()
    other = TrainedModel.objects.create(
        kind="churn_risk", version=2, status="challenger", method=model.method, schema="0", card=model.card,
        file=model.file, sha256=model.sha256, trained_at=NOW, trained_by="a test", review_due=NOW.date(),
    )  # fmt: skip

    SegmentStanding.objects.create(
        trained=other, segment="mid", standing="calibrated", why="", outcomes=9, positives=3, since=NOW
    )

    look = watching.look(model_id=other.pk, at=NOW)

    assert look is not None
    assert (look.findings, look.alarms, look.stood_down) == (1, 1, ("mid",))
    assert "trained on features 0" in WatchFinding.objects.get(trained=other).sentence


def test_a_challenger_is_compared_on_what_ended_since_the_same_at_every_look() -> None:
    ground.customers(600, leaving=0.6)
    used = in_use(HALF_A_YEAR)
    rival = TrainedModel.objects.create(
        kind="churn_risk", version=2, status="challenger", method=used.method, schema=used.schema, card=used.card,
        file=used.file, sha256=used.sha256, trained_at=HALF_A_YEAR, trained_by="a test", review_due=NOW.date(),
    )  # fmt: skip
    outcomes.rebuild()

    first = comparisons.ended_since(rival, NOW - timedelta(days=30))
    later = comparisons.ended_since(rival, NOW)
    (line,) = comparisons.against_the_one_in_use(rival, at=NOW)

    assert first
    assert later[: len(first)] == first
    assert all(HALF_A_YEAR <= one.cut <= NOW - timedelta(days=90) for one in later)
    assert len({one.record_id for one in later}) == len(later)
    # The same file on both sides: nothing speaks for either.
    assert (line.size, line.alarm) == (1.0, False)
    assert f"On {len(later)} whose end is known since" in line.sentence
    assert "is open" in line.sentence
    assert comparisons.against_the_one_in_use(used, at=NOW) == []
