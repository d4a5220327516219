"""The gate's facts, from the suggestion, its subject and the ground it stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from approvals import actions
from approvals.models import Suggestion, SuggestionItem
from approvals.rules import facts as rules
from approvals.rules.findings import Ref
from approvals.rules.vocabulary import ActorKind, Level, PauseScope
from approvals.selectors import subjects
from approvals.selectors.subjects import Subject
from crmgov.records import registry
from crmgov.records.contracts import Contract, contract_for, is_protected
from crmgov.records.models import Account, OwnerView
from crmgov.records.models.accounts import Lifecycle
from crmgov.records.rules.values import ValueProblem, empty

from . import message_facts, precedents, relied, scored, stakes, terms, values
from .grounds import Ground, around
from .proposed import Proposed, same_proposer

# From here on a churn score says at risk (0 to 1) and a lead score says promising (0 to 100).
CHURN_LIKELY = Decimal("0.5")
LEAD_LIKELY = Decimal(50)


def gather(proposed: Proposed, ground: Ground) -> rules.Facts:
    """Everything the rules look at; no query but for the rate of a currency not met yet."""
    suggestion, subject = proposed.suggestion, proposed.subject
    version = suggestion.workflow_version
    agent = suggestion.agent.name if suggestion.agent else ""
    groups = sorted({item.group for item in proposed.items})
    limits = ground.limits(proposed, groups)
    cell = proposed.cell
    contract = ground.contract(proposed)
    return rules.Facts(
        action=suggestion.action,
        proposer=rules.Proposer(
            kind=ActorKind.AGENT if suggestion.agent_id else ActorKind.PERSON,
            label=str(suggestion.agent or suggestion.proposed_by),
            workflow=version.workflow.name,
            workflow_version=version.version,
            outcomes=ground.outcomes(cell, groups),
            confidence=_share(suggestion.confidence),
        ),
        subject=_subject(proposed),
        levels=rules.LevelFacts(
            policy=ground.policy.level_of(
                workflow=version.workflow.name, agent=agent, version=version.version
            ),
            requested=Level(suggestion.level_requested),
            granted=ground.granted(cell, groups),
            contract=terms.most(contract),
            has_room=ground.has_room(cell, groups),
        ),
        limits=limits,
        items=tuple(_items(proposed, ground.at)),
        account=_account(subject.account),
        stakes=stakes.of(proposed, limits, ground.rates),
        tickets=_tickets(proposed, ground),
        hold=_hold(subject, ground),
        pauses=_pauses(suggestion, ground),
        relied=relied.of(suggestion, subject, lambda account: len(ground.tickets(account, None))),
        rivals=_rivals(proposed, ground),
        terms=terms.of(contract, proposed),
        run=_run(suggestion),
        message=message_facts.of(proposed, ground),
        score=scored.standing_of(suggestion, subject.segment, ground.proven),
        **precedents.of(proposed, ground),
    )


def _subject(proposed: Proposed) -> rules.Subject:
    record, suggestion = proposed.subject.record, proposed.suggestion
    return rules.Subject(
        type=suggestion.record_type,
        id=str(suggestion.record_id or ""),
        label=suggestion.record_label,
        exists=record is not None,
        archived=record is not None and record.archived_at is not None,
    )


def _items(proposed: Proposed, at: datetime) -> Iterator[rules.Item]:
    names = _names(proposed)
    for item in proposed.items:
        yield _item(proposed, item, names.get(item.field, {}), at)


def _names(proposed: Proposed) -> dict[str, dict[str, str]]:
    """Field -> key -> name for what the items refer to and the proposer may see."""
    return {
        item.field: proposed.sight.names(
            proposed.writes, item.field, [item.proposed, proposed.holds(item.field)]
        )
        for item in proposed.items
        if subjects.is_reference(proposed.writes, item.field)
    }


def _item(proposed: Proposed, item: SuggestionItem, names: Mapping[str, str], at: datetime) -> rules.Item:
    contract = contract_for(proposed.writes, item.field)
    assert contract is not None  # noqa: S101 (intake refuses a field without a contract)
    current = proposed.holds(item.field)
    entry = _verified(proposed.current, contract, at)
    return rules.Item(
        field=item.field,
        label=registry.label(proposed.writes, item.field),
        group=contract.group,
        permission=contract.permission,
        current=current,
        seen=item.seen,
        proposed=item.proposed,
        overwrite=contract.overwrite,
        protected=is_protected(
            contract, current_is_empty=empty(current), current=current, proposed=item.proposed
        ),
        rule_only=contract.rule_only,
        verified=bool(entry),
        locked=bool(entry.get("locked")),
        verified_by=str(entry.get("verified_by") or ""),
        confidence=_share(item.confidence),
        problem=_problem(proposed, item, current, names, at),
        contradicts_owner_view=_contradicts(item, proposed.subject.account),
        current_label=_current_label(proposed, item, current, names),
    )


def _current_label(proposed: Proposed, item: SuggestionItem, current: Any, names: Mapping[str, str]) -> str:
    """The name behind a reference; only its kind where the proposer may not see it."""
    if empty(current) or not subjects.is_reference(proposed.writes, item.field):
        return ""
    return names.get(str(current), f"another {registry.spec_of(proposed.writes, item.field).refers_to}")


def _verified(record: Any, contract: Contract, at: datetime) -> dict[str, Any]:
    """The provenance of a value a person verified not longer ago than its contract believes; else nothing."""
    entry = (record.provenance if record is not None else {}).get(contract.field) or {}
    since = str(entry.get("verified_at") or "")
    believed = timedelta(days=contract.recheck_days)
    holds = bool(since) and datetime.fromisoformat(since) + believed > at
    return cast("dict[str, Any]", entry) if holds else {}


def _problem(
    proposed: Proposed, item: SuggestionItem, current: Any, names: Mapping[str, str], at: datetime
) -> str | None:
    """Why the value is not possible, in a sentence; None when it is."""
    try:
        registry.parse(proposed.writes, item.field, item.proposed)
    except ValueProblem as problem:
        return str(problem)
    named = subjects.is_reference(proposed.writes, item.field) and item.proposed not in (None, "")
    if named and str(item.proposed) not in names:
        return f"There is no such {registry.spec_of(proposed.writes, item.field).refers_to} here."
    if proposed.current is not None and values.same(item.proposed, current):
        return "That is what it already holds, so there is nothing to change."
    wanted = {one.field: one.proposed for one in proposed.items}
    kind = actions.of(proposed.suggestion)
    return kind.value_problem(item.field, wanted, proposed.subject, at) or None


def _contradicts(item: SuggestionItem, account: Account | None) -> bool:
    """A score against the owner's own judgment on the account."""
    line = {"churn_score": CHURN_LIKELY, "lead_score": LEAD_LIKELY}.get(item.field)
    if line is None or account is None or account.owner_view not in (OwnerView.HEALTHY, OwnerView.AT_RISK):
        return False
    try:
        high = Decimal(str(item.proposed)) >= line
    except ArithmeticError:
        return False
    says_at_risk = high if item.field == "churn_score" else not high
    return says_at_risk != (account.owner_view == OwnerView.AT_RISK)


