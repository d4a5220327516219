"""One record as its page shows it: fields in groups, each with its value in words and who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crmgov.kernel.actors import ActorType
from crmgov.people.models import User
from crmgov.records import registry
from crmgov.records.contracts import EXTRA, contract_for
from crmgov.records.models import AuthorityKind, Source
from crmgov.records.models.governed import Governed
from crmgov.records.rules.values import Kind, empty

from .ledger import FieldStory

# What a page shows of each type, in this order. `extra` and whatever is new stands behind.
LAYOUT: dict[str, dict[str, tuple[str, ...]]] = {
    "account": {
        "Commercial": ("annual_value", "currency", "renewal_date", "churn_score", "buying_timeline", "lifecycle"),
        "Company": ("name", "industry", "employees", "domain", "region", "segment"),
        "Ownership": ("owner", "territory", "team", "parent"),
        "Relationship": (
            "strategic", "regulated", "escalated", "relationship_flags",
            "owner_view", "owner_view_note", "owner_view_on", "tags",
        ),
    },
    "contact": {
        "Person": ("first_name", "last_name", "title", "email", "phone", "language", "time_zone"),
        "Commercial": ("account", "lifecycle", "lead_score", "source"),
        "Ownership": ("owner", "team", "tags"),
    },
    "opportunity": {
        "Commercial": (
            "stage", "amount", "currency", "close_date", "forecast_category", "next_step", "closed_reason",
        ),
        "Deal": ("name", "account", "product"),
        "Notes": ("pricing_notes", "legal_notes", "procurement_notes"),
        "Ownership": ("owner", "team", "tags"),
    },
    "ticket": {
        "State": ("status", "priority", "escalated", "opened_at", "resolved_at"),
        "Request": ("subject", "body", "product", "language", "channel"),
        "About": ("account", "contact", "team", "tags"),
    },
    "task": {
        "Task": ("title", "assignee", "due_on", "done_at", "note", "purpose"),
        "About": ("account", "contact", "opportunity", "ticket", "team", "tags"),
    },
}  # fmt: skip
# Fetched with a record, so that a reference is read by name and costs no further query.
JOINED = {
    "account": ("owner", "team", "parent"),
    "contact": ("account", "owner", "team"),
    "opportunity": ("account", "owner", "team"),
    "ticket": ("account", "contact", "team"),
    "task": ("assignee", "account", "contact", "opportunity", "ticket", "team"),
}
# Whose currency an amount is in.
AMOUNTS = frozenset({"annual_value", "amount"})


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a value. `source` is where it came from, `locked` until its re-check age."""

    actor: str
    label: str
    source: str
    at: str
    approved_by: str = ""
    verified_by: str = ""
    locked: bool = False
    imported: bool = False


@dataclass(frozen=True, slots=True)
class FieldPlate:
    """One field. `value` is as the ledger writes it, `words` stand in for references and choices."""

    name: str
    label: str
    value: Any
    words: str
    kind: str
    currency: str
    written: Written | None
    # As of a day in the past: does today's record say something else?
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    fields: tuple[FieldPlate, ...]


@dataclass(frozen=True, slots=True)
class Authors:
    """How many filled fields of a record were written by whom."""

    human: int
    approved: int
    ai: int
    system: int

    @property
    def total(self) -> int:
        return self.human + self.approved + self.ai + self.system


def of_user(*, record_type: str, record_id: UUID, user: User) -> Governed | None:
    """Return the record with what its page names, archived ones included; None for another team's. One query."""
    rows = registry.model_of(record_type).objects.for_user(user).select_related(*JOINED[record_type])
    found: Governed | None = rows.filter(pk=record_id).first()
    return found


def groups_of(record: Governed, *, at: datetime) -> list[Group]:
    """Return all fields as they are now; one query, for which sources are imports."""
    record_type, imports = registry.type_of(record), _import_sources()
    return [
        Group(name, tuple(_plate(record, field, imports, at) for field in fields))
        for name, fields in layout(record_type, record.extra).items()
    ]


def groups_as_of(record: Governed, stood: Mapping[str, FieldStory]) -> list[Group]:
    """Return the fields as the ledger had them, marked where the record says something else today."""
    record_type = registry.type_of(record)
    # A column of the source that the record has lost since still stood there then.
    extra = {*record.extra, *(field.removeprefix(EXTRA) for field in stood if field.startswith(EXTRA))}
    currency = _text(stood["currency"].change.new) if "currency" in stood else ""
    return [
        Group(name, tuple(_past(record, field, stood.get(field), currency) for field in fields))
        for name, fields in layout(record_type, extra).items()
    ]


