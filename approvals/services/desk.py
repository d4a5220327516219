"""One suggestion as a person has it before them: what the gate says of it now, and whether they may decide it.

An open one is judged as of this moment, because that is what a decision will be compared with; a closed one is
shown as the gate read it last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.models import PolicyVersion, Suggestion, SuggestionItem
from approvals.rules.facts import Facts
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import Verdict
from approvals.selectors import agents, items
from crmgov.kernel.refusals import NotAllowed, NotFound
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may

from . import gate, opening, reach, standing
from .opening import Opened
from .recording import items_of


@dataclass(frozen=True, slots=True)
class Look:
    """`not_approving` and `not_rejecting` say why this person may not; empty where they may.

    `digest` is what a decision must be about. `facts` is None only where no reading was ever kept.
    """

    suggestion: Suggestion
    items: Sequence[SuggestionItem]
    writes: str
    record: Any
    facts: Facts | None
    findings: Sequence[Finding]
    policy: PolicyVersion
    read_at: datetime
    digest: str
    sole_admin: bool = False
    not_approving: str = ""
    not_rejecting: str = ""

    @property
    def blocked_by(self) -> Finding | None:
        """What the gate blocks it for now; a pause only lets it wait."""
        found = (f for f in self.findings if f.verdict is Verdict.BLOCK and f.rule != "paused")
        return next(found, None)

    @property
    def is_paused(self) -> bool:
        """A kill switch is on for it: it may be decided, and waits."""
        return any(found.rule == "paused" for found in self.findings)

    @property
    def consequence(self) -> str:
        """What happens on yes."""
        return actions.of(self.suggestion).consequence(self.suggestion, self.items)


def look(user: User, suggestion_id: UUID, at: datetime) -> Look:
    """Raises NotFound: another team's suggestion is not there."""
    suggestion = items.find(user, suggestion_id)
    if not suggestion.is_open:
        return _closed(user, suggestion)
    opened = opening.of(user, suggestion, at)
    if not standing.sees(user, suggestion, opened.stands):
        raise NotFound
    return _open(user, opened, at)


def _open(user: User, opened: Opened, at: datetime) -> Look:
    suggestion, proposed, subject = opened.suggestion, opened.items, opened.subject
    judged = gate.look(suggestion, proposed, at, subject=subject)
    kind = actions.of(suggestion)
    sole_admin, not_approving, not_rejecting = _rights(user, suggestion, opened.stands, at)
    if not not_approving and reach.only_moves(suggestion, proposed) and not may(user, Act.ADMINISTER):
        not_approving = reach.ADMINS_MOVE
    return Look(
        suggestion=suggestion,
        items=proposed,
        writes=kind.writes(suggestion.record_type),
        record=None if kind.creates else subject.record,
        facts=judged.facts,
        findings=judged.reading.findings,
        policy=judged.version,
        read_at=at,
        digest=judged.digest,
        sole_admin=sole_admin,
        not_approving=not_approving,
        not_rejecting=not_rejecting,
    )


def _closed(user: User, suggestion: Suggestion) -> Look:
    kind, reading = actions.of(suggestion), agents.latest_reading(suggestion)
    return Look(
        suggestion=suggestion,
        items=items_of(suggestion),
        writes=kind.writes(suggestion.record_type),
        record=None if kind.creates else items.record_of(user, suggestion),
        facts=Facts.from_json(reading.facts) if reading else None,
        findings=[Finding.from_json(found) for found in reading.findings] if reading else [],
        policy=reading.policy_version if reading else suggestion.policy_version,
        read_at=reading.read_at if reading else suggestion.made_at,
        digest=suggestion.digest,
    )


def _rights(user: User, suggestion: Suggestion, stands: Standing, at: datetime) -> tuple[bool, str, str]:
    """Whether as the sole approver, why not approve, why not reject."""
    try:
        sole_admin = standing.require_may_approve(user, suggestion, at, stands)
    except NotAllowed as refusal:
        return False, refusal.say, _why_not_reject(user, suggestion, stands, at)
    return sole_admin, standing.agent_off(suggestion), ""


def _why_not_reject(user: User, suggestion: Suggestion, stands: Standing, at: datetime) -> str:
    try:
        standing.require_may_reject(user, suggestion, at, stands)
    except NotAllowed as refusal:
        return refusal.say
    return ""
