"""Business time: when so many working hours have passed, in a zone, with its clock changes and holidays."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import holidays

# Ten years without enough working time is a mistake in the calendar, not a long wait.
LONGEST_DAYS = 3_660
MICROSECONDS = 3_600_000_000


class NoBusinessTime(ValueError):
    """The calendar has no working hours that could ever pass."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local working hours on `weekdays` (0 = Monday) that are no `holidays`; `zone` is an IANA name."""

    zone: str
    opens: time
    closes: time
    weekdays: frozenset[int]
    holidays: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether anybody works on this local day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def window(self, day: date) -> tuple[datetime, datetime]:
        """Opening and closing of a local day, in UTC: a day on which the clock changes is shorter or longer
        only if it changes during working hours."""
        zone = ZoneInfo(self.zone)
        opens = datetime.combine(day, self.opens, tzinfo=zone)
        closes = datetime.combine(day, self.closes, tzinfo=zone)
        return opens.astimezone(UTC), closes.astimezone(UTC)


def add_business_hours(start: datetime, hours: Decimal | int, calendar: Calendar) -> datetime:
    """The moment, in UTC, when `hours` working hours have passed since `start`.

    No hours give the start itself, inside or outside of working time. Time that ends exactly at closing is
    due at closing, not on the next morning. Raises NoBusinessTime and ValueError.
    """
    if start.tzinfo is None:
        raise ValueError("The start of business hours needs a time zone.")
    if hours < 0:
        raise ValueError(f"Business hours cannot be negative: {hours}.")
    left = timedelta(microseconds=int(hours * MICROSECONDS))
    moment = start.astimezone(UTC)
    if not left:
        return moment
    for opens, closes in _windows(moment, calendar):
        begins = max(opens, moment)
        if closes - begins >= left:
            return begins + left
        left -= max(closes - begins, timedelta(0))
    raise NoBusinessTime(
        f"{hours} working hours do not fit into the next ten years of this calendar: "
        f"it opens {calendar.opens:%H:%M}, closes {calendar.closes:%H:%M} "
        f"and works on {len(calendar.weekdays)} weekdays. Correct it."
    )


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """The working day that lies so many working days after `start`; 0 is `start`, or the next day somebody works.

    Raises NoBusinessTime and ValueError.
    """
    if days < 0:
        raise ValueError(f"Working days cannot be negative: {days}.")
    left = days if calendar.works_on(start) else max(days, 1)
    for offset in range(LONGEST_DAYS):
        day = start + timedelta(days=offset)
        if offset and calendar.works_on(day):
            left -= 1
        if not left:
            return day
    raise NoBusinessTime("Nobody ever works by this calendar. Correct its weekdays.")


def holidays_for(*, country: str, subdivision: str, years: Iterable[int]) -> frozenset[date]:
    """The public holidays in these years of a country (ISO code) and subdivision (empty for the whole).

    No country means no holidays. Raises ValueError for a country or subdivision nobody knows.
    """
    if not country:
        return frozenset()
    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None, years=sorted(set(years)))
    except NotImplementedError:
        place = f"{country}-{subdivision}" if subdivision else country
        raise ValueError(f"No holidays are known for {place}; correct it or leave it empty.") from None
    return frozenset(known)


def _windows(moment: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """The working windows from the local day of `moment` on."""
    first = moment.astimezone(ZoneInfo(calendar.zone)).date()
    for offset in range(LONGEST_DAYS):
        day = first + timedelta(days=offset)
        if calendar.works_on(day):
            yield calendar.window(day)
