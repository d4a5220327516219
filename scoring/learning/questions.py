"""What is asked of a table, and what has been done with it so far while a card is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import costs
from .cards import Cost, Leak, LeftOut
from .encodings import Encoding
from .labels import Labeled
from .measures import Floats
from .pipelines import Name
from .validation import Folds, Make


@dataclass(frozen=True, slots=True)
class Question:
    """What to learn from which column. `time` is the moment for which a row speaks, `rule` a column of rule scores.

    `keep` are columns that a person decided to keep although they were flagged.
    """

    name: str
    label: str
    positive: str
    time: str = ""
    segment: str = ""
    rule: str = ""
    keep: frozenset[str] = frozenset()
    cost: Cost = field(default_factory=lambda: Cost(**costs.USUAL))


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Out-of-fold predictions of one model for all rows, and how to make it."""

    name: Name
    words: str
    make: Make
    x: Floats
    encoding: Encoding
    p: Floats
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Everything that the parts of a card are made of."""

    question: Question
    labeled: Labeled
    leaks: list[Leak]
    left_out: list[LeftOut]
    features: list[str]
    folds: Folds
    seed: int
