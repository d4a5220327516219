"""A score is a sum of points, each with a sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

FactsT = TypeVar("FactsT")
SHARE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is on record to judge this by; the sentence says what is missing. It moves no points."""

    say: str


# A sentence when the criterion holds, Unknown when nobody can tell, None when it does not hold.
Test = Callable[[FactsT], "str | Unknown | None"]


@dataclass(frozen=True, slots=True)
class Criterion(Generic[FactsT]):
    """`points` out of 100, negative ones lower the score; `rule` says in general when they count."""

    name: str
    points: int
    rule: str
    test: Test[FactsT]


@dataclass(frozen=True, slots=True)
class Reason:
    criterion: str
    points: int
    say: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judgment:
    """`value` is a share, 0 to 1; `reasons` are what counted, most points first, then what nobody knows."""

    value: Decimal
    reasons: tuple[Reason, ...]


def judge(facts: FactsT, criteria: Sequence[Criterion[FactsT]], *, base: int) -> Judgment:
    """Add up what holds, from `base` points, and keep the sum between 0 and 100."""
    reasons: list[Reason] = []
    for criterion in criteria:
        found = criterion.test(facts)
        if isinstance(found, Unknown):
            reasons.append(Reason(criterion.name, 0, found.say))
        elif found is not None:
            reasons.append(Reason(criterion.name, criterion.points, found))
    points = min(100, max(0, base + sum(reason.points for reason in reasons)))
    ordered = sorted(reasons, key=lambda reason: (reason.points == 0, -abs(reason.points), reason.criterion))
    return Judgment((Decimal(points) / 100).quantize(SHARE), tuple(ordered))
