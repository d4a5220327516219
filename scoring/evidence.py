"""Evidence that may be looked at after every outcome: two e-processes over kept and failed items.

Both are mixtures of likelihood ratios against one target rate t. For an alternative rate q each outcome multiplies by

    q / t  when it was kept,      (1 - q) / (1 - t)  when it failed,

and if items are truly kept at rate p, the multiplier is expected to be

    1 + (p - t) (q - t) / (t (1 - t)),

which is at most 1 exactly when p and q lie on opposite sides of t. So with all q above t the product is a nonnegative
supermartingale for every p <= t (the whole composite null, also when p changes from item to item), and with all q below
t for every p >= t. Fixed weights that add up to 1 keep that; weight on the near side of t would break it. Ville's
inequality: whoever stops at 1 / alpha is wrong with probability at most alpha, however often they look.

Sources: Ville, Étude critique de la notion de collectif (1939); Wald, Sequential tests of statistical hypotheses
(1945); Robbins, Statistical methods related to the law of the iterated logarithm (1970), for mixtures; Ramdas,
Grünwald, Vovk and Shafer, Game-theoretic statistics and safe anytime-valid inference (2023), for composite nulls;
Shin, Ramdas and Rinaldo, E-detectors: a nonparametric framework for sequential change detection (2023), for weighted
beginnings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

# Points of a mixture. A few points are exactly as valid as a density and need no quadrature.
ABOVE, BELOW = 16, 8
# No sum grows beyond this. Lowering a supermartingale keeps it one.
MOST = 1e250
# Nearer to 0 or 1 than this a rate is a promise, not a target that outcomes could prove.
NEAREST = 1e-4


class Ratios(NamedTuple):
    """What one alternative multiplies by."""

    kept: float
    failed: float


def tolerated_by(target: float) -> float:
    """The share that may fail. Raises ValueError for a target that outcomes cannot prove."""
    if not NEAREST <= target <= 1 - NEAREST:
        raise ValueError(f"A target rate lies between 0 and 1, not at {target}.")
    return 1 - target


def log_e_above(target: float, kept: int, failed: int) -> float:
    """How strongly these counts speak against "at most `target` are kept": the natural log of the e-value.

    The alternatives tolerate (j - 1/2) / 16 of the failures that the target tolerates, j = 1 to 16, all weighed
    alike: the uniform prior on the rates above the target, at its 16 midpoints. As every item weighs alike, the
    counts say all. Raises ValueError for a target that is no share, or for negative counts.
    """
    if kept < 0 or failed < 0:
        raise ValueError("Counts are not negative.")
    logs = [kept * up + failed * down for up, down in _logs_above(target)]
    top = max(logs)
    return top + math.log(sum(math.exp(one - top) for one in logs) / ABOVE)


@dataclass(frozen=True, slots=True)
class Fall:
    """The evidence that quality fell below `target`, wherever in the sequence that happened.

    One e-process for each item j at which the fall may have begun, weighted v(j) = j^-1/2 - (j + 1)^-1/2, which add
    up to 1; those that have not begun are worth their weight. Fixed at the first item instead, a thousand good
    outcomes would have to be unlearned before a fall is seen. Alternatives fail (1 - target)^(1 - (k - 1/2) / 8) of
    all items, k = 1 to 8: evenly spaced between the failures tolerated and all, on the scale of ratios.

    `sums` holds for each alternative the weighted sum over the beginnings so far.
    """

    target: float
    seen: int = 0
    sums: tuple[float, ...] = (0.0,) * BELOW

    def after(self, kept: bool) -> Fall:
        """The evidence with one more outcome. Raises ValueError for a target that is no share."""
        seen = self.seen + 1
        begins = seen**-0.5 - (seen + 1) ** -0.5
        which = 0 if kept else 1
        sums = tuple(
            min((one + begins) * ratios[which], MOST)
            for one, ratios in zip(self.sums, _below(self.target), strict=True)
        )
        return replace(self, seen=seen, sums=sums)

    @property
    def e_value(self) -> float:
        """1 before the first outcome; at most 1 expected at any stop while quality holds."""
        return float((self.seen + 1) ** -0.5) + sum(self.sums) / BELOW


@lru_cache(maxsize=64)
def _logs_above(target: float) -> tuple[Ratios, ...]:
    tolerated = tolerated_by(target)
    shares = [(j - 0.5) / ABOVE for j in range(1, ABOVE + 1)]
    return tuple(
        Ratios(math.log1p(-share * tolerated) - math.log(target), math.log(share)) for share in shares
    )


@lru_cache(maxsize=64)
def _below(target: float) -> tuple[Ratios, ...]:
    tolerated = tolerated_by(target)
    failing = [tolerated ** (1 - (k - 0.5) / BELOW) for k in range(1, BELOW + 1)]
    return tuple(Ratios((1 - share) / target, share / tolerated) for share in failing)
