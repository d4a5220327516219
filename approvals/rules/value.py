"""What is at stake, compared in the reporting currency and said in both."""

from decimal import Decimal

from approvals.rules.facts import Facts, Stake
from approvals.rules.findings import Finding, Ref
from approvals.rules.vocabulary import Verdict
from approvals.rules.wording import clean, money

# ISO 4217 for "no currency".
NO_CURRENCY = "XXX"


def high_value(facts: Facts) -> Finding | None:
    """An account or opportunity above the line, or one whose worth nobody can compare with it."""
    limit, currency = line(facts), facts.limits.reporting_currency
    ranked = sorted(facts.stakes, key=lambda stake: -(compared(stake) or Decimal(0)))
    above = [stake for stake in ranked if (compared(stake) or Decimal(0)) > limit]
    unknown = [stake for stake in facts.stakes if compared(stake) is None and might_matter(stake)]
    if not above and not unknown:
        return None
    said = [f"{_worth(stake, currency)}, above the line of {money(limit, currency)}." for stake in above]
    said += [_without_rate(stake, currency) for stake in unknown]
    wanted = f"Up to {money(limit, currency)} it would not wait for this"
    otherwise = f"{wanted}; for that a rate must be known." if unknown else f"{wanted}."
    evidence = tuple(Ref(stake.kind, stake.id, stake.label) for stake in (*above, *unknown))
    return Finding("high_value", Verdict.QUEUE, " ".join(said), otherwise, evidence)


def winback_high_value(facts: Facts) -> Finding | None:
    """A customer that left and was worth more than runs by itself: how we come back is a person's choice."""
    account, worth = facts.account, at_stake(facts)
    if account is None or not account.churned or worth is None or worth <= line(facts):
        return None
    currency = facts.limits.reporting_currency
    sentence = f"{clean(account.label) or 'The account'} left, and {money(worth, currency)} hangs on winning it back."
    otherwise = f"Up to {money(line(facts), currency)} it would not wait for this."
    return Finding(
        "winback_high_value", Verdict.QUEUE, sentence, otherwise, (Ref("account", account.id, account.label),)
    )


def at_stake(facts: Facts) -> Decimal | None:
    """The largest amount that hangs on it, in reporting currency; None when none is known."""
    return max((known for stake in facts.stakes if (known := compared(stake)) is not None), default=None)


def line(facts: Facts) -> Decimal:
    """The limit; a limit that is no finite positive amount means that every amount is above it."""
    limit = facts.limits.high_value
    return limit if limit.is_finite() and limit > 0 else Decimal(0)


def compared(stake: Stake) -> Decimal | None:
    """The amount in reporting currency; None when it cannot be compared."""
    amount = stake.in_reporting
    return amount if amount is not None and amount.is_finite() else None


def might_matter(stake: Stake) -> bool:
    """Nothing and less than nothing stay so at any rate."""
    return not stake.worth.amount.is_finite() or stake.worth.amount > 0


def _worth(stake: Stake, reporting: str) -> str:
    amount = money(stake.worth.amount, stake.worth.currency)
    converted = compared(stake)
    both = ""
    if converted is not None and stake.worth.currency != reporting:
        both = f" ({money(converted, reporting)})"
    return f"{_label(stake)} is worth {amount}{both}{_a_year(stake)}"


def _without_rate(stake: Stake, reporting: str) -> str:
    worth = stake.worth
    if worth.currency in ("", NO_CURRENCY):
        figure = money(worth.amount, "").strip()
        return f"{_label(stake)} is worth {figure}{_a_year(stake)} in a currency nobody recorded."
    missing = f"no rate from {clean(worth.currency, 8)} to {reporting} is known"
    return f"{_label(stake)} is worth {money(worth.amount, worth.currency)}{_a_year(stake)}, but {missing}."


def _label(stake: Stake) -> str:
    return clean(stake.label) or f"The {clean(stake.kind)}"


def _a_year(stake: Stake) -> str:
    return " a year" if stake.kind == "account" else ""
