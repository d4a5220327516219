"""What the API answers, for the OpenAPI document; `services.answers` makes it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

StatusName = Literal[
    "blocked", "shadowed", "queued", "approved", "rejected", "expired", "superseded", "withdrawn"
]
VerdictName = Literal["execute", "queue", "block"]
LevelName = Literal["shadow", "suggest", "draft", "execute", "full"]


class FindingShape(BaseModel):
    """One reason of the gate; `otherwise` says what would have made it automatic."""

    rule: str
    verdict: VerdictName
    field: str | None
    sentence: str
    otherwise: str


class AskedElsewhere(BaseModel):
    """An item that was left out because another open suggestion asks the same; it has the new evidence."""

    field: str
    number: int


class HeadShape(BaseModel):
    id: str
    number: int
    status: StatusName
    verdict: VerdictName
    level: LevelName
    policy_version: int | None
    findings: list[FindingShape]
    url: str


class ProposalAnswer(HeadShape):
    """What became of a proposal. `duplicate`: this suggestion asked the same already and has the new evidence."""

    duplicate: bool
    supersedes: int | None
    asked_elsewhere: list[AskedElsewhere]


class RecordShape(BaseModel):
    type: str
    id: str | None


class DecisionShape(BaseModel):
    """`edits` maps a field to the value a person chose instead; `taken` names the fields that were approved."""

    kind: Literal["approve", "approve_edited", "approve_some", "reject", "accept_form"]
    by: Literal["person", "policy"]
    reason: str | None
    note: str
    taken: list[str]
    edits: dict[str, Any]
    decided_at: str


class ExecutionShape(BaseModel):
    status: Literal["pending", "succeeded", "stale", "cancelled", "failed", "unknown"]
    note: str
    change_set: str | None
    finished_at: str | None


class QuestionShape(BaseModel):
    """What a person asked back. Answer with a new proposal that names this suggestion in `answers`."""

    text: str
    by: str
    asked_at: str


class NewerShape(BaseModel):
    """Your suggestion that took its place."""

    id: str
    number: int


class SuggestionAnswer(HeadShape):
    """Where a suggestion stands now."""

    record: RecordShape
    title: str
    made_at: str
    due_at: str | None
    in_conflict: bool
    question: QuestionShape | None
    superseded_by: NewerShape | None
    decision: DecisionShape | None
    execution: ExecutionShape | None


class ErrorShape(BaseModel):
    pointer: str
    detail: str


class ProblemShape(BaseModel):
    """RFC 9457, with a pointer (RFC 6901) and a sentence for each mistake."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorShape] = []


REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 503), ProblemShape)


class EventLine(BaseModel):
    """What became of an event. `suggestion` is where the lead is decided that it waits for."""

    code: int
    status: Literal["appended", "already_there", "waiting", "refused"]
    activity: str | None
    record: RecordShape | None
    suggestion: str | None
    problem: ProblemShape | None


class EventsAnswer(BaseModel):
    """In the order of the events."""

    results: list[EventLine]


class BatchLine(BaseModel):
    """One answer of a batch: the status it would have had alone, with the suggestion or the problem."""

    code: int
    replayed: bool
    suggestion: ProposalAnswer | None
    problem: ProblemShape | None


class BatchAnswer(BaseModel):
    """In the order of the proposals."""

    results: list[BatchLine]
