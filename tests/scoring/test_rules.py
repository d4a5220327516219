"""The baseline's criteria: a table per score, and the arithmetic they share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rules import churn, lead_fit
from scoring.rules.churn import ChurnFacts
from scoring.rules.criteria import Criterion, judge
from scoring.rules.lead_fit import LeadFacts

TODAY = date(2026, 11, 20)
CALM = ChurnFacts(
    today=TODAY,
    renewal_date=date(2027, 9, 1),
    last_touch=date(2026, 11, 18),
    logins_30=40,
    logins_before_30=40,
    people=8,
)
COLD = LeadFacts(today=TODAY, title="Analyst", employees=5_000, has_account=True, last_seen=date(2026, 11, 1))


def churn_names(facts: ChurnFacts, segment: str = "mid") -> set[str]:
    return {reason.criterion for reason in churn.assess(facts, segment).reasons}


def test_a_calm_customer_has_the_base_and_no_reason() -> None:
    judgment = churn.assess(CALM, "mid")

    assert judgment.value == Decimal("0.1000")
    assert judgment.reasons == ()


@pytest.mark.parametrize(
    ("facts", "criterion", "says"),
    [
        (replace(CALM, urgent_open=2), "escalation", "2 urgent or escalated tickets open."),
        (replace(CALM, escalated=True), "escalation", "The account is escalated."),
        (replace(CALM, renewal_date=date(2027, 1, 19)), "renewal_near", "It renews in 60 days."),
        (replace(CALM, owner_view="at_risk"), "owner_at_risk", "The owner sees it at risk."),
        (replace(CALM, logins_30=0), "usage_stopped", "No login for 30 days, after 40 in the 30 before."),
        (
            replace(CALM, logins_30=24),
            "usage_falls",
            "Logins fell to 24 in 30 days, from 40 in the 30 before.",
        ),
        (replace(CALM, last_touch=date(2026, 9, 21)), "quiet", "No reply, call or meeting for 60 days."),
        (replace(CALM, tickets_90=5), "many_tickets", "5 tickets in 90 days."),
        (replace(CALM, people=1), "few_people", "We know 1 person there."),
        (replace(CALM, purchases_180=1), "bought_lately", "1 purchase in 180 days."),
        (replace(CALM, owner_view="healthy"), "owner_healthy", "The owner sees it as healthy."),
    ],
)
def test_each_criterion_says_what_it_saw(facts: ChurnFacts, criterion: str, says: str) -> None:
    (reason,) = churn.assess(facts, "mid").reasons

    assert (reason.criterion, reason.say) == (criterion, says)
    assert reason.points != 0


@pytest.mark.parametrize(
    ("facts", "criterion"),
    [
        (replace(CALM, renewal_date=date(2027, 1, 20)), "renewal_near"),
        (replace(CALM, renewal_date=date(2026, 11, 19)), "renewal_near"),
        (replace(CALM, logins_30=25), "usage_falls"),
        (replace(CALM, logins_30=3, logins_before_30=7), "usage_falls"),
        (replace(CALM, logins_30=0, logins_before_30=0), "usage_stopped"),
        (replace(CALM, last_touch=date(2026, 9, 22)), "quiet"),
        (replace(CALM, tickets_90=4), "many_tickets"),
        (replace(CALM, people=3), "few_people"),
    ],
)
def test_just_short_of_the_threshold_counts_nothing(facts: ChurnFacts, criterion: str) -> None:
    assert criterion not in churn_names(facts)


def test_the_same_silence_weighs_by_segment() -> None:
    silent = replace(CALM, last_touch=date(2026, 10, 15))

    assert "quiet" in churn_names(silent, "enterprise")
    assert "quiet" not in churn_names(silent, "mid")
    assert "quiet" not in churn_names(silent, "small")


def test_what_nobody_knows_is_said_and_moves_no_points() -> None:
    unknown = ChurnFacts(today=TODAY, people=9)

    judgment = churn.assess(unknown, "enterprise")

    assert {reason.criterion for reason in judgment.reasons} == {"renewal_near", "usage_stopped", "quiet"}
    assert {reason.points for reason in judgment.reasons} == {0}
    assert judgment.value == Decimal("0.1000")


def test_what_raises_most_stands_first() -> None:
    facts = replace(CALM, people=0, urgent_open=1, renewal_date=None)

    reasons = churn.assess(facts, "mid").reasons

    assert [reason.criterion for reason in reasons] == ["escalation", "few_people", "renewal_near"]


@pytest.mark.parametrize(
    ("facts", "segment", "criterion"),
    [
        (replace(COLD, title="VP Operations"), "enterprise", "decides"),
        (replace(COLD, title="Founder"), "small", "decides"),
        (replace(COLD, asked_30=1), "enterprise", "asked"),
        (replace(COLD, looked_30=4), "enterprise", "looked"),
        (replace(COLD, employees=1_000), "enterprise", "right_size"),
        (replace(COLD, employees=999), "mid", "right_size"),
        (replace(COLD, buying_roles=1), "enterprise", "in_a_deal"),
        (replace(COLD, email="maya@halden.example", company_domain="halden.example"), "mid", "company_mail"),
        (replace(COLD, has_account=False), "mid", "no_company"),
        (replace(COLD, email="maya@GMX.net"), "mid", "free_mail"),
        (replace(COLD, last_seen=date(2026, 8, 22)), "mid", "gone_quiet"),
    ],
)
def test_each_lead_criterion_counts(facts: LeadFacts, segment: str, criterion: str) -> None:
    counted = {reason.criterion for reason in lead_fit.assess(facts, segment).reasons if reason.points}

    assert criterion in counted


@pytest.mark.parametrize(
    ("facts", "segment", "criterion"),
    [
        (replace(COLD, title="VP Operations"), "small", "decides"),
        (replace(COLD, title="Showroom assistant"), "enterprise", "decides"),
        (replace(COLD, title="Subheader editor"), "mid", "decides"),
        (replace(COLD, employees=999), "enterprise", "right_size"),
        (replace(COLD, email="maya@halden.example"), "mid", "company_mail"),
        (replace(COLD, last_seen=date(2026, 8, 23)), "mid", "gone_quiet"),
    ],
)
def test_each_lead_criterion_has_an_edge(facts: LeadFacts, segment: str, criterion: str) -> None:
    counted = {reason.criterion for reason in lead_fit.assess(facts, segment).reasons if reason.points}

    assert criterion not in counted


@given(points=st.lists(st.integers(-100, 100), max_size=12), base=st.integers(-50, 150))
def test_a_score_is_a_share_whatever_the_points(points: list[int], base: int) -> None:
    criteria: list[Criterion[None]] = [
        Criterion(f"c{n}", each, "", lambda facts: "so") for n, each in enumerate(points)
    ]

    judgment = judge(None, criteria, base=base)

    assert judgment.value == Decimal(min(100, max(0, base + sum(points)))) / 100
    assert {reason.points for reason in judgment.reasons} <= set(points)
    assert len(judgment.reasons) == len(points)


@pytest.mark.parametrize("segment", ["small", "mid", "enterprise", "", "something else"])
def test_names_are_unique_and_every_criterion_explains_itself(segment: str) -> None:
    for criteria in (churn.criteria(segment), lead_fit.criteria(segment)):
        names = [criterion.name for criterion in criteria]
        assert len(names) == len(set(names))
        assert all(criterion.rule and criterion.points for criterion in criteria)
