"""A workflow's contract as the gate reads it for one suggestion."""

from __future__ import annotations

from approvals.models import WorkflowContract
from approvals.rules import facts as rules
from approvals.rules.vocabulary import Level
from crmgov.records.contracts import EXTRA

from .proposed import Proposed


def of(contract: WorkflowContract | None, proposed: Proposed) -> rules.Terms | None:
    """What it lets this suggestion be about and change; None without a contract."""
    if contract is None:
        return None
    return rules.Terms(
        revision=contract.number,
        record_types=tuple(contract.record_types),
        actions=tuple(contract.actions),
        fields=_fields(contract, proposed),
        segments=tuple(contract.segments),
        excluded=tuple(contract.excluded),
        sla_hours=contract.sla_hours,
    )


def most(contract: WorkflowContract | None) -> Level:
    """What needs the history of an account never runs by itself."""
    return Level.DRAFT if contract is not None and contract.needs_history else Level.FULL


def _fields(contract: WorkflowContract, proposed: Proposed) -> tuple[str, ...] | None:
    """The fields of the records it writes. What hangs on another record, as a task does, brings its own.

    Columns of a source are never written by AI, which another rule says better.
    """
    writes = proposed.writes
    if writes != proposed.suggestion.record_type:
        return None
    prefix = f"{writes}."
    named = [name.removeprefix(prefix) for name in contract.writes if name.startswith(prefix)]
    return (*named, *(item.field for item in proposed.items if item.field.startswith(EXTRA)))
