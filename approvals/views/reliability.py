"""The reliability diagram of an agent's page: across in per cent, down in pixels, and the same in numbers."""

from __future__ import annotations

from typing import Any

from approvals.models import Agent
from approvals.rules.intervals import ENOUGH, wilson
from approvals.rules.studio import TOP
from approvals.selectors import reliability
from approvals.selectors.reliability import STEP, Bar, Reliability

from .policy_words import words

# Pixels: the foot of the bars and the height of a share of 1.
FOOT, HIGH = 128, 112


def diagrams(agent: Agent) -> list[dict[str, Any]]:
    """One for each action it proposed; one query."""
    return [_diagram(one) for one in reliability.of_agent(agent)]


def _diagram(one: Reliability) -> dict[str, Any]:
    bars = [_bar(bar) for bar in one.bars]
    said = [bar["says"] for bar in bars if bar["enough"]]
    return {
        "action": words(one.action),
        "title": f"{words(one.action)}: {said[-1] if said else 'not enough evidence at any confidence'}",
        "bars": bars,
        "foot": FOOT,
        "grid": [{"y": FOOT - HIGH * share / TOP, "text": f"{share} %"} for share in (50, 100)],
        "ticks": [
            {
                "x": at,
                "text": f"{at / TOP:.1f}",
                "anchor": "start" if not at else "end" if at == TOP else "middle",
            }
            for at in range(0, TOP + 1, 2 * STEP)
        ],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    kept = wilson(bar.kept, bar.known)
    name = f"{bar.first / TOP:.2f} to {bar.last / TOP:.2f}"
    middle = bar.first + STEP / 2
    return {
        "name": name,
        "enough": bar.known >= ENOUGH,
        "x": f"{bar.first + 1:.1f}",
        "width": f"{STEP - 2:.1f}",
        "end": f"{bar.first + STEP - 1:.1f}",
        "middle": f"{middle:.1f}",
        "y": f"{FOOT - HIGH * kept.mid:.1f}",
        "height": f"{HIGH * kept.mid:.1f}",
        "low": f"{FOOT - HIGH * kept.low:.1f}",
        "high": f"{FOOT - HIGH * kept.high:.1f}",
        # Where the bar would end if the confidence were a share that is kept.
        "said": f"{FOOT - HIGH * middle / TOP:.1f}",
        "top": FOOT - HIGH,
        "tall": HIGH,
        "kept": f"{bar.kept:,}",
        "known": f"{bar.known:,}",
        "unknown": f"{bar.unknown:,}",
        "share": f"{kept.mid * 100:.0f} %",
        "range": f"{kept.low * 100:.0f} to {kept.high * 100:.0f} %",
        "says": f"of those it gave {name}, {kept.mid * 100:.0f} % of {bar.known:,} were kept",
    }
