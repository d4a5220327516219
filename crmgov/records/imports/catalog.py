"""What can be imported: the objects, their fields, and by which names their rows are known.

Records (governed) take their fields from the field contracts; lists have theirs here. Column widths are those
of the models, which a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from django.db import models

from crmgov.kernel.refusals import Invalid
from crmgov.people.models import Team, User
from crmgov.records import registry
from crmgov.records.contracts import fields_of
from crmgov.records.models import (
    Account,
    Activity,
    ActivityKind,
    BuyingRole,
    Consent,
    Contact,
    EarlierChange,
    ExchangeRate,
    Opportunity,
    Product,
    Segment,
    Source,
    Stage,
    Suppression,
    Task,
    Ticket,
)
from crmgov.records.rules.values import Kind, ValueSpec

from .nearest import did_you_mean

GOVERNED: dict[str, type[models.Model]] = {
    "accounts": Account,
    "contacts": Contact,
    "opportunities": Opportunity,
    "buying_roles": BuyingRole,
    "tickets": Ticket,
    "tasks": Task,
}
LISTS: dict[str, type[models.Model]] = {
    "teams": Team,
    "users": User,
    "segments": Segment,
    "stages": Stage,
    "products": Product,
    "exchange_rates": ExchangeRate,
    "activities": Activity,
    "consents": Consent,
    "suppressions": Suppression,
}
# What the tables of a source say about something another table brought: links, merges, tags, what happened earlier.
# Adapters use them; a plain CSV file is none of them.
PARTS = {
    "leads": "Contacts whose external id is of the kind lead.",
    "ticket_links": "What a ticket that is there hangs on.",
    "opportunity_links": "What an opportunity that is there hangs on.",
    "task_links": "What a task that is there hangs on.",
    "user_teams": "The team of a person who is there.",
    "activity_details": "What was already taken with an activity: nothing is written.",
    "account_merges": "Ids that the source merged away: further external ids of the survivor.",
    "contact_merges": "Ids that the source merged away: further external ids of the survivor.",
    "opportunity_merges": "Ids that the source merged away: further external ids of the survivor.",
    "contact_merged_ids": "Several ids that the source merged into a contact, in one cell.",
    "lead_conversions": "Leads that became contacts: further external ids of the contact.",
    "contact_tags": "Tags of a contact, such as the lists they are on.",
    "earlier_changes": "What the source says happened to a field before it came to us.",
    **{
        f"archived_{what}": "Records that crmgov had archived when it exported them: archived again."
        for what in ("account", "contact", "lead", "opportunity", "buying_role", "ticket", "task")
    },
    "names": "Names of things: used to read other tables, and nothing of their own.",
}
# All of an activity's `data` in one cell, as JSON: so our exports write it, for its keys are any sender's words.
WHOLE_DATA = "crmgov_data"
# The width of a field's name in the ledger.
LONGEST_NAME = 120
# Archiving is an act of ours, not a value of a source; our own exports tell of it in files of their own.
NOT_IMPORTED = {"archived_at"}
# How a reference is looked up when a mapping does not say; the first that finds anything counts.
LOOKUPS = {
    "accounts": ("external_id", "name"),
    "contacts": ("external_id", "email"),
    "opportunities": ("external_id", "name"),
    "buying_roles": ("external_id",),
    "tickets": ("external_id",),
    "tasks": ("external_id",),
    "users": ("external_id", "email", "name"),
    "teams": ("external_id", "name"),
    "segments": ("name",),
    "stages": ("name",),
    "products": ("name",),
}


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """`refers` names the object a reference points to; without a `required` value a new row is refused."""

    name: str
    spec: ValueSpec
    refers: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """`natural` are the fields that identify a row where no external id is given; `fixed` never change after.

    `rest` is where columns without a field go: a key prefix ("extra.", "data.") or "" for nowhere.
    `kind` is that of its external ids where it is not the type of the record.
    """

    name: str
    record_type: str
    model: type[models.Model]
    governed: bool
    fields: Mapping[str, FieldPlan]
    natural: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    append_only: bool = False
    rest: str = ""
    kind: str = ""

    @property
    def id_kind(self) -> str:
        return self.kind or self.record_type

    def kept_as(self, column: str) -> str:
        """Return the name under which a column without a field is kept: cut where the ledger's column ends, and
        then told from others by a piece of its checksum."""
        name = f"{self.rest}{column}"
        if len(name) <= LONGEST_NAME:
            return name
        mark = f"~{sha256(column.encode(errors='replace')).hexdigest()[:8]}"
        return f"{name[: LONGEST_NAME - len(mark)]}{mark}"


def plan_of(name: str) -> ObjectPlan:
    """Return the plan of an object. Raises Invalid when there is no such object."""
    if name in PARTS:
        return _part(name)
    known = [*LISTS, *GOVERNED]
    if name not in known:
        raise Invalid(
            f"“{name}” cannot be imported.{did_you_mean(name, known)} There are {', '.join(sorted(known))}."
        )
    return _governed(name) if name in GOVERNED else _list(name)


@cache
def _governed(name: str) -> ObjectPlan:
    model = GOVERNED[name]
    record_type = next(key for key, known in registry.MODELS.items() if known is model)
    fields = {
        field_name: _from_model(record_type, field_name)
        for field_name in fields_of(record_type)
        if field_name not in NOT_IMPORTED
    }
    natural = ("opportunity", "contact") if name == "buying_roles" else ()
    return ObjectPlan(name, record_type, model, True, fields, natural=natural, fixed=natural, rest="extra.")


def _from_model(record_type: str, name: str) -> FieldPlan:
    column = registry.column(record_type, name)
    spec = registry.spec_of(record_type, name)
    related = column.related_model if isinstance(column, models.ForeignKey) else None
    refers = next((key for key, model in {**GOVERNED, **LISTS}.items() if model is related), "")
    return FieldPlan(name, spec, refers, required=spec.required and not column.has_default())


def _text(length: int | None = None, **more: Any) -> ValueSpec:
    return ValueSpec(Kind.TEXT, max_length=length, nullable=False, **more)


def _one_of(choices: type[models.TextChoices] | tuple[str, ...], **more: Any) -> ValueSpec:
    values = choices if isinstance(choices, tuple) else tuple(str(value) for value in choices.values)
    return ValueSpec(Kind.CHOICE, choices=values, nullable=False, **more)


def _reference(what: str, *, number: bool = False, **more: Any) -> ValueSpec:
    return ValueSpec(Kind.REFERENCE, refers_to=what, integer_key=number, **more)


MONEY = ValueSpec(Kind.DECIMAL, digits=18, places=2)
# Whoever sees everything or changes the rules is made by an admin, one at a time, never by a file.
IMPORTED_ROLES = ("reviewer", "account_manager")
SPECS: dict[str, dict[str, ValueSpec]] = {
    "teams": {"name": _text(80, required=True), "external_name": _text(120)},
    "users": {
        "name": _text(120, required=True),
        "email": _text(254, format="email"),
        "role": _one_of(IMPORTED_ROLES),
        "time_zone": _text(64, format="zone"),
        "language": _text(12, format="language"),
        "team": _reference("team", number=True),
        # Nullable: an empty cell says nothing, it deactivates nobody.
        "is_active": ValueSpec(Kind.BOOLEAN),
    },
    "segments": {"name": _text(40, required=True), "position": ValueSpec(Kind.INTEGER)},
    "stages": {
        "name": _text(60, required=True),
        "kind": _one_of(Stage.Kind),
        "position": ValueSpec(Kind.INTEGER),
    },
    "products": {"name": _text(120, required=True), "family": _text(120), "list_price": MONEY},
    "exchange_rates": {
        "currency": _text(3, format="currency", required=True),
        "day": ValueSpec(Kind.DATE, required=True),
        "rate": ValueSpec(
            Kind.DECIMAL, digits=18, places=8, required=True, range=(Decimal("0.00000001"), None)
        ),
    },
    "activities": {
        "kind": _one_of(ActivityKind, required=True),
        "account": _reference("account"),
        "contact": _reference("contact"),
        "opportunity": _reference("opportunity"),
        "ticket": _reference("ticket"),
        "occurred_at": ValueSpec(Kind.MOMENT, required=True),
        "subject": _text(300),
        "body": _text(),
        "by": _text(160),
        "amount": MONEY,
        "currency": _text(3, format="currency"),
    },
    "consents": {
        "contact": _reference("contact", required=True),
        "channel": _one_of(Consent.Channel, required=True),
        "purpose": _text(40, required=True),
        "state": _one_of(Consent.State, required=True),
        "lawful_basis": _text(40),
        "source": _text(120),
        "recorded_at": ValueSpec(Kind.MOMENT),
    },
    "suppressions": {
        "kind": _one_of(Suppression.Kind, required=True),
        "value": _text(254),
        "account": _reference("account"),
        "reason": _text(300, required=True),
        "until": ValueSpec(Kind.MOMENT),
    },
}
REFERS = {"account": "accounts", "contact": "contacts", "opportunity": "opportunities", "ticket": "tickets"}
# Whose fields have a history.
HISTORY_OF = {**REFERS, "buying_role": "buying_roles", "task": "tasks"}
NATURAL = {
    "teams": ("name",),
    "users": ("email",),
    "segments": ("name",),
    "stages": ("name",),
    "products": ("name",),
    "exchange_rates": ("currency", "day"),
    "consents": ("contact", "channel", "purpose"),
    "suppressions": ("kind", "value", "account"),
}
# Others refer to these by their name: it is the key, and another name is another row.
FIXED = {
    "segments": ("name",),
    "stages": ("name",),
    "products": ("name",),
    "exchange_rates": ("currency", "day"),
    "consents": ("contact", "channel", "purpose"),
    "suppressions": ("kind", "value", "account"),
}


@cache
def _list(name: str) -> ObjectPlan:
    refers = {**REFERS, "team": "teams"}
    fields = {
        field_name: FieldPlan(
            field_name,
            spec,
            refers.get(field_name, "") if spec.kind is Kind.REFERENCE else "",
            required=spec.required,
        )
        for field_name, spec in SPECS[name].items()
    }
    return ObjectPlan(
        name,
        name.removesuffix("s") if name != "activities" else "activity",
        LISTS[name],
        False,
        fields,
        natural=NATURAL.get(name, ()),
        fixed=FIXED.get(name, ()),
        append_only=name == "activities",
        rest="data." if name == "activities" else "",
    )


# What a part knows beside the record it is about.
PART_SPECS: dict[str, ValueSpec] = {
    "tag": _text(60, required=True),
    "at": ValueSpec(Kind.MOMENT, required=True),
    "by": _text(200),
    "property": _text(120),
    "changes": _text(),
    "name": _text(),
}
LINKS = {
    "ticket_links": ("tickets", ("account", "contact")),
    "opportunity_links": ("opportunities", ("account",)),
    "task_links": ("tasks", ("account", "contact", "opportunity", "ticket")),
    "user_teams": ("users", ("team",)),
}
MERGES = {
    "account_merges": ("accounts", "account"),
    "contact_merges": ("contacts", "contact"),
    "opportunity_merges": ("opportunities", "opportunity"),
    "lead_conversions": ("contacts", "lead"),
}


@cache
def _part(name: str) -> ObjectPlan:
    if name == "leads":
        return replace(_governed("contacts"), name=name, kind="lead")
    if name in LINKS:
        whole, kept = LINKS[name]
        plan = plan_of(whole)
        return replace(plan, name=name, fields={key: plan.fields[key] for key in kept}, natural=(), fixed=())
    if name in MERGES:
        what, kind = MERGES[name]
        survivor = FieldPlan("survivor", _reference(what, required=True), what, required=True)
        plan = plan_of(what)
        return replace(
            plan, name=name, fields={"survivor": survivor}, governed=False, natural=(), rest="", kind=kind
        )
    if name == "activity_details":
        plan = plan_of("activities")
        return replace(plan, name=name, fields={key: plan.fields[key] for key in REFERS}, append_only=False)
    if name == "contact_merged_ids":
        merged = FieldPlan("merged", ValueSpec(Kind.TEXTS, max_length=300, nullable=False))
        return ObjectPlan(name, "contact", Contact, False, {"merged": merged})
    if name.startswith("archived_"):
        return _archived(name, name.removeprefix("archived_"))
    if name == "contact_tags":
        return ObjectPlan(name, "contact", Contact, False, _fields("contact", "tag"), kind="contact_tag")
    if name == "earlier_changes":
        fields = _fields(*HISTORY_OF, "at", "by", "property", "changes")
        return ObjectPlan(name, "earlier_change", EarlierChange, False, fields, append_only=True)
    return ObjectPlan(name, "name", Source, False, _fields("name"))


def _archived(name: str, what: str) -> ObjectPlan:
    whole = plan_of(what + "s" if what == "lead" else HISTORY_OF[what])
    at = FieldPlan("archived_at", ValueSpec(Kind.MOMENT, required=True), required=True)
    return replace(whole, name=name, fields={"archived_at": at}, natural=(), fixed=(), rest="")


def _fields(*names: str) -> dict[str, FieldPlan]:
    specs = {**PART_SPECS, **{name: _reference(name) for name in HISTORY_OF}}
    return {
        name: FieldPlan(name, specs[name], HISTORY_OF.get(name, ""), required=specs[name].required)
        for name in names
    }
