"""Which queue takes a suggestion, and the order in it: what is due first, earlier for value and risk, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from approvals.rules.facts import Facts
from approvals.rules.findings import VERDICTS, Reading
from approvals.rules.policy import Policy
from approvals.rules.value import at_stake
from approvals.rules.wording import clean, listed, money

Key = TypeVar("Key")
# As long as the column that keeps it.
LONGEST_EXPLANATION = 300
BY_SLA = "by its SLA alone."
# Value and risk take three quarters of the time at most: nothing is overdue before anybody could look.
MOST_SHARE = Decimal("0.75")
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
MINUTES = 60
BECAUSE = {
    "escalated": "an escalation",
    "strategic_account": "a strategic account",
    "active_ticket": "an open ticket",
    "regulated_industry": "a regulated industry",
    "empathy_needed": "a complaint or cancellation",
    "sensitive_topic": "a sensitive topic",
    "account_hold": "a hold",
    "overwrites_verified": "a verified value",
    "conflicting_suggestion": "a conflict",
    "run_sample": "the sample of a run",
}
# How a queue names what belongs to no segment.
NO_SEGMENT = "none"
# Rules of the design that the gate does not read yet: a queue may wait for them.
ANNOUNCED = frozenset(
    {
        "territory_conflict", "uncalibrated_segment",
    }
)  # fmt: skip
RULES = frozenset(VERDICTS) | ANNOUNCED


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a suggestion a queue is chosen by; `value` at stake in reporting currency, None when unknown."""

    rules: frozenset[str] = frozenset()
    action: str = ""
    segment: str = NO_SEGMENT
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """What a queue takes: every condition that is set must hold, of a list one is enough; none takes everything."""

    rules: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    at_least: Decimal | None = None

    def takes(self, asked: Asked) -> bool:
        """Whether this suggestion belongs there."""
        return (
            (not self.rules or not self.rules.isdisjoint(asked.rules))
            and (not self.actions or asked.action in self.actions)
            and (not self.segments or asked.segment in self.segments)
            and (self.at_least is None or (asked.value is not None and asked.value >= self.at_least))
        )


def first_of(queues: Iterable[tuple[Key, Matching]], asked: Asked, otherwise: Key) -> Key:
    """The first queue that takes it, in the order given; `otherwise` where none does."""
    return next((key for key, matching in queues if matching.takes(asked)), otherwise)


@dataclass(frozen=True, slots=True)
class Due:
    """In how many working hours it counts as due, how many of the SLA's are left out, and why (300 characters)."""

    hours: Decimal
    bonus_hours: Decimal
    explained: str


def effective_due(*, sla_hours: Decimal, facts: Facts, reading: Reading, policy: Policy) -> Due:
    """The SLA's working hours less the bonus for value and risk. More of either is never due later."""
    parts = [*_for_risk(reading, policy), *_for_value(facts, policy)]
    earned = Decimal(sum(hours for hours, _ in parts))
    most = min(Decimal(max(policy.most_hours, 0)), sla_hours * MOST_SHARE)
    bonus = min(earned, most)
    return Due(sla_hours - bonus, bonus, _explained(parts, earned, bonus))


def _for_risk(reading: Reading, policy: Policy) -> list[tuple[int, str]]:
    hours = {line.rule: line.hours for line in policy.risk_hours}
    held = [
        rule for rule in dict.fromkeys(found.rule for found in reading.findings) if hours.get(rule, 0) > 0
    ]
    return [(hours[rule], BECAUSE.get(rule, rule.replace("_", " "))) for rule in held]


def _for_value(facts: Facts, policy: Policy) -> list[tuple[int, str]]:
    amount = at_stake(facts)
    if amount is None:
        return []
    hours = max((step.hours for step in policy.value_steps if _reaches(amount, step.amount)), default=0)
    return [(hours, f"{_figure(amount, policy.reporting_currency)} at stake")] if hours > 0 else []


def _reaches(amount: Decimal, step: Decimal) -> bool:
    return step.is_finite() and amount >= step


def _figure(amount: Decimal, currency: str) -> str:
    """€184,000; with its code where the sign is not everybody's."""
    said = money(amount, currency)
    return said.replace(f"{currency} ", SIGNS[currency]) if currency in SIGNS else said


def _explained(parts: list[tuple[int, str]], earned: Decimal, bonus: Decimal) -> str:
    """Goes on after "Due 16:10, "."""
    if bonus == 0:
        return BY_SLA
    several = len(parts) > 1
    why = listed([f"{reason} ({hours} h)" if several else reason for hours, reason in parts])
    capped = f"; {_span(bonus)} is the most" if earned > bonus and several else ""
    return clean(f"{_span(bonus)} earlier for {why}{capped}.", LONGEST_EXPLANATION)


def _span(hours: Decimal) -> str:
    """3 h, 45 min, 1 h 30."""
    minutes = int((hours * MINUTES).quantize(Decimal(1), ROUND_HALF_UP))
    whole, rest = divmod(minutes, MINUTES)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest:02}" if rest else f"{whole} h"
