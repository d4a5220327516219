"""Whether a challenger predicts better than the model in use, valid at every look.

Each outcome gives the difference of the two squared errors, d = (p - y)^2 - (q - y)^2 between -1 and 1, positive where
the challenger q came nearer. Betting a share s of one's wealth on each next d multiplies it by 1 + s d. Where the
challenger is no better, d is at most 0 on average whatever came before, so the wealth of anybody who bets is a
nonnegative supermartingale: it ever reaches 1 / alpha with probability alpha at most (Ville), however often one looks.
The mean over a few fixed shares is such a wealth, too.

Source: Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting (2024).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

ALPHA = 0.05
SHARES = (0.05, 0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True, slots=True)
class Duel:
    """`n` outcomes; mean squared errors of both; wealth of betting on the challenger and against it."""

    n: int
    champion: float
    challenger: float
    better: float
    worse: float

    @property
    def verdict(self) -> str:
        """better, worse or open."""
        line = 1 / ALPHA
        return "better" if self.better >= line else "worse" if self.worse >= line else "open"


def fought(outcomes: Iterable[tuple[float, float, bool]]) -> Duel:
    """Return how it stands after outcomes in the order they came: what the champion and the challenger said, what was.

    Shares are between 0 and 1. The best wealth so far counts: what was proven once stays proven.
    """
    n, champion, challenger = 0, 0.0, 0.0
    logs = {sign: [0.0] * len(SHARES) for sign in (1, -1)}
    best = {1: 1.0, -1: 1.0}
    for p, q, happened in outcomes:
        first, second = (p - happened) ** 2, (q - happened) ** 2
        n, champion, challenger = n + 1, champion + first, challenger + second
        for sign, wealth in logs.items():
            for place, share in enumerate(SHARES):
                wealth[place] += math.log1p(share * sign * (first - second))
            best[sign] = max(best[sign], sum(math.exp(min(one, 700.0)) for one in wealth) / len(SHARES))
    return Duel(n, champion / n if n else 0.0, challenger / n if n else 0.0, best[1], best[-1])
