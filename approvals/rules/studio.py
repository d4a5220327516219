"""The threshold studio's arithmetic: what two thresholds would have done with what is recorded.

Confidence is told in whole hundredths, rounded down, so that "at least 0.86" is exactly "hundredth 86 or above".
What another rule held stays held whatever the thresholds say, and what gave no confidence is read by a person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from operator import add, sub
from typing import NamedTuple

# Hundredths of a share: 0 to 100.
TOP = 100
# The hundredth of what came without a confidence.
NOT_GIVEN = -1
# The way of what ran by itself.
RAN = "ran"
# A threshold above every confidence: nothing reaches it.
NEVER = TOP + 1


class Said(NamedTuple):
    """What people said of so many: nothing yet, kept unchanged, edited, rejected, put back or found wrong later."""

    unknown: int = 0
    unchanged: int = 0
    edited: int = 0
    rejected: int = 0
    undone: int = 0

    @property
    def all(self) -> int:
        return sum(self)

    @property
    def good(self) -> int:
        return self.unchanged

    @property
    def bad(self) -> int:
        return self.edited + self.rejected + self.undone

    @property
    def known(self) -> int:
        return self.good + self.bad

    def plus(self, other: Said) -> Said:
        return Said._make(map(add, self, other))

    def minus(self, other: Said) -> Said:
        return Said._make(map(sub, self, other))


NOTHING = Said()


class Recorded(NamedTuple):
    """So many closed suggestions alike: hundredth of confidence (or NOT_GIVEN), what else held them ("", "queue",
    "block"), which way they went, and what people said of them."""

    hundredth: int
    held: str
    way: str
    said: Said


class Replayed(NamedTuple):
    """What became of all of them under two thresholds."""

    ran: Said
    reviewed: Said
    blocked: Said


class Ran(NamedTuple):
    """So many would run by themselves, of them known good, known bad and unknown."""

    all: int
    good: int
    bad: int
    unknown: int


class Row(NamedTuple):
    """One floor with each of several auto thresholds: what would run, how many would be reviewed, how many blocked."""

    ran: Sequence[Ran]
    reviewed: Sequence[int]
    blocked: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Hundredths: blocked below `floor`, by itself from `auto` on, NEVER for never. `cap`: a confidence counts at
    most so much, so that a threshold above it is reached by nothing."""

    floor: int
    auto: int
    cap: int = TOP

    @property
    def blocks_below(self) -> int:
        return NEVER if self.floor > self.cap else self.floor

    @property
    def runs_from(self) -> int:
        return NEVER if self.auto > self.cap else max(self.auto, self.blocks_below)


class Ground:
    """Everything recorded in one slice, added up so that any two thresholds are answered by looking twice."""

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        free, soft = [NOTHING] * NEVER, [NOTHING] * NEVER
        none, stopped = NOTHING, NOTHING
        ways: dict[str, Said] = {}
        unread = [0] * NEVER
        for one in recorded:
            if one.way == RAN and one.hundredth != NOT_GIVEN:
                unread[one.hundredth] += one.said.unknown
            ways[one.way] = ways.get(one.way, NOTHING).plus(one.said)
            if one.held == "block":
                stopped = stopped.plus(one.said)
            elif one.hundredth == NOT_GIVEN:
                none = none.plus(one.said)
            elif one.held:
                soft[one.hundredth] = soft[one.hundredth].plus(one.said)
            else:
                free[one.hundredth] = free[one.hundredth].plus(one.said)
        # By hundredth: what only the thresholds hold, and what a person reads anyway.
        self.free: Sequence[Said] = free
        self.soft: Sequence[Said] = soft
        self.not_given, self.stopped, self.ways = none, stopped, ways
        # By hundredth: what really ran by itself and nobody looked at.
        self.ran_unread: Sequence[int] = unread
        both = [one.plus(other) for one, other in zip(free, soft, strict=True)]
        self.given: Sequence[Said] = both
        self._below = [stopped.plus(one) for one in accumulate(both, Said.plus, initial=NOTHING)]
        self._from = [*accumulate(reversed(free), Said.plus, initial=NOTHING)][::-1]
        self.total = self._below[-1].plus(none)

    def under(self, thresholds: Thresholds) -> Replayed:
        """What would have run by itself, been read, been blocked."""
        ran, blocked = self._from[thresholds.runs_from], self._below[thresholds.blocks_below]
        return Replayed(ran, self.total.minus(ran).minus(blocked), blocked)

    def ran_from(self, hundredth: int) -> Said:
        """What nothing but the thresholds holds, from this hundredth on."""
        return self._from[hundredth]

    def every_pair(self, floors: Sequence[int], autos: Sequence[int], *, cap: int = TOP) -> list[Row]:
        """What each floor with each auto comes to, a row a floor; autos in rising order."""
        total, below = self.total.all, [one.all for one in self._below]
        ran = [Ran(one.all, one.good, one.bad, one.unknown) for one in self._from]
        starts = [NEVER if auto > cap else auto for auto in autos]
        above, counts = [ran[start] for start in starts], [ran[start].all for start in starts]
        rows = []
        for floor in floors:
            stops = NEVER if floor > cap else floor
            # Up to the floor an auto threshold changes nothing. The rest is laid together by the hundred in C: ten
            # thousand pairs are answered while a person's finger moves.
            same, here, blocked = bisect_left(starts, stops), ran[stops], below[stops]
            alike = [here.all] * same + counts[same:]
            reviewed = [*map(sub, repeat(total - blocked), alike)]
            rows.append(Row([here] * same + above[same:], reviewed, blocked))
        return rows
