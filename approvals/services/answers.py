"""What an agent is told about its suggestion, as JSON. Times are ISO 8601 in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from approvals.models import Decision, Execution, GateReading, Suggestion
from approvals.rules import in_sight
from approvals.selectors import on_the_way
from approvals.selectors.sights import Sight
from approvals.selectors.subjects import Proposer

if TYPE_CHECKING:
    from .intake import Received

Answer = dict[str, Any]
HIDDEN = "It concerns an account that this key does not see."
GONE = "It concerns a record that this key no longer sees."


def to_proposal(received: Received, viewer: Sight) -> Answer:
    """What became of a proposal. `url` is a path; the API puts its own host before it."""
    suggestion, reading = received.suggestion, received.reading
    return {
        **_head(suggestion, reading, viewer),
        "duplicate": received.duplicate,
        "supersedes": suggestion.supersedes.number if suggestion.supersedes else None,
        "asked_elsewhere": [{"field": field, "number": number} for field, number in received.asked_elsewhere],
    }


def to_question(suggestion: Suggestion, reading: GateReading | None, viewer: Sight) -> Answer:
    """Where a suggestion stands now: what was decided, with which edits, and whether it was done.

    Of what went to a team the viewer does not see, or in a team it left: only that, and the status.
    """
    if not _in_sight(suggestion, viewer.proposer):
        return _only_where(suggestion)
    decision = getattr(suggestion, "decision", None)
    execution = getattr(suggestion, "execution", None)
    return {
        **_head(suggestion, reading, viewer),
        "record": {"type": suggestion.record_type, "id": _text(suggestion.record_id)},
        "title": suggestion.title,
        "made_at": suggestion.made_at.isoformat(),
        "due_at": suggestion.sla_due_at.isoformat() if suggestion.sla_due_at else None,
        "in_conflict": suggestion.in_conflict,
        "question": _question(suggestion, viewer.proposer),
        "superseded_by": _newer(suggestion, viewer.proposer),
        "decision": _decision(decision) if decision else None,
        "execution": _execution(execution) if execution else None,
    }


def path_of(suggestion_id: UUID) -> str:
    """Where the agent asks again."""
    return f"/api/v1/suggestions/{suggestion_id}"


def is_settled(suggestion: Suggestion) -> bool:
    """Whether waiting longer brings nothing: it is decided, and what was approved has run or cannot."""
    if suggestion.status == Suggestion.Status.QUEUED:
        return False
    execution = getattr(suggestion, "execution", None)
    return execution is None or execution.status != Execution.Status.PENDING


def is_asked_back(suggestion: Suggestion) -> bool:
    """Whether a person asked something that its proposer has not answered."""
    return suggestion.status == Suggestion.Status.QUEUED and suggestion.asked_at is not None


def _question(suggestion: Suggestion, viewer: Proposer) -> Answer | None:
    """What a person asked whoever proposed it; nobody else is told."""
    if viewer.agent is None or suggestion.agent_id != viewer.agent.pk:
        return None
    asked = on_the_way.question_of(suggestion)
    if asked is None:
        return None
    return {"text": asked.text, "by": asked.label, "asked_at": asked.at.isoformat()}


def _newer(suggestion: Suggestion, viewer: Proposer) -> Answer | None:
    """The viewer's own suggestion that took its place."""
    newer = None if suggestion.is_open else on_the_way.successor_of(suggestion)
    if newer is None or (newer.agent_id, newer.proposed_by_id) != (
        viewer.agent.pk if viewer.agent else None,
        viewer.user.pk if viewer.user else None,
    ):
        return None
    return {"id": str(newer.pk), "number": newer.number}


def _head(suggestion: Suggestion, reading: GateReading | None, viewer: Sight) -> Answer:
    return {
        "id": str(suggestion.pk),
        "number": suggestion.number,
        "status": suggestion.status,
        "verdict": suggestion.verdict,
        "level": suggestion.level,
        "policy_version": reading.policy_version.number if reading else None,
        "findings": _findings(suggestion, reading, viewer) if reading else [],
        "url": path_of(suggestion.pk),
    }


def _in_sight(suggestion: Suggestion, viewer: Proposer) -> bool:
    if suggestion.record_id is not None:
        return viewer.sees(suggestion.record_type).filter(pk=suggestion.record_id).exists()
    return suggestion.team_id is None or viewer.teams().filter(pk=suggestion.team_id).exists()


def _only_where(suggestion: Suggestion) -> Answer:
    return {
        "id": str(suggestion.pk),
        "number": suggestion.number,
        "status": suggestion.status,
        "verdict": suggestion.verdict,
        "level": suggestion.level,
        "policy_version": None,
        "findings": [],
        "url": path_of(suggestion.pk),
        "record": {"type": suggestion.record_type, "id": None},
        "title": GONE,
        "made_at": suggestion.made_at.isoformat(),
        "due_at": None,
        "in_conflict": False,
        "question": None,
        "superseded_by": None,
        "decision": None,
        "execution": None,
    }


def _findings(suggestion: Suggestion, reading: GateReading, viewer: Sight) -> list[Answer]:
    """The gate's reasons; what they say of an account that the viewer does not see stays here."""
    if suggestion.record_type == "account" or viewer.sees_account(suggestion.account_id):
        return [_finding(found) for found in reading.findings]
    relied = [str(fact["name"]) for fact in suggestion.facts]
    return [
        _finding(
            {**found, "sentence": HIDDEN, "otherwise": ""}
            if in_sight.speaks_of_account(found["rule"], relied)
            else found
        )
        for found in reading.findings
    ]


def _finding(found: Answer) -> Answer:
    return {
        "rule": found["rule"],
        "verdict": found["verdict"],
        "field": found["field"] or None,
        "sentence": found["sentence"],
        "otherwise": found["otherwise"],
    }


def _decision(decision: Decision) -> Answer:
    return {
        "kind": decision.kind,
        "by": "person" if decision.person_id else "policy",
        "reason": decision.reason_code or None,
        "note": decision.note,
        "taken": decision.taken,
        "edits": decision.edits,
        "decided_at": decision.decided_at.isoformat(),
    }


def _execution(execution: Execution) -> Answer:
    return {
        "status": execution.status,
        "note": execution.note,
        "change_set": _text(execution.change_set_id),
        "finished_at": execution.finished_at.isoformat() if execution.finished_at else None,
    }


def _text(key: UUID | None) -> str | None:
    return str(key) if key is not None else None
