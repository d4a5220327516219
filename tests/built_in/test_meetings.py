"""Meetings: a summary in the words of the notes after one, and what is open before one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from approvals.workflows.meeting_prep import MeetingPrep, day_before
from approvals.workflows.meeting_summary import MeetingSummary
from crmgov.people.rules.calendars import Calendar
from crmgov.records.models import Account, Activity
from tests.built_in import kit
from tests.decisions import scene
from tests.world import NOW, a_contact, a_team, a_ticket, an_account, an_opportunity, change, create

pytestmark = pytest.mark.django_db
NOTES = (
    "They run 40 trucks from two depots. The old system ends in May. "
    "We will send the figures for both depots by Friday. I promise to bring our engineer. Who signs on your side?"
)
AFTER, BEFORE = (MeetingSummary(),), (MeetingPrep(),)


def meet(about: Any, notes: str = NOTES, **more: Any) -> None:
    kit.post(kit.event(about, "meeting", subject="Kick-off", body=notes, **more))


def test_a_meeting_is_summed_up_in_its_own_sentences_once() -> None:
    sara = kit.begin(workflows=AFTER)
    account = scene.account()
    contact = a_contact(account=account.pk, team=a_team().pk)
    meet(contact, id="meeting-1")
    for _ in range(5):
        kit.ring(workflows=AFTER)
        meet(contact, id="meeting-1")

    (made,) = kit.of(MeetingSummary)
    meeting = Activity.objects.get()
    assert (made.record_type, made.record_id, made.status) == ("contact", contact.pk, "queued")
    assert made.title == "Summary: Kick-off, 20 Nov 2026"
    assert kit.values(made) == {
        "about": "Kick-off, 20 Nov 2026",
        "summary": "They run 40 trucks from two depots.\n"
        "The old system ends in May.\n"
        "Promised: We will send the figures for both depots by Friday.\n"
        "Promised: I promise to bring our engineer.\n"
        "Asked: Who signs on your side?",
        "next_action": "We will send the figures for both depots by Friday.",
        "of": str(meeting.pk),
    }
    kit.accept(made, sara)
    note = Activity.objects.get(kind="note")
    assert (note.contact, note.account) == (contact, account)
    assert note.data["crmgov.summary"]["read_by"] == "Sara Okafor"
    kit.ring(workflows=AFTER)
    assert len(kit.of(MeetingSummary)) == 1


@pytest.mark.parametrize(
    ("notes", "kind"),
    [("Short call.", "meeting"), ("", "meeting"), (NOTES, "call"), ("> We will call.", "meeting")],
)
def test_what_needs_no_summary_has_none(notes: str, kind: str) -> None:
    kit.begin(workflows=AFTER)
    kit.post(kit.event(scene.account(), kind, body=notes))
    kit.ring(workflows=AFTER)

    assert kit.of(MeetingSummary) == []


def test_notes_without_a_promise_name_no_next_action() -> None:
    kit.begin(workflows=AFTER)
    meet(scene.account(), "They like it. They have no time before May.")
    kit.ring(workflows=AFTER)

    (made,) = kit.of(MeetingSummary)
    assert "next_action" not in kit.values(made)


def test_a_rejected_summary_is_not_proposed_again_by_the_next_meeting() -> None:
    sara = kit.begin(workflows=AFTER)
    account = scene.account()
    meet(account)
    kit.ring(workflows=AFTER)
    scene.reject(kit.of(MeetingSummary)[0], sara)

    meet(account, "They decided. We will start on Monday.")
    kit.ring(workflows=AFTER)

    assert [kit.values(one)["next_action"] for one in kit.of(MeetingSummary)][1:] == [
        "We will start on Monday."
    ]


def busy_account() -> Account:
    kit.stages()
    account = scene.account()
    a_ticket("Gap in March", account=account.pk, team=account.team_id, priority="high")
    an_opportunity(
        "Fleet", account=account.pk, team=account.team_id, stage="Proposal", amount="96000", currency="EUR"
    )
    kit.post(kit.event(account, "call", subject="Prices", body="We will send an offer by Monday."))
    return account


def a_task(about: Account, due_on: str, **values: Any) -> None:
    values = {"title": "Quarterly review", "purpose": "meeting", **values}
    create("task", account=about.pk, team=about.team_id, due_on=due_on, **values)


def test_the_working_day_before_a_meeting_brings_what_is_open_once() -> None:
    kit.begin(workflows=BEFORE)
    account = busy_account()
    # NOW is a Friday: the day before Tuesday is Monday.
    a_task(account, "2026-11-24")
    kit.ring(workflows=BEFORE)
    assert kit.of(MeetingPrep) == []

    for hours in range(5):
        kit.ring(workflows=BEFORE, at=datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(hours=hours))

    (made,) = kit.of(MeetingPrep)
    assert (made.record_id, made.title) == (account.pk, "Summary: Before Quarterly review")
    lines = kit.values(made)["summary"].split("\n")
    assert lines[0].startswith("Open tickets: Gap in March (high, since ")
    assert lines[1] == "Promised: “We will send an offer by Monday.” (20 Nov 2026)"
    assert lines[2] == "Open deals: Fleet: Proposal, 96,000 EUR"
    assert lines[3] == "Last touches: Call, 20 Nov 2026, “Prices”"


def test_what_is_not_on_record_is_said_to_be_none() -> None:
    kit.begin(workflows=BEFORE)
    a_task(scene.account(), "2026-11-23")
    kit.ring(workflows=BEFORE)

    (made,) = kit.of(MeetingPrep)
    assert kit.values(made)["summary"].split("\n") == [
        f"{name}: none on record" for name in ("Open tickets", "Promised", "Open deals", "Last touches")
    ]


def test_nothing_of_another_team_is_told() -> None:
    kit.begin(workflows=BEFORE)
    account = busy_account()
    south = a_team("South")
    contact = a_contact(account=account.pk, team=south.pk)
    create("task", title="Visit", purpose="meeting", contact=contact.pk, team=south.pk, due_on="2026-11-23")
    kit.ring(workflows=BEFORE)

    (made,) = kit.of(MeetingPrep)
    assert made.record_id == contact.pk
    assert "none on record" in kit.values(made)["summary"].split("\n")[0]
    assert "Gap" not in kit.values(made)["summary"]


def test_nothing_of_the_team_of_a_task_is_told_on_a_record_that_others_see() -> None:
    kit.begin(workflows=BEFORE)
    shared, north = an_account("Shared"), a_team()
    a_ticket("Gap in the north", account=shared.pk, team=north.pk)
    create(
        "task", title="North only", purpose="meeting", account=shared.pk, team=north.pk, due_on="2026-11-23"
    )
    kit.ring(workflows=BEFORE)

    (made,) = kit.of(MeetingPrep)
    assert made.team is None
    said = str(kit.values(made))
    assert "Before a meeting" in said
    assert "Gap" not in said
    assert "North only" not in said


def test_another_task_and_a_meeting_that_is_over_bring_nothing() -> None:
    kit.begin(workflows=BEFORE)
    account = scene.account()
    a_task(account, "2026-11-23", purpose="call")
    a_task(account, "2026-11-19")
    kit.ring(workflows=BEFORE)

    assert kit.of(MeetingPrep) == []


def test_a_meeting_that_comes_nearer_is_prepared_at_once() -> None:
    kit.begin(workflows=BEFORE)
    account = scene.account()
    a_task(account, "2027-03-01")
    kit.ring(workflows=BEFORE)
    change("task", account.tasks.get().pk, due_on="2026-11-23")
    kit.ring(workflows=BEFORE)

    assert len(kit.of(MeetingPrep)) == 1


def test_the_day_before_monday_is_friday() -> None:
    week = Calendar(zone="UTC", weekdays=frozenset(range(5)), opens=time(9), closes=time(17))
    assert day_before(date(2026, 11, 23), week) == NOW.date()
