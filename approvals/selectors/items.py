"""One suggestion as its page shows it: facts, reasons, what would change, what it stands on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from approvals.models import Conflict, Decision, Execution, Suggestion, SuggestionItem
from approvals.rules.facts import Facts, Relied
from approvals.rules.findings import Finding
from approvals.rules.staleness import same
from crmgov.kernel.refusals import NotFound
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import EXTRA, Overwrite, Permission, contract_for
from crmgov.records.models import Source
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import Kind

from . import subjects
from .sights import Sight

# What the field contract says, under the field's name: rules, whatever stands in the field now.
NOTES = {
    Permission.NEVER: "never by AI",
    Permission.PROPOSE: "always a person",
    Permission.FILL_IF_EMPTY: "AI fills it when empty",
}
OVERWRITES = {
    Overwrite.ANY_VALUE: "over any value only a person",
    Overwrite.VERIFIED: "over a verified value only a person",
    Overwrite.CONTRADICTS_OWNER_VIEW: "against the owner's view only a person",
}
MONEY = {"annual_value", "amount"}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value comes from, as components/prov.html draws it."""

    actor: str
    who: str = ""
    source: str = ""
    at: str = ""
    locked: bool = False
    imported: bool = False


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One row of the difference. `stale`: the field no longer holds what the proposer saw, so it cannot be taken."""

    field: str
    label: str
    note: str
    kind: str
    currency: str
    choices: Sequence[tuple[str, str]]
    now: Any
    now_label: str
    p: Provenance | None
    seen: Any
    seen_label: str
    proposed: Any
    proposed_label: str
    proposed_note: str
    evidence: Sequence[dict[str, str]]
    confidence: Any
    stale: bool
    checked: bool
    taken: bool | None
    edited: Any
    was_edited: bool
    reasons: Sequence[Finding]


def find(user: User, suggestion_id: UUID) -> Suggestion:
    """The suggestion with what its page names, or NotFound: another team's is not there."""
    found = find_all(user, [suggestion_id])
    if not found:
        raise NotFound
    return found[0]


def find_all(user: User, ids: Collection[UUID]) -> list[Suggestion]:
    """Those of these that this person sees, with what their pages name; one query."""
    rows = visible(user).select_related(
        "agent", "proposed_by", "workflow_version__workflow", "queue", "policy_version", "claimed_by", "team"
    )
    return list(rows.filter(pk__in=ids))


def visible(user: User) -> QuerySet[Suggestion]:
    return Suggestion.objects.for_user(user)


def decision_of(suggestion: Suggestion) -> Decision | None:
    return Decision.objects.filter(suggestion=suggestion).select_related("person", "policy_version").first()


def execution_of(suggestion: Suggestion) -> Execution | None:
    return Execution.objects.filter(suggestion=suggestion).prefetch_related("attempts").first()


def conflicts_of(suggestion: Suggestion) -> list[Conflict]:
    """The open conflicts it is a side of."""
    return list(
        Conflict.objects.filter(claims__suggestion=suggestion, status=Conflict.Status.OPEN).order_by(
            "opened_at"
        )
    )


def records_of(user: User, suggestions: Iterable[Suggestion]) -> dict[UUID, Governed]:
    """The records they are about as they are now, those that this person may see; one query per type."""
    ids: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in suggestions:
        if one.record_id is not None:
            ids[one.record_type].add(one.record_id)
    found: dict[UUID, Governed] = {}
    for record_type, keys in ids.items():
        found |= registry.model_of(record_type).objects.for_user(user).in_bulk(keys)
    return found


def imported_asked() -> QuerySet[Any, Any]:
    """The sources that are imports: their values were brought in, whoever confirmed it."""
    return Source.objects.filter(kind=Source.Kind.IMPORT).values("name")


def imported() -> frozenset[str]:
    """Their names; one query."""
    return frozenset(row["name"] for row in imported_asked())


def lines_for(
    sight: Sight,
    items: Sequence[SuggestionItem],
    *,
    writes: str,
    record: Governed | None,
    facts: Facts | None,
    imported: Collection[str],
    findings: Sequence[Finding] = (),
) -> list[ItemLine]:
    """The rows of the difference. `writes` is the type whose fields the items name, `record` what they change.

    `sight` is the reader's: it names what they may see, with a query for each name that it was not taught before.
    `imported` are the sources that are imports. With `facts` the values are those the gate saw a moment ago, which is
    what a decision rests on.
    """
    now = _values_now(items, record, facts)
    return [_line(sight, item, writes, record, now[item.field], imported, findings) for item in items]


