"""What a decision lets happen, exactly: the choice of items, the patches, their digest, and who is the author."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals import actions
from approvals.models import Decision, Suggestion, SuggestionItem
from approvals.selectors.subjects import Subject
from crmgov.kernel import canonical
from crmgov.kernel.actors import Actor, ActorType
from crmgov.kernel.refusals import Invalid
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.models import AuthorityKind
from crmgov.records.rules.values import ValueProblem
from crmgov.records.services.changes import NewChangeSet, Patch

from . import reach
from .values import same

# The gate was asked about these, and consent hangs on them.
AS_PROPOSED = "What a message is for, its template and its channel are as proposed."
AS_ASKED = "Whom nobody shall write to is as proposed: reject it and ask anew."
FIXED = {
    ("message", "purpose"): AS_PROPOSED,
    ("message", "template"): AS_PROPOSED,
    ("message", "channel"): AS_PROPOSED,
    ("suppression", "kind"): AS_ASKED,
    ("suppression", "value"): AS_ASKED,
    ("summary", "of"): "What a summary is made of is as proposed.",
}


def choose(
    suggestion: Suggestion,
    items: Sequence[SuggestionItem],
    *,
    taken: Collection[str] | None,
    edits: Mapping[str, Any],
    decider: User | None = None,
) -> None:
    """Mark on the items what is taken and edited; not saved here.

    An item a settled conflict closed (`taken` false already) stays out. Raises Invalid naming each field, and
    NotAllowed where it reaches further than the `decider` (None: the policy) may.
    """
    _require_known(items, taken, edits)
    for item in items:
        wanted = taken is None or item.field in taken
        item.taken = wanted and item.taken is not False
        if item.taken and item.field in edits:
            _edit(suggestion, item, edits[item.field])
    if not any(item.taken for item in items):
        raise Invalid("Nothing is ticked: tick what to take, or reject the suggestion.")
    if actions.of(suggestion).creates:
        _require_whole(suggestion, items)
    if decider is not None:
        reach.require(suggestion, items, decider)


def require_possible(
    suggestion: Suggestion, items: Sequence[SuggestionItem], subject: Subject, at: datetime
) -> None:
    """What a person wrote instead must be as possible as a proposal. Raises Invalid naming each field."""
    kind, record_type = actions.of(suggestion), written_type(suggestion)
    wanted = {item.field: item.wanted for item in items if item.taken}
    found = {
        item.field: problem
        for item in items
        if item.taken and item.was_edited
        if (problem := kind.value_problem(item.field, wanted, subject, at))
    }
    if found:
        said = " ".join(
            f"{registry.label(record_type, field)}: {problem}" for field, problem in found.items()
        )
        raise Invalid(said, found)


def leave_what_stands(suggestion: Suggestion, items: Sequence[SuggestionItem]) -> None:
    """Somebody who edits a field back to the value it holds leaves it alone. Raises Invalid when nothing is left."""
    if actions.of(suggestion).creates:
        return
    for item in items:
        if item.taken and item.was_edited and same(item.edited, item.seen):
            item.taken, item.edited, item.was_edited = False, None, False
    if not any(item.taken for item in items):
        raise Invalid(
            "Every value is the one that stands there already, so nothing would change. Reject it instead."
        )


def written_type(suggestion: Suggestion) -> str:
    """The type of record whose fields the items name."""
    return actions.of(suggestion).writes(suggestion.record_type)


def patches_for(
    suggestion: Suggestion,
    items: Sequence[SuggestionItem],
    change_set: UUID,
    *,
    expected: Mapping[str, Any] | None = None,
    verified: frozenset[str] = frozenset(),
) -> list[Patch]:
    """What goes through the door for the taken items, from the values in `expected` or those the proposer saw.

    Deterministic but for the id of a record it makes.
    """
    taken = [item for item in items if item.taken]
    seen = {item.field: item.seen for item in taken}
    return actions.of(suggestion).patches(
        suggestion, change_set, items=taken, expected={**seen, **(expected or {})}, verified=verified
    )


def payload_of(patches: Sequence[Patch]) -> list[dict[str, Any]]:
    """The patches as JSON, without what is only made at execution: change set and id of a new record."""
    return [
        {
            "record_type": patch.record_type,
            "record_id": None if patch.creates else str(patch.record_id),
            "edits": [
                {
                    "field": edit.field,
                    "old": registry.to_json(edit.old),
                    "new": registry.to_json(edit.new),
                }
                for edit in patch.edits
            ],
        }
        for patch in patches
    ]


def digest_of(patches: Sequence[Patch]) -> str:
    """SHA-256 of the payload: what was decided must be what is executed (INVARIANTS D2)."""
    return canonical.digest(payload_of(patches))


def items_by_suggestion(suggestion_ids: Collection[UUID]) -> dict[UUID, list[SuggestionItem]]:
    """The items of many suggestions in one query, in their order."""
    found: dict[UUID, list[SuggestionItem]] = {key: [] for key in suggestion_ids}
    rows = SuggestionItem.objects.filter(suggestion__in=found).order_by("suggestion_id", "position")
    for item in rows:
        found[item.suggestion_id].append(item)
    return found


def name_what_was_made(suggestion: Suggestion, patches: Sequence[Patch]) -> None:
    """A create_record waits without a record and afterwards names the one it made."""
    made = next((patch.record_id for patch in patches if patch.creates), None)
    if made is not None and suggestion.record_id is None:
        Suggestion.objects.filter(pk=suggestion.pk).update(record_id=made)
        suggestion.record_id = made


def change_set_of(
    *,
    change_set_id: UUID,
    suggestion: Suggestion,
    decision: Decision,
    execution_id: UUID,
    form_of: User | None = None,
) -> NewChangeSet:
    """Author, authority and lineage of what the decision writes.

    `form_of` is the person who saved the prefilled form: then the ledger names a human, with the suggestion.
    """
    version = suggestion.workflow_version
    return NewChangeSet(
        id=change_set_id,
        actor=_actor(suggestion, decision, form_of),
        authority=AuthorityKind.DECISION if decision.person_id else AuthorityKind.POLICY,
        authority_id=str(decision.pk if decision.person_id else decision.policy_version_id),
        authority_label=_authority(decision),
        reason=decision.note or suggestion.reason,
        agent_label=suggestion.agent.name if suggestion.agent and form_of is None else "",
        workflow=version.workflow.name,
        workflow_version=version.version,
        model=version.model,
        suggestion_id=suggestion.pk,
        suggestion_number=suggestion.number,
        decision_id=decision.pk,
        execution_id=execution_id,
        chain=chain_of(suggestion),
    )


def chain_of(suggestion: Suggestion) -> tuple[UUID, ...]:
    """What led to whatever comes of it, oldest first."""
    return (*suggestion.chain, suggestion.pk)


def _actor(suggestion: Suggestion, decision: Decision, form_of: User | None) -> Actor:
    if form_of is not None:
        return person(form_of)
    if decision.person is None:
        assert suggestion.agent is not None  # noqa: S101 (a person's proposal never runs by policy)
        return Actor(ActorType.AI, f"agent:{suggestion.agent_id}", suggestion.agent.name)
    if suggestion.agent is None:
        return person(decision.person)
    return replace(person(decision.person), type=ActorType.HUMAN_APPROVED_AI)


def person(user: User) -> Actor:
    """The actor a person is by their own hand."""
    return Actor(ActorType.HUMAN, str(user.pk), str(user))


def _authority(decision: Decision) -> str:
    if decision.person_id is None:
        return decision.decider_label
    said = {
        Decision.Kind.ACCEPT_FORM: "Saved by",
        Decision.Kind.APPROVE_EDITED: "Approved with edits by",
        Decision.Kind.APPROVE_SOME: "Approved in part by",
    }.get(Decision.Kind(decision.kind), "Approved by")
    return f"{said} {decision.decider_label}"[:200]


def _require_known(
    items: Sequence[SuggestionItem], taken: Collection[str] | None, edits: Mapping[str, Any]
) -> None:
    known = {item.field for item in items}
    strange = sorted({*(taken or ()), *edits} - known)
    if strange:
        raise Invalid(
            f"This suggestion does not propose {', '.join(strange)}.",
            dict.fromkeys(strange, "It is not part of this suggestion."),
        )


def _edit(suggestion: Suggestion, item: SuggestionItem, raw: Any) -> None:
    record_type = written_type(suggestion)
    fixed = FIXED.get((record_type, item.field))
    if fixed and raw != item.proposed:
        raise Invalid(fixed, {item.field: "It cannot be edited."})
    try:
        value = registry.to_json(registry.parse(record_type, item.field, raw))
    except ValueProblem as problem:
        label = registry.label(record_type, item.field)
        raise Invalid(f"{label}: {problem}", {item.field: str(problem)}) from problem
    if value != item.proposed:
        item.edited, item.was_edited = value, True


def _require_whole(suggestion: Suggestion, items: Sequence[SuggestionItem]) -> None:
    record_type = written_type(suggestion)
    left_out = [item.field for item in items if not item.taken]
    kept = actions.of(suggestion).inseparable
    missing = [field for field in left_out if field in kept or registry.spec_of(record_type, field).required]
    if missing:
        labels = [registry.label(record_type, field) for field in missing]
        raise Invalid(
            f"It cannot be created without {', '.join(labels)}.",
            dict.fromkeys(missing, "It is needed to create the record."),
        )
