"""After a promotion: how much runs in a day, and which actions a person reads afterwards.

The draw is a lot of the execution's id (`rules/lots.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from approvals.rules.lots import lot

# However good the record: one in fifty is read. A policy may read more, never less.
FLOOR = 0.02
PURPOSE = b"crmgov audit sample\0"


class Draw(StrEnum):
    """Why an automatic action is read afterwards. Only `uniform` may feed the evidence."""

    UNIFORM = "uniform"
    RISK = "risk"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Stage:
    """The next `actions` automatic actions, of which this share (0 to 1) is read."""

    actions: int
    share: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows a promotion: the first stages, then `share` for good, and at most `daily` automatic actions a day.

    200 a day is what an agent may propose in an hour. Raises ValueError for negative counts.
    """

    stages: tuple[Stage, ...] = (Stage(50, 1.0), Stage(100, 0.5))
    share: float = 0.05
    daily: int = 200

    def __post_init__(self) -> None:
        if min((self.daily, *(stage.actions for stage in self.stages))) < 0:
            raise ValueError("Counts of actions are not negative.")

    @property
    def settled_at(self) -> int:
        """After so many automatic actions the share stays as it is."""
        return sum(stage.actions for stage in self.stages)

    def share_at(self, position: int) -> float:
        """The share that is read of the action with so many automatic ones of its cell before it."""
        before = 0
        for stage in self.stages:
            before += stage.actions
            if position < before:
                return _at_least_the_floor(stage.share)
        return _at_least_the_floor(self.share)

    def has_room(self, done_today: int) -> bool:
        """Whether one more may run today by itself; what has no room waits for a person."""
        return done_today < self.daily


def draw(plan: Plan, *, key: bytes, execution_id: str, position: int, risky: bool = False) -> Draw:
    """Whether a person reads this action, and as what.

    The uniform draw comes first and knows nothing of the risk: a risky action that it draws counts as uniform, or
    the sample would lack exactly the risky ones. Keep the answer with the execution; a later plan or key draws
    otherwise. Raises ValueError for a key too short to be secret.
    """
    if lot(key=key, purpose=PURPOSE, thing=execution_id) < plan.share_at(position):
        return Draw.UNIFORM
    return Draw.RISK if risky else Draw.NONE


def _at_least_the_floor(share: float) -> float:
    """Also for what is no number: then everything is read."""
    return max(FLOOR, share) if share <= 1.0 else 1.0