def names_in(
    items: Sequence[SuggestionItem], *, writes: str, record: Governed | None, facts: Facts | None
) -> dict[tuple[str, str], list[tuple[Any, Any]]]:
    """What `lines_for` will ask of the sight, as `Sight.learn_names` takes it."""
    now = _values_now(items, record, facts)
    references = [item.field for item in items if subjects.is_reference(writes, item.field)]
    return {(writes, field): [(now[field], None)] for field in references}


def facts_relied(facts: Facts | None) -> list[Relied]:
    return list(facts.relied) if facts else []


def _values_now(
    items: Sequence[SuggestionItem], record: Governed | None, facts: Facts | None
) -> dict[str, Any]:
    """Field -> what stands there: what the gate saw a moment ago, else what the record holds."""
    seen = {item.field: item.current for item in facts.items} if facts else {}
    return {
        item.field: seen[item.field] if item.field in seen else _now(record, item.field) for item in items
    }


def _line(
    sight: Sight,
    item: SuggestionItem,
    writes: str,
    record: Governed | None,
    now: Any,
    imported: Collection[str],
    findings: Sequence[Finding],
) -> ItemLine:
    spec = registry.spec_of(writes, item.field)
    stale = record is not None and not same(item.seen, now)
    return ItemLine(
        field=item.field,
        label=registry.label(writes, item.field),
        note=note_of(writes, item.field),
        kind=spec.kind.value,
        currency=_currency(record, item),
        choices=_choices(writes, item.field),
        now=now,
        now_label=_label(sight, writes, item.field, now),
        p=provenance_of(record, item.field, imported),
        seen=item.seen,
        seen_label=item.seen_label,
        proposed=item.proposed,
        proposed_label=item.proposed_label if spec.kind in (Kind.REFERENCE, Kind.CHOICE) else "",
        proposed_note=item.source,
        evidence=item.evidence,
        confidence=item.confidence,
        stale=stale,
        checked=not stale and item.taken is not False,
        taken=item.taken,
        edited=item.edited,
        was_edited=item.was_edited,
        reasons=[finding for finding in findings if finding.field == item.field],
    )


def note_of(record_type: str, field: str) -> str:
    """What the field contract says, in a few words."""
    contract = contract_for(record_type, field)
    if contract is None:
        return ""
    if contract.protected:
        return NOTES[Permission.PROPOSE]
    return NOTES.get(contract.permission, "") or OVERWRITES.get(contract.overwrite, "")


def provenance_of(record: Governed | None, field: str, imported: Collection[str]) -> Provenance | None:
    """Who wrote the value that stands there; None for one never written."""
    entry = record.provenance.get(field) if record is not None else None
    if not entry:
        return None
    approved_by = entry.get("approved_by")
    return Provenance(
        actor=entry.get("actor", "system"),
        who=str(approved_by or entry.get("verified_by") or entry.get("label") or ""),
        source=entry.get("source", ""),
        at=entry.get("at", ""),
        locked=bool(entry.get("locked")),
        imported=entry.get("source") in imported,
    )


def _now(record: Governed | None, field: str) -> Any:
    return None if record is None else registry.to_json(registry.get(record, field))


def _label(sight: Sight, record_type: str, field: str, value: Any) -> str:
    """Words for references and choices; other values are drawn by their kind."""
    spec = registry.spec_of(record_type, field)
    if value in (None, "", []) or spec.kind not in (Kind.REFERENCE, Kind.CHOICE):
        return ""
    names: dict[str, str] = {}
    if spec.kind is Kind.REFERENCE:
        names = sight.names(record_type, field, [value])
    return subjects.shown(record_type, field, value, names)


def _choices(record_type: str, field: str) -> list[tuple[str, str]]:
    if field.startswith(EXTRA):
        return []
    spec = registry.spec_of(record_type, field)
    return [(key, registry.choice_label(record_type, field, key)) for key in spec.choices]


def _currency(record: Governed | None, item: SuggestionItem) -> str:
    if item.field not in MONEY:
        return ""
    return str(getattr(record, "currency", "") or "")
