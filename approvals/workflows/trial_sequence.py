"""A trial begins: a welcome, then a word after three days, a week and a month, until they answer, buy or need help."""

from __future__ import annotations

from datetime import datetime, timedelta

from .kinds import CHANGED, CREATED, Again, Answer, BuiltIn, Case, Terms, Trigger, message
from .letters import DAY_3, DAY_7, DAY_30, WELCOME, Letter

TRIAL = "trial"
# What is sent how many days after the welcome.
STEPS: tuple[tuple[int, Letter], ...] = ((3, DAY_3), (7, DAY_7), (30, DAY_30))


class TrialSequence(BuiltIn):
    name = "trial-sequence"
    version = "1"
    subject = "contact"
    letters = (WELCOME, DAY_3, DAY_7, DAY_30)
    needs = ("answers",)
    triggers = (
        Trigger(CHANGED, ("contact",), fields=("tags",)),
        Trigger(CREATED, ("contact",)),
    )
    terms = Terms(
        trigger="A contact gets the tag “trial”; then by the days since, until they answer, buy or ask for help.",
        record_types=("contact",),
        actions=("send_message", "create_task"),
        reads=("contact.tags", "ticket.status"),
    )

    def propose(self, case: Case) -> Answer:
        if TRIAL not in case.record.tags:
            return
        if case.moved("tags") and not case.known.has_written(WELCOME.name):
            yield message(WELCOME, case.record.pk, reason="Their trial begins today.")
            for days, letter in STEPS:
                yield Again(letter.name, case.at + timedelta(days=days))
        for days, letter in STEPS:
            if letter.name in case.woken and not _stops(case, case.at - timedelta(days=days)):
                yield message(
                    letter, case.record.pk, reason=f"Their trial began {days} days ago, and nothing stops us."
                )


def _stops(case: Case, since: datetime) -> bool:
    """Whether they answered or bought since it began, or a ticket of theirs is open."""
    known = case.known
    moments = (known.answered_at, known.bought_at)
    return known.open_tickets > 0 or any(moment is not None and moment > since for moment in moments)
