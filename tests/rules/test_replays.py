"""Facts as they were stored, judged once more under another policy."""

from dataclasses import replace
from decimal import Decimal

import pytest

from approvals.rules.bands import BandLine
from approvals.rules.facts import Facts, LevelFacts
from approvals.rules.gate import judge
from approvals.rules.policy import Policy, WorkflowLine, initial
from approvals.rules.replays import Replay
from approvals.rules.vocabulary import Level, Outcome

from .cases import PROPOSER, facts, stake

IN_FORCE = replace(initial(), workflows=(WorkflowLine("enrichment", Level.EXECUTE),))
WIDE = BandLine("*", "*", "*", "*", auto=0.90, floor=0.40)


def replayed(draft: Policy, given: Facts) -> tuple[Outcome, Outcome] | None:
    moved = Replay(in_force=IN_FORCE, draft=draft).moved(given)
    return (moved.was, moved.becomes) if moved else None


def test_the_case_runs_by_itself_under_the_version_in_force() -> None:
    assert judge(facts()).outcome is Outcome.APPROVED
    assert replayed(IN_FORCE, facts()) is None


@pytest.mark.parametrize(
    ("draft", "becomes"),
    [
        (replace(IN_FORCE, workflows=()), Outcome.QUEUED),
        (replace(IN_FORCE, workflows=(WorkflowLine("enrichment", Level.SHADOW),)), Outcome.SHADOWED),
        (replace(IN_FORCE, bands=(replace(WIDE, auto=0.95),)), Outcome.QUEUED),
        (replace(IN_FORCE, bands=(replace(WIDE, auto=0.99, floor=0.95),)), Outcome.BLOCKED),
        (replace(IN_FORCE, regulated_industries=("Retail",)), Outcome.QUEUED),
        (replace(IN_FORCE, protected_fields=("account.industry",)), Outcome.QUEUED),
        (replace(IN_FORCE, most_hours=3), None),
        (replace(IN_FORCE, workflows=(WorkflowLine("enrichment", Level.FULL),)), None),
    ],
)
def test_a_stricter_draft_moves_it(draft: Policy, becomes: Outcome | None) -> None:
    assert replayed(draft, facts()) == (becomes and (Outcome.APPROVED, becomes))


def test_a_looser_draft_moves_it_too_and_names_the_rules() -> None:
    held = facts(stakes=(stake("60000"),))
    moved = Replay(in_force=IN_FORCE, draft=replace(IN_FORCE, high_value=Decimal(70_000))).moved(held)
    assert moved is not None
    assert (moved.was, moved.becomes, moved.rules) == (Outcome.QUEUED, Outcome.APPROVED, ("high_value",))
    assert not moved.stricter


def test_what_the_stored_facts_say_of_the_old_policy_does_not_count() -> None:
    """They were read under a stricter one than is in force now: that is no doing of the draft."""
    read_long_ago = facts(levels=LevelFacts(Level.SUGGEST, Level.FULL, Level.EXECUTE))
    assert judge(read_long_ago).outcome is Outcome.QUEUED
    assert replayed(replace(IN_FORCE, most_hours=3), read_long_ago) is None
    assert replayed(replace(IN_FORCE, workflows=()), read_long_ago) == (Outcome.APPROVED, Outcome.QUEUED)


def test_an_amount_in_another_reporting_currency_is_held_rather_than_guessed() -> None:
    cheap = facts(stakes=(stake("10"),))
    assert replayed(replace(IN_FORCE, reporting_currency="CHF"), cheap) == (Outcome.APPROVED, Outcome.QUEUED)


def test_a_line_that_names_another_agent_does_not_cover_it() -> None:
    named = replace(IN_FORCE, workflows=(WorkflowLine("enrichment", Level.EXECUTE, agent=PROPOSER.label),))
    other = replace(IN_FORCE, workflows=(WorkflowLine("enrichment", Level.EXECUTE, agent="Somebody else"),))
    assert replayed(named, facts()) is None
    assert replayed(other, facts()) == (Outcome.APPROVED, Outcome.QUEUED)
