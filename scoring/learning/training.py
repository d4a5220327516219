"""From a table and a question to a model file and its card."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from . import checks, costs, pipelines, validation
from .cards import Candidate, Card, Leak, LeftOut, Pooling
from .columns import FEATURES, Kind, Unlearnable
from .encodings import Encoding, fitted
from .labels import labeled
from .measures import Floats, measured
from .pipelines import Name
from .predictors import BACKGROUND, Predictor, segment_names
from .questions import Question as Question
from .questions import Setting, Trial
from .reports import card
from .tables import Table
from .validation import Folds, Make

SEED = 20_261_101
MOST_SEGMENTS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The card, the model as a file with its SHA-256, and the same model ready for use."""

    card: Card
    file: bytes
    sha256: str
    predictor: Predictor


def train(table: Table, question: Question, *, seed: int = SEED) -> Trained:
    """Check, choose, validate and fit: the same table, question and seed give the same model bit for bit.

    Raises Unlearnable with a sentence when nothing can be learned.
    """
    began = time.perf_counter()
    setting = _setting(table, question, seed)
    trials = _trials(setting)
    place, won = validation.chosen(setting.labeled.y, [trial.p for trial in trials])
    p, own, pooling = _by_segment(setting, trials[place])
    predictor = _fitted(setting, trials[place], own)
    file = predictor.file()
    made = card(setting, _candidates(setting, trials, won), trials[place], p, pooling, predictor)
    made["seconds"] = round(time.perf_counter() - began, 2)
    return Trained(made, file.content, file.sha256, predictor)


def _setting(table: Table, question: Question, seed: int) -> Setting:
    _require_columns(table, question)
    found = labeled(table, label=question.label, positive=question.positive)
    without = tuple(c for c in found.table.columns if c.name != question.label)
    rows = replace(found.table, columns=without)
    leaks = checks.leaks(rows, found.y, at=question.time, keep=question.keep, seed=seed)
    flagged = {leak["column"]: leak for leak in leaks if not leak["kept"]}
    left_out = [*_left_out(rows, question, flagged)]
    out = {one["name"] for one in left_out}
    features = [column.name for column in rows.columns if column.name not in out]
    if not features:
        raise Unlearnable("No column is left to learn from. " + " ".join(one["sentence"] for one in left_out))
    found = replace(found, table=rows)
    return Setting(question, found, leaks, left_out, features, Folds.of(found.y, seed=seed), seed)


def _require_columns(table: Table, question: Question) -> None:
    roles = [name for name in (question.label, question.time, question.segment, question.rule) if name]
    for name in [*roles, *sorted(question.keep)]:
        table.column(name)
    if question.label in roles[1:]:
        raise Unlearnable(f"{question.label} is the label, so it is neither time, segment nor rule.")
    if question.time and not table.column(question.time).is_ordered:
        column = table.column(question.time)
        raise Unlearnable(
            column.sentence or f"{question.time} holds no dates, so nothing can be split by it."
        )
    if question.rule and table.column(question.rule).kind is not Kind.NUMBER:
        raise Unlearnable(f"{question.rule} holds no numbers, so it is no score of a rule.")
    if question.segment:
        _require_few_segments(table, question.segment)
    costs.require_sense(question.cost)


def _require_few_segments(table: Table, segment: str) -> None:
    values = table.column(segment).values
    different = len(np.unique(values[~np.isnan(values)]))
    if different > MOST_SEGMENTS:
        raise Unlearnable(
            f"{segment} has {different:,} different values, more than {MOST_SEGMENTS}: too many to judge one by one."
        )


def _left_out(rows: Table, question: Question, flagged: dict[str, Leak]) -> list[LeftOut]:
    found = []
    for column in rows.columns:
        if column.name == question.time:
            code, sentence = "time", f"{column.name}: the moment for which the row speaks."
        elif column.name == question.rule:
            code, sentence = "rule", f"{column.name}: the score of the rule, which is the baseline."
        elif column.name in flagged:
            code, sentence = "leak", flagged[column.name]["sentence"]
        elif column.kind is Kind.TIME:
            code, sentence = (
                "date",
                f"{column.name}: a date moves on with the calendar. Give days since it instead.",
            )
        elif column.kind not in FEATURES:
            code, sentence = column.code, column.sentence
        else:
            continue
        found.append(LeftOut(name=column.name, code=code, sentence=sentence))
    return found


