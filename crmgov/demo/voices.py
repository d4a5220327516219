"""The agents of the story, and how they and the people around them speak: propose, decide, put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from approvals import actions
from approvals.models import Agent, Decision, PolicyVersion, Suggestion, WorkflowVersion
from approvals.rules.vocabulary import Level
from approvals.services import agents, decisions, executions, gate, grants, intake, policies, proposals
from crmgov.demo.cast import Cast
from crmgov.demo.clock import Clock
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models.governed import Governed

# How long a person looks before they decide.
READING = timedelta(minutes=2, seconds=20)


@dataclass(frozen=True, slots=True)
class Character:
    """An agent before it is registered, with the one workflow it runs. `asks` is the level it asks for."""

    key: str
    name: str
    says: str
    workflow: str
    version: str
    model: str
    asks: Level
    policy: Level


CHARACTERS = (
    Character(
        "enrich", "Firmographics agent", "Fills company and contact data from firmdata.", "enrich-firmographics",
        "3", "firmdata-match-2", Level.EXECUTE, Level.EXECUTE,
    ),
    Character(
        "register", "Register agent", "Reads the company registers once a month.", "check-register",
        "1", "", Level.EXECUTE, Level.EXECUTE,
    ),
    Character(
        "notes", "Meeting notes agent", "Turns notes and mails into next steps.", "meeting-notes",
        "6", "notes-large-2026-05", Level.DRAFT, Level.DRAFT,
    ),
    Character(
        "route", "Routing agent", "Proposes owners and territories by the routing table.", "route-accounts",
        "9", "", Level.DRAFT, Level.DRAFT,
    ),
    Character(
        "pipeline", "Pipeline agent", "Keeps stages and close dates honest.", "pipeline-hygiene",
        "5", "notes-large-2026-05", Level.DRAFT, Level.DRAFT,
    ),
    Character(
        "triage", "Ticket agent", "Reads new tickets and says how urgent they are.", "triage-tickets",
        "2", "triage-small-4", Level.DRAFT, Level.DRAFT,
    ),
    Character(
        "health", "Health agent", "Scores how likely a customer stays.", "score-health",
        "2", "health-gbm-7", Level.EXECUTE, Level.EXECUTE,
    ),
    Character(
        "renewals", "Renewal agent", "Compares contracts in the archive with what we noted.", "watch-renewals",
        "1", "contract-reader-1", Level.DRAFT, Level.SUGGEST,
    ),
    Character(
        "leads", "Lead agent", "Would qualify leads; for now it only watches what people do.", "qualify-leads",
        "4", "leads-xgb-3", Level.SHADOW, Level.SHADOW,
    ),
    Character(
        "writer", "Writer agent", "Writes to customers; people read every message.", "write-to-customers",
        "1", "letters-small-1", Level.DRAFT, Level.DRAFT,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Say:
    """One proposed value: how sure the agent is, where it has it from, and its words."""

    field: str
    value: Any
    confidence: float | None = None
    source: str = ""
    reason: str = ""
    evidence: str = ""
    # What the agent believes to be there; left out, it has seen the record as it is.
    seen: Any = ...


@dataclass(slots=True)
class Voice:
    """A registered agent."""

    agent: Agent
    character: Character

    def ask(
        self,
        record: Governed,
        at: datetime,
        *items: Say,
        action: str = "set_fields",
        reason: str = "",
        facts: Mapping[str, Any] | None = None,
        confidence: float | None = None,
        chain: Sequence[Suggestion] = (),
    ) -> Suggestion:
        """Propose a change of a record as the agent sees it now; `chain` is what led to it."""
        creates = actions.BUILT[action].creates
        body = {
            "record": {"type": registry.type_of(record), "id": str(record.pk)},
            "action": action,
            "items": [_item(record, one, creates=creates) for one in items],
            "facts": [{"name": name, "value": _plain(value)} for name, value in (facts or {}).items()],
            "reason": reason,
            "confidence": confidence,
            "chain": [str(one.pk) for one in chain],
        }
        return self._submit(body, at)

    def make(self, record_type: str, at: datetime, *items: Say, reason: str = "") -> Suggestion:
        """Propose a new record."""
        body = {
            "record": {"type": record_type},
            "action": "create_record",
            "items": [_item(None, one, creates=True) for one in items],
            "reason": reason,
        }
        return self._submit(body, at)

    def version(self) -> WorkflowVersion:
        return WorkflowVersion.objects.get(
            workflow__agent=self.agent,
            workflow__name=self.character.workflow,
            version=self.character.version,
            model=self.character.model,
        )

    def _submit(self, body: dict[str, Any], at: datetime) -> Suggestion:
        spoken = {
            **body,
            "level": self.character.asks.value,
            "workflow": self.character.workflow,
            "version": self.character.version,
            "model": self.character.model,
        }
        return intake.submit(proposal=proposals.read(spoken), agent=self.agent, at=at)


@dataclass(slots=True)
class Stage:
    """Everybody who speaks, and the clock."""

    cast: Cast
    clock: Clock
    voices: dict[str, Voice] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Voice:
        return self.voices[key]

    def approve(
        self,
        suggestion: Suggestion,
        by: str,
        at: datetime,
        *,
        taken: Sequence[str] | None = None,
        edits: Mapping[str, Any] | None = None,
        note: str = "",
    ) -> Decision:
        """Decide on what is on screen now, and let it run."""
        decision = decisions.approve(
            suggestion_id=suggestion.pk,
            seen_digest=gate.digest_of(Suggestion.objects.get(pk=suggestion.pk), at=at),
            reviewer=self.cast[by],
            at=at,
            shown_at=at - READING,
            taken=list(taken) if taken is not None else None,
            edits=dict(edits) if edits is not None else None,
            note=note,
        )
        executions.run(execution_id=decision.execution.pk, at=at)
        return decision

    def reject(self, suggestion: Suggestion, by: str, at: datetime, reason: str, note: str = "") -> Decision:
        return decisions.reject(
            suggestion_id=suggestion.pk,
            reviewer=self.cast[by],
            at=at,
            shown_at=at - READING,
            reason_code=reason,
            note=note,
        )

    def save_form(
        self,
        suggestion: Suggestion,
        by: str,
        at: datetime,
        values: Mapping[str, Any],
        checked: Sequence[str] = (),
    ) -> Decision:
        """At level suggest a person saves the prefilled form."""
        return decisions.accept_form(
            suggestion_id=suggestion.pk,
            seen_digest=gate.digest_of(Suggestion.objects.get(pk=suggestion.pk), at=at),
            reviewer=self.cast[by],
            at=at,
            shown_at=at - READING,
            values=dict(values),
            checked=list(checked),
        )

    def run(self, at: datetime) -> None:
        executions.drain(at=at)


def register(cast: Cast, clock: Clock) -> Stage:
    """Make agents with a key each, owned by Daniel, who runs revenue operations. Nobody keeps the secrets."""
    stage = Stage(cast, clock)
    at = clock.ago(days=402)
    for character in CHARACTERS:
        agent = agents.create_agent(
            name=character.name,
            owner=cast["daniel"],
            teams=list(cast.teams.values()),
            by=cast["ana"],
            at=at,
            description=character.says,
        )
        agents.issue_key(agent=agent, expires_at=clock.ago(days=-180), by=cast["ana"], at=clock.ago(days=90))
        stage.voices[character.key] = Voice(agent, character)
    old = agents.issue_key(
        agent=stage["enrich"].agent, expires_at=clock.ago(days=-30), by=cast["ana"], at=clock.ago(days=300)
    )
    agents.revoke(key_id=old.key.pk, by=cast["daniel"], at=clock.ago(days=88))
    return stage


def publish(
    *, change: Mapping[str, Any], rationale: str, drafted_by: User, published_by: User, at: datetime
) -> None:
    """Change the policy in force: one admin drafts, another publishes."""
    document = {**PolicyVersion.objects.latest("number").document, **change}
    drafted = policies.draft(
        document=document, rationale=rationale, user=drafted_by, at=at - timedelta(hours=3)
    )
    policies.publish(draft_id=drafted.pk, user=published_by, at=at)


def sign(
    stage: Stage, key: str, group: str, reason: str, at: datetime, *, action: str = "set_fields"
) -> None:
    """Ana lets a cell of an agent run by itself, for every segment."""
    voice = stage[key]
    grants.grant(
        agent=voice.agent,
        workflow_version=voice.version(),
        action=action,
        field_group=group,
        level=Level.EXECUTE.value,
        reason=reason,
        user=stage.cast["ana"],
        at=at,
    )


def _item(record: Governed | None, one: Say, *, creates: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "field": one.field,
        "proposed": _plain(one.value),
        "confidence": one.confidence,
        "source": one.source,
        "reason": one.reason,
        "evidence": [{"text": one.evidence}] if one.evidence else [],
    }
    if not creates and record is not None:
        seen = registry.get(record, one.field) if one.seen is ... else one.seen
        item["seen"] = _plain(seen)
    return item


def _plain(value: Any) -> Any:
    if isinstance(value, Governed):
        return str(value.pk)
    return str(value) if isinstance(value, Decimal) else registry.to_json(value)
