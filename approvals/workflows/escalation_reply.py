"""A ticket is escalated: a reply to whoever reported it, which always waits for a person."""

from __future__ import annotations

from .kinds import CHANGED, CREATED, Answer, BuiltIn, Case, Terms, Trigger, message
from .letters import ESCALATION

OPEN = ("open", "waiting")


class EscalationReply(BuiltIn):
    name = "escalation-reply"
    version = "1"
    subject = "ticket"
    letters = (ESCALATION,)
    triggers = (
        Trigger(CHANGED, ("ticket",), fields=("escalated",)),
        Trigger(CREATED, ("ticket",)),
    )
    terms = Terms(
        trigger="A ticket becomes escalated while it is open, and somebody reported it.",
        record_types=("contact",),
        actions=("send_message", "create_task"),
        reads=("ticket.escalated", "ticket.status", "ticket.contact"),
        # The history of the account belongs to the answer, so a person always reads it first.
        needs_history=True,
    )

    def propose(self, case: Case) -> Answer:
        ticket = case.record
        if not (case.moved("escalated") and ticket.escalated and ticket.status in OPEN and ticket.contact_id):
            return
        yield message(
            ESCALATION,
            ticket.contact_id,
            reason=f"The ticket “{ticket.subject[:200]}” was escalated, and nobody has answered that yet.",
            evidence=ticket.subject,
        )
