"""How likely a customer leaves, by explicit criteria. The yardstick of every later model.

Thresholds are per segment: an enterprise account that nobody spoke to for a month is unusual, a small one
is not. They are judgments written down, not estimates; a model has to beat them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .criteria import Criterion, Judgment, Unknown, judge

MODEL, VERSION = "baseline-churn", "1"
BASE = 10
# Fewer logins than this say nothing about a trend.
FEWEST_LOGINS = 8


@dataclass(frozen=True, slots=True)
class ChurnFacts:
    """One customer as of `today`. Counts are over the days their name says; None means nothing is on record."""

    today: date
    renewal_date: date | None = None
    last_touch: date | None = None
    escalated: bool = False
    urgent_open: int = 0
    tickets_90: int = 0
    logins_30: int | None = None
    logins_before_30: int | None = None
    purchases_180: int = 0
    people: int = 0
    owner_view: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`quiet_days` without a word, `many_tickets` in 90 days, `few_people` we know there, `fall` in logins."""

    quiet_days: int
    many_tickets: int
    few_people: int
    fall: float


SEGMENTS = {
    "small": Thresholds(quiet_days=90, many_tickets=3, few_people=1, fall=0.5),
    "mid": Thresholds(quiet_days=60, many_tickets=5, few_people=2, fall=0.4),
    "enterprise": Thresholds(quiet_days=30, many_tickets=9, few_people=4, fall=0.3),
}
ANY_SEGMENT = Thresholds(quiet_days=60, many_tickets=5, few_people=1, fall=0.4)


def assess(facts: ChurnFacts, segment: str) -> Judgment:
    return judge(facts, criteria(segment), base=BASE)


def criteria(segment: str) -> tuple[Criterion[ChurnFacts], ...]:
    """Return what counts in a segment, to judge by and to show."""
    of = SEGMENTS.get(segment, ANY_SEGMENT)
    return (
        Criterion("escalation", 25, "An escalation is open", _escalation),
        Criterion("renewal_near", 15, "The contract renews within 60 days", _renewal_near),
        Criterion("owner_at_risk", 15, "The owner sees the account at risk", _owner_at_risk),
        Criterion("usage_stopped", 25, "Nobody logged in for 30 days", _usage_stopped),
        Criterion(
            "usage_falls",
            20,
            f"Logins fell by {of.fall:.0%} or more against the 30 days before",
            lambda facts: _usage_falls(facts, of.fall),
        ),
        Criterion(
            "quiet",
            15,
            f"No reply, call or meeting for {of.quiet_days} days",
            lambda facts: _quiet(facts, of.quiet_days),
        ),
        Criterion(
            "many_tickets",
            10,
            f"{of.many_tickets} tickets or more in 90 days",
            lambda facts: _many_tickets(facts, of.many_tickets),
        ),
        Criterion(
            "few_people",
            5,
            f"We know {of.few_people} or fewer people there",
            lambda facts: _few_people(facts, of.few_people),
        ),
        Criterion("bought_lately", -15, "They bought something within 180 days", _bought_lately),
        Criterion("owner_healthy", -10, "The owner sees the account as healthy", _owner_healthy),
    )


def _escalation(facts: ChurnFacts) -> str | None:
    if facts.urgent_open:
        return f"{_counted(facts.urgent_open, 'urgent or escalated ticket')} open."
    return "The account is escalated." if facts.escalated else None


def _renewal_near(facts: ChurnFacts) -> str | Unknown | None:
    if facts.renewal_date is None:
        return Unknown("No renewal date is on record.")
    left = (facts.renewal_date - facts.today).days
    return f"It renews in {_counted(left, 'day')}." if 0 <= left <= 60 else None


def _owner_at_risk(facts: ChurnFacts) -> str | None:
    return "The owner sees it at risk." if facts.owner_view == "at_risk" else None


def _owner_healthy(facts: ChurnFacts) -> str | None:
    return "The owner sees it as healthy." if facts.owner_view == "healthy" else None


def _usage_stopped(facts: ChurnFacts) -> str | Unknown | None:
    if facts.logins_30 is None or facts.logins_before_30 is None:
        return Unknown("No login was ever recorded, so nothing is known about their use.")
    stopped = facts.logins_30 == 0 and facts.logins_before_30 > 0
    return f"No login for 30 days, after {facts.logins_before_30} in the 30 before." if stopped else None


def _usage_falls(facts: ChurnFacts, fall: float) -> str | None:
    now, before = facts.logins_30, facts.logins_before_30
    if not now or before is None or before < FEWEST_LOGINS:
        return None
    if now > before * (1 - fall):
        return None
    return f"Logins fell to {now} in 30 days, from {before} in the 30 before."


def _quiet(facts: ChurnFacts, days: int) -> str | Unknown | None:
    if facts.last_touch is None:
        return Unknown("No reply, call or meeting is on record.")
    silent = facts.today - facts.last_touch
    if silent < timedelta(days=days):
        return None
    return f"No reply, call or meeting for {_counted(silent.days, 'day')}."


def _many_tickets(facts: ChurnFacts, many: int) -> str | None:
    return f"{facts.tickets_90} tickets in 90 days." if facts.tickets_90 >= many else None


def _few_people(facts: ChurnFacts, few: int) -> str | None:
    if facts.people > few:
        return None
    return f"We know {_counted(facts.people, 'person', 'people')} there."


def _bought_lately(facts: ChurnFacts) -> str | None:
    return f"{_counted(facts.purchases_180, 'purchase')} in 180 days." if facts.purchases_180 else None


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
