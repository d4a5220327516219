"""Business time: closing times, weekends, holidays and clock changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmgov.people.rules.calendars import (
    Calendar,
    NoBusinessTime,
    add_business_hours,
    add_working_days,
    holidays_for,
)

BERLIN = Calendar(
    zone="Europe/Berlin",
    opens=time(9),
    closes=time(18),
    weekdays=frozenset(range(5)),
    holidays=holidays_for(country="DE", subdivision="BE", years=[2026]),
)
NIGHT = Calendar("Europe/Berlin", time(1), time(5), frozenset(range(7)))


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        # Friday before Whit Monday, a holiday in Berlin: half an hour on Friday, the rest on Tuesday.
        ("2026-05-22T17:30", "4", "2026-05-26T12:30"),
        ("2026-11-24T09:00", "4", "2026-11-24T13:00"),
        ("2026-11-24T07:00", "4", "2026-11-24T13:00"),
        ("2026-11-24T20:00", "4", "2026-11-25T13:00"),
        ("2026-11-24T14:00", "4", "2026-11-24T18:00"),
        ("2026-11-24T14:01", "4", "2026-11-25T09:01"),
        ("2026-11-24T18:00", "1", "2026-11-25T10:00"),
        ("2026-11-28T12:00", "0.5", "2026-11-30T09:30"),
        ("2026-11-24T09:00", "45", "2026-11-30T18:00"),
        ("2026-12-24T17:00", "2", "2026-12-28T10:00"),
        ("2026-11-28T12:00", "0", "2026-11-28T12:00"),
    ],
)
def test_working_hours_pass_only_while_somebody_works(start: str, hours: str, due: str) -> None:
    assert add_business_hours(local(start), Decimal(hours), BERLIN) == local(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        # Over the weekend on which the clock changes the wall clock decides.
        ("2026-03-27T17:00", 2, "2026-03-30T10:00"),
        ("2026-10-23T17:00", 2, "2026-10-26T10:00"),
    ],
)
def test_over_a_clock_change_the_office_still_opens_at_nine(start: str, hours: int, due: str) -> None:
    answer = add_business_hours(local(start), hours, BERLIN)
    assert answer == local(due).astimezone(UTC)
    assert answer.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # 1 to 5 has three real hours when the clock jumps forward, five when it falls back.
        ("2026-03-29T01:00", "2026-03-30T02:00"),
        ("2026-10-25T01:00", "2026-10-25T04:00"),
    ],
)
def test_a_change_during_work_counts_the_hours_that_really_pass(start: str, due: str) -> None:
    assert add_business_hours(local(start), 4, NIGHT) == local(due).astimezone(UTC)


def test_the_zone_of_the_team_counts_and_not_that_of_the_clock() -> None:
    tokyo = replace(BERLIN, zone="Asia/Tokyo", holidays=frozenset())
    start = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert add_business_hours(start, 2, tokyo) == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "closed",
    [
        replace(BERLIN, weekdays=frozenset()),
        replace(BERLIN, opens=time(18), closes=time(9)),
        replace(BERLIN, closes=time(9)),
    ],
)
def test_a_calendar_without_working_time_is_refused(closed: Calendar) -> None:
    with pytest.raises(NoBusinessTime, match="do not fit into the next ten years"):
        add_business_hours(local("2026-11-24T09:00"), 1, closed)


def test_a_start_without_zone_and_hours_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        add_business_hours(datetime(2026, 11, 24), 1, BERLIN)  # noqa: DTZ001 - the point of this test
    with pytest.raises(ValueError, match="cannot be negative: -1"):
        add_business_hours(local("2026-11-24T09:00"), -1, BERLIN)


def test_holidays_of_a_place() -> None:
    assert date(2026, 5, 25) in holidays_for(country="DE", subdivision="", years=[2026])
    assert date(2026, 3, 8) in holidays_for(country="DE", subdivision="BE", years=[2026])
    assert date(2026, 3, 8) not in holidays_for(country="DE", subdivision="BY", years=[2026])
    assert holidays_for(country="", subdivision="", years=[2026]) == frozenset()


@pytest.mark.parametrize(("country", "subdivision", "place"), [("XX", "", "XX"), ("DE", "ZZ", "DE-ZZ")])
def test_a_place_nobody_knows_is_refused(country: str, subdivision: str, place: str) -> None:
    with pytest.raises(ValueError, match=f"No holidays are known for {place};"):
        holidays_for(country=country, subdivision=subdivision, years=[2026])


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # Friday before Whit Monday.
        (date(2026, 5, 22), 0, date(2026, 5, 22)),
        (date(2026, 5, 22), 1, date(2026, 5, 26)),
        # From a day on which nobody works the next working day is the first.
        (date(2026, 5, 23), 0, date(2026, 5, 26)),
        (date(2026, 5, 23), 1, date(2026, 5, 26)),
        (date(2026, 5, 23), 4, date(2026, 5, 29)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(start: date, days: int, due: date) -> None:
    assert add_working_days(start, days, BERLIN) == due


def test_working_days_that_never_come_are_refused() -> None:
    with pytest.raises(NoBusinessTime):
        add_working_days(date(2026, 5, 22), 1, replace(BERLIN, weekdays=frozenset()))
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 5, 22), -1, BERLIN)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
QUARTERS = st.integers(0, 200).map(lambda quarters: Decimal(quarters) / 4)


@given(MOMENTS, QUARTERS, QUARTERS)
@settings(deadline=None)
def test_hours_add_up_and_due_times_lie_in_working_time(
    start: datetime, one: Decimal, other: Decimal
) -> None:
    in_two = add_business_hours(add_business_hours(start, one, BERLIN), other, BERLIN)
    at_once = add_business_hours(start, one + other, BERLIN)
    # Closing on one day and opening on the next are the same business time.
    assert in_two == at_once or other == 0 or one == 0
    assert at_once - start >= timedelta(hours=float(one + other))
    if one + other:
        here = at_once.astimezone(ZoneInfo(BERLIN.zone))
        assert BERLIN.works_on(here.date())
        assert time(9) <= here.time() <= time(18)
