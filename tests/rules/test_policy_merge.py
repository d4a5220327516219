"""What one person changed in a policy, carried over to what another published meanwhile."""

from dataclasses import replace
from decimal import Decimal

from approvals.rules.bands import BandLine
from approvals.rules.policy import RiskLine, SlaLine, WorkflowLine, initial
from approvals.rules.policy_merge import merge
from approvals.rules.vocabulary import Level

BASE = replace(initial(), workflows=(WorkflowLine("enrich", Level.DRAFT), WorkflowLine("route", Level.DRAFT)))
WIDE = BandLine("*", "*", "*", "*", 0.9, 0.4)


def test_changes_of_different_parts_meet() -> None:
    mine = replace(BASE, high_value=Decimal(42_000))
    theirs = replace(BASE, outcomes_needed=80)

    merged = merge(base=BASE, mine=mine, in_force=theirs)

    assert merged.policy == replace(BASE, high_value=Decimal(42_000), outcomes_needed=80)
    assert merged.clashes == ()


def test_where_both_changed_the_same_the_version_in_force_stays_and_it_is_said() -> None:
    mine = replace(BASE, high_value=Decimal(42_000))
    theirs = replace(BASE, high_value=Decimal(30_000))

    merged = merge(base=BASE, mine=mine, in_force=theirs)

    assert merged.policy == theirs
    assert merged.clashes == (("high_value", ""),)


def test_the_same_change_twice_is_no_clash() -> None:
    mine = theirs = replace(BASE, high_value=Decimal(42_000))
    assert merge(base=BASE, mine=mine, in_force=theirs).clashes == ()


def test_lines_are_told_apart_by_what_they_name() -> None:
    mine = replace(
        BASE,
        workflows=(WorkflowLine("enrich", Level.EXECUTE), WorkflowLine("route", Level.DRAFT)),
        bands=(WIDE, BandLine("enrich", "*", "*", "*", 0.95, 0.5)),
    )
    theirs = replace(BASE, workflows=(*BASE.workflows, WorkflowLine("score", Level.DRAFT)))

    merged = merge(base=BASE, mine=mine, in_force=theirs)

    assert merged.policy.workflows == (*mine.workflows, WorkflowLine("score", Level.DRAFT))
    assert merged.policy.bands == mine.bands
    assert merged.clashes == ()


def test_a_line_one_removed_and_the_other_changed_is_a_clash() -> None:
    mine = replace(BASE, workflows=(WorkflowLine("enrich", Level.DRAFT),))
    theirs = replace(
        BASE, workflows=(WorkflowLine("enrich", Level.DRAFT), WorkflowLine("route", Level.SHADOW))
    )

    merged = merge(base=BASE, mine=mine, in_force=theirs)

    assert merged.policy.workflows == theirs.workflows
    assert merged.clashes == (("workflows", ("route", "*", "*")),)


def test_what_both_took_out_stays_out_and_lists_keep_each_others_names() -> None:
    mine = replace(BASE, sla=(), regulated_industries=(*BASE.regulated_industries, "Energy"))
    theirs = replace(BASE, sla=(), regulated_industries=BASE.regulated_industries[1:])

    merged = merge(base=BASE, mine=mine, in_force=theirs)

    assert merged.policy.sla == ()
    assert merged.policy.regulated_industries == (*BASE.regulated_industries[1:], "Energy")
    assert merged.clashes == ()


def test_on_the_same_base_nothing_is_lost() -> None:
    mine = replace(BASE, sla=(SlaLine("level", 3),), risk_hours=(RiskLine("level", 2),), most_hours=10)
    assert merge(base=BASE, mine=mine, in_force=BASE).policy == mine
