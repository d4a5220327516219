"""What an execution is about to write, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.models import Execution
from crmgov.records.services.changes import NewChangeSet, Patch


@dataclass(frozen=True, slots=True)
class Prepared:
    execution: Execution
    change_set: NewChangeSet
    patches: Sequence[Patch]
    digest: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`prepared` is what was written; None where nothing was."""

    execution: Execution
    status: Execution.Status
    note: str
    prepared: Prepared | None = None
