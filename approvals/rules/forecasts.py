"""What a promotion would cost if the agent became worse: how much runs before the evidence stops it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from approvals.rules.earning import DEFAULT, Kept, Label, Ran, Terms, beginning
from approvals.rules.probation import Draw, Plan

# The same question always has the same answer.
SEED = 20_261_122
RUNS = 1_000
# After so many automatic actions a run is given up: it counts with what ran until then.
HORIZON = 50_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """If quality falls to `rate`: automatic actions until the demotion and the wrong ones among them, on average.

    `error` is the standard error of `actions`; nine of ten runs end within `nine_in_ten` actions. `stopped` is the
    share of runs that ended at all within the horizon: below 1, the averages are too low.
    """

    rate: float
    actions: float
    wrong: float
    error: float
    nine_in_ten: int
    stopped: float

    def __str__(self) -> str:
        return (
            f"If this falls to {self.rate:.0%}, expect about {self.actions:,.0f} automatic actions, "
            f"{self.wrong:,.0f} wrong, before we stop it."
        )


def forecast(
    plan: Plan,
    *,
    rate: float = 0.85,
    after: int = 0,
    terms: Terms = DEFAULT,
    standing: Kept | None = None,
    position: int = 0,
    runs: int = RUNS,
) -> Forecast:
    """Monte Carlo, `runs` runs of the demotion process with the plan's draws and a fixed seed.

    Quality falls `after` so many more good actions; 0 is the day of the promotion, when most is read. For a cell that
    is running, `standing` is its evidence (its terms hold) and `position` how many actions ran before. What is drawn
    is taken as read before the next action: what runs while reviews wait comes on top. Raises ValueError for a rate
    that is no share, for negative counts or without runs.
    """
    if not 0.0 <= rate <= 1.0 or runs < 1 or min(after, position) < 0:
        raise ValueError("A forecast needs a rate between 0 and 1, counts, and one run or more.")
    start = _after_good_ones(plan, standing or beginning(terms).kept, position, after)
    random = Random(SEED)  # noqa: S311 - a forecast, no secret
    counted = [_until_stopped(plan, rate, start, position + after, random) for _ in range(runs)]
    actions = sorted(ran for ran, _, _ in counted)
    mean = sum(actions) / runs
    spread = math.sqrt(sum((one - mean) ** 2 for one in actions) / max(runs - 1, 1))
    return Forecast(
        rate=rate,
        actions=mean,
        wrong=sum(wrong for _, wrong, _ in counted) / runs,
        error=spread / math.sqrt(runs),
        nine_in_ten=actions[math.ceil(0.9 * runs) - 1],
        stopped=sum(stopped for _, _, stopped in counted) / runs,
    )


def _after_good_ones(plan: Plan, kept: Kept, position: int, more: int) -> Kept:
    """The evidence after as many good ones as are expected to be drawn: none failed, so the fall is seen latest."""
    drawn = round(math.fsum(plan.share_at(position + one) for one in range(more)))
    for _ in range(drawn):
        kept = kept.after(Ran(Label.UNCHANGED, Draw.UNIFORM))
    return kept


def _until_stopped(
    plan: Plan, rate: float, start: Kept, position: int, random: Random
) -> tuple[int, float, bool]:
    """Actions, wrong ones, and whether the evidence ended it. Of what nobody reads the expected number is wrong."""
    kept, ran, unread = start, 0, 0
    while kept.fallen_at is None and ran < HORIZON:
        skipped = _unread_before_next(plan, position + ran, random)
        label = Label.UNCHANGED if random.random() < rate else Label.REJECTED
        kept = kept.after(Ran(label, Draw.UNIFORM))
        ran, unread = ran + skipped + 1, unread + skipped
    return ran, unread * (1 - rate) + kept.failed - start.failed, kept.fallen_at is not None


def _unread_before_next(plan: Plan, position: int, random: Random) -> int:
    """How many run unread before the next that is drawn, each with the share of its position."""
    skipped = 0
    while position + skipped < plan.settled_at:
        if random.random() < plan.share_at(position + skipped):
            return skipped
        skipped += 1
    share = plan.share_at(position + skipped)
    # From here on the share is the same for all: the number of misses before a hit is geometric, drawn at once.
    return skipped if share >= 1.0 else skipped + int(math.log1p(-random.random()) / math.log1p(-share))
