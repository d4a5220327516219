"""Nights, also those in which the clock is set."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmgov.records.rules.contact_rules import ContactRules, Quiet
from crmgov.records.rules.contactability import Known, blocking
from crmgov.records.rules.quiet_hours import quiet_until, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet(time(20), time(8))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "quiet", "until"),
    [
        ("2026-11-20 11:00", NIGHT, None),
        ("2026-11-20 07:00", NIGHT, None),
        ("2026-11-20 19:00", NIGHT, "2026-11-21 07:00"),
        ("2026-11-20 06:59", NIGHT, "2026-11-20 07:00"),
        ("2026-11-20 12:00", Quiet(time(12), time(14)), "2026-11-20 13:00"),
        ("2026-11-20 12:00", Quiet(time(9), time(9)), None),
        # The night of 29 March is an hour shorter, that of 25 October an hour longer.
        ("2026-03-28 20:00", NIGHT, "2026-03-29 06:00"),
        ("2026-10-24 20:00", NIGHT, "2026-10-25 07:00"),
        # They end at an hour there is not: with the first moment after it.
        ("2026-03-28 23:30", Quiet(time(20), time(2, 30)), "2026-03-29 01:00"),
        # They end at an hour there is twice: at the first of the two.
        ("2026-10-24 23:30", Quiet(time(20), time(2, 30)), "2026-10-25 00:30"),
        # The clock goes back to before they begin.
        ("2026-10-25 00:45", Quiet(time(2, 30), time(8)), "2026-10-25 01:00"),
        # It begins again when the clock goes back into it.
        ("2026-10-25 01:10", Quiet(time(20), time(2, 30)), "2026-10-25 01:30"),
    ],
)
def test_the_first_moment_that_is_not_quiet_in_berlin(at: str, quiet: Quiet, until: str | None) -> None:
    assert quiet_until(utc(at), BERLIN, quiet) == (utc(until) if until else None)


@given(
    st.integers(0, 3 * 365 * 24 * 3600).map(
        lambda seconds: utc("2024-01-01 00:00") + timedelta(seconds=seconds)
    ),
    st.sampled_from(["America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC"]),
    st.times().map(lambda when: when.replace(second=0, microsecond=0)),
    st.times().map(lambda when: when.replace(second=0, microsecond=0)),
)
def test_it_ends_and_nothing_before_its_end_is_free(at: datetime, name: str, start: time, end: time) -> None:
    zone, quiet = ZoneInfo(name), Quiet(start, end)
    until = quiet_until(at, zone, quiet)
    if until is None:
        return

    assert at < until < at + timedelta(hours=27)
    assert quiet_until(until, zone, quiet) is None
    between = [at + (until - at) * share / 9 for share in range(9)]
    assert all(quiet_until(moment, zone, quiet) for moment in [*between, until - timedelta(seconds=1)])


def test_a_zone_nobody_knows_makes_way_for_the_next_and_at_last_for_utc() -> None:
    assert zone_of("Mars/Olympus", "", "Europe/Berlin").key == "Europe/Berlin"
    assert zone_of("../../etc/passwd", "Asia\0").key == "UTC"


@pytest.mark.parametrize(
    ("theirs", "channel", "quiet"),
    [
        ("Pacific/Auckland", "email", True),
        ("", "email", False),
        ("Pacific/Auckland", "sms", True),
        ("Pacific/Auckland", "post", False),
    ],
)
def test_it_is_night_where_they_are_and_otherwise_where_the_organization_is(
    theirs: str, channel: str, quiet: bool
) -> None:
    known = Known(address="a@b.example", time_zone=theirs)
    found = blocking(
        known,
        channel=channel,
        purpose="service",
        at=utc("2026-11-20 12:00"),
        rules=ContactRules(time_zone="Europe/Berlin"),
    )

    assert [blocked.reason.value for blocked in found] == (["quiet_hours"] if quiet else [])
    assert all(blocked.is_delay for blocked in found)
