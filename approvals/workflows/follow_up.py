"""They wrote and nobody answered: a task after some working hours, and an escalated one after some more."""

from __future__ import annotations

from datetime import datetime

from crmgov.people.rules.calendars import add_business_hours

from .kinds import ACTIVITY, Again, Answer, BuiltIn, Case, Terms, Trigger, task

ANSWER_WITHIN = 4
ESCALATE_AFTER = 12
# As many as people need who were told late.
LEAST_BETWEEN = 4
REMIND, ESCALATE = "answer", "escalate"


class FollowUp(BuiltIn):
    """What counts is the first thing nobody answered: who writes every day does not wait longer for it."""

    name = "follow-up"
    version = "1"
    subject = "contact"
    triggers = (Trigger(ACTIVITY, ("contact",), activities=("mail_in", "reply", "form", "chat")),)
    needs = ("asked",)
    terms = Terms(
        trigger=f"A contact writes and has no answer after {ANSWER_WITHIN} working hours; after {ESCALATE_AFTER} it "
        "is escalated.",
        record_types=("contact",),
        actions=("create_task",),
        reads=("contact.owner", "account.owner"),
        metric="hours",
        sla_hours=2,
    )

    def propose(self, case: Case) -> Answer:
        asked = case.known.asked
        if asked is None or asked.since is None:
            return
        first = add_business_hours(asked.since, ANSWER_WITHIN, case.calendar)
        if case.at < first:
            yield Again(REMIND, first)
            return
        second = add_business_hours(asked.since, ESCALATE_AFTER, case.calendar)
        if _purpose("follow-up", asked.since) not in case.known.late_tasks:
            yield task(
                case,
                title=f"Answer {case.record}",
                purpose=_purpose("follow-up", asked.since),
                due_on=case.in_days(0),
                reason=f"Nobody has answered them for {ANSWER_WITHIN} working hours.",
                evidence=asked.words,
            )
            yield Again(ESCALATE, max(second, add_business_hours(case.at, LEAST_BETWEEN, case.calendar)))
        elif ESCALATE in case.woken and case.at >= second:
            yield task(
                case,
                title=f"Escalated: nobody has answered {case.record}",
                purpose=_purpose("escalated follow-up", asked.since),
                due_on=case.in_days(0),
                reason=f"Nobody has answered them for {ESCALATE_AFTER} working hours, and somebody was reminded. "
                "It is given to nobody by name, so that the team sees it.",
                evidence=asked.words,
                unassigned=True,
            )


def _purpose(what: str, since: datetime) -> str:
    """One for each question that waits."""
    return f"{what} {since:%Y-%m-%d %H:%M}"
