"""A decision with what was on screen when it was made: from what was stored then, not from what is true today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from approvals.models import Decision, Execution, GateReading, Suggestion, SuggestionItem
from approvals.rules import in_sight
from approvals.rules.facts import Facts
from approvals.rules.findings import Finding
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User
from crmgov.records.models import FieldChange

from . import accounts_seen, items


@dataclass(frozen=True, slots=True)
class Decided:
    """`reading` is the newest the gate kept until the decision; None where none was ever kept.

    `account_hidden`: this person does not see its account, and nothing of it is in the facts and findings.
    `as_read` is false where the decider saw values that had moved since that reading: a rejection keeps none.
    """

    suggestion: Suggestion
    items: Sequence[SuggestionItem]
    decision: Decision
    reading: GateReading | None
    facts: Facts | None
    findings: Sequence[Finding]
    execution: Execution | None
    written: Sequence[FieldChange]
    account_hidden: bool = False

    @property
    def as_read(self) -> bool:
        return self.decision.digest == self.suggestion.digest


def find(user: User, suggestion_id: UUID) -> Decided:
    """Return the decision on a suggestion; eight queries. Raises NotFound: another team's, or not decided yet."""
    suggestion = items.find(user, suggestion_id)
    decision = items.decision_of(suggestion)
    if decision is None:
        raise NotFound
    reading = (
        GateReading.objects.select_related("policy_version")
        .filter(suggestion=suggestion, read_at__lte=decision.decided_at)
        .order_by("-id")
        .first()
    )
    execution = items.execution_of(suggestion)
    change_set = execution.change_set_id if execution else None
    facts = Facts.from_json(reading.facts) if reading else None
    findings = [Finding.from_json(found) for found in reading.findings] if reading else []
    hidden = accounts_seen.is_hidden(user, suggestion, facts)
    if hidden:
        findings = in_sight.told(findings, facts)
        facts = in_sight.without_account(facts) if facts else None
    return Decided(
        suggestion=suggestion,
        items=list(suggestion.items.order_by("position")),
        decision=decision,
        reading=reading,
        facts=facts,
        findings=findings,
        execution=execution,
        written=list(FieldChange.objects.filter(change_set=change_set).order_by("pk")) if change_set else [],
        account_hidden=hidden,
    )
