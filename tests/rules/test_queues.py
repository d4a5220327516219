"""Which queue takes what, the order in it and its explanation."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.rules import gate
from approvals.rules.facts import Facts, Ticket
from approvals.rules.policy import Policy, RiskLine, ValueStep, initial
from approvals.rules.queues import (
    BY_SLA,
    LONGEST_EXPLANATION,
    MOST_SHARE,
    RULES,
    Asked,
    Due,
    Matching,
    effective_due,
    first_of,
)

from .cases import NORDWIND, facts, stake
from .worlds import WORLDS

HOURS = Decimal(16)
EVERYTHING = Matching()
ASKED = Asked(frozenset({"high_value"}), "set_fields", "enterprise", Decimal(60_000))
SEGMENTS = ("none", "small", "enterprise")
ACTIONS = ("set_fields", "create_task")
some_rules = st.frozensets(st.sampled_from(sorted(RULES)), max_size=3)
amounts = st.none() | st.integers(0, 300).map(lambda thousands: Decimal(thousands * 1_000))
askings = st.builds(
    Asked, rules=some_rules, action=st.sampled_from(ACTIONS), segment=st.sampled_from(SEGMENTS), value=amounts
)
matchings = st.builds(
    Matching,
    rules=some_rules,
    actions=st.frozensets(st.sampled_from(ACTIONS), max_size=1),
    segments=st.frozensets(st.sampled_from(SEGMENTS), max_size=2),
    at_least=amounts,
)


def due(given: Facts, policy: Policy | None = None, hours: Decimal = HOURS) -> Due:
    return effective_due(sla_hours=hours, facts=given, reading=gate.judge(given), policy=policy or initial())


@pytest.mark.parametrize(
    ("matching", "taken"),
    [
        (EVERYTHING, True),
        (Matching(rules=frozenset({"high_value", "escalated"})), True),
        (Matching(rules=frozenset({"escalated"})), False),
        (Matching(actions=frozenset({"set_fields"})), True),
        (Matching(actions=frozenset({"create_task"})), False),
        (Matching(segments=frozenset({"enterprise"})), True),
        (Matching(segments=frozenset({"none"})), False),
        (Matching(at_least=Decimal(60_000)), True),
        (Matching(at_least=Decimal(60_001)), False),
        # Every condition that is set must hold.
        (Matching(rules=frozenset({"high_value"}), segments=frozenset({"small"})), False),
    ],
)
def test_a_queue_takes_what_meets_all_its_conditions(matching: Matching, taken: bool) -> None:
    assert matching.takes(ASKED) is taken


def test_an_unknown_value_reaches_no_line() -> None:
    assert not Matching(at_least=Decimal(0)).takes(replace(ASKED, value=None))


@given(st.lists(matchings, max_size=6), askings)
def test_the_first_that_takes_it_wins_and_there_is_always_one(queues: list[Matching], asked: Asked) -> None:
    place = first_of(enumerate(queues), asked, -1)

    if place >= 0:
        assert queues[place].takes(asked)
    before = queues if place < 0 else queues[:place]
    assert not any(queue.takes(asked) for queue in before)
    assert first_of([*enumerate(queues), (99, EVERYTHING)], asked, -1) == (place if place >= 0 else 99)


@given(matchings, askings, some_rules, amounts)
def test_more_reasons_or_more_value_leave_it_in_its_queue(
    matching: Matching, asked: Asked, more: frozenset[str], amount: Decimal | None
) -> None:
    if matching.takes(asked):
        value = max(asked.value or Decimal(0), amount or Decimal(0)) if asked.value is not None else amount
        assert matching.takes(replace(asked, rules=asked.rules | more, value=value))


def test_without_risk_or_value_the_sla_stands() -> None:
    assert due(facts()) == Due(HOURS, Decimal(0), BY_SLA)


def test_value_alone_reads_as_a_sentence() -> None:
    assert due(facts(stakes=(stake("184000"),))).explained == "4 h earlier for €184,000 at stake."


def test_value_and_risk_bring_it_forward_and_say_so() -> None:
    given = facts(account=replace(NORDWIND, strategic=True), stakes=(stake("184000"),))
    assert due(given) == Due(
        Decimal(6),
        Decimal(10),
        "10 h earlier for a strategic account (6 h) and €184,000 at stake (4 h).",
    )


@pytest.mark.parametrize(("amount", "hours"), [("49999", 0), ("50000", 4), ("249999", 4), ("250000", 12)])
def test_the_largest_step_reached_counts(amount: str, hours: int) -> None:
    assert due(facts(stakes=(stake(amount),))).bonus_hours == hours


def test_there_is_a_most_in_the_policy() -> None:
    given = facts(tickets=(Ticket("t1", "Data lost", escalated=True),))
    assert due(given, replace(initial(), most_hours=10)).explained == (
        "10 h earlier for an escalation (8 h) and an open ticket (4 h); 10 h is the most."
    )


def test_a_quarter_of_the_time_is_always_left() -> None:
    given = facts(account=replace(NORDWIND, strategic=True), stakes=(stake("184000"),))
    assert due(given, hours=Decimal(1)) == Due(
        Decimal("0.25"),
        Decimal("0.75"),
        "45 min earlier for a strategic account (6 h) and €184,000 at stake (4 h); 45 min is the most.",
    )


@given(WORLDS, st.decimals(Decimal("0.01"), Decimal(400), places=2))
@settings(deadline=None, max_examples=60)
def test_it_never_comes_later_nor_at_once_and_the_explanation_fits_its_column(
    facts: Facts, hours: Decimal
) -> None:
    eager = replace(
        initial(),
        risk_hours=tuple(RiskLine(finding.rule, 3) for finding in gate.judge(facts).findings),
    )
    answer = due(facts, eager, hours)
    assert answer.hours == hours - answer.bonus_hours
    assert 0 <= answer.bonus_hours <= min(Decimal(eager.most_hours), hours * MOST_SHARE)
    assert len(answer.explained) <= LONGEST_EXPLANATION


steps = st.lists(
    st.builds(ValueStep, st.integers(0, 300).map(lambda n: Decimal(n * 1_000)), st.integers(-5, 60)),
    max_size=4,
)


@given(steps, st.integers(-5, 60), st.integers(0, 400), st.integers(0, 400), st.integers(1, 80))
@settings(deadline=None)
def test_more_value_is_never_due_later(
    steps: list[ValueStep], most: int, one: int, other: int, h: int
) -> None:
    policy = replace(initial(), value_steps=tuple(steps), most_hours=most)
    less, more = sorted((one, other))
    poorer, richer = (facts(stakes=(stake(str(amount * 1_000)),)) for amount in (less, more))
    # The SLA too: a rule that comes with the value may only shorten it.
    sla = [policy.sla_hours(rules=gate.judge(one).rules, queue_hours=Decimal(h)) for one in (poorer, richer)]

    first, second = (due(one, policy, hours) for one, hours in zip((poorer, richer), sla, strict=True))

    assert second.hours <= first.hours
