"""How the evidence of a cell went, outcome by outcome: what a chart draws and its table says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from approvals.rules.earning import Decided, Earned, Label, Ran, Terms, beginning


@dataclass(frozen=True, slots=True)
class Point:
    """After so many counted outcomes, of which so many failed: the e-value, 1 before the first."""

    counted: int
    failed: int
    e_value: float


def earned(rows: Iterable[Decided], terms: Terms) -> list[Point]:
    """The evidence for a promotion; formula and sources in `scoring.evidence`."""
    now = beginning(terms).earned
    points = [Point(0, 0, 1.0)]
    for row in rows:
        now = now.after(row)
        if now.counted > points[-1].counted:
            points.append(Point(now.counted, now.failed, now.e_value))
    return points


def kept(rows: Iterable[Ran], terms: Terms) -> list[Point]:
    """The evidence for a demotion."""
    now = beginning(terms).kept
    points = [Point(0, 0, 1.0)]
    for row in rows:
        now = now.after(row)
        if now.counted > points[-1].counted:
            points.append(Point(now.counted, now.failed, now.e_value))
    return points


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many of them, evenly, the first and the last among them. `most` is two or more."""
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    return [points[round(last * place / (most - 1))] for place in range(most)]


def still_needed(earned: Earned, most: int = 1_000) -> int | None:
    """How many more kept in a row would prove the target; None where more than `most` would not."""
    for more in range(most + 1):
        if earned.proven_at is not None:
            return more
        earned = earned.after(Decided(Label.UNCHANGED))
    return None
