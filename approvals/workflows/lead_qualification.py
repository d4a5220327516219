"""A lead asked for something: who they are, how well they fit, how urgent it is, what is missing, as a note to whoever
takes over. Fit is the sum of points of `scoring/rules/lead_fit.py`; urgency is said here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from crmgov.records.models import ActivityKind
from scoring.rules import lead_fit
from scoring.rules.criteria import Judgment

from .kinds import ACTIVITY, CREATED, Answer, BuiltIn, Case, Step, Terms, Trigger, setting, task

PURPOSE = "lead handoff"
ASKED = (ActivityKind.FORM, ActivityKind.REPLY, ActivityKind.MAIL_IN, ActivityKind.CHAT, ActivityKind.MEETING)
# Who talks to us now waits for a person.
AT_ONCE = (ActivityKind.CHAT, ActivityKind.MEETING)
GOOD_FIT = 50
FRESH = timedelta(days=2)
# Fields without which nobody can qualify a lead, and what they are called in the note.
NEEDED = (("phone", "phone"), ("title", "title"), ("language", "language"))


@dataclass(frozen=True, slots=True)
class Urgency:
    """Working days until somebody should have called, with the reason."""

    word: str
    days: int
    say: str


class LeadQualification(BuiltIn):
    name = "lead-qualification"
    version = "1"
    subject = "contact"
    triggers = (
        Trigger(ACTIVITY, ("contact",), activities=tuple(ASKED)),
        Trigger(CREATED, ("contact",)),
    )
    needs = ("lead", "asked", "identity")
    terms = Terms(
        trigger="A lead writes, fills in a form, chats or meets us.",
        record_types=("contact",),
        actions=("create_task", "set_fields"),
        reads=("contact.email", "contact.title", "contact.phone", "account.domain", "account.employees"),
        writes=("contact.account",),
        metric="hours",
        sla_hours=4,
    )

    def propose(self, case: Case) -> Answer:
        lead = case.known.lead
        if lead is None or not lead.asked_30 or not case.record.is_lead:
            return
        yield from _company(case)
        if PURPOSE in case.known.late_tasks:
            return
        fit = lead_fit.assess(lead, case.known.segment)
        urgency = urgency_of(case, fit)
        yield task(
            case,
            title=f"Qualify {case.record}",
            purpose=PURPOSE,
            due_on=case.in_days(urgency.days),
            note=note_of(case, fit, urgency),
            reason=f"A lead asked for something. {urgency.say}",
            evidence=case.known.asked.words if case.known.asked else "",
        )


def _company(case: Case) -> Iterator[Step]:
    """By exact key: the one account whose domain is that of their address."""
    if case.record.account_id is not None or len(case.known.companies) != 1:
        return
    company = case.known.companies[0]
    if case.known.has_said("account", str(company.id)):
        return
    reason = f"Their e-mail address is of the domain of {company.label}, and no other account has it."
    yield setting(case, "account", str(company.id), reason=reason, confidence=0.95)


def urgency_of(case: Case, fit: Judgment) -> Urgency:
    """By what they did last and how well they fit; the strictest that holds."""
    asked, points = case.known.asked, round(fit.value * 100)
    if asked is not None and asked.kind in AT_ONCE and case.at - asked.at < FRESH:
        return Urgency("high", 0, "They talked to us a moment ago.")
    if points >= GOOD_FIT:
        return Urgency("high", 0, f"They fit well: {points} of 100.")
    lead = case.known.lead
    if lead is not None and lead.asked_30 > 1:
        return Urgency("normal", 1, f"They asked {lead.asked_30} times in 30 days.")
    return Urgency("low", 3, f"One question so far, and a fit of {points} of 100.")


def note_of(case: Case, fit: Judgment, urgency: Urgency) -> str:
    """The handoff, a line per question. What they wrote stands on the timeline, in their own words."""
    contact, account = case.record, case.known.account
    missing = [said for field, said in NEEDED if not getattr(contact, field)]
    missing += [] if account else ["company"]
    missing += [] if account is None or account.employees is not None else ["size of the company"]
    lines = [
        f"Who: {contact}{f', {contact.title}' if contact.title else ''}{f', {account}' if account else ''}",
        f"Fit: {round(fit.value * 100)} of 100. {' '.join(one.say for one in fit.reasons if one.points)}".strip(),
        f"Urgency: {urgency.word}. {urgency.say}",
        f"Missing: {', '.join(missing) or 'nothing'}",
    ]
    place = account and (account.territory or account.region)
    if place:
        lines.append(f"Territory: {place}")
    if case.known.twins:
        lines.append(f"Same address: {', '.join(one.label for one in case.known.twins)}")
    if account is None and len(case.known.companies) > 1:
        names = ", ".join(one.label for one in case.known.companies)
        lines.append(f"Company: one of {names}, which share the domain")
    return "\n".join(lines)
