"""The messages our workflows write, as templates ship: registration makes version 1, and admins write the next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """One template. Merge fields stand as {{ contact.first_name }}; none may render empty."""

    name: str
    purpose: str
    subject: str
    body: str


WELCOME = Letter(
    "Trial welcome",
    "onboarding",
    "Welcome, {{ contact.first_name }}",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>your trial has begun. Three things are worth doing first:</p>"
    "<ul><li>bring in your own data,</li><li>invite a colleague,</li>"
    "<li>let us know what you want to find out.</li></ul>"
    "<p>Answer this mail whenever something is unclear.</p><p>{{ owner.name }}</p>",
)
DAY_3 = Letter(
    "Trial day 3",
    "onboarding",
    "How is it going, {{ contact.first_name }}?",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>your trial is three days old. If you got stuck anywhere, tell me where: an answer to this mail reaches me.</p>"
    "<p>{{ owner.name }}</p>",
)
DAY_7 = Letter(
    "Trial day 7",
    "onboarding",
    "A week of your trial",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>one week of your trial is over. If it would help, we look at what you have so far, in half an hour.</p>"
    "<p>{{ owner.name }}</p>",
)
DAY_30 = Letter(
    "Check-in after 30 days",
    "onboarding",
    "Your first month",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>a month ago you began. What works for {{ account.name }}, and what does not? One sentence each helps us.</p>"
    "<p>{{ owner.name }}</p>",
)
ESCALATION = Letter(
    "Escalation reply",
    "support",
    "We are on it",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>what you reported is with us, and I look after it myself until it is solved.</p>"
    "<p>If anything becomes more urgent for {{ account.name }}, answer this mail.</p><p>{{ owner.name }}</p>",
)
WIN_BACK = Letter(
    "Win back",
    "winback",
    "What has changed since",
    "<p>Dear {{ contact.first_name }},</p>"
    "<p>it is a while since {{ account.name }} left us. If you like, tell me what was missing; "
    "I would rather hear it than guess.</p><p>{{ owner.name }}</p>",
)
