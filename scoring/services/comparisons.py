"""A challenger against the model in use, on what ended since the challenger was trained."""

from __future__ import annotations

from datetime import datetime, timedelta

from scoring import duels
from scoring.duels import Duel
from scoring.models import TrainedModel, WatchFinding
from scoring.selectors import examples, schemas, trained
from scoring.selectors.examples import MONTHS, QUESTIONS, Example
from scoring.selectors.populations import POPULATIONS

from . import model_reading

CODE = "challenger"
LINE = 1 / duels.ALPHA
WORDS = {
    "better": "It predicts better than the one in use, at every look so far allowed for: put it in use.",
    "worse": "It predicts worse than the one in use. Retire it.",
    "open": "Whether it predicts better than the one in use is open.",
}


def against_the_one_in_use(model: TrainedModel, *, at: datetime) -> list[WatchFinding]:
    """One line where this is a challenger and something is in use; none else. Raises Refused, NotLoadable.

    Deals are not compared: they end in another order than they are asked about, and the bets want one order.
    """
    champion = trained.in_use(model.kind)
    question = QUESTIONS[POPULATIONS[model.kind].question]
    if model.status != TrainedModel.Status.CHALLENGER or champion is None or question.horizon_days is None:
        return []
    if champion.schema != model.schema:
        say = "The one in use reads other features, so the two cannot be compared."
        return [WatchFinding(trained=model, at=at, code=CODE, size=1.0, line=LINE, alarm=False, sentence=say)]
    duel = _duel(champion, model, at)
    errors = f"squared error {duel.challenger:.4f}, of the one in use {duel.champion:.4f}"
    figures = f"On {duel.n:,} whose end is known since: {errors}."
    finding = WatchFinding(
        trained=model, at=at, code=CODE, size=duel.better, line=LINE, alarm=duel.verdict == "worse",
        sentence=f"{WORDS[duel.verdict]} {figures}",
        cause=f"Evidence {duel.better:,.1f} for it and {duel.worse:,.1f} against; {LINE:.0f} decides.",
    )  # fmt: skip
    return [finding]


def ended_since(model: TrainedModel, at: datetime) -> list[Example]:
    """One moment per record after the training, in order, the same ones at every look: drawn by the record's id from
    the two years after the training, and counted once its end is known.
    """
    question = QUESTIONS[POPULATIONS[model.kind].question]
    horizon = timedelta(days=question.horizon_days or 0)
    all_of_it = model.trained_at + horizon + timedelta(days=30 * (MONTHS - 1))
    found = examples.find(question, schemas.subject(question.name), all_of_it)
    return [one for one in found if one.cut + horizon <= at]


def _duel(champion: TrainedModel, challenger: TrainedModel, at: datetime) -> Duel:
    found = ended_since(challenger, at)
    subject, new = model_reading.opened(challenger)
    _, old = model_reading.opened(champion)
    table = model_reading.table_at(subject, [one.record_id for one in found], [one.cut for one in found])
    said = zip(
        old.predictor.predict(table).tolist(), new.predictor.predict(table).tolist(), found, strict=True
    )
    return duels.fought((p, q, one.positive) for p, q, one in said)
