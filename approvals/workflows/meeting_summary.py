"""After a meeting: what its notes say, promise and ask, in their own sentences. Nothing is put into other words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from approvals.rules.commitments import ENDS, Commitment, commitments
from approvals.selectors.workflow_briefs import Held

from .kinds import ACTIVITY, Answer, BuiltIn, Case, Step, Terms, Trigger, shortened, summary

MOST_POINTS, MOST_QUESTIONS, LONGEST_POINT = 3, 3, 240
# One sentence needs no summary, unless it promises something.
LEAST_SENTENCES = 2


class MeetingSummary(BuiltIn):
    name = "meeting-summary"
    version = "1"
    subject = "account"
    triggers = (Trigger(ACTIVITY, ("account", "contact", "opportunity", "ticket"), activities=("meeting",)),)
    needs = ("meetings",)
    terms = Terms(
        trigger="A meeting with notes comes on the timeline of an account, or of what hangs on one.",
        record_types=("account", "contact", "opportunity", "ticket"),
        actions=("log_summary",),
        minutes_saved=Decimal(10),
        sla_hours=24,
    )

    def propose(self, case: Case) -> Answer:
        for held in case.known.meetings:
            yield from _summed_up(held)


def _summed_up(held: Held) -> Iterator[Step]:
    sentences = sentences_of(held.notes)
    promised = commitments(held.notes)
    if len(sentences) < LEAST_SENTENCES and not promised:
        return
    day = f"{held.at:%d %b %Y}"
    yield summary(
        held.record_type,
        held.record_id,
        about=f"{held.subject or 'Meeting'}, {day}",
        lines=_lines(sentences, promised),
        next_action=_first_due(promised),
        of=held.id,
        reason=f"The notes of the meeting of {day} are on record, and nobody summed them up.",
        evidence=held.notes,
    )


def sentences_of(notes: str) -> list[str]:
    """The sentences of the notes in their order, without what they quote."""
    parts = (" ".join(part.split()) for part in ENDS.split(notes))
    return [part for part in parts if part and not part.startswith(">")]


def _lines(sentences: list[str], promised: tuple[Commitment, ...]) -> list[str]:
    said_already = {one.sentence for one in promised}
    asked = [one for one in sentences if one.endswith("?")]
    points = [one for one in sentences if one not in asked and one not in said_already]
    return [
        *(shortened(one, LONGEST_POINT) for one in points[:MOST_POINTS]),
        *(f"Promised: {one.sentence}" for one in promised),
        *(f"Asked: {shortened(one, LONGEST_POINT)}" for one in asked[:MOST_QUESTIONS]),
    ]


def _first_due(promised: tuple[Commitment, ...]) -> str:
    """The first promise that names a day, else the first; empty where nothing was promised."""
    dated = [one.sentence for one in promised if one.due]
    return next(iter([*dated, *(one.sentence for one in promised)]), "")
