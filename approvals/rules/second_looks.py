"""A blind second look: of what is high-risk, one in twenty is asked of another person who does not see the answer.

Nothing is decided by it. How often two people who looked alone agree says what a queue's decisions are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.rules.intervals import Interval, wilson
from approvals.rules.lots import lot

SHARE = 0.05
PURPOSE = b"crmgov second look\0"
# Whoever has not been asked by then is not asked any more: the world has moved on from what they would read.
OPEN_FOR = timedelta(days=14)
# Kinds of decision that let something of it happen, and the answer of the second person that agrees with them.
APPROVE, REJECT = "approve", "reject"
ANSWERS = (APPROVE, REJECT)
# Under so many a rate says next to nothing.
ENOUGH = 20
# The standard normal deviate of a two-sided 95 % interval.
Z_95 = 1.959963984540054


def is_drawn(*, key: bytes, decision_id: str, share: float = SHARE) -> bool:
    """Whether another person is asked about it. Raises ValueError for a key too short to be secret."""
    return lot(key=key, purpose=PURPOSE, thing=decision_id) < share


def said(kind: str) -> str:
    """What a decision of this kind says of the whole: no, or yes to at least a part."""
    return REJECT if kind == "reject" else APPROVE


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `asked` second looks `same` said what the first person had decided."""

    same: int
    asked: int

    @property
    def rate(self) -> float | None:
        return self.same / self.asked if self.asked else None

    @property
    def is_enough(self) -> bool:
        return self.asked >= ENOUGH

    @property
    def interval(self) -> Interval:
        """Of the rate, 95 %; 0 to 1 without any."""
        return wilson(self.same, self.asked, z=Z_95)
