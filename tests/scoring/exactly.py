"""The promotion process without chance: probabilities of the counts, one outcome after the other."""

from __future__ import annotations

import math
from collections import defaultdict

from scoring.evidence import log_e_above


def proven_by(target: float, alpha: float, rate: float, outcomes: int) -> list[float]:
    """For n = 0 to `outcomes`: how probably the evidence sufficed at n or before, if items are kept at `rate`.

    Exact but for rounding: the e-value depends on the counts alone, so that those not yet proven are one probability
    per number of failures.
    """
    enough = -math.log(alpha)
    open_with = {0: 1.0}
    proven, by = 0.0, [0.0]
    for n in range(1, outcomes + 1):
        reached: dict[int, float] = defaultdict(float)
        for failed, chance in open_with.items():
            reached[failed] += chance * rate
            reached[failed + 1] += chance * (1 - rate)
        open_with = {}
        for failed, chance in reached.items():
            if log_e_above(target, n - failed, failed) >= enough:
                proven += chance
            elif chance > 1e-18:
                open_with[failed] = chance
        by.append(proven)
    return by
