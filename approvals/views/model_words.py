"""A trained model in words: what it may be used for, segment by segment, and what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from approvals.templatetags import phrases
from scoring.learning.cards import Card, Interval, Measures
from scoring.models import ModelEvent, Score, SegmentStanding, TrainedModel, Training, WatchFinding
from scoring.selectors.trained import Line
from scoring.services.comparisons import CODE as COMPARED

from . import model_charts

Status, Standing = TrainedModel.Status, SegmentStanding.Standing
STATES: dict[str, dict[str, str]] = {
    Status.CANDIDATE: {"text": "not in use", "tone": "", "icon": "clock"},
    Status.CHALLENGER: {"text": "compared in shadow", "tone": "warn", "icon": "swap"},
    Status.CHAMPION: {"text": "in use", "tone": "ok", "icon": "check"},
    Status.RETIRED: {"text": "retired", "tone": "", "icon": "x"},
}
STANDINGS: dict[str, dict[str, str]] = {
    Standing.CALIBRATED: {"text": "holds", "tone": "ok", "icon": "check"},
    Standing.STANDS_DOWN: {"text": "stands down", "tone": "danger", "icon": "alert"},
    Standing.NOT_PROVEN: {"text": "not proven", "tone": "unknown", "icon": "help"},
}
# What a card calls rows without a segment; their standing stands under "".
NO_SEGMENT = "none"
METHODS = {
    "baseline": "rules",
    "rules": "rules",
    "logistic": "logistic regression",
    "boosting": "gradient boosting",
}
KINDS: dict[str, dict[str, str]] = {
    Score.Kind.CHURN_RISK: {
        "command": "churn",
        "learns": "who left and who stayed.",
        "name": "Churn risk",
        "about": "Whether a customer leaves within 90 days.",
        "rules": "Explicit criteria per segment judge every customer.",
    },
    Score.Kind.LEAD_FIT: {
        "command": "lead",
        "learns": "which leads became customers.",
        "name": "Lead fit",
        "about": "Whether a lead becomes a customer within 60 days.",
        "rules": "Explicit criteria judge every lead.",
    },
    Score.Kind.WIN: {
        "command": "win",
        "learns": "which deals were won and which were lost.",
        "name": "Chance to win",
        "about": "Whether an open opportunity is won.",
        "rules": "",
    },
}
EVENTS = {
    ModelEvent.Kind.TRAINED: "chart",
    ModelEvent.Kind.PUT_IN_USE: "check",
    ModelEvent.Kind.PUT_BESIDE: "swap",
    ModelEvent.Kind.RETIRED: "x",
    ModelEvent.Kind.REVIEWED: "eye",
    ModelEvent.Kind.STOOD_DOWN: "alert",
    ModelEvent.Kind.STOOD_UP: "check",
}


def line(found: Line, today: date) -> dict[str, Any]:
    """A version in the list of its kind."""
    metrics = found.metrics
    late = found.status in (Status.CHAMPION, Status.CHALLENGER) and found.review_due < today
    return {
        "one": found,
        "tag": STATES[found.status],
        "method": METHODS.get(found.method, found.method),
        "url": reverse("approvals:model", args=[found.id]),
        "auc": model_charts.auc(metrics.get("auc")),
        "ece": _share(metrics.get("ece")),
        "late": late,
    }


def training(found: Training | None) -> dict[str, Any] | None:
    """The last training of a kind, while it matters: at work, or come to nothing."""
    if found is None or found.status == Training.Status.DONE:
        return None
    if found.status == Training.Status.FAILED:
        return {"one": found, "failed": found.problem, "done": "", "share": ""}
    read = f"{found.rows_read:,} of {found.rows:,} rows read" if found.rows else "It waits for a worker."
    learning = found.rows and found.rows_read >= found.rows
    return {
        "one": found,
        "failed": "",
        "done": "All rows are read. It learns." if learning else read,
        "share": str(round(100 * found.rows_read / found.rows)) if found.rows else "",
    }


def tiles(card: Card) -> list[dict[str, Any]]:
    """The four figures somebody asks for first, each with its interval and what it is about."""
    found = card["metrics"]
    chance = found["no_better_than_chance"]
    auc = found["auc"]
    return [
        {
            "name": "Tells them apart",
            "icon": "split",
            "figure": f"{auc['mid']:.3f}" if auc else "?",
            "unit": "AUC",
            "note": f"{_between(auc, 3)}; 0.5 is a coin" if auc else "only one outcome is on record",
            "tone": "danger" if chance else "",
        },
        {
            "name": "Off by",
            "icon": "chart",
            "figure": f"{found['ece']['mid'] * 100:.1f}",
            "unit": "points",
            "note": f"calibration error, {_between_percent(found['ece'])}",
        },
        {
            "name": "What happened",
            "icon": "check",
            "figure": f"{found['rate']['mid'] * 100:.1f}",
            "unit": "%",
            "note": f"{card['positives']:,} of {card['n']:,}; {found['predicted']:.1%} predicted",
        },
        {
            "name": "Brier score",
            "icon": "sliders",
            "figure": f"{found['brier']['mid']:.3f}",
            "unit": "",
            "note": f"{_between(found['brier'], 3)}; lower is better",
        },
    ]


def segments(model: TrainedModel, card: Card, standings: dict[str, SegmentStanding]) -> list[dict[str, Any]]:
    """What may be believed per segment; figures of a segment that cannot be judged alone are not drawn."""
    rows = []
    for one in card["segments"]:
        stands = standings.get("" if one["name"] == NO_SEGMENT else one["name"])
        found = one["measures"]
        rows.append(
            {
                "name": "no segment" if one["name"] == NO_SEGMENT else one["name"],
                "n": f"{found['n']:,}",
                "positives": f"{found['positives']:,}",
                "rate": f"{found['rate']['mid']:.1%}",
                "predicted": f"{found['predicted']:.1%}",
                "auc": model_charts.auc(found["auc"]) if one["enough"] else None,
                "ece": _share(found["ece"]) if one["enough"] else "",
                "own": one["own_model"],
                "tag": STANDINGS[stands.standing if stands else Standing.NOT_PROVEN],
                "why": (stands.why if stands else one["sentence"]).removeprefix(f"{one['name']}: "),
            }
        )
    return rows


def splits(card: Card) -> list[dict[str, Any]]:
    """Random and by time side by side, and each quarter."""
    found = card["splits"]
    rows = [_measured("Random folds", found["random"])]
    if found["time"] is not None:
        rows.append(_measured(f"Trained before {found['cut'] or 'the cut'}, measured after", found["time"]))
    return rows


def over_time(card: Card) -> list[dict[str, Any]]:
    return [_measured(one["name"], one["measures"]) for one in card["over_time"]]


def candidates(card: Card) -> list[dict[str, Any]]:
    """What stood for choice, and why this one was chosen."""
    return [
        {
            **_measured(METHODS.get(one["name"], one["name"]).capitalize(), one["measures"]),
            "chosen": one["name"] == card["chosen"],
            "beats": _between(one["beats"], 4) if one["beats"] else "",
            "words": one["words"],
        }
        for one in card["candidates"]
    ]


def bins(card: Card) -> list[dict[str, str]]:
    return [
        {
            "between": f"{one['low']:.1%} and {one['high']:.1%}",
            "n": f"{one['n']:,}",
            "predicted": f"{one['predicted']:.1%}",
            "actual": _percent_of(one["actual"]),
        }
        for one in card["reliability"]
    ]


def tenths(card: Card) -> list[dict[str, str]]:
    return [
        {
            "tenth": str(one["tenth"]),
            "n": f"{one['n']:,}",
            "positives": f"{one['positives']:,}",
            "rate": _percent_of(one["rate"]),
            "lift": f"{one['lift']:.1f}",
            "captured": f"{one['captured']:.0%}",
        }
        for one in card["gains"]
    ]


def features(card: Card) -> list[dict[str, str]]:
    return [
        {
            "name": one["name"],
            "kind": one["kind"],
            "missing": f"{one['missing']:.1%}" if one["missing"] else "none",
            "range": one["range"],
        }
        for one in card["features"]
    ]


def at_threshold(card: Card) -> list[dict[str, str]]:
    """What acting on everybody at or above the cheapest threshold comes to."""
    found, cost = card["threshold"], card["cost"]
    precision = found["precision"]
    rows = [
        ("Cheapest threshold", f"{found['at']:.0%}; {found['flagged']:.1%} of all stand at or above it"),
        ("Right when it says yes", _percent_of(precision) if precision else "nobody is at or above it"),
        ("Found of those it was", _percent_of(found["recall"])),
        ("Rightly told", f"{found['true_positives']:,}, and {found['true_negatives']:,} rightly left alone"),
        ("Wrongly told", f"{found['false_positives']:,} false alarms, {found['false_negatives']:,} missed"),
        (
            "Cost of a record",
            f"{found['per_row']['mid']:.2f}, against {found['per_row_nobody']:.2f} acting on "
            f"nobody and {found['per_row_everybody']:.2f} acting on everybody",
        ),
        (
            "Counted with",
            f"a miss {cost['miss']:g}, a false alarm {cost['false_alarm']:g}, a hit {cost['hit']:g}",
        ),
    ]
    return [{"label": label, "value": value} for label, value in rows]


def keys(model: TrainedModel, card: Card) -> list[dict[str, str]]:
    """The rest of the card: what it is, what for, by whom, made how."""
    window = card["window"]
    rows = [
        ("Purpose", model.purpose or "Nobody wrote it down yet."),
        ("Not for", model.limits or "Nobody wrote it down yet."),
        ("Owner", str(model.owner) if model.owner else "Nobody yet."),
        ("Next review", phrases.day(model.review_due)),
        ("Method", METHODS.get(model.method, model.method)),
        ("Why this one", card["chosen_why"]),
        ("Segments", card["pooling"]["sentence"]),
        ("Data", f"{card['n']:,} rows{_window(window)}"),
        ("Trained by", f"{model.trained_by}"),
        (
            "Features",
            f"schema {model.schema}, {len(card['features'])} in use, {len(card['left_out'])} left out",
        ),
        ("File", f"SHA-256 {model.sha256[:16]}…"),
        ("Made with", ", ".join(f"{name} {version}" for name, version in card["versions"].items())),
    ]
    if model.put_in_use_by:
        rows.insert(4, ("Put in use by", f"{model.put_in_use_by}: {model.why}"))
    return [{"label": label, "value": value} for label, value in rows]


def happened(events: Sequence[ModelEvent]) -> list[dict[str, Any]]:
    return [{"one": one, "icon": EVENTS[ModelEvent.Kind(one.kind)]} for one in events]


def watched(found: Sequence[WatchFinding]) -> list[dict[str, Any]]:
    """What the watch saw at its last look."""
    alarm = {"text": "alarm", "tone": "danger", "icon": "alert"}
    calm = {"text": "in range", "tone": "ok", "icon": "check"}
    return [{"one": one, "tag": alarm if one.alarm else _compared(one) or calm} for one in found]


def _compared(found: WatchFinding) -> dict[str, str] | None:
    """How a challenger stands against the one in use, where that is what was looked at."""
    if found.code != COMPARED:
        return None
    if found.size >= found.line:
        return {"text": "better", "tone": "ok", "icon": "check"}
    return {"text": "open", "tone": "unknown", "icon": "help"}


def _measured(name: str, found: Measures) -> dict[str, Any]:
    return {
        "name": name,
        "n": f"{found['n']:,}",
        "rate": f"{found['rate']['mid']:.1%}",
        "predicted": f"{found['predicted']:.1%}",
        "auc": model_charts.auc(found["auc"]),
        "chance": found["no_better_than_chance"],
        "ece": _share(found["ece"]),
        "brier": f"{found['brier']['mid']:.3f}",
    }


def _share(found: Interval | None) -> str:
    return f"{found['mid'] * 100:.1f}" if found else ""


def _between(found: Interval, digits: int) -> str:
    return f"{found['low']:.{digits}f} to {found['high']:.{digits}f}"


def _between_percent(found: Interval) -> str:
    return f"{found['low'] * 100:.1f} to {found['high'] * 100:.1f}"


def _percent_of(found: Interval) -> str:
    return f"{found['mid']:.1%} ({_between_percent(found)} %)"


def _window(window: dict[str, str] | None) -> str:
    return f", {window['first'][:10]} to {window['last'][:10]}" if window else ""
