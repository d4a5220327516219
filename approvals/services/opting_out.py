"""Opt-outs that events tell: of everybody with that address, whatever their team, and without a word to the sender."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from approvals.models import Agent
from crmgov.kernel.actors import Actor, ActorType
from crmgov.records.models import Contact, Suppression
from crmgov.records.models.governed import Governed
from crmgov.records.rules.contactability import ANY
from crmgov.records.services import consent, suppressions

from .incoming import Event


def record(told: Sequence[tuple[Event, Governed | None]], agent: Agent, at: datetime) -> int:
    """Record what the events say; `told` with the record each is about. Joins the caller's transaction.

    Return for how many contacts.
    """
    asked = [(event, about) for event, about in told if event.opt_out is not None]
    if not asked:
        return 0
    with_address = _contacts({email for event, about in asked for email in _addresses(event, about)})
    outs = []
    for event, about in asked:
        assert event.opt_out is not None  # noqa: S101 (asked for above)
        contacts = {key for email in _addresses(event, about) for key in with_address.get(email, ())}
        if isinstance(about, Contact):
            contacts.add(about.pk)
        source = event.source or agent.name
        outs += [
            consent.Out(key, event.opt_out.channel, event.opt_out.purpose, source) for key in sorted(contacts)
        ]
    if outs:
        consent.withdraw_all(outs, actor=_actor(agent), at=at)
    return len({out.contact_id for out in outs})


def record_of_nobody(event: Event, agent: Agent, at: datetime) -> None:
    """Of somebody of whom no lead was made: whoever brings the address later finds it suppressed."""
    if record([(event, None)], agent, at) or event.opt_out is None or event.person is None:
        return
    whole = event.opt_out.channel == "email" and event.opt_out.purpose in ("", ANY)
    target = suppressions.Target(Suppression.Kind.ADDRESS, event.person.email)
    if whole and suppressions.covering(target, None, at) is None:
        suppressions.add(
            target=target,
            reason="Opted out before anybody knew them.",
            until=None,
            actor=_actor(agent),
            at=at,
        )


def _actor(agent: Agent) -> Actor:
    return Actor(ActorType.AI, f"agent:{agent.pk}", agent.name)


def _addresses(event: Event, about: Governed | None) -> set[str]:
    """Of the person named, and of the contact found: who reads there is one person (DESIGN §3, identity)."""
    emails = {event.person.email if event.person else "", about.email if isinstance(about, Contact) else ""}
    return emails - {""}


def _contacts(emails: set[str]) -> dict[str, list[UUID]]:
    """Archived ones too: they may be restored."""
    found: dict[str, list[UUID]] = {}
    for email, key in Contact.objects.filter(email__in=emails).values_list("email", "pk"):
        found.setdefault(email, []).append(key)
    return found
