"""What hangs on a suggestion in money, in the policy's reporting currency."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from approvals.rules.facts import Stake
from approvals.rules.policy import Limits
from crmgov.kernel.money import CENT, Money
from crmgov.records import registry
from crmgov.records.models import Opportunity
from crmgov.records.rules.values import ValueProblem
from crmgov.records.selectors.money import Rates

from .proposed import Proposed

# ISO 4217 for "no currency": an amount without one cannot be compared.
NO_CURRENCY = "XXX"
# Large enough that the cents of its conversion are the tenth digit of the rate.
PROBE = Decimal(10**8)


def of(proposed: Proposed, limits: Limits, rates: Rates) -> tuple[Stake, ...]:
    """What the account is worth a year, what the opportunity is worth, and what is proposed to be."""
    account, opportunity = proposed.subject.account, proposed.subject.opportunity
    found = []
    if account is not None and account.annual_value is not None:
        worth = Money(account.annual_value, account.currency or NO_CURRENCY)
        found.append(_stake("account", str(account.pk), account.name, worth, limits, rates))
    if opportunity is not None and opportunity.amount is not None:
        worth = Money(opportunity.amount, opportunity.currency or NO_CURRENCY)
        found.append(_stake("opportunity", str(opportunity.pk), opportunity.name, worth, limits, rates))
    if (proposed_worth := _proposed_worth(proposed, opportunity)) is not None:
        label = proposed.suggestion.record_label
        found.append(_stake("opportunity", "", f"{label}, as proposed,", proposed_worth, limits, rates))
    return tuple(found)


def _proposed_worth(proposed: Proposed, opportunity: Opportunity | None) -> Money | None:
    """The amount an opportunity would have."""
    values = {item.field: item.proposed for item in proposed.items}
    if proposed.writes != "opportunity" or not values.get("amount"):
        return None
    try:
        amount = registry.parse("opportunity", "amount", values["amount"])
    except ValueProblem:
        return None
    known = opportunity.currency if opportunity is not None else ""
    return Money(amount, str(values.get("currency") or known or NO_CURRENCY))


def _stake(kind: str, key: str, label: str, worth: Money, limits: Limits, rates: Rates) -> Stake:
    converted = in_currency(worth, limits.reporting_currency, rates)
    return Stake(kind=kind, id=key, label=label, worth=worth, in_reporting=converted)


def in_currency(worth: Money, currency: str, rates: Rates) -> Decimal | None:
    """The amount in `currency` by the rates of the day; None when a rate is missing.

    Rates are kept in the house currency; a policy that counts in another one is served by the cross rate.
    """
    if worth.currency == currency:
        return worth.amount
    at_home = rates.in_reporting(worth)
    if at_home is None or currency == settings.REPORTING_CURRENCY:
        return at_home
    probe = rates.in_reporting(Money(PROBE, currency))
    return (at_home * PROBE / probe).quantize(CENT) if probe else None
