"""What has changed since the training, with the likely cause, and which segments may no longer be trusted.

A distribution is compared by the population stability index over the bins of the training,

    PSI = sum over bins of (now - then) ln(now / then),

and by the largest distance of the cumulated shares (Kolmogorov-Smirnov on the bins). An index of 0.25 is a shift by
custom; chance alone makes it (bins - 1)(1/n + 1/m) on average, so an alarm needs both 0.25 and what chance exceeds
once in a thousand. Calibration is compared on new outcomes: the gap between what happened and what was predicted, and
Spiegelhalter's z, which sees predictions that are too bold or too timid while their mean is right. A segment stands
down when the gap, or else z, is beyond what chance does once in a thousand, and the calibration error beyond two
points.

Sources: Siddiqi, Credit risk scorecards (2006), for 0.25; Yurdakul and Naranjo, Statistical properties of the
population stability index (2020); Spiegelhalter, Probabilistic prediction in patient management and clinical trials
(1986).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from .cards import Drifted, Finding, Interval, Standing
from .columns import Column, Kind
from .measures import Floats, Labels, calibration_error
from .predictors import segment_names
from .tables import Table

SHIFT, TOLERANCE, MISSING_POINTS = 0.25, 0.02, 0.05
# Once in a thousand, on both sides.
BEYOND_CHANCE, Z = 0.999, 3.2905267314919255
FEWEST = 30
TENTHS = 10
# No share is taken as nothing: half a row stands in an empty bin.
HALF_A_ROW = 0.5
OTHER = "any other value"


def reference(table: Table, features: list[str], p: Floats, *, segment: str) -> dict[str, Any]:
    """How features, predictions and segments were distributed in training, as it stands on the card."""
    names = segment_names(table, segment) if segment else np.array([], dtype=object)
    return {
        "n": table.n,
        "features": {name: _profile(table.column(name)) for name in features},
        "scores": _profile(Column("scores", Kind.NUMBER, p)),
        "segment": segment,
        "segments": {str(name): int((names == name).sum()) for name in sorted(set(names))},
    }


def compare(
    then: Mapping[str, Any],
    table: Table,
    p: Floats,
    *,
    outcomes: Labels | None = None,
    importance: Mapping[str, float] | None = None,
) -> Drifted:
    """Compare rows of now, their predictions `p` and, where known, their outcomes with the card's `reference`.

    `outcomes` are 0 or 1 per row, -1 where not known yet. `importance` (the card's weights) tells which of several
    shifts is the likely cause. A feature that the table lacks is a finding, not an error.
    """
    names = segment_names(table, then["segment"]) if then["segment"] else np.full(table.n, "all rows", object)
    shifts = [
        found for name, past in then["features"].items() for found in _feature(name, past, table, then["n"])
    ]
    cause = _likely(shifts, importance or {})
    findings = list(shifts)
    scores = _shares(then["scores"], p, ())
    if moved := _shift("scores", "predictions", then["scores"], scores, then["n"], len(p)):
        findings.append(_with_cause(moved, cause or "no single feature: several moved a little."))
    findings += _mix(then, names)
    standings = _standings(names, p, outcomes)
    down = [standing for standing in standings if standing["stands_down"]]
    alone = (
        "" if len(down) == len(standings) else "what leads to the outcome has changed there: the others hold."
    )
    findings += [_calibration(standing, alone or cause) for standing in down]
    stood_down = [standing["segment"] for standing in down]
    return Drifted(alarm=bool(findings), findings=findings, standings=standings, stood_down=stood_down)


def _profile(column: Column) -> dict[str, Any]:
    """Bins and their shares, the last one for rows without a value; a category's other values come before it."""
    known = column.values[~column.missing]
    profile: dict[str, Any] = {"levels": list(column.levels), "edges": []}
    if not column.levels and len(known):
        edges = np.unique(np.quantile(known, np.linspace(0, 1, TENTHS + 1)[1:-1]))
        profile["edges"] = [float(edge) for edge in edges]
    profile["shares"] = [float(share) for share in _shares(profile, column.values, column.levels)]
    return profile


def _shares(profile: Mapping[str, Any], values: Floats, levels: tuple[str, ...]) -> Floats:
    """The share of rows in each bin of the profile."""
    missing = np.isnan(values)
    if profile["levels"]:
        place = {level: k for k, level in enumerate(profile["levels"])}
        other = len(profile["levels"])
        codes = np.array([*(place.get(level, other) for level in levels), other + 1])
        bins, count = codes[np.where(missing, len(levels), values).astype(np.int64)], other + 2
    else:
        count = len(profile["edges"]) + 2
        bins = np.where(missing, count - 1, np.searchsorted(profile["edges"], values, side="right"))
    return np.asarray(np.bincount(bins, minlength=count) / max(1, len(values)))


def labels(known: Sequence[bool]) -> Labels:
    """Outcomes as `compare` takes them."""
    return np.array(known, dtype=np.int64)


def stability(then: Floats, now: Floats, n: int, m: int) -> tuple[float, float, float]:
    """The index between two lists of shares from n and m rows, what chance exceeds once in a thousand, and the KS."""
    used = (then > 0) | (now > 0)
    a, b = np.maximum(then[used], HALF_A_ROW / n), np.maximum(now[used], HALF_A_ROW / m)
    index = float(((b - a) * np.log(b / a)).sum())
    by_chance = float(chi2.ppf(BEYOND_CHANCE, max(1, int(used.sum()) - 1)) * (1 / n + 1 / m))
    return index, by_chance, float(np.abs(np.cumsum(then - now)).max())


def _shift(code: str, subject: str, past: Mapping[str, Any], now: Floats, n: int, m: int) -> Finding | None:
    if not m:
        return None
    index, by_chance, ks = stability(np.asarray(past["shares"]), now, n, m)
    if index < max(SHIFT, by_chance):
        return None
    told = {"scores": "The predictions are", "mix": f"The mix of {subject} is"}.get(code, f"{subject} is")
    sentence = (
        f"{told} distributed otherwise than in training: stability index {index:.2f} over {m:,} rows, "
        f"where {SHIFT} is a shift and chance reaches {by_chance:.2f}."
    )
    return _finding(code, subject, index, sentence, "", ks=ks)


def _feature(name: str, past: Mapping[str, Any], table: Table, n: int) -> list[Finding]:
    if name not in table.names:
        sentence = f"{name} is not in the table any more."
        return [_finding("gone", name, 1.0, sentence, f"{name} is no longer delivered.")]
    column = table.column(name)
    if bool(past["levels"]) != bool(column.levels) and not column.missing.all():
        sentence = f"{name} holds values of another sort than in training."
        return [_finding("gone", name, 1.0, sentence, f"{name} is delivered in another form.")]
    now = _shares(past, column.values, column.levels)
    found = [_missing(name, past, now, n, table.n), _unseen(name, past, now, column)]
    if found == [None, None] and (shift := _shift("feature", name, past, now, n, table.n)):
        found = [_with_cause(shift, f"{name} moved ({_most_moved(past, now)}).")]
    return [one for one in found if one]


def _missing(name: str, past: Mapping[str, Any], now: Floats, n: int, m: int) -> Finding | None:
    before, after = float(past["shares"][-1]), float(now[-1])
    both = (before * n + after * m) / (n + m)
    error = math.sqrt(both * (1 - both) * (1 / n + 1 / max(1, m)))
    if abs(after - before) <= max(MISSING_POINTS, Z * error):
        return None
    sentence = f"{name} is blank in {after:.0%} of {m:,} rows; in training in {before:.0%}."
    cause = f"whatever fills {name} {'stopped or lags' if after > before else 'fills it in more places than before'}."
    return _finding("missing", name, after - before, sentence, cause)


def _unseen(name: str, past: Mapping[str, Any], now: Floats, column: Column) -> Finding | None:
    if not past["levels"] or now[-2] <= MISSING_POINTS:
        return None
    known = set(past["levels"])
    new = [
        level for k, level in enumerate(column.levels) if level not in known and (column.values == k).any()
    ]
    told = ", ".join(new[:3])
    sentence = f"{name} has values that were not in training, in {now[-2]:.0%} of the rows: {told[:120]}."
    cause = f"{name} is written in new words, or new ones exist."
    return _finding("unseen", name, float(now[-2]), sentence, cause)


def _most_moved(past: Mapping[str, Any], now: Floats) -> str:
    then = np.asarray(past["shares"])
    k = int(np.abs(now - then).argmax())
    return f"{_bin_words(past, k)}: {then[k]:.0%} then, {now[k]:.0%} now"


def _bin_words(past: Mapping[str, Any], k: int) -> str:
    if past["levels"]:
        words: list[str] = [*past["levels"], OTHER, "not given"]
        return words[k]
    edges = past["edges"]
    if k == len(past["shares"]) - 1:
        return "not given"
    if not edges:
        return "all values"
    if k == 0:
        return f"below {edges[0]:,.4g}"
    return f"from {edges[k - 1]:,.4g} on" if k == len(edges) else f"{edges[k - 1]:,.4g} to {edges[k]:,.4g}"


def _mix(then: Mapping[str, Any], names: NDArray[Any]) -> list[Finding]:
    if not then["segments"] or not len(names):
        return []
    known = sorted(then["segments"])
    past = {
        "levels": known,
        "edges": [],
        "shares": [*(then["segments"][k] / then["n"] for k in known), 0.0, 0.0],
    }
    now = np.array([*((names == k).mean() for k in known), (~np.isin(names, known)).mean(), 0.0])
    shift = _shift("mix", then["segment"], past, now, then["n"], len(names))
    return [_with_cause(shift, f"other customers than before ({_most_moved(past, now)}).")] if shift else []


def _likely(shifts: list[Finding], importance: Mapping[str, float]) -> str:
    """What moved most among the features that matter most."""
    if not shifts:
        return ""
    return max(shifts, key=lambda found: importance.get(found["subject"], 0.0) * abs(found["figure"]))[
        "cause"
    ]


def _with_cause(found: Finding, cause: str) -> Finding:
    return {**found, "cause": cause}


def _finding(
    code: str, subject: str, figure: float, sentence: str, cause: str, *, ks: float | None = None
) -> Finding:
    return Finding(code=code, subject=subject, figure=figure, ks=ks, sentence=sentence, cause=cause)


def _standings(names: NDArray[Any], p: Floats, outcomes: Labels | None) -> list[Standing]:
    found = []
    for name in sorted(set(names)):
        rows = names == name
        if outcomes is None:
            sentence = f"{name}: no outcomes yet, so whether the predictions hold is not known."
            found.append(_untold(str(name), 0, 0, None, sentence))
            continue
        rows = rows & (outcomes >= 0)
        found.append(standing(str(name), outcomes[rows], p[rows]))
    return found


def standing(segment: str, y: Labels, p: Floats) -> Standing:
    """Whether the predictions `p` hold for the outcomes `y` of one segment."""
    n, positives = len(y), int(y.sum())
    if n < FEWEST:
        sentence = f"{segment}: {n} outcomes since, fewer than {FEWEST}: too few to tell."
        return _untold(segment, n, positives, float(p.mean()) if n else None, sentence)
    gap, error, z = float((y - p).mean()), math.sqrt(float((p * (1 - p)).sum())) / n, spiegelhalter(y, p)
    reach = Interval(low=gap - Z * error, mid=gap, high=gap + Z * error)
    off = abs(gap) > max(TOLERANCE, Z * error)
    down = off or (abs(z) > Z and calibration_error(y, p) > TOLERANCE)
    told = f"{segment}: {positives:,} of {n:,} positive ({positives / n:.1%}), {p.mean():.1%} predicted"
    if off:
        why = f"off by {gap:+.1%} ({reach['low']:+.1%} to {reach['high']:+.1%}); it stands down."
    elif down:
        why = f"right on average but too {'bold' if z > 0 else 'timid'} (z {z:.1f}); it stands down."
    else:
        why = "it holds."
    return Standing(
        segment=segment,
        n=n,
        positives=positives,
        predicted=float(p.mean()),
        gap=reach,
        spiegelhalter_z=z,
        stands_down=down,
        sentence=f"{told}: {why}",
    )


def spiegelhalter(y: Labels, p: Floats) -> float:
    """His z: near 0 where each share is right, above where predictions are too bold, below where too timid."""
    spread = math.sqrt(float(((1 - 2 * p) ** 2 * p * (1 - p)).sum()))
    return float(((y - p) * (1 - 2 * p)).sum()) / spread if spread else 0.0


def _untold(segment: str, n: int, positives: int, predicted: float | None, sentence: str) -> Standing:
    return Standing(
        segment=segment,
        n=n,
        positives=positives,
        predicted=predicted,
        gap=None,
        spiegelhalter_z=None,
        stands_down=False,
        sentence=sentence,
    )


def _calibration(found: Standing, cause: str) -> Finding:
    unmoved = (
        "the features are as they were: what leads to the outcome has changed, or what is recorded as one."
    )
    figure = found["gap"]["mid"] if found["gap"] else 0.0
    return _finding("calibration", found["segment"], figure, found["sentence"], cause or unmoved)
