"""What one training found out, as one plain object that goes to JSON, into the database and onto the screens.

Every share is between 0 and 1; every interval is at 95 %; every time is ISO 8601 in UTC. `None` stands for "cannot be
told", never for zero. This module loads nothing heavy, so that screens may import its types.

Keys of a `Card`, in the order in which a reader asks:
- `question`: what was asked ("churn", "lead", "win"); `label`, `positive`: the column and the value that counts.
- `n`, `positives`, `rate`: rows with a label, those that are positive, their share.
- `window`: from when to when the rows reach, if a time column was named.
- `features`: what the model reads; `left_out`: what it does not, with the reason; `leaks`: columns that know the
  answer, each kept out unless a person kept it (`kept`).
- `candidates`: baseline, logistic, boosting, each by out-of-fold predictions of the same folds; `chosen`, `chosen_why`.
- `pooling`: whether one model serves all segments, and why.
- `metrics`: the chosen model on all rows, out of fold; `verdict` says it in a sentence.
- `splits`: random and by time side by side (`time` is None without a time column); `later`: what drifted between the
  two sides of the cut, and which segments' predictions did not hold on what came later.
- `threshold`: where the decision cost is lowest, with precision and recall there; `cost`: the matrix and the curve.
- `reliability`, `gains`: ten rows each at most, for all rows and per segment.
- `segments`: the same per segment, largest first; `over_time`: per calendar quarter.
- `importance`: what moves predictions most, as the mean size of the contribution in log-odds.
- `reference`: what `drift.compare` compares with later.
- `limits`, `warnings`: sentences. `versions`, `seed`, `folds`, `seconds`: how it was made.
Owner, review date and fairness groups belong to the installation; who publishes a model adds them beside the card.
"""

from __future__ import annotations

from typing import Any, TypedDict


class Interval(TypedDict):
    """An estimate between the ends of its 95 % interval."""

    low: float
    mid: float
    high: float


class Measures(TypedDict):
    """`n` rows, of them `positives`; `rate` is what happened and `predicted` the mean prediction.

    `auc` and `average_precision` are None where only one class is there. `no_better_than_chance` is true when the
    interval of the AUC holds 0.5, or where there is none.
    """

    n: int
    positives: int
    rate: Interval
    predicted: float
    auc: Interval | None
    average_precision: Interval | None
    brier: Interval
    ece: Interval
    log_loss: float
    no_better_than_chance: bool


class Feature(TypedDict):
    """`kind` is number, category or flag; `missing` the share of rows without a value; `range` from and to in words."""

    name: str
    kind: str
    missing: float
    range: str


class LeftOut(TypedDict):
    """A column that the model does not read. `code`: label, time, constant, empty, id_like, mixed_dates, leak …"""

    name: str
    code: str
    sentence: str


class Leak(TypedDict):
    """A column that knows the answer. `code`: near_perfect, label_aggregate, one_class_only, after_the_fact.

    `kept` is true where a person decided that the model may read it all the same.
    """

    column: str
    code: str
    sentence: str
    kept: bool


class Candidate(TypedDict):
    """A model that stood for choice. `beats`: by how much log loss it beats the simpler choice, None for the first."""

    name: str
    words: str
    measures: Measures
    beats: Interval | None
    seconds: float


class Pooling(TypedDict):
    """`own` names the segments that have a model of their own; all others are served by the pooled one."""

    pooled: bool
    own: list[str]
    sentence: str


class Split(TypedDict):
    """`random` is cross-validated; `time` trains on what came before `cut` and is measured on what came after."""

    random: Measures
    time: Measures | None
    cut: str | None
    sentence: str


class Finding(TypedDict):
    """One thing that drifted: see `drift.Finding`."""

    code: str
    subject: str
    figure: float
    ks: float | None
    sentence: str
    cause: str


class Standing(TypedDict):
    """Whether a segment's predictions hold: see `drift.Standing`."""

    segment: str
    n: int
    positives: int
    predicted: float | None
    gap: Interval | None
    spiegelhalter_z: float | None
    stands_down: bool
    sentence: str


class Drifted(TypedDict):
    """What changed between two tables; `stood_down` names the segments whose calibration does not hold any more."""

    alarm: bool
    findings: list[Finding]
    standings: list[Standing]
    stood_down: list[str]


class Bin(TypedDict):
    """Rows predicted between `low` and `high`: the mean prediction and what happened."""

    low: float
    high: float
    n: int
    predicted: float
    actual: Interval


class Tenth(TypedDict):
    """One tenth of the rows, the highest predictions first. `captured` is the share of all positives so far.

    `lift` is the rate over that of all rows; its interval is that of the rate alone.
    """

    tenth: int
    n: int
    positives: int
    rate: Interval
    lift: float
    lift_interval: Interval
    captured: float
    captured_interval: Interval


class Cost(TypedDict):
    """What each outcome of acting costs, in the unit that whoever trains gave (by default: missing one costs 5)."""

    hit: float
    false_alarm: float
    miss: float
    right_rest: float


class CostPoint(TypedDict):
    """What a row costs on average when everything at or above `threshold` is acted on."""

    threshold: float
    per_row: float


class Threshold(TypedDict):
    """Where the cost is lowest; `at_interval` is where it is lowest in 95 of 100 resamples.

    `flagged` is the share of rows at or above `at`; `per_row` the cost there.

    `per_row_nobody` and `per_row_everybody` are what it costs to act on nobody and on everybody.
    `precision` is None where nobody is flagged.
    """

    at: float
    at_interval: Interval
    flagged: float
    precision: Interval | None
    recall: Interval
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    per_row: Interval
    per_row_nobody: float
    per_row_everybody: float


class AtThreshold(TypedDict):
    """What acting at the card's threshold means for some of the rows; None where nothing was flagged, or positive."""

    flagged: Interval
    precision: Interval | None
    recall: Interval | None


class Segment(TypedDict):
    """One segment. `calibrated` says whether mean prediction and rate agree within noise or within 2 points.

    `stands_down`: it is not calibrated, out of fold or on what came later, so no score of it may be acted on.
    `own_model`: it has a model of its own. `enough`: it has enough positives and negatives to be judged alone;
    otherwise `sentence` says so and nobody should read more than the rate out of it.
    """

    name: str
    measures: Measures
    at_threshold: AtThreshold
    reliability: list[Bin]
    gains: list[Tenth]
    calibrated: bool
    stands_down: bool
    own_model: bool
    enough: bool
    sentence: str


class Period(TypedDict):
    """Rows of one calendar quarter, for example "2026-Q1"."""

    name: str
    measures: Measures
    at_threshold: AtThreshold


class Weight(TypedDict):
    """The mean size of what this feature adds to a prediction, in log-odds."""

    name: str
    weight: float


class Card(TypedDict):
    """See the top of this module."""

    question: str
    label: str
    positive: str
    n: int
    positives: int
    rate: float
    window: dict[str, str] | None
    features: list[Feature]
    left_out: list[LeftOut]
    leaks: list[Leak]
    candidates: list[Candidate]
    chosen: str
    chosen_why: str
    pooling: Pooling
    metrics: Measures
    verdict: str
    splits: Split
    later: Drifted | None
    threshold: Threshold
    cost: Cost
    cost_curve: list[CostPoint]
    reliability: list[Bin]
    gains: list[Tenth]
    segments: list[Segment]
    over_time: list[Period]
    importance: list[Weight]
    reference: dict[str, Any]
    limits: list[str]
    warnings: list[str]
    versions: dict[str, str]
    seed: int
    folds: int
    seconds: float
