"""A contract and its measure in words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from approvals.models import Action, Metric, WorkflowContract
from approvals.rules.eligibility import EXCLUSIONS
from approvals.selectors.measures import Measured
from approvals.selectors.workflows import Counts
from approvals.templatetags import phrases
from crmgov.records import registry

NOTHING = "none"


def contract_keys(contract: WorkflowContract) -> list[dict[str, str]]:
    """Every item of the contract, but for the level, which is the policy's."""
    rows = [
        ("Owner", str(contract.owner)),
        ("Starts with", contract.trigger),
        ("Records", listed(name.replace("_", " ") for name in contract.record_types)),
        ("Only in segments", listed(contract.segments) or "every segment"),
        ("Never for", listed(EXCLUSIONS.get(name, name) for name in contract.excluded) or NOTHING),
        ("Reads", listed(map(field_words, contract.reads)) or NOTHING),
        ("Writes", listed(map(field_words, contract.writes)) or NOTHING),
        ("Does", listed(str(Action(name).label) for name in contract.actions)),
        ("Needs account history", "yes: it never goes above draft" if contract.needs_history else "no"),
        ("Reviewed", contract.review_rule),
        ("Decided within", f"{contract.sla_hours} business hours"),
        ("Put back", contract.rollback_rule),
        ("Judged by", metric_words(contract)),
        ("Baseline", baseline_words(contract)),
        ("Began on", phrases.day(contract.started_on)),
        ("Minutes saved", f"{number(contract.minutes_saved)} by one suggestion"),
        ("Review due", phrases.day(contract.review_due)),
    ]
    return [{"label": label, "value": said} for label, said in rows]


def metric_words(contract: WorkflowContract) -> str:
    """As in “Share of records with the field empty: Industry of accounts”."""
    label = str(Metric(contract.metric).label)
    return f"{label}: {field_words(contract.metric_field)}" if contract.metric_field else label


def baseline_words(contract: WorkflowContract) -> str:
    """As in “6.7 % of 58, in the 28 days before it began”."""
    if contract.baseline is None:
        return "not known: there was nothing to measure in the 28 days before it began"
    figure, unit = measured_words(contract.metric, contract.baseline)
    return f"{figure} {unit}, over {contract.baseline_of:,} in the 28 days before it began"


def field_words(name: str) -> str:
    """account.industry as “Industry (account)”."""
    record_type, _, field = name.partition(".")
    return f"{registry.label(record_type, field)} ({record_type.replace('_', ' ')})"


def measured_words(metric: str, value: Decimal | None) -> tuple[str, str]:
    """Figure and unit; a question mark where there was nothing to measure."""
    if value is None:
        return "?", ""
    if metric == Metric.HOURS:
        return number(value), "h"
    if metric == Metric.HAND_EDITS:
        return number(value), "a week"
    return number(value * 100), "%"


def tiles(contract: WorkflowContract | None, now: Measured | None, counts: Counts) -> list[dict[str, Any]]:
    """Open, lately, what it is judged by and the time it saved; what is not known says so."""
    found: list[dict[str, Any]] = [
        {"name": "Open", "icon": "inbox", "figure": f"{counts.open:,}", "note": _waits(counts)},
        {
            "name": "Last 28 days",
            "icon": "flow",
            "figure": f"{counts.recent:,}",
            "unit": "proposed",
            "note": _fates(counts),
        },
    ]
    if contract is None or now is None:
        return found
    return [*found, _measure(contract, now), _saved(contract, counts)]


def number(value: Decimal) -> str:
    """One digit behind the point where it says something."""
    said = f"{value:,.1f}"
    return said.removesuffix(".0")


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _measure(contract: WorkflowContract, now: Measured) -> dict[str, Any]:
    figure, unit = measured_words(contract.metric, now.value)
    before, before_unit = measured_words(contract.metric, contract.baseline)
    base = (
        f"{before} {before_unit} before it began".replace("  ", " ")
        if contract.baseline is not None
        else "nothing to measure before it began"
    )
    note = f"{base}; today over {now.of:,}" if now.value is not None else f"{base}; nothing to measure yet"
    return {
        "name": _tile_name(contract),
        "icon": "chart",
        "figure": figure,
        "unit": unit,
        "note": note,
        "tone": "" if now.value is not None else "unknown",
    }


def _tile_name(contract: WorkflowContract) -> str:
    """What it is judged by, as short as a tile wants it."""
    field = field_words(contract.metric_field) if contract.metric_field else ""
    return {
        Metric.KEPT: "Kept unchanged",
        Metric.HOURS: "Until a person decides",
        Metric.HAND_EDITS: "Changed by hand",
        Metric.EMPTY: f"{field} empty",
        Metric.STALE: f"{field} unchanged for half a year",
    }[Metric(contract.metric)]


def _saved(contract: WorkflowContract, counts: Counts) -> dict[str, Any]:
    return {
        "name": "Time saved",
        "icon": "clock",
        "figure": number(contract.minutes_saved * counts.done / 60),
        "unit": "h",
        "note": f"{counts.done:,} done in 28 days, {number(contract.minutes_saved)} min each by the contract",
    }


def _waits(counts: Counts) -> str:
    held = f"; {counts.held:,} more held by a run" if counts.held else ""
    return f"wait for a person{held}"


def _fates(counts: Counts) -> str:
    parts = [
        (counts.ran, "ran by themselves"),
        (counts.approved, "approved"),
        (counts.rejected, "rejected"),
        (counts.blocked, "blocked"),
        (counts.shadowed, "in shadow"),
    ]
    return ", ".join(f"{count:,} {said}" for count, said in parts if count) or "nothing decided yet"
