"""Random split and split by time side by side, and what drifted between what came first and what came later."""

from __future__ import annotations

import numpy as np

from . import drift, validation
from .cards import Drifted, Measures, Split
from .measures import measured
from .questions import Setting, Trial


def by_time(setting: Setting, trial: Trial, whole: Measures) -> tuple[Split, Drifted | None]:
    """Measure a model of the earlier rows on the later ones, beside the random split; None where that cannot be told.

    A model that was validated at random looks as good as its time; only this shows whether it holds for the next.
    """
    if not setting.question.time:
        return _only(
            whole, "No time column was named, so whether it holds for later rows is not known."
        ), None
    y, column = setting.labeled.y, setting.labeled.table.column(setting.question.time)
    at = column.values
    found = validation.by_time(trial.make, trial.x, y, at)
    if isinstance(found, str):
        return _only(whole, found), None
    p, rows, cut = found
    later = measured(y[rows], p, seed=setting.seed)
    sentence = _sentence(whole, later, column.moment(cut))
    split = Split(random=whole, time=later, cut=column.moment(cut), sentence=sentence)
    before = np.flatnonzero(at < cut)
    table, segment = setting.labeled.table, setting.question.segment
    then = drift.reference(table.rows(before), setting.features, trial.p[before], segment=segment)
    return split, drift.compare(then, table.rows(rows), p, outcomes=y[rows])


def _only(whole: Measures, sentence: str) -> Split:
    return Split(random=whole, time=None, cut=None, sentence=sentence)


def _sentence(random: Measures, later: Measures, cut: str) -> str:
    early, late = random["auc"], later["auc"]
    if early is None or late is None:
        return "One class is missing on one side of the cut."
    spread = f"({late['low']:.3f} to {late['high']:.3f})"
    figures = f"AUC {early['mid']:.3f} at random, {late['mid']:.3f} {spread} after {cut}"
    worse = late["high"] < early["mid"]
    off = abs(later["rate"]["mid"] - later["predicted"]) > drift.TOLERANCE
    words = "It does worse on what came later" if worse else "It tells later rows apart as well"
    told = f" Later {later['rate']['mid']:.1%} were positive, {later['predicted']:.1%} were predicted."
    return f"{words}: {figures}." + (told if off else "")
