"""What a message states and from where.

Each source has to be there, in sight of whoever proposes, and to belong to the reader or their account.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from approvals.selectors import subjects
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Subject
from crmgov.records.models import Activity

from .proposals import ClaimSource, Problem, Proposal

FACT, ACTIVITY = "fact", "activity"


def problems(proposal: Proposal, subject: Subject, sight: Sight, *, leaves: bool) -> Iterator[Problem]:
    """Every claim that cannot stand, with its place."""
    if proposal.claims and not leaves:
        yield Problem(
            "/claims", f"Only messages state something: {proposal.action} takes evidence in its items."
        )
        return
    names = {fact.name for fact in proposal.facts}
    for place, claim in enumerate(proposal.claims):
        if say := _wrong(claim.source, names, subject, sight):
            yield Problem(f"/claims/{place}/source", say)


def _wrong(source: ClaimSource, facts: set[str], subject: Subject, sight: Sight) -> str:
    """What speaks against this source; nothing where it can stand."""
    if source.type == FACT:
        return "" if source.id in facts else f"Name “{source.id}” in facts too, with the value you saw."
    key = subjects.as_uuid(source.id)
    accounts = _beside(source.type, key, sight) if key is not None else None
    if accounts is None:
        return f"There is no such {source.type} here, or it belongs to a team this key does not see."
    ours = {thing.pk for thing in (subject.account, subject.contact) if thing is not None}
    if not ours.intersection(accounts):
        return f"This {source.type} belongs to another account than the reader of the message."
    return ""


def _beside(kind: str, key: UUID, sight: Sight) -> set[UUID | None] | None:
    """The account and the contact it hangs on; None where there is none in sight."""
    if kind == ACTIVITY:
        rows = cast("Any", Activity.objects)
        agent, user = sight.proposer.agent, sight.proposer.user
        seen = rows.for_teams(agent.teams.values("pk")) if agent is not None else rows.for_user(user)
        found = seen.filter(pk=key).values_list("account", "contact").first()
        return set(found) if found is not None else None
    record = sight.find(kind, key)
    if record is None:
        return None
    around = subjects.around(record)
    return {thing.pk for thing in (around.account, around.contact) if thing is not None}