def _account(account: Account | None) -> rules.Account | None:
    if account is None:
        return None
    return rules.Account(
        id=str(account.pk),
        label=account.name,
        strategic=account.strategic,
        regulated=account.regulated,
        escalated=account.escalated,
        industry=account.industry,
        segment=cast("Any", account).segment_id or "none",
        relationships=tuple(account.relationship_flags),
        churned=account.lifecycle == Lifecycle.CHURNED,
    )


def _tickets(proposed: Proposed, ground: Ground) -> tuple[rules.Ticket, ...]:
    return tuple(
        rules.Ticket(id=str(row.id), label=row.subject, priority=row.priority, escalated=row.escalated)
        for row in ground.tickets(*around(proposed))
    )


def _hold(subject: Subject, ground: Ground) -> rules.Hold | None:
    row = ground.holds.get(subject.account.pk) if subject.account else None
    if row is None:
        return None
    return rules.Hold(id=str(row.pk), until=row.until.isoformat(), by=str(row.placed_by), note=row.reason)


def _pauses(suggestion: Suggestion, ground: Ground) -> tuple[rules.Pause, ...]:
    rows = ground.pauses(
        workflow=suggestion.workflow_version.workflow.name,
        agent=suggestion.agent.name if suggestion.agent else "",
        action=suggestion.action,
    )
    return tuple(rules.Pause(PauseScope(row.scope), row.target, row.reason) for row in rows)


def _rivals(proposed: Proposed, ground: Ground) -> tuple[rules.Rival, ...]:
    """Open suggestions of others that want another value; an older one of the same proposer gives way."""
    if proposed.current is None:
        return ()
    wanted = {item.field: item.proposed for item in proposed.items}
    return (*_rival_suggestions(proposed, ground, wanted), *_rival_sources(proposed, ground, wanted))


def _rival_sources(proposed: Proposed, ground: Ground, wanted: Mapping[str, Any]) -> Iterator[rules.Rival]:
    """An import and our value stand against each other here already, and this is a third word."""
    for claim in ground.disputed(proposed):
        if not values.same(claim.value, wanted[claim.field]):
            ref = Ref("conflict", str(claim.conflict_id), f"Conflict about {claim.field}")
            yield rules.Rival(field=claim.field, suggestion=ref, by=claim.by, proposed=claim.value)


def _rival_suggestions(
    proposed: Proposed, ground: Ground, wanted: Mapping[str, Any]
) -> tuple[rules.Rival, ...]:
    return tuple(
        rules.Rival(
            field=row.field,
            suggestion=Ref("suggestion", str(row.suggestion_id), f"Suggestion {row.number}"),
            by=row.by,
            proposed=row.proposed,
        )
        for row in ground.rivals(proposed)
        if not values.same(row.proposed, wanted[row.field]) and not same_proposer(row, proposed.suggestion)
    )


def _run(suggestion: Suggestion) -> rules.InRun | None:
    run = suggestion.run if suggestion.run_id is not None else None
    return rules.InRun(run.name, run.status) if run is not None else None


def _share(number: Decimal | None) -> float | None:
    return float(number) if number is not None else None
