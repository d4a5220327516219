"""The gate over the database: gather the facts, judge them, keep the reading with every version (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.utils import timezone

from approvals.models import GateReading, PolicyVersion, Suggestion, SuggestionItem, WorkflowContract
from approvals.rules import digest, value
from approvals.rules.facts import Facts
from approvals.rules.findings import Reading
from approvals.rules.gate import judge
from approvals.rules.policy import Policy
from approvals.rules.vocabulary import Outcome
from approvals.selectors import surroundings
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Subject
from crmgov.records.contracts import VERSION as CONTRACTS_VERSION

from . import facts as facts_service
from .grounds import Ground, in_force
from .proposed import Proposed, proposer_of, subject_of

# As many digits as the column holds: 16 before the point, 2 after.
MOST_AT_STAKE = 10**16


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate saw and said about one suggestion, not stored yet."""

    version: PolicyVersion
    policy: Policy
    facts: Facts
    reading: Reading
    digest: str
    contract: WorkflowContract | None = None


def current_policy() -> tuple[PolicyVersion, Policy]:
    """The version in force and its document. Raises NoPolicy."""
    return in_force(surroundings.policy_in_force())


def look(
    suggestion: Suggestion,
    items: Sequence[SuggestionItem],
    at: datetime,
    *,
    subject: Subject | None = None,
    uncounted: Collection[UUID] = (),
) -> Judged:
    """Judge it as of `at`; nothing is stored. `subject` spares fetching what the caller just fetched."""
    return look_at_all([proposed_of(suggestion, items, subject)], at, uncounted=uncounted)[0]


def look_at_all(
    cases: Sequence[Proposed], at: datetime, *, uncounted: Collection[UUID] = (), in_turn: bool = False
) -> list[Judged]:
    """Judge them as of `at`, each as if alone. One query, and one per currency and kind of thing referred to.

    Decisions on the suggestions in `uncounted` are left out of the evidence, which only makes it stricter.
    With `in_turn` those approved run by themselves, as of what just comes in: each leaves less room to those after it.
    Raises NoPolicy.
    """
    ground = Ground(cases, at, uncounted)
    return [_judged(case, ground, in_turn=in_turn) for case in cases]


def _judged(case: Proposed, ground: Ground, *, in_turn: bool) -> Judged:
    facts = facts_service.gather(case, ground)
    reading = judge(facts)
    will_run = reading.outcome is Outcome.APPROVED and not case.suggestion.in_conflict
    if will_run and (in_turn or case.suggestion._state.adding):
        ground.runs(case)
    digest = _digest(case.suggestion, case.items, facts, reading)
    return Judged(ground.version, ground.policy, facts, reading, digest, ground.contract(case))


def standing_of(judged: Judged) -> str:
    """The standing approval under which a message may leave; empty for none, and for all else."""
    message = judged.facts.message
    return message.standing.id if message is not None and message.standing is not None else ""


def read(suggestion: Suggestion, at: datetime) -> GateReading:
    """Judge a stored suggestion again, keep the reading and put what it said on the suggestion.

    Its status stays: closing or queueing it is for whoever asked. Joins the caller's transaction.
    """
    judged = look(suggestion, list(suggestion.items.all()), at)
    put_on(suggestion, judged)
    suggestion.save(update_fields=[*READ_FIELDS])
    return keep(suggestion, judged, at)


READ_FIELDS = (
    "level",
    "verdict",
    "rules",
    "high_risk",
    "segment",
    "value_at_stake",
    "policy_version",
    "contract",
    "digest",
)


def put_on(suggestion: Suggestion, judged: Judged) -> None:
    """What lists and filters need of a reading, on the suggestion itself; not saved here."""
    reading, facts = judged.reading, judged.facts
    suggestion.level, suggestion.verdict = reading.level.value, reading.verdict.value
    suggestion.rules, suggestion.high_risk = list(reading.rules), reading.high_risk
    suggestion.segment = facts.account.segment if facts.account and facts.account.segment != "none" else ""
    at_stake = value.at_stake(facts)
    suggestion.value_at_stake = at_stake if at_stake is None or at_stake < MOST_AT_STAKE else None
    suggestion.policy_version, suggestion.contract = judged.version, judged.contract
    suggestion.digest = judged.digest


def keep(suggestion: Suggestion, judged: Judged, at: datetime) -> GateReading:
    """Store the reading (INVARIANTS D6)."""
    reading = reading_of(suggestion, judged, at)
    reading.save(force_insert=True)
    return reading


def reading_of(suggestion: Suggestion, judged: Judged, at: datetime) -> GateReading:
    """The row with facts, findings and every version needed to say it again; not stored here."""
    return GateReading(
        suggestion=suggestion,
        policy_version=judged.version,
        rules_version=judged.reading.rules_version,
        contracts_version=CONTRACTS_VERSION,
        facts=judged.facts.to_json(),
        findings=[finding.to_json() for finding in judged.reading.findings],
        monitored=[finding.to_json() for finding in judged.reading.monitored],
        verdict=judged.reading.verdict.value,
        level=judged.reading.level.value,
        read_at=at,
    )


def latest_of(suggestion_ids: Collection[UUID]) -> dict[UUID, GateReading]:
    """Suggestion -> what the gate said last; one query."""
    rows = GateReading.objects.select_related("policy_version").filter(suggestion__in=suggestion_ids)
    return {row.suggestion_id: row for row in rows.order_by("suggestion", "-id").distinct("suggestion")}


def keep_if_moved(suggestion: Suggestion, judged: Judged, at: datetime) -> None:
    """Keep a reading that says another thing than the last: an auditor sees what the decider saw (D6)."""
    if judged.digest != suggestion.digest:
        put_on(suggestion, judged)
        suggestion.save(update_fields=[*READ_FIELDS])
        keep(suggestion, judged, at)


def digest_of(suggestion: Suggestion, *, at: datetime | None = None) -> str:
    """What a decision on it would be about, as of now: compare it with what the reviewer saw."""
    return look(suggestion, list(suggestion.items.all()), at or timezone.now()).digest


def payload_of(suggestion: Suggestion, items: Sequence[SuggestionItem]) -> dict[str, Any]:
    """What would be executed. Evidence is not part of it: more of it does not change what is decided."""
    return {
        "action": suggestion.action,
        "record_type": suggestion.record_type,
        "record_id": str(suggestion.record_id or ""),
        "items": [{"field": item.field, "proposed": item.proposed} for item in items],
    }


def _digest(suggestion: Suggestion, items: Sequence[SuggestionItem], facts: Facts, reading: Reading) -> str:
    # The level belongs to it: it says what accepting means.
    payload = {**payload_of(suggestion, items), "level": reading.level.value}
    recipient = facts.message.recipient if facts.message is not None else ""
    return digest.decided_digest(
        payload=cast("Any", payload), recipient=recipient, facts=facts, reading=reading
    )


def proposed_of(
    suggestion: Suggestion, items: Sequence[SuggestionItem], subject: Subject | None = None
) -> Proposed:
    """A stored one as the gate looks at it; `subject` spares fetching what the caller just fetched."""
    ordered = sorted(items, key=lambda item: item.position)
    sight = Sight(proposer_of(suggestion))
    return Proposed(
        suggestion=suggestion,
        items=ordered,
        subject=subject if subject is not None else subject_of(suggestion, ordered, sight),
        sight=sight,
    )
