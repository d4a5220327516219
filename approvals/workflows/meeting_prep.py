"""Before a meeting: what is open, what was promised and what was said last, the working day before."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crmgov.people.rules.calendars import Calendar

from .kinds import CHANGED, CREATED, Again, Answer, BuiltIn, Case, Terms, Trigger, lines_of, summary

LOOK = "prepare"
# The purpose by which a task is known for a meeting.
MEETING = "meeting"
MORNING = time(7)
# Holidays between two years are not longer than this.
LONGEST_BREAK = 14
NEAREST = ("ticket", "opportunity", "contact", "account")


class MeetingPrep(BuiltIn):
    name = "meeting-preparation"
    version = "1"
    subject = "task"
    triggers = (Trigger(CREATED, ("task",)), Trigger(CHANGED, ("task",), fields=("due_on", "purpose")))
    needs = ("brief",)
    terms = Terms(
        trigger=f"The working day before a task with the purpose “{MEETING}” is due.",
        record_types=("account", "contact", "opportunity", "ticket"),
        actions=("log_summary",),
        reads=("task.due_on", "task.purpose"),
        minutes_saved=Decimal(15),
        sla_hours=4,
    )

    def propose(self, case: Case) -> Answer:
        task = case.record
        if task.purpose != MEETING or task.done_at is not None or task.due_on is None or case.known.briefed:
            return
        if task.due_on < case.today:
            return
        day = day_before(task.due_on, case.calendar)
        if case.today < day:
            yield Again(LOOK, datetime.combine(day, MORNING, ZoneInfo(case.calendar.zone)))
            return
        kind, key = _about(task)
        if key is not None:
            # Who sees the record may be others than who sees the task.
            same = getattr(task, kind).team_id == task.team_id
            yield summary(
                kind,
                key,
                about=f"Before {task.title}" if same else "Before a meeting",
                lines=lines_of(case.known.brief),
                of=task.pk,
                reason=f"The meeting is on {task.due_on:%d %b %Y}.",
            )


def day_before(due: date, calendar: Calendar) -> date:
    """The last day before it on which somebody works."""
    days = (due - timedelta(days=back) for back in range(1, LONGEST_BREAK))
    return next((day for day in days if calendar.works_on(day)), due - timedelta(days=1))


def _about(task: Any) -> tuple[str, Any]:
    """The nearest record the task hangs on."""
    named = ((kind, getattr(task, f"{kind}_id")) for kind in NEAREST)
    return next((one for one in named if one[1] is not None), ("", None))
