"""Rules of an installation's own: they only tighten, and what they cannot say a person reads."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from approvals.rules import custom_findings, gate
from approvals.rules.custom_rules import CustomRule, Mode
from approvals.rules.facts import Facts, Hold, Ticket
from approvals.rules.findings import Finding
from approvals.rules.policy import Policy, initial
from approvals.rules.policy_checks import problems
from approvals.rules.vocabulary import Outcome, Verdict

from .cases import NORDWIND, PROPOSER, facts, found, item, limits, stake

NO_NAME = (
    "it cannot be read (Line 1, column 1: There is no “acount.strategic”. Is “account.strategic” meant?)"
)
LONG = item(proposed="x" * 20_000)
LARGE = 'account.annual_value >= 50000.0 && suggestion.action == "set_fields"'


def rule(expression: str, **changes: Any) -> CustomRule:
    whole = CustomRule("large_changes", expression, "Large accounts are looked at.", mode=Mode.ENFORCE)
    return replace(whole, **changes)


def under(*rules: CustomRule, **changes: Any) -> Facts:
    """The suggestion that would run by itself, under these rules; its line is out of the way."""
    return facts(limits=limits(high_value=Decimal(10**9), custom_rules=rules), **changes)


def said(expression: str, **changes: Any) -> Finding | None:
    return found(under(rule(expression), **changes), "custom:large_changes")


def test_what_it_catches_waits_with_its_own_sentence() -> None:
    reading = gate.judge(under(rule(LARGE), stakes=(stake("60000"),)))
    assert reading.outcome is Outcome.QUEUED
    (finding,) = reading.findings
    assert (finding.rule, finding.sentence) == ("custom:large_changes", "Large accounts are looked at.")
    assert finding.otherwise == (
        "It would not be held by this if the policy had no rule “large_changes”, or only watched it."
    )
    assert gate.judge(under(rule(LARGE), stakes=(stake("40000"),))).outcome is Outcome.APPROVED


def test_a_rule_can_block() -> None:
    reading = gate.judge(under(rule(LARGE, verdict=Verdict.BLOCK), stakes=(stake("60000"),)))
    assert reading.outcome is Outcome.BLOCKED


def test_no_rule_can_let_anything_run() -> None:
    """Not even one that a document names execute; its checks refuse that, and the gate reads it as queue."""
    reading = gate.judge(under(rule("true", verdict=Verdict.EXECUTE)))
    assert reading.outcome is Outcome.QUEUED


@pytest.mark.parametrize(
    ("expression", "changes", "raised"),
    [
        ('account.industry == "Retail"', {}, True),
        ('account.segment == "mid"', {}, True),
        ('account.segment == "none"', {"account": None}, True),
        ("account.strategic", {"account": None}, False),
        ("account.on_hold", {"hold": Hold("h", "", "Ann")}, True),
        ('"partner" in account.relationships', {"account": replace(NORDWIND, relationships=("partner",))}, True),
        ("size(tickets) >= 2", {"tickets": (Ticket("t", "T"), Ticket("u", "U"))}, True),
        ('tickets.exists(t, t.priority == "urgent")', {"tickets": (Ticket("t", "T", "urgent"),)}, True),
        ("suggestion.confidence < 0.95", {}, True),
        ("suggestion.confidence < 0.9", {"items": (item(confidence=0.1),)}, True),
        ("suggestion.confidence <= 0.0", {"proposer": replace(PROPOSER, confidence=None)}, True),
        ("proposer.outcomes < 214", {}, False),
        ('items.exists(i, i.field == "industry" && i.proposed == "Logistics")', {}, True),
        ("items.exists(i, double(i.proposed) > 100.0)", {"items": (item(proposed="250.50"),)}, True),
        ("items.exists(i, i.overwrites)", {"items": (item(current=None, seen=None),)}, False),
        ("suggestion.at_stake > 100", {"stakes": (stake("60000"),)}, True),
        ("account.annual_value > 100.0", {"stakes": (stake("5", "CHF"),)}, True),
        ("opportunity.amount > 5.0", {"stakes": (replace(stake("9"), kind="opportunity"),)}, True),
    ],
)  # fmt: skip
def test_names_stand_for_the_facts(expression: str, changes: dict[str, Any], raised: bool) -> None:
    finding = said(expression, **changes)
    assert (finding is not None) is raised
    assert finding is None or "cannot say" not in finding.sentence


@pytest.mark.parametrize(
    ("expression", "changes", "sentence"),
    [
        ("account.annual_value > 5.0", {}, "account.annual_value has no value here"),
        (LARGE, {}, "account.annual_value has no value here"),
        ('account.industry == "Retail"', {"account": None}, "account.industry has no value here"),
        ("opportunity.amount > 5.0", {}, "opportunity.amount has no value here"),
        ("items.exists(i, i.proposed > 5)", {}, "it compares values that cannot be compared"),
        ("items.exists(i, double(i.proposed) > 5.0)", {}, "a value there cannot be turned into another"),
        ("items.exists(i, i.proposed == 5)", {"items": (item(proposed=[5]),)}, "i.proposed has no value here"),
        ('items.exists(i, i.proposed == "x")', {"items": (LONG,)}, "i.proposed has no value here"),
        ("acount.strategic", {}, NO_NAME),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verdict", [Verdict.QUEUE, Verdict.BLOCK])
def test_what_cannot_be_said_waits_and_says_so(
    expression: str, changes: dict[str, Any], sentence: str, verdict: Verdict
) -> None:
    given = under(rule(expression, verdict=verdict), **changes)
    finding = found(given, "custom:large_changes")
    assert finding is not None
    assert finding.verdict is Verdict.QUEUE
    assert finding.sentence == f"The custom rule “large_changes” cannot say: {sentence}."


@pytest.mark.parametrize(
    ("expression", "changes"),
    [
        ("has(account.annual_value) && account.annual_value > 5.0", {}),
        ('account.annual_value > 5.0 && suggestion.action == "send_message"', {}),
        ('has(account.industry) && account.industry == "Retail"', {"account": None}),
    ],
)
def test_a_guarded_rule_says_no_where_the_value_is_missing(expression: str, changes: dict[str, Any]) -> None:
    assert said(expression, **changes) is None


def test_a_hostile_list_is_not_looked_through() -> None:
    many = tuple(item(field=f"extra.f{n}") for n in range(5_000))
    finding = said("items.exists(i, i.locked)", items=many)
    assert finding is not None
    assert "it would have to look through 5,000 fields" in finding.sentence


def test_a_value_no_engine_can_hold_is_held_for_a_person() -> None:
    finding = said('items.exists(i, i.proposed == "x")', items=(item(proposed="\ud800"),))
    assert finding is not None
    assert "cannot say" in finding.sentence


def test_a_monitored_rule_changed_no_verdict() -> None:
    watched = rule("true", mode=Mode.MONITOR, verdict=Verdict.BLOCK)
    reading = gate.judge(under(watched))
    assert (reading.outcome, reading.findings, reading.rules) == (Outcome.APPROVED, (), ())
    (caught,) = reading.monitored
    assert (caught.rule, caught.verdict) == ("custom:large_changes", Verdict.BLOCK)


def test_a_watched_rule_that_is_taken_for_an_enforced_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "RULES", (*gate.RULES, custom_findings.monitored))
    with pytest.raises(AssertionError):
        test_a_monitored_rule_changed_no_verdict()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"name": "Large mails"}, "policy.custom_rules[0].name must be small letters, digits and _, at most 30, "
            "as in large_mails, not 'Large mails'."),
        ({"name": "x" * 31}, "policy.custom_rules[0].name must be small letters"),
        ({"sentence": " "}, "policy.custom_rules[0].sentence must say why it holds, in 300 characters at most."),
        ({"verdict": Verdict.EXECUTE}, "policy.custom_rules[0].verdict must be queue or block"),
        ({"expression": "account."}, "policy.custom_rules[0].expression is no rule yet. Line 1, column 9: It"),
    ],
)  # fmt: skip
def test_a_policy_says_what_is_wrong_with_its_rules(changes: dict[str, Any], says: str | None) -> None:
    document = replace(initial(), custom_rules=(rule(**{"expression": LARGE, **changes}),)).to_json()
    found_ = problems(document)
    assert [one[: len(says)] for one in found_] == [says] if says else found_ == ()
    assert says or Policy.from_json(document, version=0).custom_rules == (rule(LARGE),)


def test_two_rules_of_one_name_and_too_many_are_refused() -> None:
    twice = replace(initial(), custom_rules=(rule("true"), rule("false")))
    assert problems(twice.to_json()) == ("policy.custom_rules names large_changes twice.",)
    many = replace(initial(), custom_rules=tuple(rule("true", name=f"r{n}") for n in range(51)))
    assert problems(many.to_json()) == ("policy.custom_rules are 51; at most 50 are read.",)
