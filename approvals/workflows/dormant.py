"""A conversation ended months ago, and they may still be written to: a message for a person, never by itself."""

from __future__ import annotations

from decimal import Decimal

from scoring.selectors.facts import NO_LEADS

from .kinds import Answer, BuiltIn, Case, Terms, message
from .letters import Letter

DORMANT_DAYS = 120
# Longer ago nobody remembers, and nothing that was said then is true for certain.
LONGEST_DAYS = 730
REACTIVATION = Letter(
    "Reactivation",
    "prospecting",
    "Is it still of interest, {{ contact.first_name }}?",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>we talked a while ago, and then it became quiet between {{ account.name }} and us. "
    "If it is still of interest, a word is enough; if it is not, tell me that as well.</p><p>{{ owner.name }}</p>",
)


class Dormant(BuiltIn):
    name = "dormant-reactivation"
    version = "1"
    subject = "account"
    sweep = "quiet_prospects"
    needs = ("silence",)
    letters = (REACTIVATION,)
    most_a_night = 10
    terms = Terms(
        trigger=f"Every night: accounts that never bought, answered us once and were silent for {DORMANT_DAYS} days.",
        record_types=("account", "contact"),
        actions=("send_message", "create_task"),
        reads=("account.lifecycle",),
        needs_history=True,
        minutes_saved=Decimal(10),
        sla_hours=40,
    )

    def propose(self, case: Case) -> Answer:
        silence = case.known.silence
        if silence is None or silence.is_busy or not silence.answered or silence.reader is None:
            return
        days = (case.at - silence.heard_at).days
        if case.record.lifecycle in NO_LEADS or not DORMANT_DAYS <= days <= LONGEST_DAYS:
            return
        reason = f"They answered once, nobody talked with them for {days} days, and they may be written to."
        yield message(REACTIVATION, silence.reader, reason=reason)
