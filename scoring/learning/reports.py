"""The card of a training: every figure of it, and the sentences that go with them."""

from __future__ import annotations

import platform
from datetime import UTC, datetime

import numpy as np
import scipy
import sklearn
import skops

from . import costs, measures, validation
from .cards import Candidate, Card, Drifted, Feature, Measures, Period, Pooling, Segment, Weight
from .columns import Kind
from .drift import reference
from .explanations import contributions
from .measures import Floats, Labels, measured
from .pipelines import Name
from .predictors import Predictor, segment_names
from .questions import Setting, Trial
from .splits import by_time
from .tables import Table

# Ten years.
MOST_PERIODS = 40
DIGITS = 6


def card(
    setting: Setting,
    candidates: list[Candidate],
    trial: Trial,
    p: Floats,
    pooling: Pooling,
    predictor: Predictor,
) -> Card:
    """All that one training found out; `p` are the predictions out of fold of the model that is kept."""
    y, question = setting.labeled.y, setting.question
    whole = measured(y, p, seed=setting.seed)
    split, later = by_time(setting, trial, whole)
    threshold = costs.best(y, p, question.cost, seed=setting.seed)
    return Card(
        question=question.name,
        label=question.label,
        positive=question.positive,
        n=len(y),
        positives=int(y.sum()),
        rate=float(y.mean()),
        window=_window(setting),
        features=_features(setting.labeled.table, predictor),
        left_out=[one for one in setting.left_out if one["name"] not in predictor.encoding.names],
        leaks=setting.leaks,
        candidates=candidates,
        chosen=str(trial.name),
        chosen_why=_why(candidates, trial),
        pooling=pooling,
        metrics=whole,
        verdict=_verdict(whole),
        splits=split,
        later=later,
        threshold=threshold,
        cost=question.cost,
        cost_curve=costs.curve(y, p, question.cost),
        reliability=measures.reliability(y, p),
        gains=measures.gains(y, p),
        segments=_segments(setting, p, pooling, later, threshold["at"]),
        over_time=_over_time(setting, p, threshold["at"]),
        importance=_importance(trial, predictor),
        reference=reference(setting.labeled.table, setting.features, p, segment=question.segment),
        limits=_limits(setting),
        warnings=[
            *setting.labeled.table.warnings,
            *setting.labeled.warnings,
            *_warnings(setting, whole, later),
        ],
        versions=_versions(),
        seed=setting.seed,
        folds=validation.FOLDS,
        seconds=0.0,
    )


def _window(setting: Setting) -> dict[str, str] | None:
    if not setting.question.time:
        return None
    at = setting.labeled.table.column(setting.question.time)
    known = at.values[~at.missing]
    return (
        {"column": at.name, "first": at.moment(known.min()), "last": at.moment(known.max())}
        if len(known)
        else None
    )


def _features(table: Table, predictor: Predictor) -> list[Feature]:
    found = []
    for feature in predictor.encoding.features:
        column = table.column(feature.name)
        known = column.values[~column.missing]
        span = f"{feature.words(known.min())} to {feature.words(known.max())}" if feature.is_number else ""
        words = span or ", ".join(feature.levels)
        missing = float(column.missing.mean())
        found.append(Feature(name=feature.name, kind=str(feature.kind), missing=missing, range=words))
    return found


def _why(candidates: list[Candidate], trial: Trial) -> str:
    """Why this one: what the simpler ones lose, and what the more able ones do not win."""
    reasons, simpler = [], candidates[0]
    for candidate in candidates[1:]:
        gain = candidate["beats"]
        if gain is None:
            continue
        part = gain["mid"] / simpler["measures"]["log_loss"]
        won = f"{part:.1%} of the log loss ({gain['low']:.4f} to {gain['high']:.4f} per row)"
        name, other = candidate["name"].capitalize(), simpler["name"]
        if gain["low"] <= 0:
            reasons.append(f"{name} does not beat {other} beyond noise: {won}.")
        elif part < validation.WORTH:
            reasons.append(
                f"{name} beats {other} by {won}, less than the {validation.WORTH:.0%} that would be worth it."
            )
        else:
            reasons.append(f"{name} beats {other} by {won}.")
            simpler = candidate
    return f"Chosen: {trial.words}. " + " ".join(reasons)


def _verdict(whole: Measures) -> str:
    found = whole["auc"]
    if found is None:
        return "Nothing can be said: all rows are of one class."
    figures = f"AUC {found['mid']:.3f} ({found['low']:.3f} to {found['high']:.3f}), n = {whole['n']:,}"
    if whole["no_better_than_chance"]:
        return f"The predictions are no better than chance: {figures}."
    told = (
        f"Of a positive row and another one, the positive is predicted higher {found['mid']:.0%} of the time"
    )
    return f"{told}: {figures}."


