"""How far two rates lie apart, by an interval that holds at every look at once.

For each arm, with k of n so far, the likelihood under a mixture over all rates, divided by that under the rate p,

    M(p) = B(k + 1/2, n - k + 1/2) / B(1/2, 1/2) / (p^k (1 - p)^(n - k)),

is a martingale that begins at 1 where p is the rate: Robbins' mixture, here with the prior of Jeffreys, which is narrow
near 0, where opt-outs are. Units are assigned by a hash, so the arms are independent, and the product of theirs is one
too. By Ville's inequality the pairs of rates at which it is below 1 / alpha hold the true pair at every look with
probability 1 - alpha; the interval is what these pairs leave of the difference. Nobody is misled by looking every day,
and by stopping when it looks good.

It takes for granted that within an arm each unit answers with the same chance, whatever came before.

Sources: Ville, Étude critique de la notion de collectif (1939); Robbins, Statistical methods related to the law of the
iterated logarithm (1970); Howard, Ramdas, McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence
sequences (2021), for the mixture of binomials; Turner and Grünwald, Exact anytime-valid confidence intervals for
contingency tables and beyond (2023), for the difference of two.
"""

from __future__ import annotations

import math
from typing import NamedTuple

ALPHA = 0.05
# So many halvings take any interval of shares below 1e-12.
HALVINGS = 42
PRIOR = 0.5


class Counted(NamedTuple):
    """`part` of `of` units did it."""

    part: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.part / self.of if self.of else None


class Difference(NamedTuple):
    """`mid` is the difference as counted; None while one of the arms is empty."""

    low: float
    mid: float | None
    high: float


def between(first: Counted, second: Counted, *, alpha: float = ALPHA) -> Difference:
    """Rate of `second` minus rate of `first`, with what every look so far leaves of it at 1 - alpha.

    Raises ValueError for counts that are no share, or an alpha outside of 0 and 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"A level lies between 0 and 1, not at {alpha}.")
    centre = (second.rate or 0.0) - (first.rate or 0.0)
    known = first.of and second.of
    most = -math.log(alpha)
    if not known:
        return Difference(-1.0, None, 1.0)
    return Difference(
        _edge(first, second, inside=centre, outside=-1.0, most=most),
        centre,
        _edge(first, second, inside=centre, outside=1.0, most=most),
    )


def log_e(first: Counted, second: Counted, difference: float) -> float:
    """How strongly these counts speak against that difference: the natural log of the e-value.

    The smallest over all pairs of rates that lie so far apart. Raises ValueError for counts that are no share.
    """
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
    # The log of the likelihood is concave along the line, so its slope falls: halve to where it is flat.
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _slope(first, middle) + _slope(second, middle + difference) > 0:
            low = middle
        else:
            high = middle
    rate = (low + high) / 2
    return _log_mixture(first, rate) + _log_mixture(second, rate + difference)


def _edge(first: Counted, second: Counted, *, inside: float, outside: float, most: float) -> float:
    """Where the evidence against a difference reaches `most`; the end of the scale where it never does."""
    if log_e(first, second, outside) < most:
        return outside
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if log_e(first, second, middle) < most:
            inside = middle
        else:
            outside = middle
    # The outer end: rounding makes it wider, never narrower.
    return outside


def _slope(counted: Counted, rate: float) -> float:
    """Of the log of the likelihood; at an end of the scale, where it is endless, what leads away from there."""
    part, rest = counted.part, counted.of - counted.part
    if part and rate <= 0:
        return math.inf
    if rest and rate >= 1:
        return -math.inf
    return (part / rate if part else 0.0) - (rest / (1 - rate) if rest else 0.0)


def _log_mixture(counted: Counted, rate: float) -> float:
    """The log of M at this rate."""
    part, of = counted
    if not 0 <= part <= of:
        raise ValueError(f"{part} of {of} is no share.")
    rest = of - part
    return _log_beta(part + PRIOR, rest + PRIOR) - _log_beta(PRIOR, PRIOR) - _times_log(part, rate) - _times_log(
        rest, 1 - rate
    )  # fmt: skip


def _times_log(times: int, share: float) -> float:
    if not times:
        return 0.0
    return times * math.log(share) if share > 0 else -math.inf


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
