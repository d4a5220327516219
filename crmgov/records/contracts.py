"""Field contracts: per governed field, who says what is true, what AI may do, and when a person must decide.

This is the table of the design, in code, and the floor under every policy. Raise VERSION when it changes
(a test compares its fingerprint). A *group* is one row of the table: the unit of bands and cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

VERSION = 3
EXTRA = "extra."


class Permission(StrEnum):
    NEVER = "never"
    PROPOSE = "propose"
    FILL_IF_EMPTY = "fill_if_empty"
    UPDATE = "update"


class Overwrite(StrEnum):
    """When an existing value makes a person decide."""

    NEVER_ASKS = ""
    ANY_VALUE = "over_any_value"
    VERIFIED = "over_verified"
    CONTRADICTS_OWNER_VIEW = "when_contradicts_owner_view"


@dataclass(frozen=True, slots=True)
class Contract:
    """`protected`: a person decides whatever a policy says. `protected_over_value`: only when a value is replaced.
    `rule_only`: AI may fill it by itself only under a published routing rule.
    `recheck_days`: how long typing a value locks it.
    """

    record_type: str
    field: str
    group: str
    truth: str
    permission: Permission
    overwrite: Overwrite = Overwrite.NEVER_ASKS
    protected: bool = False
    protected_over_value: bool = False
    rule_only: bool = False
    recheck_days: int = 365
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    truth: str
    permission: Permission
    note: str
    fields: dict[str, tuple[str, ...]]
    overwrite: Overwrite = Overwrite.NEVER_ASKS
    protected: tuple[str, ...] = ()
    protected_over_value: tuple[str, ...] = ()
    rule_only: bool = False


GROUPS = (
    Group(
        "domain", "verified mail or enrichment", Permission.FILL_IF_EMPTY, "when it would replace a value",
        {"account": ("domain",)}, Overwrite.ANY_VALUE,
    ),
    Group(
        "firmographics", "enrichment and human correction", Permission.UPDATE, "over a verified value",
        {"account": ("industry", "employees", "region"), "contact": ("title", "language", "phone", "time_zone")},
        Overwrite.VERIFIED,
    ),
    Group(
        "identity", "people, imports", Permission.UPDATE, "over any value",
        {
            "account": ("name", "parent", "currency", "annual_value", "renewal_date"),
            "contact": ("first_name", "last_name", "email", "source"),
            "opportunity": ("name",),
            "buying_role": ("role",),
        },
        Overwrite.ANY_VALUE,
    ),
    Group(
        "scores", "scoring", Permission.UPDATE, "when it contradicts the owner view",
        {"account": ("churn_score",), "contact": ("lead_score",)}, Overwrite.CONTRADICTS_OWNER_VIEW,
    ),
    Group(
        "conversation", "conversation", Permission.PROPOSE, "always a person",
        {"account": ("buying_timeline", "lifecycle"), "contact": ("lifecycle",), "opportunity": ("next_step",)},
    ),
    Group(
        "routing", "routing table", Permission.FILL_IF_EMPTY, "any change of an existing one",
        {"account": ("owner", "territory"), "contact": ("owner",), "opportunity": ("owner",)},
        Overwrite.ANY_VALUE, protected_over_value=("account.owner", "opportunity.owner"), rule_only=True,
    ),
    Group(
        "commercial", "people", Permission.PROPOSE, "always a person",
        {
            "opportunity": (
                "stage", "amount", "currency", "close_date", "forecast_category", "closed_reason",
                "pricing_notes", "legal_notes", "procurement_notes", "team",
            ),
            "account": ("relationship_flags", "strategic", "regulated", "escalated", "team"),
            "contact": ("team",),
            "ticket": ("status", "priority", "team"),
        },
        protected=(
            "opportunity.stage", "opportunity.amount", "opportunity.currency", "opportunity.close_date",
            "opportunity.forecast_category", "opportunity.closed_reason", "opportunity.pricing_notes",
            "opportunity.legal_notes", "opportunity.procurement_notes", "account.relationship_flags",
        ),
    ),
    Group(
        "owner_view", "the owner", Permission.NEVER, "the owner's own judgment",
        {"account": ("owner_view", "owner_view_note", "owner_view_on")},
    ),
    # Text to a customer. What AI may do with it stands in the gate (customer_facing) and in standing approvals.
    Group(
        "message", "whoever signs it", Permission.UPDATE, "always a person, or a standing approval",
        {"message": ("purpose", "subject", "body", "template", "channel")},
    ),
    # Whom nobody writes to. It only tightens, so evidence may let it run by itself; lifting it takes two admins.
    Group(
        "suppression", "whoever asked not to be written to", Permission.UPDATE, "",
        {"suppression": ("kind", "value", "reason", "until")},
    ),
    # An entry of the timeline. It changes no field, says whether a person read it, and stays.
    Group(
        "summary", "the conversation it is of", Permission.UPDATE, "",
        {"summary": ("about", "summary", "next_action", "of")},
    ),
    Group(
        "other", "people, imports", Permission.PROPOSE, "always a person",
        {
            "account": ("segment", "tags", "archived_at"),
            "contact": ("account", "tags", "archived_at"),
            "opportunity": ("account", "product", "tags", "archived_at"),
            "buying_role": ("opportunity", "contact", "team", "tags", "archived_at"),
            "ticket": (
                "account", "contact", "subject", "body", "product", "language", "escalated",
                "opened_at", "resolved_at", "channel", "tags", "archived_at",
            ),
            "task": (
                "title", "note", "purpose", "due_on", "assignee", "account", "contact", "opportunity", "ticket",
                "done_at", "team", "tags", "archived_at",
            ),
        },
    ),
)  # fmt: skip


def _contract(group: Group, record_type: str, field: str) -> Contract:
    name = f"{record_type}.{field}"
    return Contract(
        record_type, field, group.name, group.truth, group.permission, group.overwrite,
        protected=name in group.protected, protected_over_value=name in group.protected_over_value,
        rule_only=group.rule_only, note=group.note,
    )  # fmt: skip


CONTRACTS: dict[tuple[str, str], Contract] = {
    (record_type, field): _contract(group, record_type, field)
    for group in GROUPS
    for record_type, fields in group.fields.items()
    for field in fields
}

# Lifecycle stages from SQL upward are protected (DESIGN §6).
PROTECTED_LIFECYCLES = frozenset({"sql", "opportunity", "customer", "churned", "evangelist"})


@cache
def contract_for(record_type: str, field: str) -> Contract | None:
    """Return the contract of a field, `extra.*` included; None when no such field is governed."""
    if field.startswith(EXTRA) and len(field) > len(EXTRA):
        return Contract(
            record_type, field, "extra", "import", Permission.NEVER, note="kept as the source wrote it"
        )
    return CONTRACTS.get((record_type, field))


def fields_of(record_type: str) -> list[str]:
    return [field for kind, field in CONTRACTS if kind == record_type]


def is_protected(contract: Contract, *, current_is_empty: bool, current: object, proposed: object) -> bool:
    """Must a person decide, whatever a policy says? (DESIGN §6, "Protected")"""
    if contract.field == "lifecycle":
        # What is no text has not been read yet: it is refused as a value, not protected as a stage.
        return any(isinstance(stage, str) and stage in PROTECTED_LIFECYCLES for stage in (current, proposed))
    return contract.protected or (contract.protected_over_value and not current_is_empty)
