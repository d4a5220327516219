"""Moments of the story, told from its end: so many days before `now`, in office hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

# The company switched to this CRM eighteen months ago.
STORY_DAYS = 545


@dataclass(frozen=True, slots=True)
class Clock:
    now: datetime

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        return self.now - timedelta(days=days, hours=hours, minutes=minutes)

    def office(self, rng: Random, days: int) -> datetime:
        """Some minute between 8 and 18 UTC of a working day, never after now."""
        day = self.now - timedelta(days=days)
        back = {5: 1, 6: 2}.get(day.weekday(), 0)
        moment = (day - timedelta(days=back)).replace(
            hour=rng.randrange(8, 18), minute=rng.randrange(60), second=rng.randrange(60), microsecond=0
        )
        return min(moment, self.now - timedelta(minutes=5 + rng.randrange(50)))

    @property
    def start(self) -> datetime:
        return (self.now - timedelta(days=STORY_DAYS)).replace(hour=6, minute=0, second=0, microsecond=0)

    def nights(self, every_days: int) -> list[datetime]:
        """When exports came in: every so many days since the start, the last one this morning or yesterday."""
        last = self.now.replace(hour=2, minute=30, second=0, microsecond=0)
        if last >= self.now:
            last -= timedelta(days=1)
        count = (last - self.start).days // every_days
        return [last - timedelta(days=every_days * step) for step in range(count, -1, -1)]
