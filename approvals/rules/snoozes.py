"""When a snoozed suggestion comes back: an hour, the next mornings, or a time somebody names."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

LONGEST = timedelta(days=30)
MORNING = time(9)
MONDAY = 0


def presets(now: datetime) -> dict[str, datetime]:
    """Return the times offered, by name. `now` is in the viewer's zone, and the mornings are those of that zone.

    An hour is sixty minutes also in the night the clocks change: within a zone Python would move the hands instead.
    """
    return {
        "hour": (now.astimezone(UTC) + timedelta(hours=1)).astimezone(now.tzinfo),
        "tomorrow": _morning(now, days=1),
        "monday": _morning(now, days=(MONDAY - now.weekday() - 1) % 7 + 1),
    }


def why_not_until(until: datetime, at: datetime) -> str:
    """Why nothing is snoozed until then, in a sentence; empty where it may be."""
    if until <= at:
        return "That time has passed. Choose a later one."
    if until > at + LONGEST:
        return (
            "That is more than 30 days away. Choose an earlier day, or reject it with the reason “Not now”."
        )
    return ""


def _morning(now: datetime, *, days: int) -> datetime:
    return datetime.combine(now.date() + timedelta(days=days), MORNING, tzinfo=now.tzinfo)
