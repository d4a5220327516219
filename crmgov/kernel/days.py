"""What lasts “until the end of” a day ends where no person is: at midnight UTC, and is read back as that day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

WHERE = "The day ends at midnight UTC."


def end_of(day: date) -> datetime:
    """Return the last moment of the day."""
    return datetime.combine(day, time.max, UTC)


def last_day(until: datetime) -> date:
    """Return the day at whose end it is over, for everybody alike; a midnight ends the day before it."""
    return (until.astimezone(UTC) - timedelta(microseconds=1)).date()
