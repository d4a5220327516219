"""Facts a proposer says it relied on: fields of the record or of what it hangs on, then and now.

Anything else belongs into the evidence: a fact we cannot look up again could never be found changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from approvals.models import Suggestion
from approvals.rules.facts import Relied
from approvals.selectors import subjects
from approvals.selectors.subjects import Subject
from crmgov.records import registry
from crmgov.records.contracts import EXTRA, contract_for

from . import values

# Counted rather than stored: how many tickets of the account are open.
OPEN_TICKETS = "open_tickets"


# How many tickets of an account are open.
Counts = Callable[[UUID], int]


def of(suggestion: Suggestion, subject: Subject, open_tickets: Counts) -> tuple[Relied, ...]:
    """The facts of a suggestion with their values now."""
    return tuple(
        Relied(
            name=fact["name"],
            label=label(fact["name"], subject),
            then=fact["value"],
            now=now(fact["name"], subject, open_tickets),
        )
        for fact in suggestion.facts
    )


def counts_tickets(suggestion: Suggestion, subject: Subject) -> bool:
    """Whether one of its facts is the number of the account's open tickets."""
    places = (place_of(fact["name"], subject) for fact in suggestion.facts)
    return any(place is not None and place[1] == OPEN_TICKETS for place in places)


def place_of(name: str, subject: Subject) -> tuple[str, str] | None:
    """Record type and field that a fact's name means here; None when it means nothing we could look up."""
    kind, dot, field = name.partition(".")
    if not dot or name.startswith(EXTRA):
        kind, field = subject.record_type, name
    if _thing(kind, subject) is None:
        return None
    if kind == "account" and field == OPEN_TICKETS:
        return kind, field
    return (kind, field) if contract_for(kind, field) is not None else None


def label(name: str, subject: Subject) -> str:
    """Account industry."""
    place = place_of(name, subject)
    if place is None:
        return name
    kind, field = place
    said = "open tickets" if field == OPEN_TICKETS else registry.label(kind, field)
    return f"{subjects.named(kind).capitalize()} {said[:1].lower()}{said[1:]}"


def now(name: str, subject: Subject, open_tickets: Counts) -> Any:
    """What the fact is now, as JSON; null when it can no longer be looked up."""
    place = place_of(name, subject)
    if place is None:
        return None
    kind, field = place
    thing = _thing(kind, subject)
    if field == OPEN_TICKETS:
        return open_tickets(thing.pk)
    return values.current(thing, field)


def then(name: str, value: Any, subject: Subject) -> Any:
    """The value the proposer saw, in the form in which ours stands; as it came when it is no possible one."""
    place = place_of(name, subject)
    if place is None or place[1] == OPEN_TICKETS:
        return value
    return values.as_json(place[0], place[1], value)


def _thing(kind: str, subject: Subject) -> Any:
    if kind == subject.record_type:
        return subject.record
    return {"account": subject.account, "opportunity": subject.opportunity, "contact": subject.contact}.get(
        kind
    )
