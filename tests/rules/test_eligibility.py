"""What the contract of a workflow does not name is not for it."""

from dataclasses import replace
from typing import Any

import pytest

from approvals.rules import gate
from approvals.rules.facts import Facts, Terms, Ticket
from approvals.rules.vocabulary import Outcome, Verdict
from tests.rules.cases import NORDWIND, facts, found, item, limits, sentence

WIDE = Terms(3, record_types=("account",), actions=("set_fields",), fields=("industry",))


def under(terms: Terms | None = WIDE, /, **changes: Any) -> Facts:
    return facts(terms=terms, **changes)


def test_what_the_contract_names_runs_as_before() -> None:
    assert gate.judge(under()).outcome is Outcome.APPROVED
    assert gate.judge(under(None)).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"actions": ("create_task",)}, "leaves out the action “set_fields”."),
        ({"record_types": ("contact",)}, "leaves out records of the type “account”."),
        ({"segments": ("enterprise",)}, "leaves out the segment “mid”."),
        (
            {"actions": (), "segments": ("small",)},
            "leaves out the action “set_fields” and the segment “mid”.",
        ),
        ({"excluded": ("friends",)}, "leaves out what is called “friends”."),
    ],
)
def test_what_it_does_not_name_is_blocked(terms: dict[str, Any], said: str) -> None:
    blocked = under(replace(WIDE, **terms))
    assert sentence(blocked, "not_eligible") == f"The contract of the workflow “enrichment” {said}"
    assert gate.judge(blocked).outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("strategic", {"account": replace(NORDWIND, strategic=True)}),
        ("strategic", {"limits": limits(strategic_segments=("mid",))}),
        ("regulated", {"account": replace(NORDWIND, regulated=True)}),
        ("regulated", {"account": replace(NORDWIND, industry="Banking ")}),
        ("escalated", {"account": replace(NORDWIND, escalated=True)}),
        ("escalated", {"tickets": (Ticket("t", "T", "", True),)}),
        ("open_ticket", {"tickets": (Ticket("t", "T"),)}),
        ("relationship", {"account": replace(NORDWIND, relationships=("partner",))}),
    ],
)
def test_an_exclusion_keeps_out_what_it_speaks_of_and_nothing_else(
    name: str, changes: dict[str, Any]
) -> None:
    terms = replace(WIDE, excluded=(name,))
    assert found(under(terms, **changes), "not_eligible") is not None
    assert found(under(terms), "not_eligible") is None


def test_a_field_it_does_not_write_is_named() -> None:
    other = item(field="region", label="Region")
    finding = found(under(items=(item(), other)), "not_eligible")
    assert finding is not None
    assert (finding.field, finding.verdict) == ("region", Verdict.BLOCK)
    assert finding.sentence == "The contract of the workflow “enrichment” does not let it write Region."


def test_what_brings_its_own_fields_is_asked_for_its_action_alone() -> None:
    task = under(replace(WIDE, fields=None), items=(item(field="title", label="Title"),))
    assert found(task, "not_eligible") is None


def test_who_has_no_account_has_no_segment() -> None:
    terms = replace(WIDE, segments=("mid",), excluded=("strategic", "relationship"))
    assert sentence(under(terms, account=None), "not_eligible").endswith("accounts without a segment.")
