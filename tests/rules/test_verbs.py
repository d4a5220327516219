"""Which verb an open suggestion allows, and when a snoozed one comes back: tables, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from approvals.rules.snoozes import LONGEST, presets, why_not_until
from approvals.rules.verbs import Verb, Way, why_not
from tests.world import NOW

LATER = NOW + timedelta(hours=1)
PLAIN = Way()


@pytest.mark.parametrize("verb", [v for v in Verb if v not in (Verb.ANSWER, Verb.WAKE)])
def test_what_nobody_touched_yet_allows_every_verb_but_answering_and_waking(verb: Verb) -> None:
    assert why_not(verb, PLAIN, NOW) == ""


@pytest.mark.parametrize(
    ("verb", "way", "because"),
    [
        (Verb.ASK, Way(asked=True), "asked back already"),
        (Verb.ASK, Way(in_conflict=True), "Settling the conflict"),
        (Verb.ANSWER, PLAIN, "No question is open"),
        (Verb.ESCALATE, Way(escalated=True), "escalated already"),
        (Verb.SNOOZE, Way(escalated=True), "stays in sight"),
        (Verb.WAKE, PLAIN, "awake already"),
        (Verb.WAKE, Way(snoozed_until=NOW), "awake already"),
        (Verb.CLAIM, Way(held_by="Tom Becker"), "Tom Becker has it"),
    ],
)
def test_a_verb_that_makes_no_sense_says_why(verb: Verb, way: Way, because: str) -> None:
    assert because in why_not(verb, way, NOW)


@pytest.mark.parametrize(
    ("verb", "way"),
    [
        (Verb.ANSWER, Way(asked=True)),
        (Verb.WAKE, Way(snoozed_until=LATER)),
        (Verb.SNOOZE, Way(snoozed_until=LATER)),
        (Verb.SNOOZE, Way(asked=True)),
        (Verb.ESCALATE, Way(asked=True, snoozed_until=LATER)),
        (Verb.TAKE_OVER, Way(held_by="Tom Becker")),
        (Verb.REASSIGN, Way(escalated=True, held_by="Tom Becker")),
    ],
)
def test_what_one_verb_did_leaves_the_others_open(verb: Verb, way: Way) -> None:
    assert why_not(verb, way, NOW) == ""


def test_it_sleeps_up_to_the_moment_and_not_at_it() -> None:
    way = Way(snoozed_until=LATER)
    assert way.sleeps(LATER - timedelta(microseconds=1))
    assert not way.sleeps(LATER)


@pytest.mark.parametrize(
    ("now", "tomorrow", "monday"),
    [
        # Sunday, the night the clocks go back in Berlin: nine is nine on the wall.
        ("2026-10-24T22:30+02:00", "2026-10-25T09:00+01:00", "2026-10-26T09:00+01:00"),
        # On a Monday the next one is meant; from a Sunday both are the same morning.
        ("2026-11-23T08:00+01:00", "2026-11-24T09:00+01:00", "2026-11-30T09:00+01:00"),
        ("2026-11-22T12:00+01:00", "2026-11-23T09:00+01:00", "2026-11-23T09:00+01:00"),
    ],
)
def test_mornings_are_those_of_the_viewer(now: str, tomorrow: str, monday: str) -> None:
    offered = presets(datetime.fromisoformat(now).astimezone(ZoneInfo("Europe/Berlin")))
    assert offered["hour"] == datetime.fromisoformat(now) + timedelta(hours=1)
    assert offered["tomorrow"] == datetime.fromisoformat(tomorrow)
    assert offered["monday"] == datetime.fromisoformat(monday)


@pytest.mark.parametrize(
    ("now", "later"),
    [
        # Half past two comes twice that night; from the first one an hour leads to the second.
        ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"),
        # And from two to three there is nothing in spring.
        ("2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"),
    ],
)
def test_an_hour_is_sixty_minutes_when_the_clocks_change(now: str, later: str) -> None:
    offered = presets(datetime.fromisoformat(now).astimezone(ZoneInfo("Europe/Berlin")))["hour"]
    assert offered.isoformat() == datetime.fromisoformat(later).isoformat()
    assert offered.astimezone(UTC) - datetime.fromisoformat(now) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("ahead", "because"),
    [
        (timedelta(), "has passed"),
        (-timedelta(seconds=1), "has passed"),
        (timedelta(seconds=1), ""),
        (LONGEST, ""),
        (LONGEST + timedelta(seconds=1), "more than 30 days"),
    ],
)
def test_only_the_next_thirty_days_can_be_meant(ahead: timedelta, because: str) -> None:
    said = why_not_until(NOW + ahead, NOW)
    assert because in said
    assert bool(said) is bool(because)
