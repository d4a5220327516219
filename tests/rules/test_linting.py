"""What the linter finds in a policy and around it, kind by kind."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from approvals.rules import linting
from approvals.rules.bands import BandLine
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.linting import Around, Fight, Known, Writers
from approvals.rules.policy import Policy, RiskLine, ValueStep, WorkflowLine, initial
from approvals.rules.vocabulary import Level, Verdict

AROUND = Around(
    today=date(2026, 11, 22),
    workflows=(Known("enrich", "Enricher", date(2026, 11, 1)),),
    segments=frozenset({"mid", "enterprise"}),
    groups=frozenset({"firmographics"}),
    actions=frozenset({"set_fields", "create_task"}),
    fields=(("account", "industry", True), ("account", "owner", True)),
)
POLICY = replace(initial(), workflows=(WorkflowLine("enrich", Level.DRAFT),))
WIDE = POLICY.bands[0]
NARROW = replace(WIDE, workflow="enrich", segment="mid")


def said(policy: Policy = POLICY, around: Around = AROUND, kind: str = "") -> list[str]:
    return [lint.says for lint in linting.found(policy, around) if kind in ("", lint.kind)]


def rule(name: str, expression: str, **changes: Any) -> CustomRule:
    return replace(CustomRule(name, expression, "It is looked at.", mode=Mode.ENFORCE), **changes)


def ruled(*rules: CustomRule) -> Policy:
    return replace(POLICY, custom_rules=rules)


def test_a_policy_in_order_has_no_finding() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"workflows": (WorkflowLine("enrich", Level.DRAFT, review_due="2026-11-12"),)}, "review",
            "The review of “enrich” was due 10 days ago."),
        ({"workflows": (WorkflowLine("enrich", Level.DRAFT, review_due="2026-11-22"),)}, "review", None),
        ({"workflows": (WorkflowLine("enirch", Level.DRAFT),)}, "never_fires",
            "No agent ever named the workflow “enirch”, which has a level."),
        ({"workflows": (WorkflowLine("enrich", Level.DRAFT, agent="Somebody"),)}, "never_fires",
            "“Somebody” never ran the workflow “enrich”."),
        ({"workflows": (WorkflowLine("enrich", Level.DRAFT), WorkflowLine("enrich", Level.DRAFT, version="3"))},
            "shadowed", "The line of “enrich”, version 3 says what the wider line says already: draft."),
        ({"workflows": (WorkflowLine("enrich", Level.DRAFT), WorkflowLine("enrich", Level.SUGGEST, version="3"))},
            "shadowed", None),
        ({"bands": (replace(WIDE, auto=0.97),)}, "never_fires",
            "“everything not named otherwise” runs by itself from 0.97 on, and an agent counts 0.95 at most."),
        ({"bands": (WIDE, replace(WIDE, segment="mid"))}, "shadowed",
            "The band of “mid” is the one that holds there without it."),
        ({"bands": (WIDE, replace(WIDE, segment="mid", auto=0.95))}, "shadowed", None),
        ({"bands": (WIDE, replace(WIDE, workflow="enrich", auto=0.95), NARROW)}, "shadowed", None),
        ({"bands": (replace(WIDE, segment="large"),)}, "never_fires",
            "There is no segment “large”, which a band names."),
        ({"bands": (BandLine("*", "*", "other_fields", "*", 0.9, 0.0),)}, "never_fires",
            "There is no group of fields “other_fields”, which a band names."),
        ({"strategic_segments": ("large",)}, "never_fires", "There is no segment “large” to be strategic."),
        ({"risk_hours": (RiskLine("escalated", 60),)}, "never_fires",
            "escalated moves up by 60 h, and 48 h is the most."),
        ({"value_steps": (ValueStep(Decimal(5_000), 60),)}, "never_fires",
            "From 5,000 on it moves up by 60 h, and 48 h is the most."),
        ({"protected_fields": ("account.mood",)}, "no_contract",
            "“account.mood” is protected by the policy and has no field contract, so nothing is protected."),
        ({"protected_fields": ("account.industry",)}, "no_contract", None),
    ],
)  # fmt: skip
def test_a_line_of_the_policy(changes: dict[str, Any], kind: str, says: str | None) -> None:
    assert said(replace(POLICY, **changes), kind=kind) == ([says] if says else [])


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ('suggestion.action == "set_fields"', ""),
        ('suggestion.action == "send_message"', "suggestion.action is never “send_message” here"),
        ('account.strategic && "set_fields" == suggestion.action', ""),
        ('account.segment in ["mid", "huge"]', ""),
        ('account.segment in ["huge"]', "account.segment is never “huge” here"),
        ('items.exists(i, i.field == "industry")', ""),
        ('items.exists(i, i.field == "industri" && i.locked)', "i.field is never “industri” here"),
        ("suggestion.confidence < 0.0", "suggestion.confidence cannot be above 0 and below 0"),
        ("suggestion.confidence <= 0.0", ""),
        ("suggestion.at_stake > 5 && account.strategic", ""),
        ("proposer.outcomes < 5 && proposer.outcomes < 0", "proposer.outcomes cannot be above 0 and below 0"),
        ("false && account.strategic", "it is false"),
        ("acount.strategic", ""),
    ],
)
def test_a_rule_that_can_never_hold(expression: str, why: str) -> None:
    found = said(ruled(rule("one", expression)), kind="never_fires")
    assert found == ([f"The rule one can never hold: {why}."] if why else [])


@pytest.mark.parametrize(
    ("rules", "shadowed"),
    [
        ((rule("one", "account.strategic"),), "The rule one holds nothing that strategic_account does not."),
        ((rule("one", 'account.escalated && suggestion.action == "set_fields"'),), "that escalated does not."),
        ((rule("one", "account.strategic", verdict=Verdict.BLOCK),), ""),
        ((rule("one", "size(tickets) > 1"), rule("two", 'size(tickets) > 1 && suggestion.action == "set_fields"')),
            "The rule two holds nothing that one does not."),
        ((rule("one", "size(tickets) > 1"), rule("two", "size( tickets ) > 1")), "rule one holds nothing that two"),
        ((rule("one", "size(tickets) > 1"), rule("two", "size(tickets) > 1", verdict=Verdict.BLOCK)),
            "The rule one holds nothing that two"),
        ((rule("one", "size(tickets) > 1", mode=Mode.MONITOR), rule("two", "size(tickets) > 1")),
            "The rule one holds nothing that two"),
        ((rule("one", "size(tickets) > 1"), rule("two", "size(tickets) > 2")), ""),
        ((rule("one", "size(tickets) > 1 || account.on_hold"), rule("two", "size(tickets) > 1")), ""),
    ],
)  # fmt: skip
def test_rules_that_shadow_each_other(rules: tuple[CustomRule, ...], shadowed: str) -> None:
    found = said(ruled(*rules), kind="shadowed")
    assert (shadowed in found[0]) if shadowed else found == []


def test_a_workflow_nobody_ever_reviewed() -> None:
    old = replace(AROUND, workflows=(Known("enrich", "Enricher", date(2026, 6, 1)),))
    assert said(around=old) == ["“enrich” of Enricher was never reviewed: it is here for 174 days."]
    dated = replace(POLICY, workflows=(WorkflowLine("enrich", Level.DRAFT, review_due="2027-01-01"),))
    assert said(dated, old) == []


def test_two_writers_a_fight_and_a_field_without_contract() -> None:
    around = replace(
        AROUND,
        writers=(
            Writers("account", "industry", (("enrich of Enricher", 9), ("sync of Register", 2))),
            Writers("account", "owner", (("route of Router", 3),)),
        ),
        fights=(Fight("account", "a1", "Nordwind", "industry", ("enrich of Enricher", "people"), 3),),
        fields=(*AROUND.fields, ("account", "mood", False)),
    )
    fight, two, lacks = linting.found(POLICY, around)
    assert fight.says == (
        "industry of “Nordwind” went back and forth 3 times between enrich of Enricher and people."
    )
    assert (fight.at, fight.key) == ("account", "a1")
    assert two.says == "account.industry is written by enrich of Enricher (9) and sync of Register (2)."
    assert lacks.says == "account.mood has no field contract: nothing says whose word is true."
