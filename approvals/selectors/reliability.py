"""Does an agent's confidence keep its word? What people kept of what it proposed, by how sure it said it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Sum

from approvals.models import Agent, OutcomeRollup
from approvals.rules.studio import NOT_GIVEN, TOP

# Hundredths a bar: ten bars, the last one with what is entirely sure.
STEP = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """Of what stood at `first` to `last` hundredths: so many kept unchanged, of so many people said something about."""

    first: int
    last: int
    kept: int
    known: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """One action of one agent; only bars of which anything is recorded."""

    action: str
    bars: Sequence[Bar]


def of_agent(agent: Agent) -> list[Reliability]:
    """By action, over all versions, fields and segments; one query."""
    rows = (
        OutcomeRollup.objects.filter(cell__agent=agent, hundredth__gt=NOT_GIVEN)
        .values_list("cell__action", "hundredth")
        .annotate(
            kept=Sum("unchanged"),
            known=Sum(F("unchanged") + F("edited") + F("rejected") + F("undone")),
            unsaid=Sum("unknown"),
        )
        .order_by("cell__action", "hundredth")
    )
    found: dict[str, dict[int, list[int]]] = {}
    for action, hundredth, *counts in rows:
        bar = found.setdefault(action, {}).setdefault(min(hundredth // STEP, TOP // STEP - 1), [0, 0, 0])
        bar[:] = [one + more for one, more in zip(bar, counts, strict=True)]
    return [
        Reliability(action, [_bar(at, *bars[at]) for at in sorted(bars)]) for action, bars in found.items()
    ]


def _bar(at: int, kept: int, known: int, unknown: int) -> Bar:
    first = at * STEP
    return Bar(first, TOP if first + STEP >= TOP else first + STEP - 1, kept, known, unknown)
