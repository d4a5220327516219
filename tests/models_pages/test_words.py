"""A card in words: what stands there is what may be believed."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from approvals.views import model_words
from scoring.learning.cards import Card
from scoring.models import SegmentStanding, TrainedModel
from tests.world import NOW

from . import kit

MODEL = TrainedModel(kind="churn_risk", version=1, trained_by="Ana Ruiz", review_due=date(2027, 2, 18))


def a_card() -> dict[str, Any]:
    return dict(kit.training()[0])


def test_accounts_without_a_segment_stand_as_the_gate_takes_them() -> None:
    """A card calls them “none”, their standing is kept under the empty name."""
    card = a_card()
    (first, *_) = card["segments"]
    card["segments"] = [{**first, "name": "none"}]
    holds = SegmentStanding(segment="", standing="calibrated", why="none: 412 outcomes hold.", since=NOW)

    (row,) = model_words.segments(MODEL, cast("Card", card), {"": holds})

    assert (row["name"], row["tag"]["text"], row["why"]) == ("no segment", "holds", "412 outcomes hold.")


def test_the_card_says_from_when_to_when_its_rows_reach() -> None:
    card = {**a_card(), "window": {"column": "cut_off", "first": "2024-11-24", "last": "2026-08-20"}}

    said = {one["label"]: one["value"] for one in model_words.keys(MODEL, cast("Card", card))}

    assert said["Data"].endswith("rows, 2024-11-24 to 2026-08-20")
