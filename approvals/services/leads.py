"""The lead of a person nobody knows: proposed like any other record, so that gate and policy decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from django.db import connection

from approvals.models import Suggestion
from approvals.selectors.sights import Sight
from crmgov.kernel.refusals import Refused
from crmgov.records import registry
from crmgov.records.models.activities import ActivityKind
from crmgov.records.rules.values import ValueProblem

from . import intake
from .drafts import Impossible
from .incoming import Event, Person
from .proposals import Problem, Proposal, read

# How policies and grants name it.
WORKFLOW, VERSION = "events", "1"
# As much of an event's words as evidence holds.
LONGEST_EVIDENCE = 2_000
# What the person says of themselves; the agent's cap on confidence holds all the same.
CONFIDENCE = 1.0
FIELDS = ("email", "first_name", "last_name", "phone", "title", "language")
# Two events of one unknown person at one moment make one lead.
LOCK = """
SELECT pg_advisory_xact_lock(hashtext('approvals.leads'), u.bucket)
FROM unnest(%s::int[]) WITH ORDINALITY AS u(bucket, n) ORDER BY u.n"""
# A server holds only so many locks at once, and two addresses seldom meet in one.
BUCKETS = 64


class NoLead(Impossible):
    """The event is of somebody unknown, and no lead may be made of them."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """The suggestion that would make the lead; `refused` says why none will be made of it."""

    suggestion: Suggestion
    refused: str = ""


def lock(emails: Sequence[str]) -> None:
    """Until the end of the transaction nobody else makes leads of these people."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted({crc32(email.encode()) % BUCKETS for email in emails})])


def propose(events: Sequence[Event], sight: Sight, at: datetime) -> list[Proposed | Refused]:
    """One lead for each of the events, which are of different people. Joins the caller's transaction."""
    proposals = [_proposal(event, sight) for event in events]
    taken = intake.take(proposals, sight, at)
    return [_outcome(event, received, sight) for event, received in zip(events, taken, strict=True)]


def _outcome(event: Event, received: intake.Received | Refused, sight: Sight) -> Proposed | Refused:
    if isinstance(received, Impossible):
        if event.person is not None and event.person.team is None and len(sight.teams) > 1:
            names = " or ".join(f"{team.pk} for {team}" for team in sight.teams)
            return NoLead([Problem("/person/team", f"Say who shall see the lead: {names}.")])
        return NoLead([Problem("/person", problem.say) for problem in received.problems])
    if isinstance(received, Refused):
        return received
    suggestion = received.suggestion
    if suggestion.status in (Suggestion.Status.QUEUED, Suggestion.Status.APPROVED):
        return Proposed(suggestion)
    why = " ".join(
        str(found["sentence"]) for found in received.reading.findings if found["verdict"] == "block"
    )
    return Proposed(suggestion, f"No lead is made of this person: {why or 'the policy only shadows this.'}")


def _proposal(event: Event, sight: Sight) -> Proposal:
    person = event.person
    assert person is not None  # noqa: S101 (only people become leads)
    source = event.source or str(sight.proposer.agent)
    items, left_out = _items(person, source)
    happened = f"{ActivityKind(event.kind).label}, {event.occurred_at.astimezone(UTC):%d %b %Y %H:%M} UTC"
    # Whoever decides reads what the person wrote, as evidence is shown: quoted, not checked.
    said = "\n".join(
        filter(None, (f"{happened}: {event.subject}" if event.subject else happened, event.body))
    )
    evidence = {"text": said[:LONGEST_EVIDENCE]}
    return read(
        {
            "record": {"type": "contact"},
            "action": "create_record",
            "items": [
                {
                    "field": field,
                    "proposed": value,
                    "confidence": CONFIDENCE,
                    "source": source,
                    "evidence": [evidence],
                }
                for field, value in items
            ],
            "reason": " ".join(["Somebody we do not know yet.", *left_out])[:4_000],
            "level": "full",
            "workflow": WORKFLOW,
            "version": VERSION,
        }
    )


def _items(person: Person, source: str) -> tuple[list[tuple[str, Any]], list[str]]:
    """What the lead would hold, and in sentences what of it a contact cannot hold."""
    items: list[tuple[str, Any]] = []
    left_out = []
    for field in FIELDS:
        if not (value := getattr(person, field)):
            continue
        try:
            items.append((field, registry.to_json(registry.parse("contact", field, value))))
        except ValueProblem as problem:
            left_out.append(f"{registry.label('contact', field)} is left out: {problem}")
    items.append(("source", source))
    if person.team is not None:
        items.append(("team", person.team))
    return items, left_out
