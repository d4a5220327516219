"""What must always be true, asked in SQL: one line per id of INVARIANTS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from approvals.models import InvariantResult

from . import decisions, fields, running, sending
from .kinds import Check, Finding

ORDER = "SFDRAXLH"
CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (*sending.CHECKS, *fields.CHECKS, *decisions.CHECKS, *running.CHECKS),
        key=lambda check: (ORDER.index(check.invariant[0]), int(check.invariant[1:])),
    )
)

__all__ = ["CHECKS", "Check", "Finding", "check_all", "passes"]


def check_all(*, at: datetime, only: Sequence[str] = ()) -> list[Finding]:
    """Ask every check, or those named in `only`, and keep the latest answer of each."""
    findings = [check.ask() for check in CHECKS if not only or check.invariant in only]
    _keep(findings, at)
    return findings


def passes(findings: Sequence[Finding], *, strict: bool) -> bool:
    """No violation; with `strict` also nothing without data and nothing that is not built."""
    failing = {"VIOLATED", "no data", "not built"} if strict else {"VIOLATED"}
    return not any(finding.outcome in failing for finding in findings)


@transaction.atomic(durable=True)
def _keep(findings: Sequence[Finding], at: datetime) -> None:
    InvariantResult.objects.bulk_create(
        [
            InvariantResult(
                invariant=finding.invariant,
                outcome=finding.outcome,
                rows=finding.rows,
                violations=finding.violations,
                checked_at=at,
            )
            for finding in findings
        ],
        update_conflicts=True,
        unique_fields=["invariant"],
        update_fields=["outcome", "rows", "violations", "checked_at"],
    )
