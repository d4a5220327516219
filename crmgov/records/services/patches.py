"""What goes through the door, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from crmgov.kernel.actors import Actor
from crmgov.kernel.ids import new_id
from crmgov.records.models import AuthorityKind

# The source of a team that a record takes from what it hangs on.
INHERITED = "inherited"


@dataclass(frozen=True, slots=True)
class Edit:
    """One field, from the value it must have now to the new one, as typed Python values.

    `verified` verifies and locks the field against sources of lower trust.
    """

    field: str
    old: Any
    new: Any
    source: str
    confidence: Decimal | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """The edits of one record in one change set: all of them or none."""

    change_set: UUID
    record_type: str
    record_id: UUID
    edits: tuple[Edit, ...]
    creates: bool = False


@dataclass(frozen=True, slots=True)
class NewChangeSet:
    """Who writes, by what authority, why."""

    actor: Actor
    authority: AuthorityKind
    authority_id: str
    authority_label: str
    reason: str = ""
    id: UUID = field(default_factory=new_id)
    agent_label: str = ""
    workflow: str = ""
    workflow_version: str = ""
    model: str = ""
    suggestion_id: UUID | None = None
    suggestion_number: int | None = None
    decision_id: UUID | None = None
    execution_id: UUID | None = None
    import_run_id: UUID | None = None
    event_id: int | None = None
    reverses: UUID | None = None
    chain: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    field: str
    expected: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """`kind`: stale (a value moved on), gone, locked (verified by a person), floor (the contract), exists,
    circle (it would stand beneath itself, by `field`).
    """

    patch: Patch
    kind: str
    say: str
    values: tuple[Mismatch, ...] = ()
    field: str = ""


@dataclass(slots=True)
class Outcome:
    applied: list[Patch]
    refused: list[Refusal]
