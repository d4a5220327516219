"""An experiment in words: its plan, what can be said so far, and how far the arms lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from approvals.http import address_of
from approvals.models import Experiment, TemplateVersion
from approvals.rules.intervals import ENOUGH
from approvals.selectors.experiments import ArmLine, Entry
from scoring.arms import Arm
from scoring.differences import Counted, Difference, between

STATES: dict[str, dict[str, str]] = {
    Experiment.State.DRAFT: {"text": "not started", "tone": "warn", "icon": "hand"},
    Experiment.State.RUNNING: {"text": "running", "tone": "ok", "icon": "swap"},
    Experiment.State.ENDED: {"text": "ended", "tone": "", "icon": "check"},
    Experiment.State.WITHDRAWN: {"text": "withdrawn", "tone": "", "icon": "x"},
}
ARMS = {Arm.CONTROL: "A, as it was", Arm.VARIANT: "B, the other text", Arm.HOLDOUT: "No letter"}
SHORT = {Arm.CONTROL: "A", Arm.VARIANT: "B", Arm.HOLDOUT: "no letter"}
DID = {Experiment.Goal.REPLY: "wrote back", Experiment.Goal.PURCHASE: "bought"}
# What is compared with what.
PAIRS = ((Arm.CONTROL, Arm.VARIANT), (Arm.HOLDOUT, Arm.CONTROL), (Arm.HOLDOUT, Arm.VARIANT))
# The scale of the drawing, in shares: the smallest that holds everything.
SCALES = (0.1, 0.2, 0.5, 1.0)


def plan_keys(experiment: Experiment, *, linked: bool) -> list[dict[str, str]]:
    """What was planned, and by whom; `linked` for who may open templates and workflows."""
    letter, other = experiment.control, experiment.variant
    rows = [
        ("Expected", experiment.hypothesis, ""),
        ("Workflow", str(experiment.workflow), address_of("workflow", experiment.workflow_id)),
        ("A, as it was", _text(letter), _text_url(letter)),
        ("B", _text(other), _text_url(other)),
        ("No letter", f"{experiment.holdout} % of accounts" if experiment.holdout else "nobody", ""),
        ("Judged by", f"{goal_words(experiment)} within {_days(experiment)}", ""),
        ("Matters from", f"{experiment.least.normalize():f} percentage points", ""),
        ("Drafted by", str(experiment.drafted_by), ""),
    ]
    if experiment.started_by is not None:
        alone = ", as nobody else could" if experiment.sole_admin else ""
        rows.append(("Started by", f"{experiment.started_by}{alone}", ""))
    if experiment.ended_by is not None:
        rows.append(("Ended by", f"{experiment.ended_by}: {experiment.ended_why}", ""))
    return [{"label": label, "value": said, "url": url if linked else ""} for label, said, url in rows]


def goal_words(experiment: Experiment) -> str:
    return f"somebody {DID[Experiment.Goal(experiment.goal)]}"


def beside(found: Sequence[Entry]) -> list[dict[str, Any]]:
    """As the page of their workflow names them: who is in them, and how many get no letter."""
    return [
        {
            "one": entry.one,
            "tag": STATES[entry.one.state],
            "url": reverse("approvals:experiment", args=[entry.one.pk]),
            "said": _members(entry),
        }
        for entry in found
    ]


def _members(entry: Entry) -> str:
    said = f"{entry.assigned:,} account{'' if entry.assigned == 1 else 's'} in it"
    return f"{said}, {entry.held:,} of them without a letter" if entry.one.holdout else said


def tiles(experiment: Experiment, arms: Sequence[ArmLine]) -> list[dict[str, Any]]:
    """The share of each arm with its base; what is too little is said to be."""
    return [
        {
            "name": ARMS[one.arm],
            "icon": "mail" if one.arm != Arm.HOLDOUT else "stop",
            "figure": _percent(one.did) or "?",
            "unit": "%" if one.did.of else "",
            "note": _note(experiment, one),
            "tone": "" if one.is_enough else "unknown",
        }
        for one in arms
    ]


def lines(experiment: Experiment, arms: Sequence[ArmLine]) -> list[dict[str, Any]]:
    """The table: what became of each arm, `url` leading to its people."""
    here = reverse("approvals:experiment", args=[experiment.pk])
    return [
        {
            "name": ARMS[one.arm],
            "line": one,
            "writes": one.arm != Arm.HOLDOUT,
            "url": f"{here}?arm={one.arm}#people" if one.assigned else "",
            "did": _share(one.did),
            "left": _share(one.left),
        }
        for one in arms
    ]


def compared(experiment: Experiment, arms: Sequence[ArmLine]) -> list[dict[str, Any]]:
    """For the goal and for opting out: each pair of arms with its interval, drawn on one scale."""
    known = {one.arm: one for one in arms}
    pairs = [(known[a], known[b]) for a, b in PAIRS if a in known and b in known]
    least = float(experiment.least) / 100
    goal = DID[Experiment.Goal(experiment.goal)].capitalize()
    return [
        {"title": title, "rows": _drawn([_pair(a, b, which) for a, b in pairs], least)}
        for title, which in ((goal, "did"), ("Opted out of e-mail", "left"))
    ]


def verdict(experiment: Experiment, arms: Sequence[ArmLine]) -> dict[str, str]:
    """What may be said of B against A; nothing while either is too small."""
    a, b = arms[0], arms[1]
    if not (a.is_enough and b.is_enough):
        return {
            "title": "Not enough yet",
            "text": f"Something is said from {ENOUGH} accounts of each text on whose {_days(experiment)} are over. "
            f"There are {a.did.of:,} and {b.did.of:,}.",
            "tone": "unknown",
            "icon": "help",
        }
    said = _says(between(a.did, b.did), float(experiment.least) / 100)
    if between(a.left, b.left).low > 0:
        text = "More people opt out of e-mail with B. Whatever else it does, that is a reason to end it."
        return {"title": "B drives people away", "text": text, "tone": "danger", "icon": "alert"}
    return said


def _says(found: Difference, least: float) -> dict[str, str]:
    low, high = _points(found.low), _points(found.high)
    if found.low >= least:
        return _verdict("B is better", f"By {low} points at least, which matters.", "ok", "check")
    if found.high <= -least:
        return _verdict(
            "B is worse", f"By {_points(-found.high)} points at least, which matters.", "danger", "alert"
        )
    if found.low > -least and found.high < least:
        return _verdict(
            "No difference that matters", f"B lies between {low} and {high} points from A.", "", "check"
        )
    if found.low > 0:
        return _verdict(
            "B is better", f"By {low} to {high} points. Whether by as much as matters is open.", "ok", "check"
        )
    if found.high < 0:
        return _verdict(
            "B is worse", f"By {_points(-found.high)} to {_points(-found.low)} points.", "warn", "alert"
        )
    return _verdict(
        "Still open", f"B could lie anywhere between {low} and {high} points from A.", "unknown", "help"
    )


def _verdict(title: str, text: str, tone: str, icon: str) -> dict[str, str]:
    return {"title": title, "text": text, "tone": tone, "icon": icon}


def _pair(first: ArmLine, second: ArmLine, which: str) -> dict[str, Any]:
    a, b = getattr(first, which), getattr(second, which)
    enough = first.is_enough and second.is_enough
    return {
        "name": f"{SHORT[second.arm]} against {SHORT[first.arm]}",
        "found": between(a, b) if enough else None,
        "too_little": "" if enough else f"not enough yet: {b.of:,} and {a.of:,} of {ENOUGH} each",
    }


def _drawn(rows: list[dict[str, Any]], least: float) -> list[dict[str, Any]]:
    """Each with its interval in words and as a line: across in per cent of the width, nothing in the middle."""
    ends = [abs(end) for row in rows if row["found"] for end in (row["found"].low, row["found"].high)]
    scale = next((one for one in SCALES if one >= max(ends, default=0.0)), SCALES[-1])

    def at(share: float) -> str:
        return f"{50 + max(-scale, min(scale, share)) / scale * 50:.2f}"

    for row in rows:
        found = row["found"]
        row |= {"scale": f"{scale * 100:.0f}", "least_from": at(-least), "least_to": at(least)}
        if found is not None and found.mid is not None:
            row |= {
                "from": at(found.low),
                "to": at(found.high),
                "mid": at(found.mid),
                "said": f"{_points(found.mid)} points",
                "interval": f"{_points(found.low)} to {_points(found.high)}",
            }
    return rows


def _note(experiment: Experiment, one: ArmLine) -> str:
    if not one.assigned:
        return "nobody yet"
    waits = one.assigned - one.did.of
    still = f"; {waits:,} still have time" if waits and experiment.started_at else ""
    if not one.did.of:
        return f"{one.assigned:,} assigned, all of whom still have time"
    return f"{one.did.part:,} of {one.did.of:,} {DID[Experiment.Goal(experiment.goal)]}{still}"


def _percent(counted: Counted) -> str:
    return f"{counted.rate * 100:.1f}" if counted.rate is not None else ""


def _share(counted: Counted) -> str:
    return f"{counted.part:,} of {counted.of:,}" if counted.of else "–"


def _points(share: float) -> str:
    return f"{share * 100:.1f}".replace("-", "−")


def _days(experiment: Experiment) -> str:
    return f"{experiment.days} day" if experiment.days == 1 else f"{experiment.days} days"


def _text(version: TemplateVersion) -> str:
    return f"{version.template}, version {version.number}"


def _text_url(version: TemplateVersion) -> str:
    return f"{address_of('template', version.template_id)}?version={version.number}"
