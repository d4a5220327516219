"""What a workflow brought and cost, in words: each part with where it comes from, or what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from approvals.models import Workflow, WorkflowContract
from approvals.selectors import returns
from approvals.templatetags.phrases import day, money
from scoring.returns import Measured

from .workflow_words import number


def plate(workflow: Workflow, contract: WorkflowContract | None, at: datetime) -> dict[str, Any]:
    """The card of the workflow page."""
    line = returns.of(workflow, contract, at)
    return {
        "total": _total(line),
        "parts": _parts(line),
        "missing": line.missing,
        "cost": line.cost,
        "since": day(contract.started_on) if contract else "",
    }


def _total(line: returns.Line) -> dict[str, str] | None:
    if line.whole is None or line.cost is None:
        return None
    said = money(line.whole.total, line.cost.currency)
    return {
        "figure": f"at most {said}" if line.whole.is_at_most else said,
        "tone": "ok" if line.whole.total > 0 else "warn",
        "word": "a gain" if line.whole.total > 0 else "no gain yet",
        "icon": "up" if line.whole.total > 0 else "down",
    }


def _parts(line: returns.Line) -> list[dict[str, str]]:
    """What is known, also while something else is missing."""
    if line.contract is None or line.measured is None:
        return []
    measured, minutes = line.measured, number(line.contract.minutes_saved)
    less = f", {line.put_back:,} put back not counted" if line.put_back else ""
    days = max(measured.since.days, 0)
    return [
        _part(
            "Time saved",
            line,
            "saved",
            f"{measured.runs:,} done{less}, {minutes} min each by the contract",
            "+",
        ),
        _part("Building", line, "build", "once", "−"),
        _part("Running", line, "running", f"{days:,} {'day' if days == 1 else 'days'} so far", "−"),
        _part("Review", line, "review", _looked(measured), "−"),
    ]


def _looked(measured: Measured) -> str:
    if not measured.decisions:
        return "nobody has decided any of it yet"
    said = f"{number(measured.review_minutes)} min in sight, in {measured.timed:,} of {measured.decisions:,} decisions"
    rest = measured.decisions > measured.timed
    return f"{said}; the others were not measured and would cost more" if rest else said


def _part(name: str, line: returns.Line, part: str, source: str, sign: str) -> dict[str, str]:
    if line.whole is None or line.cost is None:
        return {"name": name, "figure": "", "source": source}
    return {
        "name": name,
        "figure": f"{sign} {money(getattr(line.whole, part), line.cost.currency)}",
        "source": f"{source}{_rate(line, part)}",
    }


def _rate(line: returns.Line, part: str) -> str:
    """By which of the costs it was counted."""
    cost = line.cost
    if cost is None or part == "build":
        return ""
    if part == "running":
        return f", {money(cost.running_month, cost.currency)} a month"
    return f", {money(cost.labour_hour, cost.currency)} an hour"
