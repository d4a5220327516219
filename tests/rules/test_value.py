"""High value: compared in reporting currency, said in both, queued when nobody can compare."""

from decimal import Decimal

import pytest

from approvals.rules.facts import Stake
from approvals.rules.value import at_stake
from crmgov.kernel.money import Money

from .cases import facts, found, limits, sentence, stake


@pytest.mark.parametrize(
    ("amount", "raised"),
    [
        ("0", False),
        ("49999.99", False),
        ("50000", False),
        ("50000.01", True),
        ("184000", True),
        ("-1", False),
    ],
)
def test_only_above_the_line(amount: str, raised: bool) -> None:
    assert (found(facts(stakes=(stake(amount),)), "high_value") is not None) is raised


def test_the_sentence_says_both_figures() -> None:
    finding = found(facts(stakes=(stake("184000"),)), "high_value")
    assert finding is not None
    assert finding.sentence == "Nordwind GmbH is worth EUR 184,000 a year, above the line of EUR 50,000."
    assert finding.otherwise == "Up to EUR 50,000 it would not wait for this."
    assert [(ref.kind, ref.id) for ref in finding.evidence] == [("account", "a1")]


def test_foreign_money_is_compared_and_said_in_both_currencies() -> None:
    in_dollars = limits(reporting_currency="USD", high_value=Decimal(42_000))
    given = facts(stakes=(stake("40000", "EUR", "44000"),), limits=in_dollars)
    assert sentence(given, "high_value") == (
        "Nordwind GmbH is worth EUR 40,000 (USD 44,000) a year, above the line of USD 42,000."
    )


def test_without_a_rate_it_is_queued_and_said() -> None:
    given = facts(stakes=(stake("40000", "CHF"),))
    assert sentence(given, "high_value") == (
        "Nordwind GmbH is worth CHF 40,000 a year, but no rate from CHF to EUR is known."
    )


@pytest.mark.parametrize("currency", ["", "XXX"])
def test_an_amount_without_a_currency_is_queued_and_said(currency: str) -> None:
    given = facts(stakes=(stake("40000", currency),))
    assert sentence(given, "high_value") == (
        "Nordwind GmbH is worth 40,000 a year in a currency nobody recorded."
    )


@pytest.mark.parametrize(("amount", "raised"), [("0", False), ("-5", False), ("0.01", True), ("NaN", True)])
def test_nothing_stays_nothing_at_any_rate(amount: str, raised: bool) -> None:
    assert (found(facts(stakes=(stake(amount, "CHF"),)), "high_value") is not None) is raised


def test_the_largest_comes_first_and_an_opportunity_is_not_a_year() -> None:
    deal = Stake("opportunity", "o1", "Fleet deal", Money(Decimal("90000.50"), "EUR"), Decimal("90000.50"))
    given = facts(stakes=(stake("60000"), deal))
    assert sentence(given, "high_value").startswith("Fleet deal is worth EUR 90,000.50, above the line")
    assert at_stake(given) == Decimal("90000.50")


@pytest.mark.parametrize("limit", ["NaN", "Infinity", "-1"])
def test_a_limit_that_is_no_amount_lets_nothing_pass(limit: str) -> None:
    given = facts(stakes=(stake("1"),), limits=limits(high_value=Decimal(limit)))
    assert "above the line of EUR 0" in sentence(given, "high_value")
