"""What narrows the inbox, and how it stands in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from django.db.models import QuerySet

from approvals.models import Action, Suggestion
from approvals.rules.findings import VERDICTS
from approvals.rules.vocabulary import Verdict

# Name in an address -> name on the screen, in the order in which they are offered.
NAMES = {
    "rule": "Reason",
    "agent": "Agent",
    "action": "Action",
    "value": "Value at stake",
    "segment": "Segment",
    "age": "Waiting for",
    "risk": "Risk",
}
# In the reporting currency.
VALUES = {"10k": Decimal(10_000), "50k": Decimal(50_000), "250k": Decimal(250_000)}
AGES = {"1d": timedelta(days=1), "3d": timedelta(days=3), "1w": timedelta(weeks=1)}
HIGH_RISK = "high"
SEGMENT_LENGTH = 40
STEPS = {"value": frozenset(VALUES), "age": frozenset(AGES), "risk": frozenset({HIGH_RISK})}


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list; empty means any. `value_from` is in the reporting currency."""

    rule: str = ""
    action: str = ""
    record_type: str = ""
    agent_id: int | None = None
    high_risk: bool = False
    value_from: Decimal | None = None
    segment: str = ""
    older_than: timedelta | None = None

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """Of what `known` lets through."""
        agent = asked.get("agent", "")
        return cls(
            rule=asked.get("rule", ""),
            action=asked.get("action", ""),
            agent_id=int(agent) if agent else None,
            high_risk=asked.get("risk", "") == HIGH_RISK,
            value_from=VALUES.get(asked.get("value", "")),
            segment=asked.get("segment", ""),
            older_than=AGES.get(asked.get("age", "")),
        )

    def apply(self, rows: QuerySet[Suggestion], *, at: datetime) -> QuerySet[Suggestion]:
        asked = {
            "rules__contains": [self.rule] if self.rule else None,
            "action": self.action or None,
            "record_type": self.record_type or None,
            "agent": self.agent_id,
            "high_risk": self.high_risk or None,
            "value_at_stake__gte": self.value_from,
            "segment": self.segment or None,
            "made_at__lte": None if self.older_than is None else at - self.older_than,
        }
        return rows.filter(**{name: value for name, value in asked.items() if value is not None})


EVERYTHING = Filters()


def known(asked: Mapping[str, object]) -> dict[str, str]:
    """The filters among what is asked; anything unknown is as if it were not there."""
    given = {name: asked.get(name) for name in NAMES}
    return {name: raw for name, raw in given.items() if isinstance(raw, str) and _fits(name, raw)}


def _fits(name: str, raw: str) -> bool:
    if name == "rule":
        return VERDICTS.get(raw) is Verdict.QUEUE
    if name == "agent":
        return raw.isascii() and raw.isdecimal() and len(raw) < 10
    if name == "action":
        return raw in Action.values
    if name == "segment":
        return 0 < len(raw) <= SEGMENT_LENGTH and "\0" not in raw
    return raw in STEPS[name]