def layout(record_type: str, extra: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return group -> fields, the unmapped columns of the source last."""
    groups = dict(LAYOUT[record_type])
    if names := tuple(f"{EXTRA}{name}" for name in sorted(extra)):
        groups["From the source"] = names
    return groups


def authors_of(groups: Iterable[Group]) -> Authors:
    """Count who wrote what has a value; what an import brought in is nobody's here, whoever confirmed it."""
    by = [
        ActorType.SYSTEM if plate.written.imported else plate.written.actor
        for plate in _plates(groups)
        if plate.written and not empty(plate.value)
    ]
    return Authors(
        human=by.count(ActorType.HUMAN),
        approved=by.count(ActorType.HUMAN_APPROVED_AI),
        ai=by.count(ActorType.AI),
        system=by.count(ActorType.SYSTEM),
    )


def currency_of(record: Governed, field: str) -> str:
    """Return the currency the field's amounts are in; "" for what is no amount."""
    return str(getattr(record, "currency", "")) if field in AMOUNTS else ""


def _plates(groups: Iterable[Group]) -> Iterator[FieldPlate]:
    return (plate for group in groups for plate in group.fields)


def _plate(record: Governed, field: str, imports: frozenset[str], at: datetime) -> FieldPlate:
    record_type, value = registry.type_of(record), registry.get(record, field)
    return FieldPlate(
        name=field,
        label=registry.label(record_type, field),
        value=registry.to_json(value),
        words=_words(record, field, value),
        kind=str(registry.spec_of(record_type, field).kind),
        currency=currency_of(record, field),
        written=_written(record, field, imports, at),
    )


def _words(record: Governed, field: str, value: Any) -> str:
    record_type = registry.type_of(record)
    if registry.spec_of(record_type, field).kind is Kind.REFERENCE:
        # A key that is a name (segment, stage) needs no further row.
        if value is None or field not in JOINED[record_type]:
            return str(value or "")
        return str(getattr(record, field))
    return registry.choice_label(record_type, field, value)


def _written(record: Governed, field: str, imports: frozenset[str], at: datetime) -> Written | None:
    entry = record.provenance.get(field)
    if not entry:
        return None
    return Written(
        actor=_text(entry.get("actor")),
        label=_text(entry.get("label")),
        source=_text(entry.get("source")),
        at=_text(entry.get("at")),
        approved_by=_text(entry.get("approved_by")),
        verified_by=_text(entry.get("verified_by")),
        locked=_is_locked(record, field, entry, at),
        imported=_text(entry.get("source")) in imports,
    )


def _is_locked(record: Governed, field: str, entry: Mapping[str, Any], at: datetime) -> bool:
    """Verified by a person, not longer ago than the field's re-check age: what the door asks, too."""
    contract = contract_for(registry.type_of(record), field)
    if entry.get("locked") is not True or contract is None or not entry.get("verified_at"):
        return False
    return datetime.fromisoformat(entry["verified_at"]) > at - timedelta(days=contract.recheck_days)


def _past(record: Governed, field: str, story: FieldStory | None, currency: str) -> FieldPlate:
    record_type = registry.type_of(record)
    blank = FieldPlate(
        name=field,
        label=registry.label(record_type, field),
        value=None,
        words="",
        kind=str(registry.spec_of(record_type, field).kind),
        currency=currency if field in AMOUNTS else "",
        written=None,
    )
    now = registry.to_json(registry.get(record, field))
    if story is None:
        # A yes or no nobody has written is a no, as its history says.
        value = False if blank.kind == Kind.BOOLEAN else None
        return replace(blank, value=value, differs=not empty(now) and now is not False)
    value = story.change.new
    return replace(
        blank,
        value=value,
        words=story.change.new_label or registry.choice_label(record_type, field, value),
        written=_written_then(story),
        differs=now != value and not (empty(now) and empty(value)),
    )


def _written_then(story: FieldStory) -> Written:
    change_set = story.change_set
    approved = change_set.actor_type == ActorType.HUMAN_APPROVED_AI
    return Written(
        actor=change_set.actor_type,
        label=change_set.agent_label or change_set.actor_label,
        source=story.change.source,
        at=registry.to_json(change_set.at),
        approved_by=change_set.actor_label if approved else "",
        imported=change_set.authority == AuthorityKind.IMPORT,
    )


def _import_sources() -> frozenset[str]:
    return frozenset(Source.objects.filter(kind=Source.Kind.IMPORT).values_list("name", flat=True))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