def _trials(setting: Setting) -> list[Trial]:
    """The baseline, logistic regression and boosting, on the same folds."""
    encoding = fitted(setting.labeled.table, setting.features)
    rule = fitted(setting.labeled.table, [setting.question.rule] if setting.question.rule else [])
    trials = [_trial(setting, Name.BASELINE, rule)]
    return trials + [_trial(setting, name, encoding) for name in (Name.LOGISTIC, Name.BOOSTING)]


def _trial(setting: Setting, name: Name, encoding: Encoding) -> Trial:
    began = time.perf_counter()
    make: Make = partial(pipelines.calibrated, name, encoding, seed=setting.seed)
    words = pipelines.WORDS[name]
    if name is Name.BASELINE:
        make = make if setting.question.rule else pipelines.prior
        words = pipelines.RULE_WORDS if setting.question.rule else words
    x = encoding.matrix(setting.labeled.table)
    p = validation.out_of_fold(make, x, setting.labeled.y, setting.folds)
    return Trial(name, words, make, x, encoding, p, time.perf_counter() - began)


def _candidates(setting: Setting, trials: Sequence[Trial], won: Sequence[Any]) -> list[Candidate]:
    return [
        Candidate(
            name=str(trial.name),
            words=trial.words,
            measures=measured(setting.labeled.y, trial.p, seed=setting.seed),
            beats=gain,
            seconds=round(trial.seconds, 2),
        )
        for trial, gain in zip(trials, won, strict=True)
    ]


def _by_segment(setting: Setting, trial: Trial) -> tuple[Floats, list[str], Pooling]:
    """The predictions out of fold that the whole model makes, the segments with a model of their own, and why."""
    segment, y = setting.question.segment, setting.labeled.y
    if not segment:
        return (
            trial.p,
            [],
            Pooling(pooled=True, own=[], sentence="One model for all rows: no segment was named."),
        )
    names = segment_names(setting.labeled.table, segment)
    p, own, few = trial.p.copy(), [], []
    for name in sorted(set(names)):
        rows = np.flatnonzero(names == name)
        if min(int(y[rows].sum()), int(len(rows) - y[rows].sum())) < validation.FEWEST_FOR_OWN:
            few.append(name)
            continue
        better = None
        if trial.name is not Name.BASELINE:
            better = validation.own_predictions(trial.make, trial.x, y, rows, trial.p, setting.folds)
        if better is not None:
            p[rows] = better
            own.append(name)
    return p, own, Pooling(pooled=not own, own=own, sentence=_pooling_sentence(segment, own, few))


def _pooling_sentence(segment: str, own: list[str], few: list[str]) -> str:
    sentences = [
        f"A model of its own predicts {', '.join(own)} better, beyond noise; the others share the pooled one."
        if own
        else f"One pooled model for every {segment}: none of its own predicts better beyond noise."
    ]
    if few:
        fewest = validation.FEWEST_FOR_OWN
        sentences.append(f"Pooled for want of {fewest} positives and {fewest} others: {', '.join(few)}.")
    return " ".join(sentences)


def _fitted(setting: Setting, trial: Trial, own: Sequence[str]) -> Predictor:
    """The chosen model on all rows, and on the rows of each segment that has its own."""
    y, segment = setting.labeled.y, setting.question.segment
    random = np.random.default_rng(setting.seed)
    background = trial.x[np.sort(random.choice(len(y), size=min(BACKGROUND, len(y)), replace=False))]
    models = {}
    if own:
        names = segment_names(setting.labeled.table, segment)
        models = {name: validation.fit(trial.make, trial.x[names == name], y[names == name]) for name in own}
    return Predictor(trial.encoding, validation.fit(trial.make, trial.x, y), models, segment, background)