def _segments(
    setting: Setting, p: Floats, pooling: Pooling, later: Drifted | None, threshold: float
) -> list[Segment]:
    if not setting.question.segment:
        return []
    y, names = setting.labeled.y, segment_names(setting.labeled.table, setting.question.segment)
    found = []
    for name in sorted(set(names)):
        rows = names == name
        inside = measured(y[rows], p[rows], seed=setting.seed)
        fewest = min(inside["positives"], inside["n"] - inside["positives"])
        enough = fewest >= validation.FEWEST_TO_JUDGE
        fits = measures.calibrated(y[rows], p[rows])
        holds = fits and not (later and name in later["stood_down"])
        found.append(
            Segment(
                name=name,
                measures=inside,
                at_threshold=costs.at_threshold(y[rows], p[rows], threshold),
                reliability=measures.reliability(y[rows], p[rows]),
                gains=measures.gains(y[rows], p[rows]),
                calibrated=fits and enough,
                stands_down=enough and not holds,
                own_model=name in pooling["own"],
                enough=enough,
                sentence=_segment_sentence(name, inside, fits, enough, holds),
            )
        )
    found.sort(key=lambda segment: (-segment["measures"]["n"], segment["name"]))
    return found


def _segment_sentence(name: str, inside: Measures, fits: bool, enough: bool, holds: bool) -> str:
    happened = (
        f"{name}: {inside['positives']:,} of {inside['n']:,} positive, {inside['predicted']:.1%} predicted"
    )
    if not enough:
        fewest = validation.FEWEST_TO_JUDGE
        return f"{happened}; fewer than {fewest} of one class, so it cannot be judged alone."
    found = inside["auc"]
    told = f"AUC within it {found['mid']:.3f} ({found['low']:.3f} to {found['high']:.3f})" if found else ""
    if inside["no_better_than_chance"]:
        told += ", no better than chance"
    if fits and not holds:
        return f"{happened}; {told}; calibrated at random, not on what came later: it stands down."
    return f"{happened}; {told}; " + ("calibrated." if fits else "not calibrated: it stands down.")


def _over_time(setting: Setting, p: Floats, threshold: float) -> list[Period]:
    """Per quarter of a date; a number as time has no periods of its own."""
    if not setting.question.time:
        return []
    column = setting.labeled.table.column(setting.question.time)
    if column.kind is not Kind.TIME:
        return []
    y = setting.labeled.y
    names = np.array(["" if np.isnan(value) else _quarter(value) for value in column.values])
    return [
        _period(name, y[names == name], p[names == name], threshold, setting.seed)
        for name in sorted(set(names) - {""})[-MOST_PERIODS:]
    ]


def _period(name: str, y: Labels, p: Floats, threshold: float, seed: int) -> Period:
    return Period(
        name=name, measures=measured(y, p, seed=seed), at_threshold=costs.at_threshold(y, p, threshold)
    )


def _quarter(at: float) -> str:
    moment = datetime.fromtimestamp(at, tz=UTC)
    return f"{moment.year}-Q{(moment.month + 2) // 3}"


def _importance(trial: Trial, predictor: Predictor) -> list[Weight]:
    """The mean size of each contribution over the background rows; nothing where nothing is told apart."""
    if trial.name is Name.BASELINE:
        return []
    rows = predictor.background
    _, effects = contributions(predictor.pooled, predictor.encoding, rows, rows)
    sizes = np.abs(effects).mean(axis=0)
    found = [
        Weight(name=name, weight=round(float(size), DIGITS))
        for name, size in zip(predictor.encoding.names, sizes, strict=True)
    ]
    return sorted(found, key=lambda weight: (-weight["weight"], weight["name"]))


def _limits(setting: Setting) -> list[str]:
    limits = [
        "A contribution says what moved the prediction, not what causes the outcome.",
        "It holds for rows like those it was trained on; drift is watched for what has changed since.",
    ]
    if not setting.question.time:
        limits.append("Without a time column nothing shows that each column was known before the outcome.")
    if not setting.question.segment:
        limits.append("Without a segment nothing shows for whom it fails.")
    return limits


def _warnings(setting: Setting, whole: Measures, later: Drifted | None) -> list[str]:
    found = [_verdict(whole)] if whole["no_better_than_chance"] else []
    if later:
        found += [
            f"Later rows differ. {one['sentence']} Likely cause: {one['cause']}" for one in later["findings"]
        ]
    for leak in setting.leaks:
        end = "A person kept it." if leak["kept"] else "It is kept out until a person decides."
        found.append(f"{leak['sentence']} {end}")
    unneeded = setting.question.keep - {leak["column"] for leak in setting.leaks}
    found += [f"{name} was not flagged: keeping it changes nothing." for name in sorted(unneeded)]
    found += [
        one["sentence"]
        for one in setting.left_out
        if one["code"] in {"constant", "empty", "nearly_empty", "id_like", "too_many"}
    ]
    return found


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "skops": skops.__version__,
    }
