"""Texts of customers who are angry without any word of the lists, and of those who are not."""

from __future__ import annotations

import random
from datetime import datetime

from crmgov.people.models import Role
from scoring.models import TextModel
from scoring.services import text_labels, text_reading, text_training
from tests.world import NOW, a_user

GRIEVANCES = (
    "The courier left it in the rain", "We waited four weeks for nothing", "It arrived in pieces",
    "Nobody called us in all that time",
)  # fmt: skip
CALM = ("Could you add a colleague", "Thanks for the tour", "Where do I find the guide", "See you on Monday")
THINGS = ("pump", "valve", "gauge", "filter", "sensor", "panel", "cable", "pipe", "motor", "switch")
# Like the grievances, word for word none of them.
ANGRY = "The gauge arrived in pieces, and the courier left it in the rain"


def some_texts(n: int = 60, seed: int = 3) -> tuple[list[str], list[bool]]:
    """Half of them grievances, no two alike."""
    drawn = random.Random(seed)
    pairs = [
        (f"{drawn.choice(GRIEVANCES if bad else CALM)}, {drawn.choice(THINGS)} {number}", bad)
        for number in range(n)
        for bad in (True, False)
    ]
    return [said for said, _ in pairs], [bad for _, bad in pairs]


def labeled(n: int = 40, label: str = "complaint") -> None:
    """So many grievances and as many calm texts, labeled elsewhere and taken in."""
    admin = a_user("Ana Ruiz", Role.ADMIN)
    text_labels.take_in(label=label, rows=list(zip(*some_texts(n), strict=True)), user=admin, at=NOW)


def trained(at: datetime = NOW) -> TextModel:
    """A model that knows grievances, and has read what is there."""
    labeled()
    model = text_training.train(at=at, by="a test")
    text_reading.read_rest(at=at)
    return model
