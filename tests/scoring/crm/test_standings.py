"""What a training lets be believed of its model in each segment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scoring.models import SegmentStanding
from scoring.services import trainings
from tests.world import NOW

from . import ground

pytestmark = pytest.mark.django_db


def test_what_fits_at_random_and_not_on_what_came_later_is_not_calibrated() -> None:
    """For a year customers leave who logged in as ever: a random split mixes both worlds and fits."""
    ground.customers(1000, leaving=0.6)
    ground.leave_without_a_sign(0.7, since=NOW - timedelta(days=400))

    model = trainings.train(question="churn", at=NOW)

    down = {one["name"] for one in model.card["segments"] if one["calibrated"] and one["stands_down"]}
    assert down
    calibrated = SegmentStanding.objects.filter(trained=model, standing="calibrated")
    assert not down & set(calibrated.values_list("segment", flat=True))
    held = SegmentStanding.objects.filter(trained=model, segment__in=down)
    assert all("not on what came later" in one.why for one in held)
