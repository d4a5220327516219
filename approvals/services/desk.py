"""One suggestion as a person has it before them: what the gate says of it now, and whether they may decide it.

An open one is judged as of this moment, because that is what a decision will be compared with; a closed one is
shown as the gate read it last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.models import GateReading, PolicyVersion, Suggestion, SuggestionItem
from approvals.rules.facts import Facts
from approvals.rules.findings import Finding
from approvals.rules.vocabulary import Verdict
from approvals.selectors import items
from crmgov.kernel.refusals import NotAllowed, NotFound
from crmgov.people.models import User
from crmgov.people.policy import Act, Standing, may

from . import gate, opening, payloads, reach, standing
from .gate import Judged
from .opening import Opened
from .standing import Others


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
    # What its items would be added to, where they replace nothing.
    added_to: Any = None
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
    found = look_at_all(user, [suggestion_id], at)
    if suggestion_id not in found:
        raise NotFound
    return found[suggestion_id]


def look_at_all(user: User, ids: Sequence[UUID], at: datetime) -> dict[UUID, Look]:
    """Those of these that this person sees, in this order; as many queries for fifty as for one."""
    found = items.find_all(user, ids)
    looks = [
        *_open(user, [one for one in found if one.is_open], at),
        *_closed(user, [one for one in found if not one.is_open]),
    ]
    by_id = {look.suggestion.pk: look for look in looks}
    return {key: by_id[key] for key in ids if key in by_id}


def _open(user: User, suggestions: Sequence[Suggestion], at: datetime) -> list[Look]:
    opened = opening.of_all(user, suggestions, at) if suggestions else []
    opened = [one for one in opened if standing.sees(user, one.suggestion, one.stands)]
    if not opened:
        return []
    others = standing.other_approvers(user, [one.suggestion for one in opened], at)
    judged = gate.look_at_all([one.proposed for one in opened], at)
    return [_as_judged(user, one, now, others, at) for one, now in zip(opened, judged, strict=True)]


def _as_judged(user: User, opened: Opened, judged: Judged, others: Others, at: datetime) -> Look:
    suggestion, proposed = opened.suggestion, opened.items
    kind = actions.of(suggestion)
    sole_admin, not_approving, not_rejecting = _rights(user, opened, others, at)
    if not not_approving and reach.only_moves(suggestion, proposed) and not may(user, Act.ADMINISTER):
        not_approving = reach.ADMINS_MOVE
    return Look(
        suggestion=suggestion,
        items=proposed,
        writes=kind.writes(suggestion.record_type),
        record=None if kind.creates else opened.subject.record,
        added_to=opened.subject.record if kind.adds else None,
        facts=judged.facts,
        findings=judged.reading.findings,
        policy=judged.version,
        read_at=at,
        digest=judged.digest,
        sole_admin=sole_admin,
        not_approving=not_approving,
        not_rejecting=not_rejecting,
    )


def _closed(user: User, suggestions: Sequence[Suggestion]) -> list[Look]:
    if not suggestions:
        return []
    keys = [one.pk for one in suggestions]
    readings, proposed = gate.latest_of(keys), payloads.items_by_suggestion(keys)
    records = items.records_of(user, [one for one in suggestions if not actions.of(one).creates])
    return [_as_read(one, proposed[one.pk], readings.get(one.pk), records) for one in suggestions]


def _as_read(
    suggestion: Suggestion,
    proposed: Sequence[SuggestionItem],
    reading: GateReading | None,
    records: Mapping[UUID, Any],
) -> Look:
    kind, record_id = actions.of(suggestion), suggestion.record_id
    return Look(
        suggestion=suggestion,
        items=proposed,
        writes=kind.writes(suggestion.record_type),
        record=records.get(record_id) if record_id is not None and not kind.creates else None,
        facts=Facts.from_json(reading.facts) if reading else None,
        findings=[Finding.from_json(found) for found in reading.findings] if reading else [],
        policy=reading.policy_version if reading else suggestion.policy_version,
        read_at=reading.read_at if reading else suggestion.made_at,
        digest=suggestion.digest,
    )


def _rights(user: User, opened: Opened, others: Others, at: datetime) -> tuple[bool, str, str]:
    """Whether as the sole approver, why not approve, why not reject."""
    suggestion, stands = opened.suggestion, opened.stands
    try:
        sole_admin = standing.require_may_approve(user, suggestion, at, stands, others)
    except NotAllowed as refusal:
        return False, refusal.say, _why_not_reject(user, suggestion, stands, at)
    return sole_admin, standing.agent_off(suggestion), ""


def _why_not_reject(user: User, suggestion: Suggestion, stands: Standing, at: datetime) -> str:
    try:
        standing.require_may_reject(user, suggestion, at, stands)
    except NotAllowed as refusal:
        return refusal.say
    return ""
