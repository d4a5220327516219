"""A cell in words: what it is about, where it stands, and what its figures mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from approvals.models import Cell, CellOutcome
from approvals.models.suggestion import Action
from approvals.rules.courses import still_needed
from approvals.rules.earning import Terms
from approvals.rules.probation import Plan
from approvals.selectors.cells import ALONE, DEMOTED, OFFERED, PROVING
from approvals.services.autonomy import Followed
from approvals.templatetags import phrases

# Beyond this nobody reads a figure; below the other a decimal says something.
MOST_SAID, TELLING = 1_000_000, 10
STATES = {
    OFFERED: {"text": "Waits for a signature", "tone": "warn", "icon": "hand"},
    ALONE: {"text": "Runs by itself", "tone": "execute", "icon": "check"},
    DEMOTED: {"text": "Demoted", "tone": "danger", "icon": "undo"},
    PROVING: {"text": "Decided by people", "tone": "", "icon": "user"},
}
LABELS = {
    "unchanged": "kept unchanged",
    "edited": "edited",
    "rejected": "rejected",
    "reverted": "put back later",
    "contested": "found wrong afterwards",
    "corrected": "typed over within a week",
    "": "nobody said",
}
WAYS = {key: str(label) for key, label in CellOutcome.Way.choices}


def name(cell: Cell) -> str:
    """ "Enricher: set fields, firmographics, mid" """
    return f"{cell.agent}: {about(cell)}"


def about(cell: Cell) -> str:
    """ "set fields, firmographics, mid" """
    return f"{action(cell).lower()}, {group(cell)}, {cell.segment or 'no segment'}"


def action(cell: Cell) -> str:
    return str(Action(cell.action).label) if cell.action in Action.values else cell.action.replace("_", " ")


def group(cell: Cell) -> str:
    return cell.field_group.replace("_", " ")


def share(part: float) -> str:
    """ "95 %" """
    return f"{part * 100:g} %"


def outcome(way: str, label: str) -> str:
    """ "A person decided: kept unchanged" """
    return f"{WAYS.get(way, way)}: {LABELS.get(label, label)}"


def sentence(one: Followed, state: str, ceiling: str) -> str:
    """Where it stands, in one or two sentences."""
    earned, kept = one.standing.earned, one.standing.kept
    target = share(earned.terms.target)
    if ceiling:
        return f"{ceiling} No evidence lifts that."
    if state == ALONE and one.grant is not None:
        drawn = (
            f"{kept.counted} of what ran were drawn by chance" if kept.counted else "Nothing was drawn yet"
        )
        found = f": {kept.failed} found wrong, {kept.waiting} not read yet" if kept.counted else ""
        return f"It runs by itself, signed by {one.grant.granted_by}. {drawn}{found}."
    said = f"{earned.kept} of {earned.counted} decided one by one were kept unchanged."
    if not earned.counted:
        said = "Nobody has decided one of these alone since its evidence began."
    if state == OFFERED:
        return f"{said} That proves {target}: an admin may let it run by itself."
    more = still_needed(earned)
    needs = f"{more:,} more in a row would prove {target}." if more else f"It is far from proving {target}."
    again = "It was demoted, and its evidence began again. " if state == DEMOTED else ""
    return f"{again}{said} {needs}"


def odds(e_value: float) -> str:
    """An e-value as people read it."""
    if e_value > MOST_SAID:
        return f"over {MOST_SAID:,} to 1"
    if e_value >= 1:
        return f"{_odds(e_value)} to 1"
    return f"1 to {_odds(1 / e_value)}" if e_value > 1 / MOST_SAID else f"under 1 to {MOST_SAID:,}"


def _odds(ratio: float) -> str:
    """One decimal while that says something."""
    return f"{ratio:,.0f}" if ratio >= TELLING else f"{ratio:.1f}".removesuffix(".0")


def stages(plan: Plan, ran: int) -> Iterator[dict[str, Any]]:
    """What is read after a signature, stage by stage, and which of them runs now."""
    before = 0
    for stage in plan.stages:
        after = before + stage.actions
        yield {
            "text": f"{before + 1:,} to {after:,}",
            "read": share(plan.share_at(before)),
            "current": before <= ran < after,
            "done": ran >= after,
        }
        before = after
    yield {
        "text": f"from {before + 1:,} on",
        "read": share(plan.share_at(before)),
        "current": ran >= before,
        "done": False,
    }


def forecast(fall_to: float, when: str, actions: float | None, wrong: float | None) -> str:
    """What a fall would cost; empty while nobody has worked it out."""
    if actions is None or wrong is None:
        return ""
    return (
        f"If this falls to {share(fall_to)} {when}, expect about {phrases.counted(round(actions), 100_000)} "
        f"automatic actions, {round(wrong):,} wrong, before we stop it."
    )


def enough(terms: Terms) -> tuple[str, str]:
    """What suffices, for a promotion and for a demotion."""
    return odds(1 / terms.alpha), odds(1 / terms.demotion_alpha)
